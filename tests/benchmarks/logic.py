# ruff: noqa: RUF001  # the programs are written with signs of logic
"""Logic-LM's recorded programs in our languages, and how they fare in the pipeline.

Its authors had GPT-4 write programs in a notation of their own for four question sets (`recorded/logic_programs`). What
stands in a program is translated as it stands, statement by statement; a program that cannot be read is not mended and
counts as not executable. The answer is read by the pipeline alone.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.reasoning.types import Kind, Problem, Trace, VerdictKind, World
from solvers.types import Language
from tests.benchmarks.data import recorded_logic

LETTERS = {VerdictKind.PROVED: "A", VerdictKind.REFUTED: "B", VerdictKind.UNDETERMINED: "C"}


class NotReadable(Exception):
    """The recorded program is not in the notation that it should be in."""


@dataclass(frozen=True, slots=True)
class LogicProblem:
    """A question of a set: what is asked, the recorded program in our language, and the right option."""

    id: str
    problem: Problem
    completion: str
    target: str
    statement: str
    answer: Callable[[Trace], str | None] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    id: str
    reason: str


def logic_problems(
    name: str, *, polarity: Callable[[str], bool | None] | None = None
) -> Iterator[LogicProblem | Unreadable]:
    """The questions of a set by GPT-4.

    Args:
        name: "ProofWriter", "ProntoQA", "LogicalDeduction" or "FOLIO".
        polarity: says of a statement whether it denies something; then it, and not the program, decides whether the
            query does. None: the query stays as it was written.
    """
    translate = {
        "ProofWriter": _rules,
        "ProntoQA": _rules,
        "LogicalDeduction": _ordering,
        "FOLIO": _first_order,
    }[name]
    # PrOntoQA offers no third option: what does not follow is false there.
    world = World.CLOSED if name == "ProntoQA" else World.OPEN
    for row in recorded_logic(f"{name}_gpt-4"):
        statement = row["question"].partition("?")[2].strip()
        try:
            completion, kind, language = translate(row["raw_logic_programs"][0], statement, polarity)
        except NotReadable as error:
            yield Unreadable(row["id"], str(error))
            continue
        text = f"{row['context']}\n\n{row['question']}"
        if kind is Kind.CONSTRAINT:
            text = "\n".join([text, *row["options"]])
        yield LogicProblem(
            id=row["id"],
            problem=Problem(text, kind, language, world),
            completion=completion,
            target=row["answer"],
            statement=statement,
            answer=_option if kind is Kind.CONSTRAINT else _verdict,
        )


def _verdict(trace: Trace) -> str | None:
    return LETTERS.get(trace.verdict.kind)


def _option(trace: Trace) -> str | None:
    return None if trace.verdict.answer is None else trace.verdict.answer.upper()


def _sections(program: str) -> dict[str, list[str]]:
    """The lines of each section, without what stands behind `:::`."""
    found: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in program.splitlines():
        if match := re.fullmatch(r"\s*([A-Z][a-z]+):\s*", line):
            lines = found.setdefault(match[1], [])
        elif line.strip() and lines is not None:
            lines.append(line.partition(":::")[0].strip())
    return found


# Facts and rules: ProofWriter, PrOntoQA

_LITERAL = re.compile(r"([A-Za-z_]\w*)\s*\(([^()]*)\)")
_RESERVED = frozenset(
    {"is", "mod", "rem", "not", "neg", "table", "dynamic", "call", "member", "number", "atom", "round"}
)


@dataclass(frozen=True, slots=True)
class _Literal:
    name: str
    arguments: tuple[str, ...]
    holds: bool

    def text(self) -> str:
        atom = f"{self.name}({', '.join(self.arguments)})"
        return atom if self.holds else f"neg({atom})"


def _rules(program: str, statement: str, polarity: Callable[[str], bool | None] | None) -> tuple[str, Kind, Language]:
    sections = _sections(program)
    clauses: list[str] = []
    literals: list[_Literal] = []
    for line in sections.get("Facts", []):
        found = _literals(line)
        literals += found
        clauses += [f"{literal.text()}." for literal in found]
    for line in sections.get("Rules", []):
        body, arrow, head = line.partition(">>>")
        if not arrow:
            raise NotReadable(f"no rule: {line}")
        conditions, conclusions = _literals(body), _literals(head)
        literals += conditions + conclusions
        joined = ", ".join(literal.text() for literal in conditions)
        clauses += [f"{literal.text()} :- {joined}." for literal in conclusions]
    queries = [literal for line in sections.get("Query", []) for literal in _literals(line)]
    if len(queries) != 1:
        raise NotReadable(f"{len(queries)} queries")
    (query,) = queries
    if polarity is not None and (denies := polarity(statement)) is not None:
        query = _Literal(query.name, query.arguments, not denies)
    complement = _Literal(query.name, query.arguments, not query.holds)
    names = sorted({f"{literal.name}/{len(literal.arguments)}" for literal in [*literals, query]})
    declared = ", ".join([*names, "neg/1"])
    lines = [
        f":- dynamic {declared}.",
        f":- table {declared}.",
        "",
        *sorted(dict.fromkeys(clauses), key=_functor),
        f"% query: {query.text()}.",
        f"% complement: {complement.text()}.",
    ]
    return "```prolog\n" + "\n".join(lines) + "\n```", Kind.ENTAILMENT, Language.PROLOG


def _functor(clause: str) -> str:
    """Clauses of one predicate stand together."""
    return clause.partition("(")[0]


def _literals(text: str) -> list[_Literal]:
    found = []
    for name, inside in _LITERAL.findall(text):
        *arguments, truth = [part.strip() for part in inside.split(",")]
        if truth not in ("True", "False") or not arguments:
            raise NotReadable(f"no truth value: {name}({inside})")
        found.append(_Literal(_atom(name), tuple(_argument(part) for part in arguments), truth == "True"))
    if not found:
        raise NotReadable(f"no literal: {text}")
    return found


def _argument(text: str) -> str:
    return text[1:].upper() if text.startswith("$") else _atom(text)


def _atom(text: str) -> str:
    name = re.sub(r"\W", "_", text)
    name = name[:1].lower() + name[1:]
    if not name or not name[0].isalpha():
        raise NotReadable(f"no name: {text}")
    return f"{name}_" if name in _RESERVED else name


# Orderings: LogicalDeduction


def _ordering(program: str, statement: str, polarity: object) -> tuple[str, Kind, Language]:
    sections = _sections(program)
    variables: dict[str, str] = {}
    domains: list[str] = []
    for line in sections.get("Variables", []):
        match = re.fullmatch(r"(\w+)\s*\[IN\]\s*\[([\d,\s]+)\]", line)
        if not match:
            raise NotReadable(f"no variable: {line}")
        variables[match[1]] = f"V{len(variables)}_{match[1]}"
        values = " \\/ ".join(value.strip() for value in match[2].split(","))
        domains.append(f"{variables[match[1]]} in {values}")
    constraints = [_comparison(line, variables) for line in sections.get("Constraints", [])]
    options = []
    for line in sections.get("Query", []):
        match = re.fullmatch(r"([A-G])\)\s*(.+)", line)
        if not match:
            raise NotReadable(f"no option: {line}")
        options.append((match[1].lower(), _comparison(match[2], variables)))
    everything = ", ".join(variables.values())
    listed = ", ".join(letter for letter, _ in options)
    rows = [
        ":- use_module(library(clpfd)).",
        "",
        f"arrangement([{everything}]) :-",
        *(f"    {goal}," for goal in [*domains, *constraints]),
        f"    label([{everything}]).",
        "",
        *(f"holds({letter}, [{everything}]) :- {goal}." for letter, goal in options),
        "",
        "fails(Option) :- arrangement(Places), \\+ holds(Option, Places).",
        "",
        f"solve(Option) :- once(arrangement(_)), member(Option, [{listed}]), \\+ fails(Option).",
        "% query: solve(Option).",
    ]
    return "```prolog\n" + "\n".join(rows) + "\n```", Kind.CONSTRAINT, Language.PROLOG


_RELATIONS = {"==": "#=", "!=": "#\\=", "<": "#<", ">": "#>", "<=": "#=<", ">=": "#>="}


def _comparison(text: str, variables: dict[str, str]) -> str:
    if match := re.fullmatch(r"AllDifferentConstraint\(\[([^\]]*)\]\)", text.strip()):
        return f"all_different([{', '.join(_term(part, variables) for part in match[1].split(','))}])"
    match = re.fullmatch(r"(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)", text.strip())
    if not match:
        raise NotReadable(f"no constraint: {text}")
    return f"{_term(match[1], variables)} {_RELATIONS[match[2]]} {_term(match[3], variables)}"


def _term(text: str, variables: dict[str, str]) -> str:
    parts = re.findall(r"[A-Za-z_]\w*|\d+|[-+*()]", text)
    if re.sub(r"\s", "", text) != "".join(parts):
        raise NotReadable(f"no term: {text}")
    for part in parts:
        if part[0].isalpha() and part not in variables:
            raise NotReadable(f"unknown variable: {part}")
    return " ".join(variables.get(part, part) for part in parts)


# First-order logic: FOLIO

_TOKEN = re.compile(r"\s*(?:([∀∃¬∧∨→↔⊕(),=≠∈])|([A-Za-z0-9_'’-]+(?:\.[0-9]\w*)?))")
_RELATION_NAMES = {"=": "=", "≠": "distinct", "∈": "In"}
"""No comparison: the order of numbers is no part of this logic, and a program that relies on it is not readable."""
_CONNECTIVES = {"∧": ("and", 4), "∨": ("or", 3), "⊕": ("xor", 3), "→": ("=>", 2), "↔": ("=", 1)}


def _first_order(program: str, statement: str, polarity: object) -> tuple[str, Kind, Language]:
    sections = _sections(program)
    conclusions = sections.get("Conclusion", [])
    if len(conclusions) != 1:
        raise NotReadable(f"{len(conclusions)} conclusions")
    symbols: dict[tuple[str, int, bool], str] = {}
    premises = [_Formula(line, symbols).read() for line in sections.get("Premises", [])]
    conclusion = _Formula(conclusions[0], symbols).read()
    rows = ["(declare-sort Thing 0)"]
    for (_, arity, is_predicate), name in symbols.items():
        rows.append(f"(declare-fun {name} ({' '.join(['Thing'] * arity)}) {'Bool' if is_predicate else 'Thing'})")
    rows += [f"(assert (! {premise} :named premise_{number}))" for number, premise in enumerate(premises, 1)]
    rows += [f"(define-fun conclusion () Bool {conclusion})", "; query: conclusion"]
    return "```smt2\n" + "\n".join(rows) + "\n```", Kind.ENTAILMENT, Language.SMT


class _Formula:
    """Reads one formula; `symbols` gathers what it names: (name, arity, is a predicate)."""

    def __init__(self, text: str, symbols: dict[tuple[str, int, bool], str]) -> None:
        self._text = text
        self._tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if not match:
                raise NotReadable(f"{text[position : position + 10]!r} in: {text}")
            self._tokens.append(match[1] or match[2])
            position = match.end()
        self._place = 0
        self._symbols = symbols
        self._bound: list[str] = []

    def read(self) -> str:
        formula = self._binary(1)
        if self._place < len(self._tokens):
            raise NotReadable(f"something is left at {self._tokens[self._place]!r} in: {self._text}")
        return formula

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _take(self, wanted: str | None = None) -> str:
        token = self._peek()
        if not token or (wanted is not None and token != wanted):
            raise NotReadable(f"{wanted or 'more'} expected, not {token!r}, in: {self._text}")
        self._place += 1
        return token

    def _binary(self, least: int) -> str:
        left = self._unary()
        while self._peek() in _CONNECTIVES and _CONNECTIVES[self._peek()][1] >= least:
            name, strength = _CONNECTIVES[self._take()]
            # An arrow binds to the right, the others to the left.
            left = f"({name} {left} {self._binary(strength if name == '=>' else strength + 1)})"
        return left

    def _unary(self) -> str:
        token = self._peek()
        if token == "¬":
            self._take()
            return f"(not {self._unary()})"
        if token in ("∀", "∃"):
            self._take()
            variable = f"{self._take()}_"
            self._bound.append(variable)
            body = self._unary()
            self._bound.pop()
            return f"({'forall' if token == '∀' else 'exists'} (({variable} Thing)) {body})"
        if token == "(":
            self._take()
            inside = self._binary(1)
            self._take(")")
            return inside
        return self._atom()

    def _atom(self) -> str:
        name = self._take()
        if not re.fullmatch(r"[\w'’.-]+", name):
            raise NotReadable(f"{name!r} in: {self._text}")
        if self._peek() == "(":
            return self._applied(name, is_predicate=True)
        if relation := _RELATION_NAMES.get(self._peek()):
            self._take()
            relation = relation if relation in ("=", "distinct") else self._symbol(relation, 2, is_predicate=True)
            return f"({relation} {self._constant(name)} {self._argument()})"
        return self._symbol(name, 0, is_predicate=True)

    def _applied(self, name: str, *, is_predicate: bool) -> str:
        self._take("(")
        arguments = [self._argument()]
        while self._peek() == ",":
            self._take()
            arguments.append(self._argument())
        self._take(")")
        return f"({self._symbol(name, len(arguments), is_predicate=is_predicate)} {' '.join(arguments)})"

    def _argument(self) -> str:
        name = self._take()
        return self._applied(name, is_predicate=False) if self._peek() == "(" else self._constant(name)

    def _constant(self, name: str) -> str:
        if f"{name}_" in self._bound:
            return f"{name}_"
        return self._symbol(name, 0, is_predicate=False)

    def _symbol(self, name: str, arity: int, *, is_predicate: bool) -> str:
        key = (name, arity, is_predicate)
        if key not in self._symbols:
            plain = re.sub(r"\W", "_", name)
            taken = set(self._symbols.values()) | {"Int", "Real", "Bool", "Thing", "String", "Array", "conclusion"}
            plain = f"n{plain}" if not plain[0].isalpha() else plain
            while plain in taken:
                plain += "_of" if is_predicate else "_"
            self._symbols[key] = plain
        return self._symbols[key]
