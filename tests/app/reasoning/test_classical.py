"""What a formalisation says in first-order logic, and which symbols of two readings belong together. Real engine."""

import random
import time

import pytest

from app.reasoning.alignment import align, match
from app.reasoning.classical import (
    NotClassicalError,
    classical_consistency_job,
    classical_reading,
    read_classically,
)
from app.reasoning.first_order import ClassicalReading, Role, declarations, naming, premises_of, text_of
from app.reasoning.sensitivity import LIMITS
from app.reasoning.types import Formalisation, Gloss, World
from solvers import Runtime
from solvers.types import Answers, Finished, Job, Language, Outcome, Program, Satisfiable, Unsatisfiable

OTTERS = """:- dynamic otter/1, swims/1, wet/1, dusty/1, neg/1.
:- table otter/1, swims/1, wet/1, dusty/1, neg/1.

otter(milo).  % "Milo is an otter"
swims(milo).  % "Milo ... swims"
wet(X) :- otter(X), swims(X).  % "Every otter that swims is wet"
neg(otter(X)) :- swims(X), neg(wet(X)).  % "Every otter that swims is wet"
neg(swims(X)) :- otter(X), neg(wet(X)).  % "Every otter that swims is wet"
neg(dusty(X)) :- wet(X).  % "Nothing wet is dusty"
neg(wet(Y)) :- dusty(Y).  % "Nothing wet is dusty"
"""
OTTERS_SMT = """(declare-sort Thing 0)
(declare-const milo Thing)
(declare-fun otter (Thing) Bool)
(declare-fun swims (Thing) Bool)
(declare-fun wet (Thing) Bool)
(declare-fun dusty (Thing) Bool)
(assert (! (forall ((x Thing)) (=> (and (otter x) (swims x)) (wet x))) :named wet_swimmers))
(assert (! (forall ((x Thing)) (=> (wet x) (not (dusty x)))) :named nothing_wet_is_dusty))
(assert (! (otter milo) :named milo_is_an_otter))
(assert (! (swims milo) :named milo_swims))
(define-fun conclusion () Bool (dusty milo))
"""


def prolog(text: str, query: str, complement: str | None = None, **gloss: str) -> Formalisation:
    words = tuple(Gloss(symbol, words) for symbol, words in gloss.items())
    return Formalisation(Program(Language.PROLOG, text), query, complement, words)


def smt(text: str, query: str = "conclusion", **gloss: str) -> Formalisation:
    words = tuple(Gloss(symbol, words) for symbol, words in gloss.items())
    return Formalisation(Program(Language.SMT, text), query, gloss=words)


def written(reading: ClassicalReading) -> tuple[list[str], str, str]:
    names = naming(reading.symbols())
    return premises_of(reading, names), text_of(reading.conclusion, names), text_of(reading.complement or (), names)


# Prolog


def test_clauses_become_implications_and_contrapositives_are_left_out() -> None:
    premises, conclusion, complement = written(read_classically(prolog(OTTERS, "dusty(milo)", "neg(dusty(milo))")))
    assert premises == [
        "(otter/1 milo)",
        "(swims/1 milo)",
        "(forall ((?x1 Thing)) (=> (and (otter/1 ?x1) (swims/1 ?x1)) (wet/1 ?x1)))",
        "(forall ((?x1 Thing)) (=> (wet/1 ?x1) (not (dusty/1 ?x1))))",
    ]
    assert conclusion == "(dusty/1 milo)"
    assert complement == "(not (dusty/1 milo))"


def test_a_premise_keeps_its_line() -> None:
    reading = read_classically(prolog(OTTERS, "dusty(milo)"))
    assert reading.premises[2].text.startswith("line 6: wet(X) :- otter(X), swims(X).")


def test_a_query_with_variables_asks_whether_there_is_somebody() -> None:
    _, conclusion, complement = written(read_classically(prolog(OTTERS, "wet(X), dusty(X)", "(neg(wet(milo)) ; fail)")))
    assert conclusion == "(exists ((?x1 Thing)) (and (wet/1 ?x1) (dusty/1 ?x1)))"
    assert complement == "(or (not (wet/1 milo)) false)"


def test_variables_of_the_body_alone_are_bound_with_the_others() -> None:
    text = ":- dynamic likes/2, happy/1, rain/0.\nhappy(X) :- likes(X, Y), happy(Y), (rain ; neg(likes(Y, X)))."
    premises, _, _ = written(read_classically(prolog(text, "rain")))
    assert premises == [
        "(forall ((?x1 Thing)(?x2 Thing)) (=> (and (likes/2 ?x1 ?x2) (happy/1 ?x2)"
        " (or rain/0 (not (likes/2 ?x2 ?x1)))) (happy/1 ?x1)))"
    ]


def test_names_are_granted_to_be_distinct_and_stated_only_where_dif_is_used() -> None:
    plain = read_classically(prolog("old(tom).\nold(ann).", "old(tom)"))
    assert plain.distinct_names
    assert not plain.uses_distinct_names
    used = read_classically(prolog("old(tom).\nold(ann).\ntwo :- old(X), old(Y), dif(X, Y).", "two"))
    assert used.uses_distinct_names
    assert "(distinct tom ann)" in classical_consistency_job(used).program.text
    assert "(distinct" not in classical_consistency_job(plain).program.text


def test_what_is_supposed_of_anyone_becomes_the_condition_of_the_conclusion() -> None:
    text = ":- dynamic a/1, b/1, c/1, neg/1.\na(anyone).\nb(X) :- c(X).\nc(X) :- a(X)."
    reading = read_classically(prolog(text, "b(anyone)", "(a(X), dif(X, anyone), neg(b(X)))"))
    premises, conclusion, complement = written(reading)
    assert len(premises) == 2
    assert conclusion == "(forall ((?anyone1 Thing)) (=> (a/1 ?anyone1) (b/1 ?anyone1)))"
    assert complement == "(exists ((?x1 Thing)) (and (a/1 ?x1) true (not (b/1 ?x1))))"
    assert not reading.uses_distinct_names
    assert not [symbol for symbol in reading.symbols() if symbol.role is Role.INDIVIDUAL]


def test_a_proposition_that_is_called_as_somebody_excluded_is_no_supposition() -> None:
    text = ":- dynamic rain/0, a/1.\nrain.\na(bob)."
    premises, conclusion, _ = written(read_classically(prolog(text, "rain", "a(X), dif(X, rain)")))
    assert premises == ["rain/0", "(a/1 bob)"]
    assert conclusion == "rain/0"


def test_a_rule_about_somebody_supposed_has_no_reading() -> None:
    text = ":- dynamic a/1, b/1.\na(anyone) :- b(anyone)."
    assert classical_reading(prolog(text, "b(anyone)", "(a(X), dif(X, anyone))")) is None


@pytest.mark.parametrize(
    "clause",
    [
        "a(X) :- b(X), \\+ c(X).",
        "a(X) :- b(X), not(c(X)).",
        "a(X) :- b(X), !.",
        "a(X) :- (b(X) -> c(X) ; a(X)).",
        "a(f(X)) :- b(X).",
        "a(1).",
        'a("bob").',
        "a([]).",
        "a([bob]).",
        "a(X) :- X = bob.",
        "a(X) :- b(X), X \\= bob.",
        "a(X) :- b(Y), X is Y + 1.",
        "a(X) :- member(X, bob).",
        "a(X) :- call(b, X).",
        "a(X) :- findall(X, b(X), _).",
        "neg(neg(a(bob))).",
        "neg((a(bob), b(bob))).",
        "neg(dif(bob, tom)).",
        "neg(X) :- b(X).",
        "a(X) :- neg(X).",
        "a(X) :- undefined(X).",
        "dif(X, Y) :- a(X), b(Y).",
        "a --> b.",
        "a(X) :- {X = 1}.",
        ":- initialization(a(bob)).",
        ":- use_module(library(clpfd)).",
        ":- table best(_, max).",
        "a('\\\\').",
        "a('?x1').",
        "a(bob",
        "a(X) :- " + "(" * 300 + "b(X)" + ")" * 300 + ", 1.",
        "a(X) :- " + "(b(X) ; c(X), " * 100 + "b(X)" + ")" * 100 + ".",
    ],
)
def test_what_is_no_clause_about_individuals_has_no_reading(clause: str) -> None:
    text = f":- dynamic a/1, b/1, c/1, neg/1.\nb(bob).\n{clause}\n"
    assert classical_reading(prolog(text, "b(bob)")) is None


@pytest.mark.parametrize("query", ["\\+ a(bob)", "a(bob)) , (", "X", "a(bob), fail, !", "forall(a(X), a(X))", "", "1"])
def test_a_query_that_is_none_has_no_reading(query: str) -> None:
    assert classical_reading(prolog("a(bob).", query)) is None
    assert classical_reading(prolog("a(bob).", "a(bob)", query)) is None


def test_a_closed_world_has_no_reading_in_prolog_and_one_in_smt() -> None:
    assert classical_reading(prolog(OTTERS, "wet(milo)"), World.CLOSED) is None
    assert classical_reading(smt(OTTERS_SMT), World.CLOSED) is not None


# SMT-LIB


def test_definitions_and_let_are_written_out_and_labels_kept() -> None:
    text = OTTERS_SMT + (
        "(define-fun odd ((y Thing)) Bool (exists ((x Thing)) (and (wet x) (dusty y))))\n"
        "(assert (forall ((x Thing)) (let ((p (odd x)) (q (wet x))) (=> p q))))"
    )
    reading = read_classically(smt(text, "(not conclusion)"))
    premises, conclusion, _ = written(reading)
    assert premises[-1] == (
        "(forall ((?x3 Thing)) (=> (exists ((?x4 Thing)) (and (wet/1 ?x4) (dusty/1 ?x3))) (wet/1 ?x3)))"
    )
    assert conclusion == "(not (dusty/1 milo))"
    assert reading.premises[1].text == "nothing_wet_is_dusty"
    assert reading.complement is None
    assert not reading.distinct_names


@pytest.mark.parametrize(
    "text",
    [
        "(declare-fun father (Thing) Thing)\n(assert (wet (father milo)))",
        "(declare-fun age (Thing) Int)\n(assert (= (age milo) 3))",
        "(declare-const n Int)\n(assert (= n n))",
        "(declare-datatypes ((Colour 0)) (((red) (blue))))\n(assert (= red blue))",
        "(assert (forall ((p Bool)) (or p (not p))))",
        "(define-fun-rec r ((x Thing)) Bool (r x))\n(assert (r milo))",
        "(declare-fun f (Bool) Bool)\n(assert (f (wet milo)))",
        "(declare-fun |?x1| (Thing) Bool)\n(assert (|?x1| milo))",
        "(assert (wet nobody))",
        "(assert (wet milo)",
        "(reset)",
        "(assert " + "(not " * 100 + "(wet milo)" + ")" * 101,
        "(assert " + "(not " * 30_000,
        "(define-fun p0 () Bool (wet milo))\n"
        + "\n".join(f"(define-fun p{n} () Bool (and p{n - 1} p{n - 1}))" for n in range(1, 50))
        + "\n(assert p49)",
    ],
)
def test_scripts_beyond_individuals_and_predicates_have_no_reading(text: str) -> None:
    began = time.process_time()
    assert classical_reading(smt(OTTERS_SMT + text)) is None
    assert time.process_time() - began < 3


@pytest.mark.parametrize("query", ["", "wet milo", "(wet", "(wet nobody)", "milo", "(+ 1 2)"])
def test_a_conclusion_that_is_none_has_no_reading(query: str) -> None:
    assert classical_reading(smt(OTTERS_SMT, query)) is None


@pytest.mark.parametrize(
    "text",
    [
        "a(bob).\n" * 20_000,
        "".join(f"a{n}(b{n}).\n" for n in range(4_000)),
        "a(X) :- " + "b(X), " * 9_000 + "b(X).\nb(bob).",
        "a(" * 20_000 + "b" + ")" * 20_000 + ".",
        "(" * 50_000,
        "a(X) :- " + "b(X) ; " * 8_000 + "b(X).\nb(bob).",
        "\x00" * 1_000,
    ],
)
def test_a_program_that_is_too_large_is_read_or_refused_soon(text: str) -> None:
    began = time.process_time()
    classical_reading(prolog(text, "a(bob)"))
    classical_reading(smt(text))
    assert time.process_time() - began < 4


# Whether the premises are consistent


async def outcome(runtime: Runtime, reading: ClassicalReading) -> Outcome | None:
    run = await runtime.solve(classical_consistency_job(reading), LIMITS)
    return run.ending.outcome if isinstance(run.ending, Finished) else None


@pytest.mark.anyio
async def test_a_consistent_program_has_a_model(runtime: Runtime) -> None:
    assert isinstance(await outcome(runtime, read_classically(prolog(OTTERS, "dusty(milo)"))), Satisfiable)
    assert isinstance(await outcome(runtime, read_classically(smt(OTTERS_SMT))), Satisfiable)


@pytest.mark.anyio
async def test_a_contradiction_that_prolog_does_not_derive_shows(runtime: Runtime) -> None:
    """By cases: whoever is tall is glad and not glad, and so is whoever is not tall."""
    text = (
        ":- dynamic tall/1, glad/1, neg/1.\nglad(X) :- tall(X).\nneg(glad(bob)) :- tall(bob).\n"
        "glad(bob) :- neg(tall(bob)).\nneg(glad(bob)) :- neg(tall(bob))."
    )
    assert isinstance(await outcome(runtime, read_classically(prolog(text, "glad(bob)"))), Unsatisfiable)


@pytest.mark.anyio
async def test_names_that_mean_something_in_smt_lib_are_written_so_that_they_do_not(runtime: Runtime) -> None:
    text = "and(or).\nnot_(true).\nselect('Thing', 'Int').\n'is a'(not, 'a b').\n'Bool'('Bool').\nlikes(likes)."
    assert isinstance(await outcome(runtime, read_classically(prolog(text, "and(or)"))), Satisfiable)


def random_program(seed: int) -> tuple[str, list[tuple[str, str]]]:
    """Facts and rules about two individuals, and each atom with its denial."""
    pick = random.Random(seed)
    names = [f"p{n}" for n in range(5)]

    def literal(argument: str) -> str:
        atom = f"{pick.choice(names)}({argument})"
        return atom if pick.random() < 0.6 else f"neg({atom})"

    declared = ", ".join([*(f"{name}/1" for name in names), "neg/1"])
    clauses = [f"{literal(pick.choice(('a', 'b')))}." for _ in range(3)]
    for _ in range(8):
        body = ", ".join(literal("X") for _ in range(pick.randint(1, 2)))
        body = f"{body} ; {literal('X')}" if pick.random() < 0.2 else body
        clauses.append(f"{literal('X')} :- {body}.")
    clauses.sort(key=lambda clause: clause.partition("(")[0])
    text = "\n".join([f":- dynamic {declared}.", f":- table {declared}.", *clauses])
    atoms = [f"{name}({argument})" for name in names for argument in "ab"]
    return text, [(atom, f"neg({atom})") for atom in atoms]


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(6))
async def test_what_prolog_derives_follows_from_the_classical_reading(runtime: Runtime, seed: int) -> None:
    text, atoms = random_program(seed)
    derived = 0
    for goal in [goal for pair in atoms for goal in pair]:
        run = await runtime.solve(Job(Program(Language.PROLOG, text), goal), LIMITS)
        assert isinstance(run.ending, Finished), run.ending
        if isinstance(run.ending.outcome, Answers):
            derived += 1
            reading = read_classically(prolog(text, goal))
            names = naming(reading.symbols())
            premises = [f"(assert {premise})" for premise in premises_of(reading, names)]
            denied = f"(assert (not {text_of(reading.conclusion, names)}))"
            job = Job(Program(Language.SMT, "\n".join([*declarations(names), *premises, denied])), "(check-sat)")
            entailed = await runtime.solve(job, LIMITS)
            assert isinstance(entailed.ending, Finished)
            assert isinstance(entailed.ending.outcome, Unsatisfiable)
    assert derived >= 2


# Which symbols belong together


def pairs(first: Formalisation, second: Formalisation) -> dict[str, str] | None:
    found = align(read_classically(first), read_classically(second))
    return None if found is None else {ours.name: theirs.name for ours, theirs in found.items()}


def test_equal_names_belong_together() -> None:
    found = pairs(prolog(OTTERS, "dusty(milo)"), smt(OTTERS_SMT))
    names = ("Thing", "milo", "otter", "swims", "wet", "dusty")
    assert found == {name: name for name in names}


def test_names_are_compared_without_case_prefixes_underscores_and_plurals() -> None:
    second = """(declare-sort Animal 0)
    (declare-const BobSmith Animal) (declare-fun IsRed (Animal) Bool) (declare-fun has_dogs (Animal) Bool)
    (assert (IsRed BobSmith))"""
    found = pairs(prolog("red(bob_smith).\ndog(X) :- red(X).", "dog(bob_smith)"), smt(second, "(has_dogs BobSmith)"))
    assert found == {"Thing": "Animal", "red": "IsRed", "dog": "has_dogs", "bob_smith": "BobSmith"}


def test_other_names_belong_together_by_the_words_beside_them() -> None:
    first = prolog("chilly(bob).", "chilly(bob)", **{"chilly/1": "is a cold person"})
    second = """(declare-sort Thing 0) (declare-const bob Thing) (declare-fun frosty (Thing) Bool)
    (assert (frosty bob))"""
    assert pairs(first, smt(second, "(frosty bob)", frosty="cold persons")) is not None
    assert pairs(first, smt(second, "(frosty bob)", frosty="warm persons")) is None
    assert pairs(first, smt(second, "(frosty bob)")) is None


def test_two_symbols_with_the_same_key_are_not_told_apart() -> None:
    first = prolog("is_red(bob).\nhas_red(bob).", "is_red(bob)")
    second = """(declare-sort Thing 0) (declare-const bob Thing) (declare-fun red (Thing) Bool)
    (declare-fun reds (Thing) Bool) (assert (and (red bob) (reds bob)))"""
    assert pairs(first, smt(second, "(red bob)")) is None


def test_what_only_one_reading_speaks_of_is_named() -> None:
    first = read_classically(prolog("red(bob).\nold(bob).", "red(bob)"))
    second = read_classically(prolog("red(bob).\nold(bob, tom).", "red(bob)"))
    matching = match(first, second)
    assert matching.why_not() == "only the first reading speaks of old/1; only the second reading speaks of old/2, tom"
    assert align(first, second) is None


def test_a_reason_is_given_where_there_is_no_reading() -> None:
    with pytest.raises(NotClassicalError, match="closed world"):
        read_classically(prolog(OTTERS, "wet(milo)"), World.CLOSED)
