"""Decides, by rules a reader can check, of which kind a problem is and which language suits it. No language model is
asked.

A rule is a pattern that the text must have, sometimes in its question alone, that is, in its last sentence that asks
or tells what to do. The first rule that applies decides; none applies: arithmetic. Who knows better says so in the
problem.
"""

import re

from app.reasoning.types import Kind, Problem, World
from solvers.types import Language


class _Rule:
    """Applies where the question has the one pattern, the whole text the other, and the question not the third."""

    def __init__(self, kind: Kind, question: str = "", text: str = "", unless: str = r"(?!)") -> None:
        self.kind = kind
        self._question = re.compile(question, re.MULTILINE | re.DOTALL)
        self._text = re.compile(text, re.MULTILINE)
        self._unless = re.compile(unless, re.MULTILINE)

    def applies(self, question: str, text: str) -> bool:
        """Whether it applies to these, which are in small letters."""
        return (
            self._question.search(question) is not None
            and self._text.search(text) is not None
            and self._unless.search(question) is None
        )


_COUNTED = r"\bhow (?:many|much)\b|\bcalculate\b"

_RULES = (
    # Asked outright.
    _Rule(Kind.ENTAILMENT, text=r"\b(?:does|do|would|will) (?:it|this|that) (?:logically |necessarily )?follow\b"),
    _Rule(Kind.ENTAILMENT, text=r"\bfollows? (?:logically )?from (?:the|these|this|that)\b|\bentail(?:s|ed|ment)?\b"),
    _Rule(Kind.ENTAILMENT, text=r"\b(?:can|may|could) (?:we|one|you|it be) (?:then )?(?:conclude|infer|deduce)d?\b"),
    _Rule(
        Kind.ENTAILMENT,
        text=r"\btrue, false,? or (?:unknown|uncertain|undetermined|undecided)\b|\btrue or (?:false|not)\b",
    ),
    _Rule(Kind.ENTAILMENT, text=r"^\W*(?:conclusion|hypothesis)\W*:"),
    _Rule(
        Kind.ENTAILMENT,
        question=r"\bis (?:it|this|that|the (?:following )?(?:statement|claim|conclusion)) (?:\w+ )?"
        r"(?:true|false|correct)\b",
    ),
    _Rule(Kind.ENTAILMENT, question=r"\b(?:prove|disprove|show|decide|determine) (?:that|whether)\b"),
    # The best of what is possible. "At least" and "at most" bound things in problems of every kind; only in the
    # question, of what can be had, do they ask for an extreme.
    _Rule(Kind.OPTIMISATION, text=r"\b(?:maximi[sz]|minimi[sz]|optimi[sz])\w*|\boptimal\b"),
    _Rule(
        Kind.OPTIMISATION,
        question=r"\b(?:largest|greatest|highest|biggest|smallest|lowest|least|fewest|most|best|maximum|minimum|cheapest"
        r"|shortest|longest|fastest|quickest)\b.*\b(?:can|could|possible|needs?|needed|necessary|must|has to|have to"
        r"|will do|suffices?|enough|way|route|path|tour|cost|total)\b",
    ),
    _Rule(Kind.OPTIMISATION, question=r"\b(?:can|could|needs?|must|has to|have to)\b.*\bat (?:the )?(?:most|least)\b"),
    _Rule(Kind.OPTIMISATION, question=r"\bat (?:the )?(?:most|least)\b.*\b(?:can|could|needs?|must|has to|have to)\b"),
    _Rule(Kind.OPTIMISATION, question=r"\bin the (?:best|cheapest|fastest|shortest) way\b"),
    _Rule(Kind.OPTIMISATION, question=r"\bas (?:much|many|few|little|cheaply|fast) as possible\b"),
    # Puzzles: conditions that single out who, which, where or in what order.
    _Rule(
        Kind.CONSTRAINT,
        question=r"(?:^|[,;:] )(?:(?:of|on|in|at|to|with) )?(?:who|whose|whom|where"
        r"|which (?:number|digit|of|one|person|day|house|order|floor)|what order|what is the number)\b",
        text=r"\b(?:different|distinct|each|exactly one|only one|once|no two|next to|left|right|before|after|between"
        r"|neighbou?rs?|liars?|older|newer|taller|shorter|first|last)\b",
        unless=_COUNTED,
    ),
    _Rule(
        Kind.CONSTRAINT,
        question=r"\b(?:name|list|arrange|order|rank|assign|seat)\b.*"
        r"\b(?:from|who|which|each|order|left|right|first|all)\b",
        unless=_COUNTED,
    ),
    _Rule(
        Kind.CONSTRAINT,
        text=r"\b(?:different|distinct) (?:digits?|ages|letters|whole numbers|integers)\b|\bletter stands for\b"
        r"|\bmagic square\b",
        unless=_COUNTED,
    ),
    _Rule(
        Kind.CONSTRAINT,
        question=r"\bwhich (?:of|one|statement|option)\b",
        text=r"^\W*a[).:] .*\n\W*b[).:] ",
        unless=_COUNTED,
    ),
    # A question for yes or no.
    _Rule(
        Kind.ENTAILMENT,
        question=r"^(?:therefore,? |so,? |then,? )?(?:is|are|was|were|does|do|did|must|can|may|has|have|will)\b",
        unless=_COUNTED,
    ),
)

_LANGUAGES = {Kind.ARITHMETIC: Language.PROLOG, Kind.CONSTRAINT: Language.PROLOG, Kind.OPTIMISATION: Language.SMT}


def decide_kind(problem: Problem) -> Kind:
    """The kind that the problem says it is of, or the first that a rule finds in its text."""
    if problem.kind is not None:
        return problem.kind
    # A long text is told by its end and its beginning; this also bounds what the patterns cost.
    text = problem.text if len(problem.text) <= 8_000 else f"{problem.text[:4_000]}\n{problem.text[-4_000:]}"
    text = text.lower()
    question = _question(text)
    return next((rule.kind for rule in _RULES if rule.applies(question, text)), Kind.ARITHMETIC)


def decide_language(problem: Problem, kind: Kind) -> Language:
    """The language that the problem wishes, or the one in which a formalisation of this kind goes wrong least.

    Entailment: SMT-LIB, which reasons backwards and by cases on its own; in a closed world Prolog, where failure is
    denial.
    """
    if problem.language is not None:
        return problem.language
    if kind is Kind.ENTAILMENT:
        return Language.PROLOG if problem.world is World.CLOSED else Language.SMT
    return _LANGUAGES[kind]


def _question(text: str) -> str:
    """The last sentence with a question mark; else the last sentence."""
    sentences = [
        sentence.strip()
        for sentence in re.split(r"(?<=[.?!])[\"'\u201d\u2019)]*\s+|\n\s*\n", text.strip())
        if sentence.strip()
    ]
    asking = [sentence for sentence in sentences if sentence.rstrip("\"'\u201d\u2019)").endswith("?")]
    return (asking or sentences or [""])[-1]
