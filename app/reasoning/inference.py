"""Evidence about the inference itself, without a language model: which facts the verdict does not need, whether a
conclusion holds only because nothing meets its condition, and what other answer there is.

Each finding says nothing where nothing was found out: then it is None, with the reason. Nothing here changes a verdict.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from app.reasoning.literals import PrologToken
from app.reasoning.runs import another_value, answer_values, better_value, entailment, question
from app.reasoning.texts import Texts
from app.reasoning.types import Formalisation, Kind, Problem, RunName, Verdict, VerdictKind, World
from solvers.entailment import Undecided
from solvers.errors import SolverError
from solvers.logical import distinct
from solvers.smt.entailment import entailment_jobs, is_contradiction
from solvers.smt.policy import PolicyError
from solvers.smt.sexpr import (
    Lines,
    Node,
    Sexpr,
    SexprError,
    Token,
    build,
    commands,
    flatten,
    read,
    symbol_name,
    tokens,
    write,
)
from solvers.types import (
    Answers,
    Derivations,
    Finished,
    Job,
    Language,
    Program,
    Rule,
    Run,
    Satisfiable,
    Unsatisfiable,
)

Solve = Callable[[Job], Awaitable[Run]]

_SHOWN = 160
_UNSEEN = frozenset({Rule.FAILURE, Rule.ALL, Rule.ELSE})
"""Steps that rest on clauses without naming them."""


@dataclass(frozen=True, slots=True)
class _Unknown:
    """Nothing was found out, and why."""

    reason: str


async def inference_evidence(
    problem: Problem,
    kind: Kind,
    world: World,
    formalisation: Formalisation,
    runs: Mapping[RunName, Run],
    verdict: Verdict,
    solve: Solve,
    texts: Texts | None = None,
) -> Mapping[str, object]:
    """What is known about an inference beyond its verdict.

    Args:
        texts: of the problem and the formalisation, if they are there already.

    Returns:
        `not_needed`: facts, each with its line, without which the verdict holds all the same; None: not known.
        `vacuous`: whether a proved implication holds only because its condition cannot; None: not known, or no
        implication.
        `another_answer`: another answer that fits as well; None: none is known.
        `inference_notes`: why something is None, where there is a reason to give.
    """
    notes: list[str] = []

    def known(what: str, found: object) -> object:
        if isinstance(found, _Unknown):
            notes.append(f"{what}: {found.reason}")
            return None
        return found

    in_prolog = formalisation.program.language is Language.PROLOG
    try:
        facts = (
            _unused_facts(kind, formalisation, texts or Texts(problem, formalisation), runs, verdict)
            if in_prolog
            else await _outside_the_core(kind, formalisation, runs, verdict, solve)
        )
        vacuous = await _vacuous(kind, formalisation, verdict, solve)
    except SolverError as error:
        facts = vacuous = _Unknown(f"the solvers failed: {error}")
    return {
        "not_needed": known("facts that are not needed", facts),
        "vacuous": known("vacuous implication", vacuous),
        "another_answer": another_answer(kind, formalisation, runs),
        "inference_notes": notes,
    }


def another_answer(kind: Kind, formalisation: Formalisation, runs: Mapping[RunName, Run]) -> Mapping[str, str] | None:
    """Another answer that the runs found beside the first: each variable or term with its value."""
    if kind is Kind.ENTAILMENT:
        return None
    name = RunName.QUERY if formalisation.program.language is Language.PROLOG else RunName.UNIQUENESS
    match _outcome(runs.get(name)):
        case Answers(substitutions=substitutions):
            different = distinct(question(formalisation, kind), substitutions)
            return {n: value.text for n, value in different[1].bindings.items()} if len(different) > 1 else None
        case Satisfiable() as outcome:
            values = answer_values(formalisation, outcome)
            return None if values is None else {term: value.text for term, value in values.items()}
        case _:
            return None


def _outcome(run: Run | None) -> object:
    return run.ending.outcome if run is not None and isinstance(run.ending, Finished) else None


# Facts that are not needed, Prolog


def _unused_facts(
    kind: Kind, formalisation: Formalisation, texts: Texts, runs: Mapping[RunName, Run], verdict: Verdict
) -> list[dict[str, object]] | _Unknown:
    """The facts that no step of the derivation of the verdict uses."""
    name = _deciding_run(kind, verdict)
    if name is None:
        return _Unknown(f"{verdict.kind.value} rests on what is not derivable, and so on every fact")
    run = runs.get(name)
    evidence = run.ending.evidence if run is not None and isinstance(run.ending, Finished) else None
    if not isinstance(evidence, Derivations) or not evidence.derivations:
        return _Unknown("there is no derivation")
    steps = [step for derivation in evidence.derivations for step in derivation.steps]
    if any(step.rule in _UNSEEN for step in steps):
        return _Unknown("the derivation looks at all answers of a goal, or at a failure, and so at clauses unnamed")
    used = {step.line for step in steps if step.rule is Rule.CLAUSE}
    text = formalisation.program.text
    facts = ((line, start, end) for line, start, end in _facts(text, texts.clauses) if line not in used)
    return [{"line": line, "text": _shown(text[start:end])} for line, start, end in facts]


def _deciding_run(kind: Kind, verdict: Verdict) -> RunName | None:
    """The run whose answer, or whose contradiction, the verdict rests on."""
    if kind is not Kind.ENTAILMENT:
        return RunName.QUERY if verdict.kind is VerdictKind.ANSWERED else None
    return {
        VerdictKind.PROVED: RunName.PREMISES_AND_NOT_CONCLUSION,
        VerdictKind.REFUTED: RunName.PREMISES_AND_CONCLUSION,
    }.get(verdict.kind)


def _facts(text: str, clauses: Iterable[Sequence[PrologToken]]) -> Iterator[tuple[int, int, int]]:
    """The clauses without a body: the line on which each begins, and from where to where it stands."""
    lines = Lines(text)
    for clause in clauses:
        if clause and not any(token.text in (":-", "-->", "?-") for token in clause):
            start, end = clause[0].start, clause[-1].end
            yield lines.at(start)[0], start, end


# Facts that are not needed, SMT-LIB


async def _outside_the_core(
    kind: Kind, formalisation: Formalisation, runs: Mapping[RunName, Run], verdict: Verdict, solve: Solve
) -> list[dict[str, object]] | _Unknown:
    """The assertions without which what the verdict rests on is a contradiction all the same.

    A proof rests on one; an answer on there being no other, and no better one. The runs are made again with every
    assertion named, and a core asked for.
    """
    jobs = _contradictions(kind, formalisation, runs, verdict)
    if not jobs:
        return _Unknown(f"{verdict.kind.value} rests on no contradiction of which there is a core")
    try:
        _, names = _all_named(formalisation.program)
    except SexprError as error:
        return _Unknown(f"the program cannot be read: {error}")
    needed: set[str] = set()
    for job in jobs:
        named, _ = _all_named(job.program)
        outcome = _outcome(await solve(replace(job, program=named)))
        if not isinstance(outcome, Unsatisfiable):
            return _Unknown("the solver gave no core")
        needed |= set(outcome.core)
    lines = Lines(formalisation.program.text)
    return [
        {"line": lines.at(start)[0], "text": _shown(formalisation.program.text[start:end])}
        for name, (start, end) in names.items()
        if name not in needed
    ]


def _contradictions(
    kind: Kind, formalisation: Formalisation, runs: Mapping[RunName, Run], verdict: Verdict
) -> list[Job]:
    """The jobs whose runs were contradictions and on which the verdict rests; none where one of them was not."""
    if kind is Kind.ENTAILMENT:
        name = _deciding_run(kind, verdict)
        return [job for run, job in entailment(formalisation) if run is name]
    asked = runs.get(RunName.QUERY)
    if asked is None or verdict.kind is not VerdictKind.ANSWERED:
        return []
    jobs = [another_value(formalisation, asked)]
    if isinstance(asked.ending, Finished) and getattr(asked.ending.outcome, "objectives", None):
        jobs.append(better_value(formalisation, asked))
    return [job for job in jobs if job is not None] if None not in jobs else []


def _all_named(program: Program) -> tuple[Program, dict[str, tuple[int, int]]]:
    """The program with a name for every assertion, and where each of them stands in the text as it was."""
    text = program.text
    names: dict[str, tuple[int, int]] = {}
    parts: list[str] = ["(set-option :smt.core.minimize true)"]
    position = 0
    for command in commands(tokens(text)):
        if len(command) < 3 or command[1].text != "assert":
            continue
        place = command[0].start, command[-1].start + 1
        name = _name_of(command)
        if name is None:
            name = f"fact {len(names) + 1} of Quod"
            start, end = command[2].start, command[-1].start
            parts += [text[position:start], "(! ", text[start:end], f" :named |{name}|)"]
            position = end
        names[name] = place
    return replace(program, text="".join([*parts, text[position:]])), names


def _name_of(command: Sequence[Token]) -> str | None:
    """The name that an assertion has as a whole."""
    formula = build(command[2:-1])[0]
    if isinstance(formula, Node) and _symbol(formula, 0) == "!":
        items = formula.items
        for keyword, value in zip(items[2::2], items[3::2], strict=False):
            if isinstance(keyword, Token) and keyword.text == ":named" and isinstance(value, Token):
                return symbol_name(value)
    return None


# Vacuous implications


async def _vacuous(kind: Kind, formalisation: Formalisation, verdict: Verdict, solve: Solve) -> bool | _Unknown | None:
    """Whether the premises contradict the condition of the proved implication."""
    if kind is not Kind.ENTAILMENT or verdict.kind is not VerdictKind.PROVED:
        return None
    if formalisation.program.language is Language.PROLOG:
        return _Unknown("a conclusion in Prolog names no condition")
    try:
        condition = _condition(formalisation)
        if condition is None:
            return None
        _, job = entailment_jobs(formalisation.program, condition)
    except (SexprError, PolicyError) as error:
        return _Unknown(f"the conclusion cannot be read: {error}")
    found = is_contradiction(await solve(job))
    return _Unknown(found.reason) if isinstance(found, Undecided) else found


def _condition(formalisation: Formalisation) -> str | None:
    """The condition of the conclusion, as a formula; that of `(forall (...) (=> A B))` is that some things meet it."""
    formula: Sexpr | None = read(formalisation.query)[0]
    if isinstance(formula, Token):
        formula = _definition(symbol_name(formula), formalisation.program.text)
    bound: list[str] = []
    while isinstance(formula, Node) and len(formula.items) > 1:
        match _symbol(formula, 0):
            case "!":
                formula = formula.items[1]
            case "forall" if len(formula.items) == 3:
                bound.append(_text(formula.items[1]))
                formula = formula.items[2]
            case "=>" if len(formula.items) > 2:
                return _exists(bound, [_text(item) for item in formula.items[1:-1]])
            case "or":
                denied = [
                    _text(item.items[1])
                    for item in formula.items[1:]
                    if isinstance(item, Node) and len(item.items) == 2 and _symbol(item, 0) == "not"
                ]
                return _exists(bound, denied) if denied and len(denied) < len(formula.items) - 1 else None
            case _:
                return None
    return None


def _exists(bound: Sequence[str], conditions: Sequence[str]) -> str:
    formula = conditions[0] if len(conditions) == 1 else f"(and {' '.join(conditions)})"
    for variables in reversed(bound):
        formula = f"(exists {variables} {formula})"
    return formula


def _definition(name: str, text: str) -> Sexpr | None:
    """The body of a constant that the program defines."""
    for command in read(text):
        if (
            isinstance(command, Node)
            and len(command.items) == 5
            and _symbol(command, 0) == "define-fun"
            and _symbol(command, 1) == name
            and isinstance(command.items[2], Node)
            and not command.items[2].items
        ):
            return command.items[4]
    return None


def _symbol(node: Node, place: int) -> str:
    item = node.items[place] if place < len(node.items) else None
    return symbol_name(item) if isinstance(item, Token) else ""


def _text(expression: Sexpr) -> str:
    return write(flatten(expression))


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
