"""Text that can be written down anywhere: UTF-8, JSON, a terminal, every database."""

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with each lone surrogate replaced by U+FFFD: what a program prints need not be text, a reply must be."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def printable(text: str) -> str:
    """`text` fit for a terminal: control and format characters other than newline and tab are shown as escapes.

    Otherwise a program could move the cursor, colour what follows, or turn the direction of the line.
    """
    return "".join(
        character
        if character in "\n\t" or unicodedata.category(character)[0] != "C"
        else f"\\x{ord(character):02x}"
        if ord(character) < 0x100
        else f"\\u{ord(character):04x}"
        for character in clean(text)
    )


def fault_of_text(text: str) -> str | None:
    """Why `text` is not something a person wrote, or None: lone surrogates and NUL have no place in any text."""
    if "\x00" in text:
        return "contains NUL (U+0000): send text, not binary data"
    if not text.isascii() and (found := _SURROGATE.search(text)):
        return (
            f"contains a lone surrogate (U+{ord(found.group()):04X}), which is no character: "
            "send a pair of surrogates or the character itself"
        )
    return None
