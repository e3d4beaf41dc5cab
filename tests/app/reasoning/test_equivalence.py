"""Whether two formalisations of an entailment say the same. Real engine."""

import time
from collections.abc import Sequence

import pytest

from app.reasoning.equivalence import Equivalence, equivalence, why_not_comparable
from app.reasoning.sensitivity import LIMITS
from app.reasoning.types import Formalisation, Gloss, World
from solvers import Runtime
from solvers.certificates import Certificate, CheckResult
from solvers.checking import check_certificate
from solvers.errors import WorkerCrashedError
from solvers.types import (
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Program,
    Run,
    Satisfiable,
    Stopped,
    Unsatisfiable,
    Usage,
)
from tests.app.reasoning.test_classical import OTTERS, OTTERS_SMT

pytestmark = pytest.mark.anyio

DECLARED = """(declare-sort Thing 0)
(declare-const milo Thing)
(declare-fun otter (Thing) Bool)
(declare-fun swims (Thing) Bool)
(declare-fun wet (Thing) Bool)
(declare-fun dusty (Thing) Bool)
"""
RULES = (
    "(forall ((x Thing)) (=> (and (otter x) (swims x)) (wet x)))",
    "(forall ((x Thing)) (=> (wet x) (not (dusty x))))",
    "(otter milo)",
    "(swims milo)",
)


def prolog(text: str, query: str, complement: str | None = None) -> Formalisation:
    return Formalisation(Program(Language.PROLOG, text), query, complement)


def smt(premises: Sequence[str], query: str = "(dusty milo)", declared: str = DECLARED) -> Formalisation:
    asserted = "\n".join(f"(assert (! {premise} :named p{n}))" for n, premise in enumerate(premises, 1))
    return Formalisation(Program(Language.SMT, declared + asserted), query)


IN_PROLOG = prolog(OTTERS, "dusty(milo)", "neg(dusty(milo))")


async def compared(runtime: Runtime, first: Formalisation, second: Formalisation) -> Equivalence:
    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    found = await equivalence(first, second, solve)
    assert found is not None
    return found


def checked(found: Equivalence) -> bool:
    """Whether the model that is handed over is one of what it is said to be."""
    assert found.job is not None
    assert found.model is not None
    return check_certificate(Certificate(found.job, Satisfiable(), found.model)).result is CheckResult.CONFIRMED


async def test_the_same_in_both_languages_is_the_same(runtime: Runtime) -> None:
    for second in (smt(RULES), Formalisation(Program(Language.SMT, OTTERS_SMT), "conclusion")):
        for one, other in ((IN_PROLOG, second), (second, IN_PROLOG)):
            found = await compared(runtime, one, other)
            assert found.equivalent is True, found.reason
            assert ("otter", "otter") in found.names


async def test_the_same_said_otherwise_is_the_same(runtime: Runtime) -> None:
    premises = ["(and (swims milo) (otter milo))", "(not (exists ((y Thing)) (and (dusty y) (wet y))))", RULES[0]]
    assert (await compared(runtime, IN_PROLOG, smt(premises, "(not (not (dusty milo)))"))).equivalent is True


async def test_other_names_for_the_same_are_the_same(runtime: Runtime) -> None:
    declared = """(declare-sort Animal 0) (declare-const Milo Animal) (declare-fun IsOtter (Animal) Bool)
    (declare-fun swim (Animal) Bool) (declare-fun is_wet (Animal) Bool) (declare-fun dirty (Animal) Bool)"""
    premises = [
        "(forall ((a Animal)) (=> (and (IsOtter a) (swim a)) (is_wet a)))",
        "(forall ((a Animal)) (=> (is_wet a) (not (dirty a))))",
        "(IsOtter Milo)",
        "(swim Milo)",
    ]
    second = smt(premises, "(dirty Milo)", declared)
    assert why_not_comparable(IN_PROLOG, second) == (
        "only the first reading speaks of dusty/1; only the second reading speaks of dirty/1"
    )
    glossed = [
        Formalisation(what.program, what.query, what.complement, (Gloss(symbol, "is a dusty one"),))
        for what, symbol in ((IN_PROLOG, "dusty/1"), (second, "dirty"))
    ]
    assert (await compared(runtime, *glossed)).equivalent is True


async def test_a_premise_that_the_second_lacks_is_named_with_a_model(runtime: Runtime) -> None:
    found = await compared(runtime, IN_PROLOG, smt([RULES[0], RULES[1], RULES[2]]))
    assert found.equivalent is False
    (difference,) = found.differences
    assert difference == (
        'the first reading has, and the second does not imply: line 5: swims(milo).  % "Milo ... swims"'
    )
    assert checked(found)


async def test_a_premise_that_the_first_lacks_is_named(runtime: Runtime) -> None:
    found = await compared(runtime, smt(RULES[:3]), smt(RULES))
    assert found.differences == ("the second reading has, and the first does not imply: p4",)
    assert checked(found)


async def test_a_flipped_premise_is_a_difference_both_ways(runtime: Runtime) -> None:
    found = await compared(runtime, IN_PROLOG, smt([*RULES[:3], "(not (swims milo))"]))
    assert found.equivalent is False
    assert len(found.differences) == 2
    assert checked(found)


async def test_a_rule_turned_round_is_a_difference(runtime: Runtime) -> None:
    turned = "(forall ((x Thing)) (=> (wet x) (and (otter x) (swims x))))"
    found = await compared(runtime, IN_PROLOG, smt([turned, *RULES[1:]]))
    assert found.equivalent is False
    assert checked(found)


async def test_a_flipped_conclusion_is_a_difference(runtime: Runtime) -> None:
    # Where the premises decide the conclusion, only one of the two can hold.
    found = await compared(runtime, IN_PROLOG, smt(RULES, "(not (dusty milo))"))
    assert found.differences == ("the conclusion of the second reading can hold where that of the first does not",)
    assert checked(found)


async def test_a_complement_that_is_no_opposite_is_a_difference(runtime: Runtime) -> None:
    found = await compared(runtime, prolog(OTTERS, "dusty(milo)", "wet(milo)"), smt(RULES))
    assert found.equivalent is None  # under these premises it is the opposite
    assert "the premises alone" in found.reason
    found = await compared(runtime, prolog(OTTERS, "dusty(milo)", "neg(wet(milo))"), smt(RULES))
    assert found.differences == ("the complement of the first reading is not the opposite of its conclusion",)


async def test_two_questions_that_the_premises_answer_alike_are_not_one(runtime: Runtime) -> None:
    found = await compared(runtime, IN_PROLOG, smt(RULES, "(and (dusty milo) (not (wet milo)))"))
    assert found.equivalent is None
    found = await compared(runtime, smt(RULES, "(wet milo)"), smt(RULES, "(otter milo)"))
    assert found.equivalent is None
    assert not found.differences


async def test_all_is_not_some(runtime: Runtime) -> None:
    some = "(exists ((x Thing)) (and (otter x) (swims x) (wet x)))"
    found = await compared(runtime, smt(RULES), smt([some, *RULES[1:]]))
    assert found.differences == ("the first reading has, and the second does not imply: p1",)
    assert checked(found)
    conclusions = ("(forall ((x Thing)) (dusty x))", "(exists ((x Thing)) (dusty x))")
    found = await compared(runtime, smt(RULES[:1], conclusions[0]), smt(RULES[:1], conclusions[1]))
    assert found.differences == ("the conclusion of the second reading can hold where that of the first does not",)
    assert checked(found)


async def test_who_does_what_to_whom_is_not_the_other_way_about(runtime: Runtime) -> None:
    declared = """(declare-sort Thing 0) (declare-const ann Thing) (declare-const bob Thing)
    (declare-fun likes (Thing Thing) Bool)"""
    first = prolog(":- dynamic likes/2.\nlikes(ann, bob).", "likes(bob, ann)")
    assert (await compared(runtime, first, smt(["(likes ann bob)"], "(likes bob ann)", declared))).equivalent is True
    found = await compared(runtime, first, smt(["(likes bob ann)"], "(likes ann bob)", declared))
    assert found.equivalent is False
    assert checked(found)


async def test_a_supposition_about_anyone_is_the_conclusion_about_all(runtime: Runtime) -> None:
    first = prolog(
        ":- dynamic otter/1, wet/1, swims/1, neg/1.\notter(anyone).\nwet(X) :- swims(X).\nswims(X) :- otter(X).",
        "wet(anyone)",
        "(otter(X), dif(X, anyone), neg(wet(X)))",
    )
    premises = ["(forall ((x Thing)) (=> (swims x) (wet x)))", "(forall ((x Thing)) (=> (otter x) (swims x)))"]
    second = smt(premises, "(forall ((x Thing)) (=> (otter x) (wet x)))")
    assert (await compared(runtime, first, second)).equivalent is True
    second = smt(premises[:1], "(forall ((x Thing)) (=> (otter x) (wet x)))")
    assert (await compared(runtime, first, second)).equivalent is False


async def test_names_that_are_distinct_in_one_reading_only_are_a_difference_where_that_is_used(
    runtime: Runtime,
) -> None:
    declared = """(declare-sort Thing 0) (declare-const ann Thing) (declare-const bob Thing)
    (declare-fun old (Thing) Bool) (declare-fun pair () Bool)"""
    facts = ["(old ann)", "(old bob)"]
    two = "(forall ((x Thing) (y Thing)) (=> (and (old x) (old y) (distinct x y)) pair))"
    using = prolog("old(ann).\nold(bob).\npair :- old(X), old(Y), dif(X, Y).", "pair")
    found = await compared(runtime, using, smt([*facts, two], "pair", declared))
    assert found.differences == (
        "the first reading has, and the second does not imply: different names are different individuals",
    )
    assert checked(found)
    assert (
        await compared(runtime, using, smt([*facts, two, "(distinct ann bob)"], "pair", declared))
    ).equivalent is True
    # Without `dif` nothing depends on it, so it does not matter who says it.
    plain = prolog("old(ann).\nold(bob).\npair :- old(ann), old(bob).", "pair")
    without = "(=> (and (old ann) (old bob)) pair)"
    for more in ([], ["(distinct ann bob)"]):
        assert (await compared(runtime, plain, smt([*facts, without, *more], "pair", declared))).equivalent is True


@pytest.mark.parametrize("name", ["first 1", "?first 1", "x1", "let", "and", "José", "a b) ("])
async def test_no_name_is_taken_for_another(runtime: Runtime, name: str) -> None:
    first = prolog(f"old('{name}').\n'{name}'(bob).\nold(X) :- '{name}'(X).", f"old('{name}')")
    if name.startswith("?"):
        assert why_not_comparable(first, first) is not None
        return
    assert (await compared(runtime, first, first)).equivalent is True
    second = prolog(f"old('{name}').\n'{name}'(bob).\n'{name}'(X) :- old(X).", f"old('{name}')")
    found = await compared(runtime, first, second)
    assert found.equivalent is False
    assert checked(found)


async def test_sameness_of_what_contradicts_itself_says_nothing(runtime: Runtime) -> None:
    contradiction = [*RULES, "(dusty milo)"]
    found = await compared(runtime, smt(contradiction), smt([*RULES, "(not (wet milo))"]))
    assert found.equivalent is None
    assert "contradict themselves" in found.reason


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (IN_PROLOG, smt([*RULES, "(forall ((x Thing)) (or (old x) (wet x)))"]), "old"),
        (prolog("likes(ann, bob).", "likes(ann, bob)"), prolog("likes(ann).", "likes(ann)"), "likes/2, bob"),
        (prolog("a(X) :- \\+ b(X).\nb(c).", "a(c)"), smt(RULES), "the first formalisation has no classical reading"),
        (smt(RULES), smt(["(= 1 1)"]), "the second formalisation has no classical reading"),
        (IN_PROLOG, prolog("a(" * 50_000, "a"), "the second formalisation has no classical reading"),
        (smt(["(not " * 12_000]), IN_PROLOG, "the first formalisation has no classical reading"),
        (IN_PROLOG, prolog("a(b).\n" * 100_000, "a(b)"), "more than"),
    ],
)
async def test_what_cannot_be_aligned_is_not_compared_and_says_why(
    first: Formalisation, second: Formalisation, why: str
) -> None:
    began = time.process_time()
    assert await equivalence(first, second, never) is None
    assert time.process_time() - began < 3
    assert why in (why_not_comparable(first, second) or "")


async def test_a_closed_world_is_not_compared_with_prolog() -> None:
    assert await equivalence(IN_PROLOG, smt(RULES), never, World.CLOSED) is None
    assert why_not_comparable(IN_PROLOG, smt(RULES)) is None


async def never(job: Job) -> Run:
    raise AssertionError("nothing is to be run")


def ended(ending: Finished | Stopped) -> Run:
    return Run(ending, "", Usage(0, 0, 0), Layers())


UNSAT = Finished(Unsatisfiable(), (Unsatisfiable(),))


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "ending", [Stopped(LimitName.WALL_SECONDS), Finished(Satisfiable(), (Satisfiable(),)), None, "crash"]
)
async def test_what_is_not_decided_is_never_the_same(place: int, ending: object) -> None:
    """The fourth run asks whether the premises are consistent, so there the model is what is wanted."""
    jobs: list[Job] = []

    async def solve(job: Job) -> Run:
        jobs.append(job)
        if len(jobs) - 1 == place:
            if ending == "crash":
                raise WorkerCrashedError("smt", "gone")
            return ended(ending if isinstance(ending, Finished | Stopped) else Finished(Satisfiable()))
        return ended(UNSAT)

    found = await equivalence(IN_PROLOG, smt(RULES), solve)
    assert found is not None
    decided = place == 3 and isinstance(ending, Finished)
    assert found.equivalent is (True if decided else None)
    assert len(jobs) <= 4
    assert all(job.evidence for job in jobs)
