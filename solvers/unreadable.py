"""Refuses texts that are no text.

NUL ends a C string, and a lone surrogate is half a character. No engine is asked to read them.
"""

import re

from solvers.types import Diagnostic, ErrorClass, Job, Part, Rejected

_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


def unreadable(job: Job) -> Rejected | None:
    """Where the job holds a character that is none; None where every character is one."""
    texts = ((Part.PROGRAM, job.program.text), (Part.QUERY, job.query or ""), (Part.QUERY, job.answer or ""))
    found = tuple(_diagnostic(part, text, match.start()) for part, text in texts if (match := _NOT_TEXT.search(text)))
    return Rejected(found) if found else None


def _diagnostic(part: Part, text: str, at: int) -> Diagnostic:
    character = text[at]
    what = "a NUL character" if character == "\0" else f"half a character (the lone surrogate U+{ord(character):04X})"
    return Diagnostic(
        ErrorClass.SYNTAX,
        f"the text holds {what}; remove it",
        line=text.count("\n", 0, at) + 1,
        column=at - text.rfind("\n", 0, at),
        part=part,
    )
