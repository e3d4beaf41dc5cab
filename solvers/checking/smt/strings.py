"""The operations on strings that the checker knows. A character is a code point up to 0x2FFFF.

Source: SMT-LIB 2.6, theory UnicodeStrings.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from solvers.checking.budget import Budget, NotCheckableError

_LONGEST = 100_000
_LONGEST_NUMERAL = 4000
_DIGITS = frozenset("0123456789")


def apply(op: str, values: Sequence[Any], budget: Budget) -> Any:
    """`op` of values of the right sorts: a `bool`, `int` or `str`."""
    length = sum(len(value) for value in values if isinstance(value, str))
    budget.spend(1 + length)
    if length > _LONGEST:
        raise NotCheckableError(f"strings of more than {_LONGEST} characters are beyond the checker")
    match op, values:
        case "str.++", _:
            return "".join(values)
        case "str.len", (text,):
            return len(text)
        case "str.<", _:
            return all(left < right for left, right in pairwise(values))
        case "str.<=", _:
            return all(left <= right for left, right in pairwise(values))
        case "str.at", (text, place):
            return text[place] if 0 <= place < len(text) else ""
        case "str.substr", (text, start, count):
            return text[start : start + count] if 0 <= start < len(text) and count > 0 else ""
        case "str.prefixof", (part, text):
            return text.startswith(part)
        case "str.suffixof", (part, text):
            return text.endswith(part)
        case "str.contains", (text, part):
            return part in text
        case "str.indexof", (text, part, start):
            return text.find(part, start) if 0 <= start <= len(text) else -1
        case "str.replace", (text, part, new):
            return text.replace(part, new, 1)
        case "str.replace_all", (text, part, new):
            if len(text) * (len(new) + 1) > _LONGEST * 10:
                raise NotCheckableError("a string grows beyond the checker")
            return text.replace(part, new) if part else text
        case "str.is_digit", (text,):
            return len(text) == 1 and text in _DIGITS
        case "str.to_code", (text,):
            return ord(text) if len(text) == 1 else -1
        case "str.from_code", (code,):
            return chr(code) if 0 <= code <= 0x2FFFF else ""
        case "str.to_int", (text,):
            if not text or not _DIGITS.issuperset(text):
                return -1
            if len(text) > _LONGEST_NUMERAL:
                raise NotCheckableError("a numeral of so many digits is beyond the checker")
            return int(text)
        case "str.from_int", (number,):
            budget.size(10 * number.bit_length() // 7)  # Python writes 4,300 digits at most
            return str(number) if number >= 0 else ""
    raise NotCheckableError(f"the checker does not evaluate {op}")
