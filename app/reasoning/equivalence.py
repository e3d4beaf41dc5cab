"""Whether two formalisations of an entailment say the same: by solver, where their symbols can be paired.

At most four runs. Three ask whether each reading implies the premises of the other, and whether the two conclusions are
the same whatever holds. The fourth asks whether the premises are consistent, without which everything would be the
same; or, where the conclusions differ, whether they still do under the premises. Conclusions that only the premises
make the same are two questions with one answer, so that is not called the same.

Nothing here is certified: a difference rests on the solver's model, which is handed over, sameness on contradictions.

The same means the same for classical logic. Prolog derives less than what follows, so verdicts are compared as well.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.reasoning.alignment import match
from app.reasoning.classical import NotClassicalError, read_classically
from app.reasoning.first_order import (
    ClassicalReading,
    Symbol,
    declarations,
    distinctness,
    naming,
    premises_of,
    text_of,
)
from app.reasoning.types import Formalisation, World
from solvers.entailment import Undecided
from solvers.errors import SolverError
from solvers.smt.entailment import is_contradiction
from solvers.smt.sexpr import symbol_text
from solvers.types import Finished, Job, Language, ModelText, Program, Run, Satisfiable

_NAMES_DIFFER = "different names are different individuals"


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Whether two readings say the same.

    Args:
        equivalent: None where no run shows a difference and not every run was decided, or where the premises contradict
            themselves.
        reason: in words.
        differences: each in words; empty unless `equivalent` is False.
        model: a state of affairs in which the first of the differences shows; None where none was handed over.
        job: what the model is a model of.
        names: each symbol of the first reading with its counterpart in the second, as they are called there.
    """

    equivalent: bool | None
    reason: str
    differences: tuple[str, ...] = ()
    model: ModelText | None = None
    job: Job | None = None
    names: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """One of the things that may fail to hold. `text`: in words, what it means that it fails."""

    label: str
    """Begins with `?`, as no symbol of a reading does."""
    failing: str
    """The formula that holds where it fails."""
    text: str


@dataclass(frozen=True, slots=True)
class _Found:
    """What a run says: whether one of the claims can fail, and how."""

    differs: bool | Undecided
    differences: tuple[str, ...] = ()
    model: ModelText | None = None
    job: Job | None = None


async def equivalence(
    first: Formalisation,
    second: Formalisation,
    solve: Callable[[Job], Awaitable[Run]],
    world: World = World.OPEN,
) -> Equivalence | None:
    """Compare what two formalisations of an entailment say.

    Returns:
        None where they cannot be compared; `why_not_comparable` says why.
    """
    try:
        both = _Both(first, second, world)
    except NotClassicalError:
        return None
    first_run = await _ask(both.declared, *both.second_from_first(), solve)
    second_run = await _ask(both.declared, *both.first_from_second(), solve)
    conclusions = await _ask(both.declared, both.used_distinctness(), both.claims_of_conclusions(), solve)
    found = [first_run, second_run]
    if conclusions.differs is not False:
        found.append(await _ask(both.declared, both.stated(), both.claims_of_conclusions(), solve))
    differences = tuple(text for each in found for text in each.differences)
    if differences:
        shown = next(each for each in found if each.differences)
        reason = f"the readings differ: {'; '.join(differences)}"
        return Equivalence(False, reason, differences, shown.model, shown.job, both.names)
    for each in (*found, conclusions):
        if isinstance(each.differs, Undecided):
            return Equivalence(None, f"not every comparison was decided: {each.differs.reason}", names=both.names)
        if each.differs and each is not conclusions:
            return Equivalence(None, "the solver's model does not show where the readings differ", names=both.names)
    if conclusions.differs:
        reason = f"the premises alone make the conclusions the same: {'; '.join(conclusions.differences)} without them"
        return Equivalence(None, reason, names=both.names)
    contradiction = await _contradict(both.consistency(), solve)
    if contradiction is not False:
        why = contradiction.reason if isinstance(contradiction, Undecided) else "the premises contradict themselves"
        return Equivalence(None, f"everything may be the same: {why}", names=both.names)
    return Equivalence(
        True, "each implies the premises of the other, and the conclusions are the same", names=both.names
    )


def why_not_comparable(first: Formalisation, second: Formalisation, world: World = World.OPEN) -> str | None:
    """Why `equivalence` says nothing of the two; None: it does."""
    try:
        _Both(first, second, world)
    except NotClassicalError as error:
        return str(error)
    return None


class _Both:
    """Two readings, written with one set of names: those of the first."""

    def __init__(self, first: Formalisation, second: Formalisation, world: World) -> None:
        self._first, self._second = _read(first, "first", world), _read(second, "second", world)
        matching = match(self._first, self._second)
        if why := matching.why_not():
            raise NotClassicalError(why)
        self._first_names = naming(matching.pairs)
        self._second_names: dict[Symbol, str] = {
            other: self._first_names[symbol] for symbol, other in matching.pairs.items()
        }
        self.declared = declarations(self._first_names)
        self.names = tuple((symbol.name, other.name) for symbol, other in matching.pairs.items())

    def second_from_first(self) -> tuple[list[str], list[_Claim]]:
        return self._from("first", "second", self._first, self._second, self._first_names, self._second_names)

    def first_from_second(self) -> tuple[list[str], list[_Claim]]:
        return self._from("second", "first", self._second, self._first, self._second_names, self._first_names)

    def _from(
        self,
        given: str,
        wanted: str,
        reading: ClassicalReading,
        other: ClassicalReading,
        names: Mapping[Symbol, str],
        other_names: Mapping[Symbol, str],
    ) -> tuple[list[str], list[_Claim]]:
        """The premises of one reading, and each of the other's as a claim.

        Where a language has it that names are distinct, that is granted; it is claimed only where it is used.
        """
        premises = premises_of(reading, names) + (distinctness(reading, names) if reading.distinct_names else [])
        wanted_texts = [premise.text for premise in other.premises]
        formulas = premises_of(other, other_names)
        if other.uses_distinct_names:
            wanted_texts += [_NAMES_DIFFER]
            formulas += distinctness(other, other_names)
        return premises, [
            _Claim(
                f"?{wanted} {number}",
                f"(not {formula})",
                f"the {wanted} reading has, and the {given} does not imply: {text}",
            )
            for number, (formula, text) in enumerate(zip(formulas, wanted_texts, strict=False), 1)
        ]

    def claims_of_conclusions(self) -> list[_Claim]:
        """The ways in which the conclusions come apart."""
        asked = text_of(self._first.conclusion, self._first_names), text_of(self._second.conclusion, self._second_names)
        claims = [
            _Claim(
                f"?conclusion of the {one} only",
                f"(and {asked[here]} (not {asked[1 - here]}))",
                f"the conclusion of the {one} reading can hold where that of the {other} does not",
            )
            for here, (one, other) in enumerate((("first", "second"), ("second", "first")))
        ]
        for name, reading, names, conclusion in (
            ("first", self._first, self._first_names, asked[0]),
            ("second", self._second, self._second_names, asked[1]),
        ):
            if reading.complement is not None:
                complement = text_of(reading.complement, names)
                text = f"the complement of the {name} reading is not the opposite of its conclusion"
                claims.append(_Claim(f"?complement of the {name}", f"(= {conclusion} {complement})", text))
        return claims

    def consistency(self) -> Job:
        return _job(self.declared, self.stated())

    def stated(self) -> list[str]:
        """What both state. That names are distinct is not granted here, so what follows from it follows from each."""
        premises = premises_of(self._first, self._first_names) + premises_of(self._second, self._second_names)
        return list(dict.fromkeys(premises + self.used_distinctness()))

    def used_distinctness(self) -> list[str]:
        """That names are distinct, where one of the readings uses it."""
        stated = []
        for reading, names in ((self._first, self._first_names), (self._second, self._second_names)):
            stated += distinctness(reading, names) if reading.uses_distinct_names else []
        return stated


def _read(formalisation: Formalisation, which: str, world: World) -> ClassicalReading:
    try:
        return read_classically(formalisation, world)
    except NotClassicalError as error:
        raise NotClassicalError(f"the {which} formalisation has no classical reading: {error}") from error


async def _ask(
    declared: Sequence[str],
    premises: Sequence[str],
    claims: Sequence[_Claim],
    solve: Callable[[Job], Awaitable[Run]],
) -> _Found:
    """Whether one of the claims can fail where the premises hold; the model says which ones do."""
    if not claims:
        return _Found(False)
    names = [symbol_text(claim.label) for claim in claims]
    # A constant is true only where its claim fails; the other way is left open, and easier to decide.
    lines = [f"(declare-const {name} Bool)" for name in names]
    failing = [f"(=> {name} {claim.failing})" for name, claim in zip(names, claims, strict=True)]
    job = _job([*declared, *lines], [*premises, *failing, f"(or {' '.join(names)})"])
    run = await _run(job, solve)
    if isinstance(run, Undecided):
        return _Found(run)
    contradiction = is_contradiction(run)
    if isinstance(contradiction, Undecided):
        return _Found(contradiction)
    match run.ending:
        case Finished(outcome=Satisfiable(model=model), evidence=evidence) if not contradiction:
            fails = [claim.text for claim in claims if (value := model.get(claim.label)) and value.text == "true"]
            return _Found(True, tuple(fails), evidence if isinstance(evidence, ModelText) else None, job)
    return _Found(False)


async def _contradict(job: Job, solve: Callable[[Job], Awaitable[Run]]) -> bool | Undecided:
    run = await _run(job, solve)
    return run if isinstance(run, Undecided) else is_contradiction(run)


async def _run(job: Job, solve: Callable[[Job], Awaitable[Run]]) -> Run | Undecided:
    try:
        return await solve(job)
    except SolverError as error:
        return Undecided(f"the solvers failed: {error}")


def _job(declared: Sequence[str], assertions: Sequence[str]) -> Job:
    text = "\n".join([*declared, *(f"(assert {assertion})" for assertion in assertions)])
    return Job(Program(Language.SMT, text), "(check-sat)", evidence=True)
