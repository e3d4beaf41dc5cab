"""Tells the premises of a deduction from what is asked, by rules that a reader can check.

A text is sentences; one of them is asked about: it stands behind "does it follow that", "the following statement",
"Conclusion:" and the like, or is the only question. All others are premises. Where that is not plain, nothing is said.
"""

import re
from dataclasses import dataclass

MAX_SENTENCES = 200
MAX_CHARACTERS = 400
"""Of one sentence."""


class UnclearError(ValueError):
    """It is not plain what is asked about, or what is given; the message is for people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The sentences of a deduction, as they stand in the text, but for line breaks.

    Args:
        conclusion: the statement to be decided, or the question that stands for it.
    """

    premises: tuple[str, ...]
    conclusion: str


_LABEL = re.compile(
    r"(?:(?:the )?(?:context|premises?|facts?|rules?|given|passage|text|theory|problem|information|statements?|clues?"
    r"|facts and rules|question|query|conclusion|hypothesis|claim)(?: (?:\d+|\(?[a-z]\)))?\s*[:.]"
    r"|given (?:the following )?(?:facts|rules|premises|statements|information|facts and rules|that)\s*:)[ \t]*\n?",
    re.IGNORECASE,
)
_CONCLUDING = re.compile(
    r"(?:the )?(?:conclusion|hypothesis|claim|query|question|statement)"
    r"(?: to (?:be )?(?:decide|check|prove|decided|proved))?\s*:",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:[-*\u2022\u2013]|\(?\d{1,3}[.)]|\(?[a-z]\))[ \t]+", re.IGNORECASE)
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-z])[.)]", re.IGNORECASE)
_GOES_ON = re.compile(
    r".*(?:,|\b(?:that|whether|if|then|and|or|is|are|does|do|not|the|an?|every|all|no|each))", re.IGNORECASE | re.DOTALL
)
_END = re.compile(r"(?<=[.?!])[\"'\u201d\u2019)]*(?=\s)|\n")
_OPTION = re.compile(
    r"(?:options?\s*:\s*)?(?:\(?[a-d][).:]\s*)?(?:true|false|unknown|uncertain|undetermined|yes|no)\s*[.,;]?",
    re.IGNORECASE,
)

_ANSWERS = (
    r"(?:true|false|unknown|uncertain|undetermined|undecided|correct|incorrect|right|wrong|proved|disproved|yes|no|not)"
)
_CHOICE = rf"(?:true|correct|right|proved)(?:,? (?:or )?{_ANSWERS})*"
_GIVEN = (
    r"(?:(?:based on|given|from|according to|considering|using) (?:only )?(?:the |this |these |that )?"
    r"(?:above|premises|facts|rules|information|text|statements|passage|context|theory|facts and rules)"
    r"(?: (?:above|given|information|premises|facts|rules|statements|text))*,? )?"
)
_NOUN = r"(?:statement|claim|conclusion|sentence|assertion|hypothesis)"
_WHETHER = r"(?:is|(?:decide|determine|say|tell|tell me|check) (?:whether|if))"
_FOLLOWING = re.compile(
    rf"{_GIVEN}(?:{_WHETHER} (?:the )?(?:following )?|(?:the )?following ){_NOUN}(?: is)?(?: {_CHOICE})?\s*[?:.]",
    re.IGNORECASE,
)
"""Is the following statement true, false, or unknown? S"""
_TRUE_OR_FALSE = re.compile(rf"{_GIVEN}(?:is (?:it|this|that) )?true(?:,? (?:or )?{_ANSWERS})+\s*[?:]", re.IGNORECASE)
"""True or false? S; or behind it."""
_QUOTED_STATEMENT = re.compile(
    rf"{_GIVEN}is the (?:following )?(?:statement|claim|conclusion|sentence)"
    rf" [\"\u201c]([^\"\u201c\u201d]+)[\"\u201d],? {_CHOICE}\s*\?",
    re.IGNORECASE,
)
_THAT = re.compile(
    rf"{_GIVEN}(?:"
    r"(?:does|do|would|will) (?:it|this|that|these)(?: (?:premises|facts|rules|statements))?"
    r" (?:(?:logically |necessarily |then |therefore )*follow"
    r"|imply|entail|mean|prove)(?: from (?:the|this|these|that)(?: above)?(?: \w+)?)?,? that"
    r"|(?:do|does) the (?:premises|facts|rules|text|statements) (?:imply|entail|prove|mean) that"
    r"|(?:can|may|could) (?:we|one|you|i|it be) (?:then |therefore |also )?(?:conclude|infer|deduce|prove)d?,? that"
    r"|is it (?:then |therefore |necessarily |also )*(?:true|the case|correct|certain)"
    r"(?:,? (?:or )?(?:false|not|unknown))*,? that"
    r"|must it be (?:true|the case) that"
    r"|(?:prove|show|decide|determine|check|decide for yourself|find out)(?: or disprove)?,? (?:that|whether|if)"
    r")\s+",
    re.IGNORECASE,
)
_THEREFORE = re.compile(r"(?:therefore|thus|hence|so|consequently)\b,?\s+", re.IGNORECASE)
_QUOTES = "\"'\u201c\u201d\u2018\u2019 \t"


def read(text: str) -> Asked:
    """What is given and what is asked.

    Raises:
        UnclearError: there is no premise, not exactly one conclusion, or more than `MAX_SENTENCES`.
    """
    premises: list[str] = []
    conclusions: list[str] = []
    follows = behind = False
    """Whether a statement is announced; whether it may stand before, as in "S. True or false?"."""
    for sentence, is_labelled in _sentences(text):
        announced = _FOLLOWING.match(sentence) or _TRUE_OR_FALSE.match(sentence)
        if announced and not follows:
            if rest := sentence[announced.end() :].strip():
                conclusions.append(_stated(rest))
            else:
                follows = True
                behind = _TRUE_OR_FALSE.match(sentence) is not None and not sentence.endswith(":")
        elif quoted := _QUOTED_STATEMENT.fullmatch(sentence):
            conclusions.append(quoted[1])
        elif match := _THAT.match(sentence):
            conclusions.append(_stated(sentence[match.end() :]))
            follows = False
        elif follows or is_labelled or sentence.rstrip(_QUOTES).endswith("?"):
            conclusions.append(_stated(sentence))
            follows = False
        else:
            premises.append(sentence)
    if follows:  # "S. True or false?": the statement stands before it.
        if not behind or conclusions or len(premises) < 2:
            raise UnclearError("a statement is announced, and none follows")
        conclusions.append(premises.pop())
    if not conclusions and len(premises) > 1 and (match := _THEREFORE.match(premises[-1])):
        conclusions.append(premises.pop()[match.end() :])
    if len(conclusions) != 1:
        raise UnclearError(
            "no sentence is asked about" if not conclusions else f"{len(conclusions)} sentences are asked about"
        )
    if not premises:
        raise UnclearError("nothing is given from which it could follow")
    for sentence in (*premises, conclusions[0]):
        if len(sentence) > MAX_CHARACTERS:
            raise UnclearError(f"a sentence has more than {MAX_CHARACTERS} characters: {sentence[:60]}...")
    return Asked(tuple(premises), conclusions[0])


def _stated(sentence: str) -> str:
    """A statement without the quotes around it; "Bob is red?" behind "does it follow that" is a statement."""
    bare = sentence.strip(_QUOTES)
    first = bare.split(" ", 1)[0].lower()
    if bare.endswith("?") and first not in ("is", "are", "do", "does"):
        bare = bare[:-1]
    return bare.strip(_QUOTES) or sentence


def _sentences(text: str) -> list[tuple[str, bool]]:
    """Each sentence, and whether a label says that it is the conclusion."""
    found: list[tuple[str, bool]] = []
    concluding = False
    position = 0
    ends = [match.end() for match in _END.finditer(text)]
    joined = ""
    for end in (*ends, len(text)):
        piece, position = text[position:end], end
        if _NUMBER.fullmatch(joined):
            joined = ""
        joined = f"{joined} {piece.strip()}".strip()
        if not joined or _NUMBER.fullmatch(joined):
            continue
        if _goes_on(joined, text, end):
            continue
        line, joined = joined, ""
        line = _BULLET.sub("", line, count=1) if _BULLET.match(line) else line
        if match := _CONCLUDING.match(line):
            concluding, line = True, line[match.end() :].strip()
        elif match := _LABEL.match(line + "\n"):
            concluding, line = False, line[match.end() :].strip()
        if not line.strip(_QUOTES + ".,;"):
            continue
        if _is_option(line):
            continue
        found.append((line, concluding))
        concluding = False
        if len(found) > MAX_SENTENCES:
            raise UnclearError(f"more than {MAX_SENTENCES} sentences")
    return found


def _goes_on(line: str, text: str, end: int) -> bool:
    """Whether the sentence goes on behind a line break: it has no mark at its end, and what follows is no new one."""
    if line[-1] in ".?!:\"'\u201d\u2019)" or end >= len(text):
        return False
    rest = text[end:].lstrip(" \t")
    return not rest.startswith("\n") and (rest[:1].islower() or _GOES_ON.fullmatch(line) is not None)


def _is_option(line: str) -> bool:
    """Whether it only lists the answers there are: "A) True", "Options: True, False, Unknown"."""
    rest = line
    while match := _OPTION.match(rest.strip()):
        rest = rest.strip()[match.end() :]
    return (
        not rest.strip() or re.fullmatch(r"(?:options?|choices|answer)\s*:?", rest.strip(), re.IGNORECASE) is not None
    )
