"""Evidence of a Prolog run: one derivation for each answer, step by step, and never at the cost of the outcome."""

import dataclasses
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvers import Finished, Job, Language, Limits, Program, Run, Runtime
from solvers.sync import solve as solve_waiting
from solvers.types import Answers, Derivation, Derivations, NoAnswer, NoEvidence, Rejected, Rule

anyio = pytest.mark.anyio

FD, Q, R = (f":- use_module(library({name})).\n" for name in ("clpfd", "clpq", "clpr"))

FACTS = """
a(1).
a(2).
a(3).
"""


async def prove(runtime: Runtime, program: str, query: str = "solve(X)", limits: Limits = Limits()) -> Run:  # noqa: B008
    job = Job(Program(Language.PROLOG, program), query)
    plain, run = await runtime.solve(job, limits), await runtime.solve(dataclasses.replace(job, evidence=True), limits)
    assert outcome(plain) == outcome(run)
    assert plain.output == run.output
    return run


def named_alike(outcome: object) -> str:
    """Variables that nobody named have another number in each run, also where a diagnostic shows them."""
    return re.sub(r"\b_\d+\b", "_", repr(outcome))


def outcome(run: Run) -> object:
    return dataclasses.replace(run.ending, evidence=None) if isinstance(run.ending, Finished) else run.ending


def derivations(run: Run) -> tuple[Derivation, ...]:
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Answers), run
    assert isinstance(run.ending.evidence, Derivations), run.ending.evidence
    found = run.ending.evidence.derivations
    assert len(found) == len(run.ending.outcome.substitutions)
    for derivation in found:
        assert_whole(derivation)
    return found


def assert_whole(derivation: Derivation) -> None:
    """The query comes first, and every other step is a premise of one before it."""
    assert [step.rule is Rule.QUERY for step in derivation.steps] == [True] + [False] * (len(derivation.steps) - 1)
    used = {0}
    for place, step in enumerate(derivation.steps):
        assert place in used
        assert all(place < premise < len(derivation.steps) for premise in step.premises)
        assert (step.line is None) == (step.rule is not Rule.CLAUSE)
        used.update(step.premises)


def shown(derivation: Derivation) -> list[tuple[str, Rule, int | None, tuple[int, ...]]]:
    return [(step.goal, step.rule, step.line, step.premises) for step in derivation.steps]


def reason(run: Run) -> str:
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.evidence, NoEvidence), run
    return run.ending.evidence.reason


@anyio
async def test_a_derivation_leads_from_the_query_to_the_facts(runtime: Runtime) -> None:
    program = (
        Q
        + "\nprice(book, 12).\ncount(book, 3).\n\n"
        + "solve(X) :-\n    price(book, P),\n    count(book, N),\n    {X = P * N}.\n"
    )
    (derivation,) = derivations(await prove(runtime, program))
    assert shown(derivation) == [
        ("solve(36)", Rule.QUERY, None, (1,)),
        ("solve(36)", Rule.CLAUSE, 6, (2, 3, 4)),
        ("price(book, 12)", Rule.CLAUSE, 3, ()),
        ("count(book, 3)", Rule.CLAUSE, 4, ()),
        ("{36=12*3}", Rule.CONSTRAINT, None, ()),
    ]


@anyio
@pytest.mark.parametrize(
    ("clause", "rules"),
    [
        ("solve(X) :- ( a(X) ; fail ).", [Rule.LEFT, Rule.CLAUSE]),
        ("solve(X) :- ( fail ; a(X) ).", [Rule.RIGHT, Rule.CLAUSE]),
        ("solve(X) :- ( a(X) -> true ; X = 0 ).", [Rule.THEN, Rule.CLAUSE]),
        ("solve(X) :- ( a(7) -> X = 1 ; X = 0 ).", [Rule.ELSE, Rule.BUILTIN]),
        ("solve(X) :- ( a(X) -> true ).", [Rule.THEN, Rule.CLAUSE]),
        ("solve(X) :- ( a(X) *-> true ; X = 0 ).", [Rule.THEN, Rule.CLAUSE]),
        ("solve(X) :- ( a(7) *-> true ; X = 0 ).", [Rule.ELSE, Rule.BUILTIN]),
        ("solve(X) :- a(X), \\+ X = 2.", [Rule.CLAUSE, Rule.FAILURE]),
        ("solve(X) :- call(a, X).", [Rule.CALL, Rule.CLAUSE]),
        ("solve(X) :- G = a(X), G.", [Rule.BUILTIN, Rule.CALL, Rule.CLAUSE]),
        ("solve(X) :- once(a(X)).", [Rule.CALL, Rule.CLAUSE]),
        ("solve(X) :- ignore(a(X)).", [Rule.CALL, Rule.CLAUSE]),
        ("solve(1) :- ignore(a(7)).", [Rule.ELSE]),
        ("solve(X) :- user:a(X).", [Rule.CALL, Rule.CLAUSE]),
        ("solve(X) :- X = Y, ( X = 1 ; fail ), var(Z).", [Rule.BUILTIN, Rule.LEFT, Rule.BUILTIN, Rule.BUILTIN]),
        ("solve(X) :- lists:member(X, [1]).", [Rule.BUILTIN]),
        ("solve(X) :- findall(Y, a(Y), X).", [Rule.ALL]),
        ("solve(1) :- forall(a(X), X > 0).", [Rule.ALL]),
        ("solve(X) :- aggregate_all(count, a(_), X).", [Rule.ALL]),
        ("solve(X) :- catch(a(X), _, fail).", [Rule.BUILTIN]),
        ("solve(X) :- maplist([Y, Z]>>(Z is Y * 2), [1, 2], X).", [Rule.BUILTIN]),
        ("solve(X) :- phrase(list(X), [x]).\nlist([X]) --> [X].", [Rule.BUILTIN]),
        ("solve(X) :- list(X, [x], []).\nlist([X]) --> [X].", [Rule.CLAUSE, Rule.BUILTIN]),
        ("solve(X) :- a(X), true, !.", [Rule.CLAUSE]),
        ("solve(X) :- X = f(_).", [Rule.BUILTIN]),
    ],
)
async def test_each_construct_has_its_rule(runtime: Runtime, clause: str, rules: list[Rule]) -> None:
    first = derivations(await prove(runtime, FACTS + clause))[0]
    assert [step.rule for step in first.steps[2:]] == rules


@anyio
@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("solve(X) :- a(X), !.\nsolve(9).", ["1"]),
        ("solve(X) :- b(X).\nsolve(9).\nb(X) :- a(X), !.\nb(8).", ["1", "9"]),
        ("solve(X) :- ( a(X), X >= 2, ! ; X = 0 ).\nsolve(77).", ["2"]),
        ("solve(X) :- a(X), ( X > 1 -> ! ; fail ).\nsolve(77).", ["2"]),
        ("solve(X) :- a(X), call(!).\nsolve(77).", ["1", "2", "3", "77"]),
        ("solve(X) :- \\+ \\+ !, a(X).\nsolve(77).", ["1", "2", "3", "77"]),
        ("solve(X) :- once((a(X), X > 1)), a(X).\nsolve(77).", ["2", "77"]),
        ("solve(X) :- ( a(X), ! -> true ; X = 0 ).\nsolve(77).", ["1", "77"]),
        ("solve(X) :- a(Y), ( Y = 2, !, X = cut ; X = Y ).", ["1", "cut"]),
    ],
)
async def test_a_cut_cuts_what_it_cuts_in_the_run(runtime: Runtime, program: str, expected: list[str]) -> None:
    run = await prove(runtime, FACTS + program)
    assert [derivation.steps[0].goal for derivation in derivations(run)] == [f"solve({each})" for each in expected]


@anyio
@pytest.mark.parametrize("query", ["X = 1, !", "member(X, [1, 2]), ( X > 1, ! ; fail )", "a(X), X > 1", "G = a(X), G"])
async def test_a_query_is_taken_apart_as_a_body_is(runtime: Runtime, query: str) -> None:
    assert derivations(await prove(runtime, FACTS, query))


@anyio
async def test_constraints_are_shown_as_the_text_has_them(runtime: Runtime) -> None:
    program = FD + "solve(X) :- [X, Y] ins 0..9, X + Y #= 12, X #> Y + 2, label([X, Y]), Z #= Y - 1, Z in 2..3.\n"
    goals = [step.goal for step in derivations(await prove(runtime, program))[0].steps[2:]]
    assert goals == ["[8, 4]ins 0..9", "8+4#=12", "8#>4+2", "label([8, 4])", "3#=4-1", "3 in 2..3"]


@anyio
async def test_sums_are_shown_as_the_text_has_them(runtime: Runtime) -> None:
    """clause/2 shows all of them as `B is A + C`."""
    program = "solve(X) :- A = 5, ( B is A - 1 ; B = 0 ), C is 1 + B, D is C - -1, E is -2 + D, X is E + 1.\n"
    goals = [step.goal for step in derivations(await prove(runtime, program))[0].steps[3:]]
    assert goals == ["4 is 5-1;4=0", "4 is 5-1", "5 is 1+4", "6 is 5- -1", "4 is -2+6", "5 is 4+1"]


@anyio
async def test_a_float_is_shown_in_full(runtime: Runtime) -> None:
    (derivation,) = derivations(await prove(runtime, R + "solve(X) :- {3 * X = 1}."))
    assert derivation.steps[-1].goal == "{3*0.3333333333333333=1}"


@anyio
async def test_a_variable_has_one_name_that_nothing_else_has(runtime: Runtime) -> None:
    program = "solve(f(A, B, A, '_A', \"_A\", 'B b', [A|_])) :- B = g(_), p(A).\np(_)."
    (derivation,) = derivations(await prove(runtime, program, "solve(X), Y = [_A, Z], Z = W"))
    assert [step.goal for step in derivation.steps] == [
        "solve(f(_B, g(_C), _B, '_A', \"_A\", 'B b', [_B|_D])), [_A, Z]=[_A, Z], Z=Z",
        "solve(f(_B, g(_C), _B, '_A', \"_A\", 'B b', [_B|_D]))",
        "g(_C)=g(_C)",
        "p(_B)",
        "[_A, Z]=[_A, Z]",
        "Z=Z",
    ]


TABLED = """
:- dynamic p/1, q/1, r/1, neg/1.
:- table p/1, q/1, r/1, neg/1.
p(X) :- q(X).
q(X) :- p(X).
q(X) :- r(X), p(b).
p(b).
r(a).
r(X) :- r(X).
neg(p(X)) :- neg(q(X)).
neg(q(X)) :- neg(p(X)).
"""


@anyio
async def test_a_tabled_answer_never_rests_on_itself(runtime: Runtime) -> None:
    for answer in ("a", "b"):
        (derivation,) = derivations(await prove(runtime, TABLED, f"p({answer})"))
        goals = [step.goal for step in derivation.steps[1:]]
        assert len(goals) == len(set(goals)), "each atom is justified once"
    assert shown((derivations(await prove(runtime, TABLED, "p(a)")))[0])[1:] == [
        ("p(a)", Rule.CLAUSE, 4, (2,)),
        ("q(a)", Rule.CLAUSE, 6, (3, 4)),
        ("r(a)", Rule.CLAUSE, 8, ()),
        ("p(b)", Rule.CLAUSE, 7, ()),
    ]


@anyio
async def test_steps_of_a_tabled_program_are_shared(runtime: Runtime) -> None:
    """A tree would have a million leaves."""
    count = 20
    program = f":- table {', '.join(f'p{n}/0' for n in range(count + 1))}.\np0.\n"
    program += "".join(f"p{n + 1} :- p{n}, p{n}.\n" for n in range(count))
    (derivation,) = derivations(await prove(runtime, program, f"p{count}"))
    assert len(derivation.steps) == count + 2


@anyio
@pytest.mark.parametrize("query", ["neg(p(a))", "p(c)", "fail"])
async def test_no_answer_has_no_derivation(runtime: Runtime, query: str) -> None:
    run = await prove(runtime, TABLED, query)
    assert isinstance(run.ending, Finished)
    assert run.ending.outcome == NoAnswer()
    assert run.ending.evidence == Derivations(())


@anyio
async def test_nobody_who_does_not_ask_gets_evidence(runtime: Runtime) -> None:
    run = await runtime.solve(Job(Program(Language.PROLOG, FACTS), "a(X)"))
    assert isinstance(run.ending, Finished)
    assert run.ending.evidence is None


@anyio
@pytest.mark.parametrize(
    ("program", "words"),
    [
        (":- dynamic n/1.\nsolve(X) :- assertz(n(1)), n(X).", "effects"),
        ("solve(X) :- nb_setval(k, 1), nb_getval(k, X).", "effects"),
        ("solve(X) :- random_between(5, 5, X).", "effects"),
        ("solve(X), X > 0 => true.", "=>"),
        (":- dynamic n/1.\n:- assertz(n(1)).\nsolve(X) :- n(X).", "clause was added"),
        ("solve(1) :- X = f(X).", "cyclic"),
        ("solve(X) :- numlist(1, 30000, L), p(L, X).\np([], 0).\np([_|L], X) :- p(L, X).", "steps"),
        (":- table p/1.\np(_).\nsolve(1) :- p(_).", "variables"),
    ],
)
async def test_what_cannot_be_derived_has_no_evidence_and_keeps_its_outcome(
    runtime: Runtime, program: str, words: str
) -> None:
    assert words in reason(await prove(runtime, program, "solve(1)" if "=>" in program else "solve(X)"))


@anyio
async def test_an_undecided_program_has_no_evidence(runtime: Runtime) -> None:
    run = await prove(runtime, ":- table p/0, q/0.\np :- tnot(q).\nq :- tnot(p).", "p")
    assert "no answer" in reason(run)


@anyio
async def test_what_a_program_prints_is_printed_once(runtime: Runtime) -> None:
    run = await prove(
        runtime, FACTS + "solve(X) :- a(X), print(X), format(user_error, 'e~w', [X]), writeln(user_output, y)."
    )
    assert run.output.count("1") == 2
    assert derivations(run)


@anyio
async def test_a_long_run_keeps_its_outcome_and_its_limits(runtime: Runtime) -> None:
    program = "count(N, N) :- !.\ncount(I, N) :- J is I + 1, count(J, N).\nsolve(X) :- count(0, 1500000), X = 1."
    run = await prove(runtime, program, limits=Limits(wall_seconds=20.0, cpu_seconds=2.0))
    assert reason(run)
    assert run.usage.cpu_seconds < 1.8


HOSTILE = {
    "defines the name of ours": "derivations(_, _, _, _, _, _, [derivations, []]).\nsolve(1).",
    "defines ours": "quod_derive:derivations(_, _, _, _, _, _, [none, forged]).\nsolve(1).",
    "calls ours": "solve(X) :- quod_derive:none(X).",
    "calls ours by call": "solve(1) :- G =.. [call, quod_derive:none(forged)], catch(G, _, true).",
    "adds to ours": "solve(1) :- member(P, [assertz]), catch(call(P, quod_steps:max_steps(1)), _, true).",
    "redefines clause/2": "clause(solve(2), true).\nsolve(1).",
    "throws what ours throws": "solve(1).\nsolve(2) :- throw(quod_no_derivation(forged)).",
    "shows an answer as another": "portray(1) :- write(2).\nsolve(1).",
    "writes variables like ours": "solve(1) :- p('$VAR'('X'), '$VAR'(1)).\np(_, _).",
    "goes deep": "deep(0) :- !.\ndeep(N) :- M is N - 1, deep(M), true.\nsolve(1) :- deep(300000).",
    "has a deep term": "t(0, x) :- !.\nt(N, f(T)) :- M is N - 1, t(M, T).\nsolve(1) :- t(200000, T), p(T).\np(_).",
    "has a wide term": "t(0, x) :- !.\nt(N, f(T, T)) :- M is N - 1, t(M, T).\nsolve(1) :- t(60, T), p(T).\np(_).",
    "closes the output": "solve(1) :- catch(close(user_output), _, true).",
    "changes how floats are shown": ":- set_prolog_flag(float_format, '~0f').\nsolve(1) :- X = 1.5, p(X).\np(_).",
}


@anyio
@pytest.mark.parametrize("what", HOSTILE)
async def test_a_hostile_program_has_the_outcome_that_it_has_without_evidence(runtime: Runtime, what: str) -> None:
    run = await prove(runtime, HOSTILE[what], limits=Limits(wall_seconds=5.0, cpu_seconds=5.0))
    if isinstance(run.ending, Finished) and isinstance(run.ending.evidence, Derivations):
        for derivation in run.ending.evidence.derivations:
            assert_whole(derivation)
            assert derivation.steps[0].goal in ("solve(1)", "solve(2)")


@anyio
async def test_ours_cannot_be_called_or_defined(runtime: Runtime) -> None:
    for what in ("defines ours", "calls ours"):
        run = await prove(runtime, HOSTILE[what])
        assert isinstance(run.ending, Rejected)


GOALS = st.sampled_from(
    [
        "p(X)",
        "q(X)",
        "p(Y)",
        "q(Y)",
        "X = 1",
        "X = Y",
        "X > 1",
        "Y =< 2",
        "!",
        "true",
        "member(X, [1, 2, 3])",
        "call(q, X)",
    ]
)


def bodies() -> st.SearchStrategy[str]:
    return st.recursive(
        GOALS,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(", ".join),
            st.tuples(inner, inner).map(lambda pair: f"( {pair[0]} ; {pair[1]} )"),
            st.tuples(inner, inner, inner).map(lambda three: f"( {three[0]} -> {three[1]} ; {three[2]} )"),
            st.tuples(inner, inner, inner).map(lambda three: f"( {three[0]} *-> {three[1]} ; {three[2]} )"),
            st.tuples(inner, inner).map(lambda pair: f"( {pair[0]} -> {pair[1]} )"),
            inner.map(lambda goal: f"\\+ ( {goal} )"),
            inner.map(lambda goal: f"once(( {goal} ))"),
            inner.map(lambda goal: f"findall(X, ( {goal} ), _)"),
        ),
        max_leaves=6,
    )


def programs() -> st.SearchStrategy[str]:
    """`q` does not call itself: its goals are those of a program without it."""
    of_q = bodies().map(lambda body: f"q(X) :- {body.replace('q', 'p')}.\n")
    of_solve = bodies().map(lambda body: f"solve(X) :- {body}.\n")
    clauses = st.tuples(st.lists(of_q, min_size=1, max_size=2), st.lists(of_solve, min_size=1, max_size=3))
    return clauses.map(lambda both: "p(1).\np(2).\np(3).\nq(2).\n" + "".join(both[0] + both[1]))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_the_derivations_are_those_of_the_answers_of_the_run(program: str) -> None:
    job = Job(Program(Language.PROLOG, program), "solve(X)")
    limits = Limits(max_answers=40)
    plain, run = solve_waiting(job, limits), solve_waiting(dataclasses.replace(job, evidence=True), limits)
    assert named_alike(outcome(plain)) == named_alike(outcome(run))
    if isinstance(run.ending, Finished) and isinstance(run.ending.outcome, Answers):
        assert isinstance(run.ending.evidence, Derivations), (program, run.ending.evidence)
        goals = [derivation.steps[0].goal for derivation in derivations(run)]
        assert goals == [f"solve({each.bindings['X'].text})" for each in run.ending.outcome.substitutions]
