"""The branches of `conclude` that an engine takes too seldom to wait for: runs are made up here."""

from collections.abc import Mapping

import pytest

from app.reasoning.conclude import Conclusion, conclude
from app.reasoning.premises import faults
from app.reasoning.runs import another_value, answer_terms, entailment, question
from app.reasoning.types import Formalisation, Kind, RunName, Trust, VerdictKind, World
from solvers.types import (
    Answers,
    Decision,
    Diagnostic,
    ErrorClass,
    Finished,
    Language,
    Layers,
    LimitName,
    NoAnswer,
    Outcome,
    Part,
    Program,
    Rejected,
    Run,
    Satisfiable,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Usage,
    Value,
    ValueKind,
    Wanted,
)

PROLOG = Formalisation(Program(Language.PROLOG, "p(3)."), "p(X)", "neg(p(_))")
SMT = Formalisation(Program(Language.SMT, "(declare-const x Int)"), "x")
DERIVED = Answers((Substitution({}),), exhausted=True)
SAT, UNSAT, UNKNOWN = Satisfiable(), Unsatisfiable(), Unknown("incomplete quantifiers")


def run(outcome: Outcome | Stopped | Rejected) -> Run:
    if isinstance(outcome, Stopped | Rejected):
        return Run(outcome, "", Usage(0.0, 0.0, 0.0), Layers())
    # As an engine has it: SMT-LIB keeps the reply to each check, the last included.
    checks = (outcome,) if isinstance(outcome, Satisfiable | Unsatisfiable | Unknown) else ()
    ending = Finished(outcome, checks)
    return Run(ending, "", Usage(0.0, 0.0, 0.0), Layers())


def integer(text: str) -> Value:
    return Value(text, ValueKind.INTEGER)


def answers(*values: Value, exhausted: bool = True) -> Answers:
    return Answers(tuple(Substitution({"X": value}) for value in values), exhausted)


def of(formalisation: Formalisation, kind: Kind, runs: Mapping[RunName, Run], world: World = World.OPEN) -> Conclusion:
    return conclude(kind, world, formalisation, runs)


def table(
    first: Outcome | Stopped, second: Outcome | Stopped, premises: Outcome | Stopped | None = None
) -> dict[RunName, Run]:
    runs = {RunName.PREMISES_AND_NOT_CONCLUSION: run(first), RunName.PREMISES_AND_CONCLUSION: run(second)}
    return runs if premises is None else runs | {RunName.PREMISES: run(premises)}


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (UNSAT, SAT, VerdictKind.PROVED),
        (SAT, UNSAT, VerdictKind.REFUTED),
        (SAT, SAT, VerdictKind.UNDETERMINED),
        (UNSAT, UNSAT, VerdictKind.INCONSISTENT),
        (UNSAT, UNKNOWN, None),
        (UNKNOWN, UNSAT, None),
        (UNKNOWN, SAT, None),
        (SAT, UNKNOWN, None),
        (UNKNOWN, UNKNOWN, None),
        (UNSAT, Stopped(LimitName.WALL_SECONDS), None),
        (Stopped(LimitName.MEMORY_MIB), SAT, None),
    ],
)
def test_smt_entailment_goes_by_the_table(first: Decision, second: Decision, verdict: VerdictKind | None) -> None:
    found = of(SMT, Kind.ENTAILMENT, table(first, second))
    assert (found.verdict.kind if found.verdict else None) is verdict


def test_half_of_the_table_is_no_verdict() -> None:
    runs = table(UNSAT, SAT)
    for name in list(runs):
        assert of(SMT, Kind.ENTAILMENT, {name: runs[name]}).verdict is None
    assert of(SMT, Kind.ENTAILMENT, {}).verdict is None
    assert of(PROLOG, Kind.ENTAILMENT, table(DERIVED, NoAnswer())).verdict is None


@pytest.mark.parametrize("world", World)
@pytest.mark.parametrize(
    ("follows", "contrary", "contradiction", "verdict"),
    [
        (DERIVED, NoAnswer(), NoAnswer(), VerdictKind.PROVED),
        (NoAnswer(), DERIVED, NoAnswer(), VerdictKind.REFUTED),
        (DERIVED, DERIVED, NoAnswer(), VerdictKind.INCONSISTENT),
        (DERIVED, NoAnswer(), DERIVED, VerdictKind.INCONSISTENT),
        (NoAnswer(), NoAnswer(), DERIVED, VerdictKind.INCONSISTENT),
        (DERIVED, Answers((Substitution({}, ("X>3",)),), True), NoAnswer(), None),
    ],
)
def test_prolog_entailment_goes_by_the_table(
    follows: Outcome, contrary: Outcome, contradiction: Outcome, verdict: VerdictKind | None, world: World
) -> None:
    found = of(PROLOG, Kind.ENTAILMENT, table(follows, contrary, contradiction), world)
    assert (found.verdict.kind if found.verdict else None) is verdict


def test_nothing_derivable_is_refuted_in_a_closed_world_only() -> None:
    runs = table(NoAnswer(), NoAnswer(), NoAnswer())
    for world, verdict in ((World.OPEN, VerdictKind.UNDETERMINED), (World.CLOSED, VerdictKind.REFUTED)):
        found = of(PROLOG, Kind.ENTAILMENT, runs, world)
        assert found.verdict is not None
        assert found.verdict.kind is verdict


@pytest.mark.parametrize("ending", [Stopped(LimitName.WALL_SECONDS), Rejected((Diagnostic(ErrorClass.TYPE, "no"),))])
def test_one_run_that_did_not_finish_is_no_verdict(ending: Stopped | Rejected) -> None:
    for name in table(DERIVED, NoAnswer(), NoAnswer()):
        runs = table(DERIVED, NoAnswer(), NoAnswer()) | {name: run(ending)}
        assert of(PROLOG, Kind.ENTAILMENT, runs).verdict is None


# Answers


def test_an_answer_whose_search_was_not_finished_is_not_called_unique() -> None:
    found = of(PROLOG, Kind.ARITHMETIC, {RunName.QUERY: run(answers(integer("3"), exhausted=False))})
    assert found.verdict is not None
    assert (found.verdict.answer, found.verdict.trust) == ("3", Trust.EXECUTED)
    assert found.inference["unique"] is None


def test_the_same_number_twice_is_one_answer() -> None:
    outcome = answers(integer("18"), Value("18.0", ValueKind.FLOAT))
    found = of(PROLOG, Kind.ARITHMETIC, {RunName.QUERY: run(outcome)})
    assert found.verdict is not None
    assert found.verdict.answer == "18"


@pytest.mark.parametrize(
    "outcome",
    [
        NoAnswer(),
        UNKNOWN,
        Answers((), True),
        Answers((Substitution({}),), True),
        answers(integer("3"), integer("4")),
        answers(Value("_123", ValueKind.UNBOUND)),
        answers(Value("3+4", ValueKind.EXPRESSION)),
        answers(Value("six", ValueKind.ATOM)),
        Answers((Substitution({"X": integer("3"), "Y": integer("4")}),), True),
        Answers((Substitution({"X": integer("3")}, ("Y > 3",)),), True),
    ],
)
def test_what_is_not_one_number_answers_no_arithmetic_even_if_nobody_judged_it(outcome: Outcome) -> None:
    found = of(PROLOG, Kind.ARITHMETIC, {RunName.QUERY: run(outcome)})
    assert found.verdict is None
    assert [item.error_class for item in found.diagnostics] == [ErrorClass.LOGICAL]


def test_a_diagnostic_of_the_run_is_believed() -> None:
    doubt = Diagnostic(ErrorClass.LOGICAL, "not what was wanted")
    ending = Finished(answers(integer("3")), (), (doubt,))
    found = of(PROLOG, Kind.ARITHMETIC, {RunName.QUERY: Run(ending, "", Usage(0, 0, 0), Layers())})
    assert found.verdict is None
    assert found.diagnostics == (doubt,)


def test_a_note_of_another_class_does_not_stand_against_an_answer() -> None:
    ending = Finished(answers(integer("3")), (), (Diagnostic(ErrorClass.UNSUPPORTED, "a command was passed over"),))
    runs = {RunName.QUERY: Run(ending, "", Usage(0, 0, 0), Layers())}
    assert of(PROLOG, Kind.ARITHMETIC, runs).verdict is not None


def model(text: str) -> Satisfiable:
    return Satisfiable(values={"x": integer(text)})


@pytest.mark.parametrize(
    ("second", "unique"),
    [
        (UNSAT, True),
        (UNKNOWN, None),
        (Stopped(LimitName.WALL_SECONDS), None),
        (Rejected((Diagnostic(ErrorClass.SORT, "ours"),)), None),
        (None, None),
    ],
)
def test_an_smt_answer_stands_though_its_uniqueness_may_be_unknown(
    second: Outcome | Stopped | Rejected | None, unique: bool | None
) -> None:
    runs = {RunName.QUERY: run(model("3"))} | ({} if second is None else {RunName.UNIQUENESS: run(second)})
    found = of(SMT, Kind.ARITHMETIC, runs)
    assert found.verdict is not None
    assert found.verdict.answer == "3"
    assert found.inference["unique"] is unique
    assert ("note" in found.inference) is (unique is None)


def test_another_value_is_no_answer_and_both_are_named() -> None:
    found = of(SMT, Kind.ARITHMETIC, {RunName.QUERY: run(model("3")), RunName.UNIQUENESS: run(model("5"))})
    assert found.verdict is None
    assert "x = 3" in found.reason
    assert "x = 5" in found.reason


@pytest.mark.parametrize("outcome", [UNSAT, UNKNOWN, Satisfiable(), Unsatisfiable(("a", "b"))])
def test_no_model_is_no_answer(outcome: Outcome) -> None:
    assert of(SMT, Kind.CONSTRAINT, {RunName.QUERY: run(outcome)}).verdict is None


@pytest.mark.parametrize("name", [RunName.QUERY])
@pytest.mark.parametrize("formalisation", [PROLOG, SMT])
def test_an_answer_that_was_stopped_or_rejected_is_none(formalisation: Formalisation, name: RunName) -> None:
    for ending in (Stopped(LimitName.CPU_SECONDS), Rejected((Diagnostic(ErrorClass.SYNTAX, "no"),))):
        assert of(formalisation, Kind.ARITHMETIC, {name: run(ending)}).verdict is None
    assert of(formalisation, Kind.ARITHMETIC, {}).verdict is None


# Jobs


def test_arithmetic_wants_a_number_and_everything_else_one_answer() -> None:
    assert question(PROLOG, Kind.ARITHMETIC).wanted is Wanted.NUMBER
    assert question(SMT, Kind.OPTIMISATION).wanted is Wanted.ONE
    assert question(SMT, Kind.ARITHMETIC).answer == "x"


def test_several_terms_are_asked_for_in_their_order() -> None:
    formalisation = Formalisation(SMT.program, "x (+ x 1) |a b|")
    assert answer_terms(formalisation) == ("x", "(+ x 1)", "|a b|")
    assert question(formalisation, Kind.CONSTRAINT).query == "(check-sat)\n(get-value (x (+ x 1) |a b|))"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (integer("3"), "3"),
        (integer("-3"), "(- 3)"),
        (Value("10/3", ValueKind.RATIONAL), "(/ 10 3)"),
        (Value("-10/3", ValueKind.RATIONAL), "(- (/ 10 3))"),
        (Value("true", ValueKind.BOOLEAN), "true"),
        (Value("a b", ValueKind.ATOM), "|a b|"),
        (Value("Thing!val!0", ValueKind.ATOM), None),
        (Value("(root-obj (+ (^ x 2) (- 2)) 2)", ValueKind.OTHER), None),
    ],
)
def test_another_value_is_asked_for_with_the_first_as_a_term(value: Value, written: str | None) -> None:
    job = another_value(SMT, run(Satisfiable(values={"x": value})))
    assert (job.query if job else None) == (f"(assert (not (= x {written})))\n(check-sat)" if written else None)


def test_another_value_is_looked_for_at_the_same_optimum() -> None:
    outcome = Satisfiable(values={"x": integer("3")}, objectives={"(* 2 x)": integer("6")})
    job = another_value(SMT, run(outcome))
    assert job is not None
    assert job.query == "(assert (= (* 2 x) 6))\n(assert (not (= x 3)))\n(check-sat)"


def test_a_program_without_negative_facts_gets_an_empty_neg() -> None:
    jobs = dict(entailment(Formalisation(Program(Language.PROLOG, "p(3). % neg"), "p(3)", "neg(p(3))")))
    assert all(job.program.text.endswith(":- dynamic neg/1.\n") for job in jobs.values())
    jobs = dict(entailment(Formalisation(Program(Language.PROLOG, "neg(p(3))."), "p(3)", "neg(p(3))")))
    assert all(job.program.text == "neg(p(3))." for job in jobs.values())


@pytest.mark.parametrize("conclusion", ["(p) (q)", "(p", ""])
def test_a_conclusion_that_is_not_one_formula_goes_back_before_anything_is_run(conclusion: str) -> None:
    premises = Program(Language.SMT, "(declare-const p Bool)\n(assert p)")
    found = faults(Formalisation(premises, conclusion), Kind.ENTAILMENT, World.OPEN)
    assert [(fault.error_class, fault.part) for fault in found] == [(ErrorClass.SYNTAX, Part.QUERY)]
