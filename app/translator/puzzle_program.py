"""Writes an ordering puzzle as a program: SMT-LIB, or Prolog with constraints over whole numbers.

The programs have the form that the prompts ask for: each condition cites the sentence that states it, comments say what
each symbol stands for, and the last line says what is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from solvers.types import Language

ASKED = -1
"""In place of a thing's index: the thing that is asked for."""
MOST_CITED = 300
"""Characters of a sentence that are cited; of a longer one, its beginning."""


# Conditions on places: whole numbers from 1 on


@dataclass(frozen=True, slots=True)
class Place:
    """The place of the thing with this index."""

    thing: int


@dataclass(frozen=True, slots=True)
class Number:
    value: int


@dataclass(frozen=True, slots=True)
class Computed:
    """`abs` is the distance of the two: of `left - right`, without its sign."""

    operator: Literal["+", "-", "*", "abs"]
    left: "Term"
    right: "Term"


Term = Place | Number | Computed


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: Literal["<", "="]
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Not:
    formula: "Formula"


@dataclass(frozen=True, slots=True)
class Joined:
    operator: Literal["and", "or"]
    formulas: tuple["Formula", ...]


Formula = Comparison | Not | Joined


def joined(operator: Literal["and", "or"], formulas: Sequence[Formula]) -> Formula:
    """One formula for several, of which there is one at least."""
    return formulas[0] if len(formulas) == 1 else Joined(operator, tuple(formulas))


# A puzzle


@dataclass(frozen=True, slots=True)
class Thing:
    """`symbol` names it in a program: letters of ASCII, digits and `_`, a small letter first."""

    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class Cited:
    """`words` is the sentence that says it, or the one that asks for it."""

    formula: Formula
    words: str


@dataclass(frozen=True, slots=True)
class WhichThing:
    """The thing of which `formula` holds; there it is `ASKED`."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """All things, from place 1 on or, with `backwards`, from the last place on."""

    backwards: bool


@dataclass(frozen=True, slots=True)
class HowMany:
    """The value of `term`."""

    term: Term


@dataclass(frozen=True, slots=True)
class WhichOption:
    """The option that holds. Letters are small."""

    options: tuple[tuple[str, Cited], ...]


@dataclass(frozen=True, slots=True)
class Puzzle:
    """An ordering puzzle, understood.

    Args:
        things: two at least, with different symbols.
        low_end: what is at place 1, for people: "leftmost".
        listed: the sentence that lists the things; None where none does.
        question: the sentence that asks.
    """

    things: tuple[Thing, ...]
    low_end: str
    listed: str | None
    facts: tuple[Cited, ...]
    asked: WhichThing | WholeOrder | HowMany | WhichOption
    question: str


def program_of(puzzle: Puzzle, language: Language) -> str:
    """The program, in a fenced block as a reply has it."""
    if language is Language.SMT:
        return f"```smt2\n{_smt(puzzle)}\n```"
    return f"```prolog\n{_prolog(puzzle)}\n```"


def _cited(mark: str, words: str | None) -> str:
    """A comment with `words` in double quotes, on one line whatever stands in them."""
    if not words:
        return ""
    plain = " ".join(words.replace('"', " ").split())
    if len(plain) > MOST_CITED:
        plain = plain[:MOST_CITED].rsplit(" ", 1)[0]
    return f'  {mark} "{plain}"'


def _listing(puzzle: Puzzle) -> str:
    return ", ".join(thing.words for thing in puzzle.things)


# SMT-LIB


def _smt(puzzle: Puzzle) -> str:
    symbols = [thing.symbol for thing in puzzle.things]
    places = " ".join(f"(place {symbol})" for symbol in symbols)
    constants, tied, answer, gloss = _smt_question(puzzle)
    lines = [f"(declare-datatypes ((Thing 0)) (({' '.join(f'({symbol})' for symbol in symbols)})))"]
    if isinstance(puzzle.asked, WhichOption):
        letters = " ".join(f"({letter})" for letter, _ in puzzle.asked.options)
        lines.append(f"(declare-datatypes ((Option 0)) (({letters})))")
    lines += ["(declare-fun place (Thing) Int)", *constants, f"; Place 1 is that of the {puzzle.low_end}."]
    listed = _cited(";", puzzle.listed)
    bounds = f"(forall ((x Thing)) (<= 1 (place x) {len(symbols)}))"
    lines.append(f"(assert (! {bounds} :named as_many_places_as_things)){listed}")
    lines.append(f"(assert (! (distinct {places}) :named one_in_each_place)){listed}")
    for index, fact in enumerate(puzzle.facts, 1):
        formula = _smt_formula(fact.formula, symbols)
        lines.append(f"(assert (! {formula} :named condition_{index})){_cited(';', fact.words)}")
    lines += tied
    lines.append(f"; place: the place of each of {_listing(puzzle)}, counted from the {puzzle.low_end}")
    lines += [*gloss, f"; answer: {answer}"]
    return "\n".join(lines)


def _smt_question(puzzle: Puzzle) -> tuple[list[str], list[str], str, list[str]]:
    """Declarations, assertions, what is the answer, and what the symbols stand for."""
    symbols, cited = [thing.symbol for thing in puzzle.things], _cited(";", puzzle.question)
    match puzzle.asked:
        case WhichThing(formula):
            tied = f"(assert (! {_smt_formula(formula, symbols)} :named what_is_asked)){cited}"
            return ["(declare-const asked Thing)"], [tied], "asked", ["; asked: the one that is asked for"]
        case HowMany(term):
            tied = f"(assert (! (= asked {_smt_term(term, symbols)}) :named what_is_asked)){cited}"
            return ["(declare-const asked Int)"], [tied], "asked", ["; asked: the number that is asked for"]
        case WholeOrder(backwards):
            numbers = range(1, len(symbols) + 1)
            constants = [f"(declare-const at_{i} Thing)" for i in numbers]
            ties = [f"(assert (! (= (place at_{i}) {i}) :named place_{i}_is_asked)){cited}" for i in numbers]
            names = [f"at_{i}" for i in (reversed(numbers) if backwards else numbers)]
            return constants, ties, " ".join(names), [f"; at_{i}: the one in place {i}" for i in numbers]
        case WhichOption(options):
            ties = [
                f"(assert (! (=> (= right_one {letter}) {_smt_formula(option.formula, symbols)})"
                f" :named option_{letter})){_cited(';', option.words)}"
                for letter, option in options
            ]
            constants = ["(declare-const right_one Option)"]
            return constants, ties, "right_one", ["; right_one: the option that is asked for"]


def _smt_formula(formula: Formula, symbols: Sequence[str]) -> str:
    match formula:
        case Comparison("=", Computed("abs", one, other), steps):
            # Not by `abs`: of a proof that has it, not every step can be checked.
            before = Comparison("=", one, Computed("+", other, steps))
            behind = Comparison("=", other, Computed("+", one, steps))
            return _smt_formula(Joined("or", (before, behind)), symbols)
        case Comparison(operator, left, right):
            return f"({operator} {_smt_term(left, symbols)} {_smt_term(right, symbols)})"
        case Not(inner):
            return f"(not {_smt_formula(inner, symbols)})"
        case Joined(operator, formulas):
            return f"({operator} {' '.join(_smt_formula(item, symbols) for item in formulas)})"


def _smt_term(term: Term, symbols: Sequence[str]) -> str:
    match term:
        case Place(thing):
            return f"(place {'asked' if thing == ASKED else symbols[thing]})"
        case Number(value):
            return str(value)
        case Computed("abs", left, right):
            return f"(abs (- {_smt_term(left, symbols)} {_smt_term(right, symbols)}))"
        case Computed(operator, left, right):
            return f"({operator} {_smt_term(left, symbols)} {_smt_term(right, symbols)})"


# Prolog

_ASKED_VARIABLE = "AskedPlace"


def _prolog(puzzle: Puzzle) -> str:
    variables = [_variable(thing.symbol) for thing in puzzle.things]
    pairs = ", ".join(f"{thing.symbol}-{name}" for thing, name in zip(puzzle.things, variables, strict=True))
    listed = _cited("%", puzzle.listed)
    goals = [
        (f"Places = [{', '.join(variables)}]", ""),
        (f"Places ins 1..{len(variables)}", listed),
        ("all_different(Places)", listed),
    ]
    goals += [
        (goal, _cited("%", fact.words)) for fact in puzzle.facts for goal in _prolog_goals(fact.formula, variables)
    ]
    goals.append(("label(Places)", ""))
    lines = [":- use_module(library(clpfd)).", "", f"% Place 1 is that of the {puzzle.low_end}."]
    lines += _clause(f"places([{pairs}])", goals)
    lines += ["", *_prolog_question(puzzle, variables), ""]
    lines.append(f"% places/1: each of {_listing(puzzle)} with its place, counted from the {puzzle.low_end}")
    if isinstance(puzzle.asked, WhichOption):
        lines.append("% option/2: the letter of an option that fits places")
    what = {WhichThing: "the one", HowMany: "the number", WholeOrder: "the order", WhichOption: "the option"}
    lines.append(f"% solve/1: {what[type(puzzle.asked)]} that is asked for")
    lines.append("% query: solve(Answer).")
    return "\n".join(lines)


def _clause(head: str, goals: Sequence[tuple[str, str]]) -> list[str]:
    """A clause with its goals, each with the comment behind it."""
    last = len(goals) - 1
    return [
        f"{head} :-",
        *(f"    {goal}{'.' if index == last else ','}{comment}" for index, (goal, comment) in enumerate(goals)),
    ]


def _variable(symbol: str) -> str:
    return "".join(part.capitalize() for part in symbol.split("_")) + "Place"


def _prolog_question(puzzle: Puzzle, variables: Sequence[str]) -> list[str]:
    cited = _cited("%", puzzle.question)
    symbols = [thing.symbol for thing in puzzle.things]
    match puzzle.asked:
        case WhichThing(formula):
            goals = _looked_up(formula, symbols, variables)
            goals.append(f"member(Answer-{_ASKED_VARIABLE}, Places)")
            goals += _prolog_goals(formula, variables)
            return _clause("solve(Answer)", [("places(Places)", ""), *_citing(goals, cited)])
        case HowMany(term):
            goals = _looked_up(Comparison("=", term, term), symbols, variables)
            goals.append(f"Answer #= {_prolog_term(term, variables)}")
            return _clause("solve(Answer)", [("places(Places)", ""), *_citing(goals, cited)])
        case WholeOrder(backwards):
            numbers = range(1, len(symbols) + 1)
            names = [f"At{i}" for i in (reversed(numbers) if backwards else numbers)]
            goals = [f"member(At{i}-{i}, Places)" for i in numbers]
            head = f"solve([{', '.join(names)}])"
            return _clause(head, [("places(Places)", ""), *_citing(goals, cited)])
        case WhichOption(options):
            lines: list[str] = []
            for letter, option in options:
                goals = _looked_up(option.formula, symbols, variables)
                goals += _prolog_goals(option.formula, variables)
                lines += _clause(f"option({letter}, Places)", _citing(goals, _cited("%", option.words)))
            found = [("places(Places)", ""), ("option(Answer, Places)", cited)]
            return [*lines, "", *_clause("solve(Answer)", found)]


def _citing(goals: Sequence[str], cited: str) -> list[tuple[str, str]]:
    """The last goal, which says what is meant, has the citation."""
    return [(goal, cited if index == len(goals) - 1 else "") for index, goal in enumerate(goals)]


def _looked_up(formula: Formula, symbols: Sequence[str], variables: Sequence[str]) -> list[str]:
    """The goals that find the places of the things that `formula` speaks of."""
    return [f"member({symbols[i]}-{variables[i]}, Places)" for i in sorted(_things(formula) - {ASKED})]


def _things(part: Formula | Term) -> frozenset[int]:
    match part:
        case Place(thing):
            return frozenset([thing])
        case Number():
            return frozenset()
        case Computed(_, left, right) | Comparison(_, left, right):
            return _things(left) | _things(right)
        case Not(inner):
            return _things(inner)
        case Joined(_, formulas):
            return frozenset().union(*(_things(item) for item in formulas))


def _prolog_goals(formula: Formula, variables: Sequence[str]) -> list[str]:
    """One goal, or one for each part of a conjunction."""
    if isinstance(formula, Joined) and formula.operator == "and":
        return [goal for item in formula.formulas for goal in _prolog_goals(item, variables)]
    return [_prolog_formula(formula, variables)]


def _prolog_formula(formula: Formula, variables: Sequence[str]) -> str:
    match formula:
        case Comparison(operator, left, right):
            return f"{_prolog_term(left, variables)} #{operator} {_prolog_term(right, variables)}"
        case Not(Comparison("=", left, right)):
            return f"{_prolog_term(left, variables)} #\\= {_prolog_term(right, variables)}"
        case Not(Comparison("<", left, right)):
            return f"{_prolog_term(left, variables)} #>= {_prolog_term(right, variables)}"
        case Not(inner):
            return f"#\\ ({_prolog_formula(inner, variables)})"
        case Joined(operator, formulas):
            mark = " #/\\ " if operator == "and" else " #\\/ "
            return mark.join(f"({_prolog_formula(item, variables)})" for item in formulas)


def _prolog_term(term: Term, variables: Sequence[str]) -> str:
    match term:
        case Place(thing):
            return _ASKED_VARIABLE if thing == ASKED else variables[thing]
        case Number(value):
            return str(value)
        case Computed("abs", left, right):
            return f"abs({_prolog_term(left, variables)} - {_prolog_term(right, variables)})"
        case Computed(operator, left, right):
            after = _prolog_term(right, variables)
            after = f"({after})" if isinstance(right, Computed) and right.operator != "abs" else after
            return f"{_prolog_term(left, variables)} {operator} {after}"
