"""Compares whether the problem asks for something or for its negation with what the query of a program asks for.

A statement is negative if an odd number of words such as "not", "no" or "never" deny it as a whole. Where that is not
plain (a condition, a choice, several statements in one) nothing is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.reasoning.extract import prolog_code
from app.reasoning.types import Formalisation
from solvers.smt.sexpr import Node, Sexpr, SexprError, Token, flatten, read, symbol_name
from solvers.types import Language

Sign = Literal["positive", "negative"]


@dataclass(frozen=True, slots=True)
class Polarity:
    """`sign` None: not plain. `start` and `end`: the words that deny, or else the statement, in the text given."""

    sign: Sign | None
    start: int
    end: int


_LONGEST = 2_000
"""Characters at the end of a text in which its statement is looked for."""

_VERDICTS = r"true,? (?:or|and) (?:false|not)|true, false,? or \w+|true, or false"
_INTRODUCED = (
    # "Is the following statement true or false? Max is sour."
    re.compile(rf"\b(?:{_VERDICTS})\b[^.?!:\n]{{0,80}}[.?!:]\s*(?=\S)", re.IGNORECASE),
    re.compile(
        r"(?:^|[.?!])\W*(?:conclusion|hypothesis|statement|claim|question)\s*:\s*(?=\S)", re.IGNORECASE | re.MULTILINE
    ),
)
_EMBEDDED = (
    re.compile(r"\b(?:is|was) (?:it|this) (?:\w+ )?(?:true|correct|the case) that\s+(?=\S)", re.IGNORECASE),
    re.compile(
        r"\b(?:follows?|conclude|infer|deduce|prove|show|entail|implied?|imply)\b[^.?!\n]{0,80}?\b(?:that|whether)\s+(?=\S)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:decide|determine|say|whether or not|tell)\b[^.?!\n]{0,40}?\b(?:whether|if)\s+(?=\S)", re.IGNORECASE
    ),
)
_BEHIND = re.compile(
    rf"[\s,:(-]*\b(?:is |are |be )?(?:this |that |it )?(?:{_VERDICTS})\b.*$", re.IGNORECASE | re.DOTALL
)
_ONLY_VERDICTS = re.compile(rf"\W*(?:is (?:this|that|it) )?(?:{_VERDICTS})\W*", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.?!])[\"'\u201d\u2019)]*\s+|\n\s*\n")

_DENIAL = re.compile(
    r"\b(?:not|never|cannot|nobody|nothing|none|nowhere|neither|no one|no|false that|untrue that)\b|n['\u2019]t\b"
    r"|\b(?:false|untrue|incorrect|impossible)\W*$",
    re.IGNORECASE,
)
_NO_DENIAL = re.compile(r"\bnot only\b|\bno (?:more|less|fewer|later|longer) than\b|\bwhether or not\b", re.IGNORECASE)
_NOT_PLAIN = re.compile(
    r"\b(?:if|unless|either|or|nor|when|whenever|only|but|because|although|and|with no)\b"
    r"|(?<=[\w,] )(?:that|which|who|whose|whom)\b",
    re.IGNORECASE,
)
_BRANCHES = frozenset({"if", "either", "or", "unless"})
_FALSE_THAT = re.compile(r"\b(?:false|untrue) that\b", re.IGNORECASE)
_OPPOSITE = re.compile(
    r"\b(?:un|in|im|ir|il|dis|non|mis)-?[a-z]{3,}|\b[a-z]{3,}less\b|\b(?:lacks?|fails?|without|few)\b", re.I
)


def polarity_of_statement(text: str) -> Polarity:
    """The polarity of the statement in `text`, which may stand behind "Is the following statement true or false?"."""
    start, end = statement_of(text)
    statement = text[start:end]
    if not statement.strip():
        return Polarity(None, start, end)
    denied = [match.span() for match in _DENIAL.finditer(_NO_DENIAL.sub(lambda match: "-" * len(match[0]), statement))]
    if not denied:
        return Polarity("positive", start, end)
    first, last = start + denied[0][0], start + denied[-1][1]
    words = set(re.findall(r"\w+", statement.lower()))
    if "neither" in words and "nor" in words and len(denied) == 1 and words.isdisjoint(_BRANCHES):
        return Polarity("negative", first, last)  # "Marvin is neither a human nor from Mars"
    plain = _NOT_PLAIN.search(statement) is None
    if _FALSE_THAT.search(statement):
        plain = words.isdisjoint({*_BRANCHES, "and"})
    if not plain:
        return Polarity(None, first, last)
    return Polarity("negative" if len(denied) % 2 else "positive", first, last)


def statement_of(text: str) -> tuple[int, int]:
    """From where to where the statement stands that the text asks about."""
    offset = max(0, len(text) - _LONGEST)
    tail = text[offset:]
    start = 0
    for pattern in _INTRODUCED:
        for match in pattern.finditer(tail):
            start = max(start, match.end())
    if not start:
        start = _last_question(tail)
    for pattern in _EMBEDDED:
        if found := pattern.search(tail, start):
            start = max(start, found.end())
    end = len(tail)
    if (behind := _BEHIND.search(tail, start)) and behind.start() > start:
        end = behind.start()
    if (stop := re.compile(r"[.?!][\"'\u201d\u2019)]*(?=\s|$)").search(tail, start)) and stop.start() < end:
        end = stop.start()
    return offset + start, offset + max(start, end)


def _last_question(tail: str) -> int:
    """Where the last sentence with a question mark begins; else the last sentence."""
    starts = [0, *(match.end() for match in _SENTENCE.finditer(tail))]
    starts = [start for start in starts if tail[start:].strip()] or [0]
    ends = [*starts[1:], len(tail)]
    if len(starts) > 1 and _ONLY_VERDICTS.fullmatch(tail, starts[-1]):
        return starts[-2]  # "Max is sour. True or false?"
    asking = [start for start, end in zip(starts, ends, strict=True) if "?" in tail[start:end]]
    return (asking or starts)[-1]


# The query


def polarity_of_query(formalisation: Formalisation) -> Sign | None:
    """Whether the query asks for something or for its negation; None where it does not consist of one statement."""
    if formalisation.program.language is Language.PROLOG:
        return _prolog_sign(formalisation)
    return _smt_sign(formalisation)


def _prolog_sign(formalisation: Formalisation) -> Sign | None:
    goal = formalisation.query.strip()
    code = prolog_code(goal)
    denials = 0
    while match := re.match(r"\s*(?:neg\s*\(|\\\+\s*|not\s*\(|tnot\s*\(|\()", code):
        if match[0].strip() == "(" or "(" in match[0]:
            if not code.rstrip().endswith(")") or not _closes_at_end(code, match.end() - 1):
                break
            code = code.rstrip()[:-1]
        denials += match[0].strip() != "("
        code = code[match.end() :]
    literal = re.fullmatch(r"\s*('[^']*'|[a-z]\w*)?\s*(?:\((.*)\))?\s*", code, re.DOTALL)
    if literal and not _splits(code):
        denied_inside = re.search(r"\\\+|\bneg\s*\(|->|;", literal[2] or "")
        return None if denied_inside else _sign(denials + _is_denied(literal[1] or ""))
    # Several goals: plain only where nothing is denied at all.
    return None if denials or re.search(r"\\\+|\b(?:neg|not|tnot)\s*\(", code) else "positive"


def _closes_at_end(code: str, opening: int) -> bool:
    """Whether the bracket that opens there is the one that the text ends with."""
    depth = 0
    for place in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return not code[place + 1 :].strip()
    return False


def _splits(code: str) -> bool:
    """Whether there is a bracket that closes before the last: `a(X), b(X)` is no single literal."""
    opening = code.find("(")
    return opening >= 0 and not _closes_at_end(code, opening)


def _is_denied(name: str) -> int:
    """1 if the name itself denies, as `not_sour` does."""
    parts = re.split(r"[_\W]+|(?<=[a-z])(?=[A-Z])", name)
    return int(any(part.lower() in ("not", "no", "never", "isnt", "cannot", "non") for part in parts))


def _sign(denials: int) -> Sign:
    return "negative" if denials % 2 else "positive"


def _smt_sign(formalisation: Formalisation) -> Sign | None:
    try:
        query = read(formalisation.query)
        program = read(formalisation.program.text)
    except SexprError:
        return None
    if len(query) != 1:
        return None
    definitions = dict(_definitions(program))
    return _sign_of(query[0], definitions)


def _definitions(program: Sequence[Sexpr]) -> list[tuple[str, Sexpr]]:
    """What each constant is defined as."""
    found: list[tuple[str, Sexpr]] = []
    for command in program:
        if isinstance(command, Node) and len(command.items) == 5 and isinstance(command.items[0], Token):
            name, arguments = command.items[1], command.items[2]
            if command.items[0].text != "define-fun" or not isinstance(name, Token):
                continue
            if isinstance(arguments, Node) and not arguments.items:
                found.append((symbol_name(name), command.items[4]))
    return found


def _sign_of(term: Sexpr, definitions: dict[str, Sexpr]) -> Sign | None:
    denials = 0
    for _ in range(100):
        if isinstance(term, Token):
            name = symbol_name(term)
            if name not in definitions:
                return _sign(denials + _is_denied(name))
            term = definitions[name]
            continue
        head = term.items[0] if term.items else None
        if not isinstance(head, Token):
            return None
        match symbol_name(head), len(term.items):
            case "not", 2:
                denials += 1
                term = term.items[1]
            case (("forall" | "exists" | "!"), length) if length >= 3:
                term = term.items[1] if head.text == "!" else term.items[2]
            case "=>", 3 if not _denies(term.items[1], definitions):
                term = term.items[2]  # "no A is B" says of every A that it is not B
            case "and", length if length >= 3 and not any(_denies(item, definitions) for item in term.items[1:-1]):
                term = term.items[-1]  # "some A is not B"
            case (("and" | "or" | "xor" | "=>" | "=" | "ite" | "let" | "distinct"), _):
                return None if denials or _denies(term, definitions) else "positive"
            case name, _:
                return _sign(denials + _is_denied(name))
    return None


def _denies(term: Sexpr, definitions: dict[str, Sexpr]) -> bool:
    """Whether there is any negation in the term; of a defined name, there may be."""
    names = {symbol_name(token) for token in flatten(term)}
    return not names.isdisjoint({"not", "xor", "distinct", *definitions})


def has_opposite(text: str, symbols: str) -> bool:
    """Whether the statement has a word, such as "unhappy", that a program may state as a negation."""
    start, end = statement_of(text)
    known = set(re.split(r"[\W_]+", symbols.lower()))
    return any(match[0].lower() not in known for match in _OPPOSITE.finditer(text[start:end]))
