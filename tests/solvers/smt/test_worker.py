"""The SMT engine behind the real runtime: what it decides, what it shows, and what it says of a faulty program."""

import pytest

from solvers import (
    ErrorClass,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    Limits,
    Part,
    Program,
    Rejected,
    Runtime,
    RuntimeConfig,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
    Value,
    ValueKind,
)

pytestmark = pytest.mark.anyio

QUICK = Limits(wall_seconds=5.0, cpu_seconds=5.0)


@pytest.fixture
def solve(runtime):
    async def solve(text, query=None, answer=None, limits=QUICK):
        return await runtime.solve(Job(Program(Language.SMT, text), query, answer=answer), limits)

    return solve


@pytest.fixture
def decide(solve):
    async def decide(text, query=None, answer=None):
        run = await solve(text, query, answer)
        assert isinstance(run.ending, Finished), run
        return run.ending

    return decide


@pytest.fixture
def reject(solve):
    async def reject(text, query=None, answer=None):
        run = await solve(text, query, answer)
        assert isinstance(run.ending, Rejected), run
        return run.ending.diagnostics

    return reject


def integer(text):
    return Value(text, ValueKind.INTEGER)


async def test_a_model_comes_without_being_asked_for(decide):
    ending = await decide("(declare-const x Int)(declare-const p Bool)(assert (and p (= (* 2 x) (- 10))))(check-sat)")
    assert ending.outcome == Satisfiable({"x": integer("-5"), "p": Value("true", ValueKind.BOOLEAN)})
    assert ending.checks == (ending.outcome,)


async def test_rationals_are_exact(decide):
    ending = await decide("(declare-const x Real)(assert (= (* 3 x) 10))(check-sat)")
    assert ending.outcome.model == {"x": Value("10/3", ValueKind.RATIONAL)}


async def test_algebraic_numbers_are_text(decide):
    ending = await decide("(declare-const x Real)(assert (and (> x 0) (= (* x x) 2.0)))(check-sat)")
    assert ending.outcome.model["x"].kind is ValueKind.OTHER
    assert "root-obj" in ending.outcome.model["x"].text


async def test_other_sorts_are_text(decide):
    ending = await decide(
        """(declare-datatypes ((Colour 0)) (((red) (green))))
        (declare-const c Colour) (declare-const b (_ BitVec 8)) (declare-const s String)
        (declare-const |a name| Int) (declare-fun f (Int) Int)
        (assert (distinct c red)) (assert (= b #x1f)) (assert (= s "é")) (assert (= |a name| 3)) (assert (= (f 1) 2))
        (check-sat)"""
    )
    model = ending.outcome.model
    assert model["c"] == Value("green", ValueKind.ATOM)
    assert model["b"] == Value("#x1f", ValueKind.OTHER)
    assert model["s"] == Value("é", ValueKind.STRING)
    assert model["a name"] == integer("3")
    assert model["f"].text.startswith("(define-fun f ((x!0 Int)) Int")


async def test_values_belong_to_the_check_they_follow(decide):
    ending = await decide(
        """(declare-const x Int) (assert (> x 1))
        (push) (assert (< x 3)) (check-sat) (get-value (x (+ x   1))) (pop)
        (assert (= x 7)) (check-sat) (get-value ((* x x)))"""
    )
    first, second = ending.checks
    assert first.values == {"x": integer("2"), "(+ x 1)": integer("3")}
    assert second.values == {"(* x x)": integer("49")}
    assert ending.outcome == second


async def test_the_answer_is_a_term_with_a_value(decide):
    ending = await decide("(declare-const x Int)(assert (= x 4))", "(check-sat)", answer="(* x  x)")
    assert ending.outcome.values == {"(* x  x)": integer("16")}


async def test_an_unsat_core_comes_without_being_asked_for(decide):
    ending = await decide(
        """(declare-const x Int)
        (assert (! (> x 3) :named more)) (assert (! (< x 2) :named |less than|)) (assert (! (> x 0) :named other))
        (check-sat)"""
    )
    assert isinstance(ending.outcome, Unsatisfiable)
    assert set(ending.outcome.core) == {"more", "less than"}


async def test_labels_are_no_part_of_the_model(decide):
    ending = await decide("(declare-const x Int)(assert (! (= x 3) :named label))(check-sat)")
    assert ending.outcome.model == {"x": integer("3")}


async def test_every_check_keeps_its_own_reply(decide):
    ending = await decide(
        """(declare-const p Bool) (declare-const q Bool) (assert (or p q))
        (check-sat) (check-sat-assuming ((not p) (not q))) (check-sat-assuming (p))
        (push 2) (assert (not p)) (pop 1) (check-sat)"""
    )
    assert [type(check) for check in ending.checks] == [Satisfiable, Unsatisfiable, Satisfiable, Satisfiable]
    assert set(ending.checks[1].core) == {"(not p)", "(not q)"}


async def test_objectives_have_exact_optima(decide):
    ending = await decide(
        """(declare-const x Int) (declare-const y Real) (assert (and (<= x 10) (< y 2.5)))
        (maximize (+ x 1)) (maximize y) (minimize x) (assert-soft (< x 5) :weight 2 :id g)
        (check-sat) (get-objectives)"""
    )
    assert ending.outcome.objectives["(+ x 1)"] == integer("11")
    assert "epsilon" in ending.outcome.objectives["y"].text
    assert ending.outcome.objectives["g"] == integer("2")


async def test_an_unbounded_objective_is_oo(decide):
    up = await decide("(declare-const x Int)(assert (> x 0))(maximize x)(check-sat)")
    down = await decide("(declare-const x Int)(assert (< x 0))(minimize x)(check-sat)")
    assert up.outcome.objectives == {"x": Value("oo", ValueKind.OTHER)}
    assert down.outcome.objectives == {"x": Value("-oo", ValueKind.OTHER)}


async def test_minimising_and_maximising_one_term_keeps_both(decide):
    ending = await decide(
        "(set-option :opt.priority box)(declare-const x Int)(assert (< 0 x 9))(minimize x)(maximize x)(check-sat)"
    )
    assert ending.outcome.objectives == {"x": integer("1"), "(maximize x)": integer("8")}


async def test_unknown_has_a_reason_and_is_no_verdict(decide):
    ending = await decide(
        """(declare-fun f (Int) Int) (declare-const a Int)
        (assert (forall ((x Int)) (> (* (f x) (f (+ x a))) (* x x a)))) (assert (= (f (f a)) (* a a a 3)))
        (set-option :smt.mbqi false) (check-sat)"""
    )
    assert isinstance(ending.outcome, Unknown)
    assert ending.outcome.reason


@pytest.mark.parametrize(
    "text",
    [
        "(assert false)(check-sat)(get-model)",
        "(declare-const x Int)(assert false)(check-sat)(get-value (x))",
        "(assert true)(check-sat)(get-unsat-core)",
        "(get-model)(check-sat)",
    ],
)
async def test_asking_for_what_there_is_not_is_harmless(decide, text):
    await decide(text)


async def test_what_the_program_prints_is_shown_and_never_read(solve):
    run = await solve(
        '(echo "unsat")(declare-const x Int)(assert (= x 1))(check-sat)(get-value (x))(echo "(error no)")'
    )
    assert run.output == "unsat\nsat\n((x 1))\n(error no)\n"
    assert isinstance(run.ending.outcome, Satisfiable)


async def test_reset_forgets_everything(decide):
    ending = await decide(
        """(declare-const x Int)(assert (! false :named a))(check-sat)
        (reset)(declare-const a Real)(assert (= a 1))(check-sat)"""
    )
    assert [type(check) for check in ending.checks] == [Unsatisfiable, Satisfiable]
    assert ending.outcome.model == {"a": integer("1")}


async def test_after_exit_nothing_is_run(decide):
    ending = await decide("(check-sat)(exit)", "(assert false)(check-sat)")
    assert ending.checks == (Satisfiable(),)


@pytest.mark.parametrize(
    "text", ["", "; nothing", "(declare-const x Int)(assert (> x 1))", '(echo "sat")', "(exit)(check-sat)"]
)
async def test_a_program_that_never_checks_is_told_to(reject, text):
    (diagnostic,) = await reject(text)
    assert diagnostic.error_class is ErrorClass.LOGICAL
    assert "(check-sat)" in diagnostic.suggestion


async def test_an_error_before_a_verdict_leaves_no_verdict(reject):
    (diagnostic,) = await reject("(declare-const p Bool)\n(assert q)\n(assert (not p))\n(check-sat)")
    assert (diagnostic.error_class, diagnostic.symbol, diagnostic.line, diagnostic.column) == (
        ErrorClass.UNDECLARED,
        "q",
        2,
        9,
    )


@pytest.mark.parametrize(
    ("text", "error_class", "symbol", "line", "column"),
    [
        ("(declare-const total Int)\n(assert (> totl\n 3))", ErrorClass.UNDECLARED, "totl", 2, 12),
        ("(declare-fun f (Int) Int)\n(assert (= (g 1) 2))", ErrorClass.UNDECLARED, "g", 2, 13),
        ("(declare-fun f (Int) Int)\n(assert (= (f 1 2) 2))", ErrorClass.SORT, "f", 2, 13),
        ("(declare-const x Itn)", ErrorClass.UNDECLARED, "Itn", 1, 18),
        ('(declare-const x Int)\n(assert\n  (> x "a"))', ErrorClass.SORT, ">", 3, 4),
        ("(declare-const x Int)\n(assert x)", ErrorClass.SORT, "assert", 2, 9),
        ("(declare-const x Int)\n(declare-const x Int)", ErrorClass.SYNTAX, "x", 2, None),
        ("(assert (> 1 0)", ErrorClass.SYNTAX, None, 1, 1),
        ("(assert (forall () true))", ErrorClass.SYNTAX, "forall", 1, None),
        ("(declare-const b (_ BitVec 99999999999999999999))", ErrorClass.RESOURCE, "_", 1, 19),
        ("(assert " + "(not " * 100_000 + "true" + ")" * 100_001, ErrorClass.RESOURCE, None, 1, None),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_fault_is_placed_in_the_program(reject, text, error_class, symbol, line, column):
    diagnostic = (await reject(text + "\n(check-sat)"))[0]
    assert (diagnostic.error_class, diagnostic.symbol, diagnostic.line) == (error_class, symbol, line)
    assert column is None or diagnostic.column == column


async def test_a_misspelt_name_has_a_suggestion(reject):
    (constant,) = await reject("(declare-const total Int)(assert (> totl 3))(check-sat)")
    (sort,) = await reject("(declare-sort Person 0)(declare-const p Persn)(check-sat)")
    (function,) = await reject("(assert (> (modulo 3 2) 1))(declare-fun module (Int Int) Int)(check-sat)")
    assert "`total`" in constant.suggestion
    assert "`Person`" in sort.suggestion
    assert "`module`" in function.suggestion


async def test_a_fault_in_the_query_says_so(reject):
    (diagnostic,) = await reject("(declare-const x Int)\n\n", "\n(assert (> y 1))(check-sat)")
    assert (diagnostic.part, diagnostic.line, diagnostic.column) == (Part.QUERY, 2, 12)


@pytest.mark.parametrize("answer", ["y", "(check-sat)", "x x", "(+ x", '(+ x "a")'])
async def test_a_faulty_answer_term_is_a_diagnostic(reject, answer):
    diagnostic = (await reject("(declare-const x Int)(check-sat)", answer=answer))[0]
    assert diagnostic.part is Part.QUERY


async def test_several_faults_are_reported_together(reject):
    found = await reject("(assert a)\n(assert b)\n(assert c)\n(check-sat)")
    assert [(diagnostic.symbol, diagnostic.line) for diagnostic in found] == [("a", 1), ("b", 2), ("c", 3)]


async def test_a_command_that_was_passed_over_stays_with_the_verdict(decide):
    ending = await decide("(declare-const x Int)\n(forall ((y Int)) (> y 1))\n(check-sat)")
    (diagnostic,) = ending.diagnostics
    assert (diagnostic.error_class, diagnostic.symbol, diagnostic.line) == (ErrorClass.LOGICAL, "forall", 2)


async def test_a_time_out_is_stopped_and_never_unsat(solve):
    text = (
        "".join(f"(declare-const {v} Int)" for v in "xyz")
        + "(assert (= (+ (* x x x) (* y y y) (* z z z)) 114))(check-sat)"
    )
    run = await solve(text, limits=Limits(wall_seconds=0.4, cpu_seconds=5.0))
    assert run.ending == Stopped(LimitName.WALL_SECONDS)


async def test_memory_is_a_limit_and_never_a_verdict(solve):
    text = "(declare-const x (_ BitVec 40000))(assert (= (bvmul x x) (bvadd x (bvudiv x (_ bv3 40000)))))(check-sat)"
    run = await solve(text, limits=Limits(wall_seconds=20.0, cpu_seconds=20.0, memory_mib=64))
    assert run.ending == Stopped(LimitName.MEMORY_MIB)


async def test_tactics_that_z3_would_time_are_not_needed(decide):
    """Twelve numbers of six values: z3's own choice of tactics starts a thread here, which ended the engine."""
    names = [f"r{index}" for index in range(12)]
    text = "".join(
        f"(declare-const {n} Int)(assert (or {' '.join(f'(= {n} {v})' for v in (0, 2, 4, 7, 9, 11))}))" for n in names
    )
    ending = await decide(f"{text}(assert (distinct {' '.join(names)}))(check-sat)")
    assert isinstance(ending.outcome, Unsatisfiable)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("(declare-const x (_ BitVec 16))(assert (= (bvmul x #x0003) #x0009))", Satisfiable),
        ("(declare-const x Real)(declare-const y Real)(assert (and (= (* x y) 1.0) (= (+ x y) 1.0)))", Unsatisfiable),
        ("(assert (forall ((x Real)) (exists ((y Real)) (= (* y y y) x))))", Satisfiable),
        ("(set-logic HORN)(declare-fun p (Int) Bool)(assert (forall ((x Int)) (=> (= x 0) (p x))))", Satisfiable),
        ("(declare-const a Float32)(assert (fp.gt a (fp.add RNE a a)))(assert (fp.isNormal a))", Satisfiable),
        ('(declare-const s String)(assert (= (str.++ s s) "abab"))', Satisfiable),
    ],
)
async def test_each_strategy_decides(decide, text, kind):
    ending = await decide(text + "(check-sat)")
    assert isinstance(ending.outcome, kind)


@pytest.mark.parametrize("cores", ["true", "false"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("(declare-const x Int)(assert (! (> x 3) :named a))(assert (! (< (* x x) 9) :named b))", Unsatisfiable),
        ("(declare-const x Real)(assert (! (= (* x x) 2.0) :named a))", Satisfiable),
        ("(declare-const x (_ BitVec 8))(assert (! (= (bvmul x x) #x10) :named a))(minimize x)", Satisfiable),
        (
            "(declare-fun f (Int) Int)(assert (! (forall ((x Int)) (> (f x) x)) :named a))"
            "(assert (! (< (f 3) 3) :named b))",
            Unsatisfiable,
        ),
    ],
)
async def test_asking_for_cores_changes_no_verdict(decide, text, kind, cores):
    ending = await decide(f"(set-option :produce-unsat-cores {cores}){text}(check-sat)")
    assert isinstance(ending.outcome, kind)


async def test_without_the_policy_no_word_of_the_program_is_taken_for_a_verdict():
    async with Runtime(RuntimeConfig(concurrency=1, layers=Layers(policy=False))) as runtime:

        async def ending(text):
            return (await runtime.solve(Job(Program(Language.SMT, text)), QUICK)).ending

        assert isinstance(await ending('(echo "sat")'), Rejected)
        assert isinstance((await ending('(assert false)(check-sat)(echo "sat")')).outcome, Unsatisfiable)
        assert isinstance(await ending("(assert q)(check-sat)"), Rejected)


@pytest.mark.parametrize("option", [":produce-models", ":model"])
async def test_a_value_wanted_of_a_script_that_forbids_models_is_the_scripts_fault(solve, option):
    run = await solve(f"(set-option {option} false)(declare-const x Int)(assert (= x 3))", "(check-sat)", answer="x")
    assert isinstance(run.ending, Rejected)
    assert "produce-models" in run.ending.diagnostics[0].suggestion
