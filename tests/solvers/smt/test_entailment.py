"""Entailment in SMT-LIB: two runs and the table, through the real runtime."""

import pytest

from solvers import Language, Limits, Program
from solvers.entailment import Entailment, Undecided, decide
from solvers.smt.entailment import conclude_entailment, entailment_jobs
from solvers.smt.policy import PolicyError
from solvers.types import ErrorClass, Part

SOCRATES = """
(declare-sort Person 0)
(declare-fun man (Person) Bool)
(declare-fun mortal (Person) Bool)
(declare-const socrates Person)
(assert (forall ((x Person)) (=> (man x) (mortal x))))
(assert (man socrates))
"""


@pytest.fixture
def entail(runtime):
    async def entail(premises, conclusion, wall_seconds=5.0):
        jobs = entailment_jobs(Program(Language.SMT, premises), conclusion)
        limits = Limits(wall_seconds)
        first, second = [await runtime.solve(job, limits) for job in jobs]
        return conclude_entailment(first, second)

    return entail


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("premises", "conclusion", "entailment"),
    [
        (SOCRATES, "(mortal socrates)", Entailment.PROVED),
        (SOCRATES, "(not (mortal socrates))", Entailment.REFUTED),
        (SOCRATES, "(forall ((x Person)) (mortal x))", Entailment.UNDETERMINED),
        (SOCRATES + "(assert (not (mortal socrates)))", "(mortal socrates)", Entailment.INCONSISTENT),
        (SOCRATES + "(assert (not (mortal socrates)))", "(not (man socrates))", Entailment.INCONSISTENT),
        (SOCRATES, "(mortal plato)", Entailment.UNRESOLVED),
        (SOCRATES + "(forall ((x Person)) (man x))", "(mortal socrates)", Entailment.UNRESOLVED),
        (SOCRATES + "(check-sat)(get-model)(exit)", "(mortal socrates)", Entailment.PROVED),
        ("(declare-const p Bool)(assert (! p :named a)) (check-sat) (get-unsat-core)", "p", Entailment.PROVED),
        ("(declare-const x Int)(assert (> x 3))(minimize x)", "(= x 4)", Entailment.UNDETERMINED),
    ],
)
async def test_the_table(entail, premises, conclusion, entailment):
    result = await entail(premises, conclusion)
    assert result.entailment is entailment, result


@pytest.mark.anyio
async def test_a_time_out_is_unresolved_and_never_a_verdict(entail):
    premises = "".join(f"(declare-const {v} Int)" for v in "xyz")
    conclusion = "(not (= (+ (* x x x) (* y y y) (* z z z)) 114))"
    result = await entail(premises, conclusion, wall_seconds=0.3)
    assert result.entailment is Entailment.UNRESOLVED
    assert "wall_seconds" in result.reason


@pytest.mark.parametrize(
    "conclusion", ["", "p q", "p) (assert q", "(and p", "(assert p)", "; p", "p ; (check-sat)\n q"]
)
def test_a_conclusion_is_exactly_one_formula(conclusion):
    with pytest.raises(PolicyError) as caught:
        entailment_jobs(Program(Language.SMT, SOCRATES), conclusion)
    (diagnostic,) = caught.value.diagnostics
    assert (diagnostic.error_class, diagnostic.part) == (ErrorClass.SYNTAX, Part.QUERY)


def test_a_comment_in_the_conclusion_does_not_hide_what_follows_it():
    first, second = entailment_jobs(Program(Language.SMT, ""), "(and p ; both\n q)")
    assert first.query == "(assert (not\n(and p q)\n))\n(check-sat)"
    assert second.query == "(assert\n(and p q)\n)\n(check-sat)"


def test_commands_left_out_leave_every_place_as_it_was():
    text = '(declare-const p Bool) (check-sat)\n(echo "a\nb") (assert p)'
    first, _ = entailment_jobs(Program(Language.SMT, text), "p")
    assert len(first.program.text) == len(text)
    assert first.program.text.index("(assert p)") == text.index("(assert p)")
    assert first.program.text.count("\n") == text.count("\n")
    assert "check-sat" not in first.program.text


@pytest.mark.parametrize(
    ("follows", "negation_follows", "entailment"),
    [
        (True, False, Entailment.PROVED),
        (False, True, Entailment.REFUTED),
        (False, False, Entailment.UNDETERMINED),
        (True, True, Entailment.INCONSISTENT),
        (True, Undecided("time"), Entailment.UNRESOLVED),
        (Undecided("time"), True, Entailment.UNRESOLVED),
        (Undecided("time"), Undecided("memory"), Entailment.UNRESOLVED),
    ],
)
def test_every_row_of_the_table(follows, negation_follows, entailment):
    assert decide(follows, negation_follows).entailment is entailment
