"""The least model: programs of the product's shape by hand, and random ones against the engine with tabling."""

from random import Random

import pytest

from solvers import Answers, Finished, Job, Language, Limits, NoAnswer, Program, Runtime
from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.datalog import LeastModel, is_datalog
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.terms import Trail
from solvers.checking.prolog.writer import text_of

CONTRADICTION = "neg(G), functor(G, N, A), catch(call(G), error(existence_error(procedure, N/A), _), fail)"

OTTERS = """
:- dynamic otter/1, swims/1, wet/1, dusty/1, neg/1.
:- table otter/1, swims/1, wet/1, dusty/1, neg/1.
otter(milo).
swims(milo).
wet(X) :- otter(X), swims(X).
neg(otter(X)) :- swims(X), neg(wet(X)).
neg(swims(X)) :- otter(X), neg(wet(X)).
neg(dusty(X)) :- wet(X).
neg(wet(X)) :- dusty(X).
"""

PATHS = """
:- table path/2.
edge(a, b). edge(b, c). edge(c, a). edge(d, a).
path(X, Y) :- path(X, Z), edge(Z, Y).
path(X, Y) :- edge(X, Y).
"""


def found(program: str, query: str, budget: Budget | None = None) -> set[str]:
    """Each answer as `X=a,Y=b`."""
    budget = budget or Budget()
    database = read_program(program, budget)
    goal, names = read_query(query, database, budget)
    model = LeastModel(database, budget)
    return {shown({name: text_of(value) for name, value in names.items()}) for _ in model.solutions(goal, Trail())}


def shown(bindings: dict[str, str]) -> str:
    return ",".join(f"{name}={text}" for name, text in sorted(bindings.items()) if not name.startswith("_"))


def test_an_open_world() -> None:
    assert found(OTTERS, "wet(X)") == {"X=milo"}
    assert found(OTTERS, "neg(X)") == {"X=dusty(milo)"}
    assert found(OTTERS, "neg(dusty(milo))") == {""}
    assert found(OTTERS, "dusty(milo)") == set()
    assert found(OTTERS, CONTRADICTION) == set()


def test_a_contradiction_is_found() -> None:
    assert found(OTTERS + "dusty(milo).", CONTRADICTION) == {
        "A=1,G=dusty(milo),N=dusty",
        "A=1,G=wet(milo),N=wet",
        "A=1,G=otter(milo),N=otter",
        "A=1,G=swims(milo),N=swims",
    }


def test_a_closed_world() -> None:
    program = """
    :- dynamic animal/1, barks/1, calm/1, neg/1.
    :- table animal/1, barks/1, calm/1, neg/1.
    animal(rex). animal(tia). barks(rex).
    calm(X) :- animal(X), \\+ barks(X).
    """
    assert found(program, "calm(X)") == {"X=tia"}
    assert found(program, "\\+ calm(rex)") == {""}
    assert found(program, CONTRADICTION) == set()


def test_circles_hold_nothing_up_and_nothing_together() -> None:
    assert found("p :- q. q :- p.", "p") == set()
    assert found("p :- q. q :- p. q.", "p") == {""}
    assert found(PATHS, "path(a, X)") == {"X=a", "X=b", "X=c"}
    assert found(PATHS, "path(X, d)") == set()


def test_goals_without_facts() -> None:
    program = "age(ann, 30). age(ben, 4.5). age(cy, 41)."
    assert found(program, "age(X, A), A > 20, B is A + 1, X \\== cy") == {"A=30,B=31,X=ann"}
    assert found(program, "member(X, [ann, dan]), age(X, A)") == {"A=30,X=ann"}
    assert found(program, "dif(X, ann), age(X, 41)") == {"X=cy"}
    assert found(program, "forall(age(_, A), A > 4), X = yes") == {"A=A,X=yes"}
    assert found(program, "(age(X, 41) ; age(X, 30)), \\+ X = cy") == {"X=ann"}


@pytest.mark.parametrize(
    "program",
    [
        "p :- \\+ q. q :- \\+ p.",
        "p(X) :- q(X), \\+ r(X). r(X) :- p(X). q(a).",
        "p :- q, !. q.",
        "p :- ( q -> r ; true ). q. r.",
        "likes(X, X).",
        "likes(X, Y) :- friend(X). friend(a).",
        "p(X) :- X = Y. ",
        "p :- missing.",
        "p :- findall(X, q(X), L). q(a).",
        "p(X) :- atom_length(X, 3).",
        "neg(X) :- q(X). q(a).",
        "p(X) :- q(X), call(X). q(true).",
        ":- initialization(main). main.",
        "p(X) :- X \\= a, q(X). q(b).",
        "p(X) :- q(X), X > 1. q(a).",
        "n(0). n(Y) :- n(X), Y is X + 1.",
        "n(z). n(s(X)) :- n(X).",
        f"p :- {'( a ; b ), ' * 7} a. a. b.",
        f"p :- {'a, ' * 70} a. a.",
        "p :- " + "\\+ " * 7 + "a. a.",
    ],
)
def test_a_program_without_such_a_model_is_not_checkable(program: str) -> None:
    with pytest.raises(NotCheckableError):
        found(program, "true", Budget(steps=300_000))


@pytest.mark.parametrize(
    "query", ["missing(X)", "call(X)", "p(X), !", "catch(p(X), _, true)", "X \\= a, p(X)", "p(X) -> true"]
)
def test_a_query_beyond_the_model_is_not_checkable(query: str) -> None:
    with pytest.raises(NotCheckableError):
        found("p(a).", query)


def test_whether_a_program_is_datalog_is_known_beforehand() -> None:
    assert is_datalog(read_program(OTTERS, Budget())) is None
    reason = is_datalog(read_program("p :- q, !. q.", Budget()))
    assert reason is not None
    assert "cut" in reason


PREDICATES = [("p0", 1), ("p1", 2), ("p2", 1), ("q0", 2), ("q1", 1), ("r0", 1), ("r1", 2)]


class Generator:
    """Random stratified programs over seven predicates; those of a later letter may deny those of an earlier one."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def program(self) -> str:
        every = ", ".join(f"{name}/{arity}" for name, arity in PREDICATES)
        clauses = [
            f"{name}({', '.join(self.random.choice('abcd') for _ in range(arity))})."
            for name, arity in PREDICATES * self.random.randint(0, 4)
        ]
        clauses += [self.rule() for _ in range(self.random.randint(1, 9))]
        self.random.shuffle(clauses)
        return f":- table {every}, neg/1.\n:- dynamic {every}, neg/1.\n" + "\n".join(clauses)

    def rule(self) -> str:
        name, arity = self.random.choice(PREDICATES)
        earlier = [each for each in PREDICATES if each[0][0] < name[0]]
        known = [each for each in PREDICATES if each[0][0] <= name[0]]
        body = [self.atom(known, "XYZ") for _ in range(self.random.randint(1, 2))]
        bound = [variable for variable in "XYZ" if variable in body[0]] or ["a"]
        if self.random.random() < 0.3:
            body.append(f"({self.atom(known, 'XYZ')} ; {self.atom(known, 'XYZ')})")
        left, right = self.random.choice(bound), self.random.choice(bound)
        body.append(
            self.random.choice(
                [
                    f"\\+ {self.atom(earlier, bound)}" if earlier else "true",
                    f"forall({self.atom(earlier, 'XYZ')}, {self.atom(earlier, bound)})" if earlier else "true",
                    f"dif({left}, {right})",
                    f"{left} \\= {right}",
                    f"neg(p2({left}))",
                    "true",
                ]
            )
        )
        head = f"{name}({', '.join(self.random.choice(bound) for _ in range(arity))})"
        if self.random.random() < 0.2:
            head = f"neg({self.random.choice(['p2', 'r0'])}({left}))"
        return f"{head} :- {', '.join(body)}."

    def atom(self, predicates: list[tuple[str, int]], variables: str | list[str]) -> str:
        name, arity = self.random.choice(predicates)
        args = (self.random.choice(variables if self.random.random() < 0.85 else "abcd") for _ in range(arity))
        return f"{name}({', '.join(args)})"


QUERIES = ["r1(X, Y)", "neg(X)", "q0(X, Y), \\+ p1(X, Y)", "neg(G), call(G)", "r0(X), (p0(X) ; q1(X))", CONTRADICTION]


@pytest.mark.anyio
async def test_the_model_has_the_answers_of_the_engine_with_tabling(runtime: Runtime) -> None:
    compared = 0
    for seed in range(60):
        program = Generator(seed).program()
        query = QUERIES[seed % len(QUERIES)]
        try:
            expected = found(program, query)
        except NotCheckableError:
            continue
        run = await runtime.solve(Job(Program(Language.PROLOG, program), query), Limits(max_answers=1000))
        assert isinstance(run.ending, Finished), (program, query, run)
        match run.ending.outcome:
            case Answers(substitutions, True):
                answers = {
                    shown({name: value.text for name, value in substitution.bindings.items()})
                    for substitution in substitutions
                }
            case NoAnswer():
                answers = set()
            case _:
                continue
        assert answers == expected, (program, query)
        compared += 1
    assert compared > 30
