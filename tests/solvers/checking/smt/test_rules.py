"""Each rule of a proof: a step that is right by it, and steps that look like it and are wrong."""

import pytest

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.alethe import ProofReader
from solvers.checking.smt.arithmetic import Arithmetic
from solvers.checking.smt.inference import Context, Inference
from solvers.checking.smt.normal import NormalTerms
from solvers.checking.smt.rules import RULES, check_inference
from solvers.checking.smt.scripts import read_expressions, read_script

DECLARED = """
(declare-sort S 0)
(declare-const a S) (declare-const b S) (declare-const c S) (declare-const d S)
(declare-fun f (S) S) (declare-fun g (S S) S)
(declare-const p Bool) (declare-const q Bool) (declare-const r Bool)
(declare-fun P (S) Bool) (declare-fun R (S S) Bool)
(declare-const m Int) (declare-const n Int) (declare-const x Real) (declare-const y Real)
(check-sat)
"""


def check(rule: str, clause: str, premises: tuple[str, ...] = (), args: str = "") -> None:
    budget = Budget()
    script = read_script(DECLARED, budget)
    terms = NormalTerms(script.signature.terms)
    reader = ProofReader(script, terms, budget)

    def read(text: str) -> tuple:
        return tuple(map(reader.term, read_expressions(text, budget, fractions=True)))

    context = Context(terms, Arithmetic(terms), reader.term, {})
    arguments = read_expressions(args, budget, fractions=True)
    check_inference(Inference(rule, [read(premise) for premise in premises], arguments, read(clause)), context)


RIGHT = [
    # rule, clause, premises, arguments
    ("resolution", "q r", ("p q", "(not p) r"), ""),
    ("resolution", "", ("p", "(not p)"), ""),
    ("resolution", "r", ("p q", "(not p) r", "(not q) r"), ""),
    ("resolution", "q", ("(not (not p))", "(not p) q"), ""),
    ("resolution", "p q", ("(or p q)", "r"), ""),
    ("th_resolution", "q", ("p", "(not p) q"), ""),
    ("contraction", "p q", ("p q p",), ""),
    ("reordering", "q p", ("p q",), ""),
    ("weakening", "p q", ("p",), ""),
    ("or", "p q", ("(or p q)",), ""),
    ("not_not", "(not (not (not p))) p", (), ""),
    ("true", "true", (), ""),
    ("false", "(not false)", (), ""),
    ("and", "q", ("(and p q)",), "1"),
    ("and_intro", "(and p q)", ("p", "q"), ""),
    ("and_pos", "(not (and p q)) p", (), "0"),
    ("and_neg", "(and p q) (not p) (not q)", (), ""),
    ("not_and", "(not p) (not q)", ("(not (and p q))",), ""),
    ("or_pos", "(not (or p q)) p q", (), ""),
    ("or_neg", "(or p q) (not q)", (), "1"),
    ("not_or", "(not p)", ("(not (or p q))",), "0"),
    ("implies", "(not p) q", ("(=> p q)",), ""),
    ("implies_pos", "(not (=> p q)) (not p) q", (), ""),
    ("implies_neg1", "(=> p q) p", (), ""),
    ("implies_neg2", "(=> p q) (not q)", (), ""),
    ("not_implies1", "p", ("(not (=> p q))",), ""),
    ("not_implies2", "(not q)", ("(not (=> p q))",), ""),
    ("equiv_pos1", "(not (= p q)) p (not q)", (), ""),
    ("equiv_pos2", "(not (= p q)) (not p) q", (), ""),
    ("equiv_neg1", "(= p q) (not p) (not q)", (), ""),
    ("equiv_neg2", "(= p q) p q", (), ""),
    ("equiv1", "(not p) q", ("(= p q)",), ""),
    ("equiv2", "p (not q)", ("(= p q)",), ""),
    ("not_equiv1", "p q", ("(not (= p q))",), ""),
    ("not_equiv2", "(not p) (not q)", ("(not (= p q))",), ""),
    ("xor1", "p q", ("(xor p q)",), ""),
    ("xor2", "(not p) (not q)", ("(xor p q)",), ""),
    ("not_xor1", "p (not q)", ("(not (xor p q))",), ""),
    ("not_xor2", "(not p) q", ("(not (xor p q))",), ""),
    ("xor_pos1", "(not (xor p q)) p q", (), ""),
    ("xor_pos2", "(not (xor p q)) (not p) (not q)", (), ""),
    ("xor_neg1", "(xor p q) p (not q)", (), ""),
    ("xor_neg2", "(xor p q) (not p) q", (), ""),
    ("ite1", "p r", ("(ite p q r)",), ""),
    ("ite2", "(not p) q", ("(ite p q r)",), ""),
    ("not_ite1", "p (not r)", ("(not (ite p q r))",), ""),
    ("not_ite2", "(not p) (not q)", ("(not (ite p q r))",), ""),
    ("ite_pos1", "(not (ite p q r)) p r", (), ""),
    ("ite_pos2", "(not (ite p q r)) (not p) q", (), ""),
    ("ite_neg1", "(ite p q r) p (not r)", (), ""),
    ("ite_neg2", "(ite p q r) (not p) (not q)", (), ""),
    ("and_simplify", "(= (and p true q p) (and p q))", (), ""),
    ("or_simplify", "(= (or p (not p)) true)", (), ""),
    ("not_simplify", "(= (not (not p)) p)", (), ""),
    ("implies_simplify", "(= (=> p false) (not p))", (), ""),
    ("equiv_simplify", "(= (= p false) (not p))", (), ""),
    ("bool_simplify", "(= (not (and p q)) (or (not p) (not q)))", (), ""),
    ("ite_simplify", "(= (ite true p q) p)", (), ""),
    ("ac_simp", "(= (or p (or q p)) (or p q))", (), ""),
    ("aci_simp", "(= (and (and p q) true r) (and p q r))", (), ""),
    ("connective_def", "(= (exists ((z S)) (P z)) (not (forall ((z S)) (not (P z)))))", (), ""),
    ("connective_def", "(= (xor p q) (or (and (not p) q) (and p (not q))))", (), ""),
    ("equality_resolution", "q", ("p", "(not p) q"), ""),
    ("refl", "(= a a)", (), ""),
    ("symm", "(= b a)", ("(= a b)",), ""),
    ("not_symm", "(not (= b a))", ("(not (= a b))",), ""),
    ("eq_symmetric", "(= (= a b) (= b a))", (), ""),
    ("eq_simplify", "(= (= 1 2) false)", (), ""),
    ("trans", "(= a d)", ("(= a b)", "(= c b)", "(= c d)"), ""),
    ("eq_transitive", "(not (= a b)) (not (= b c)) (= a c)", (), ""),
    ("cong", "(= (g a c) (g b d))", ("(= a b)", "(= d c)"), ""),
    ("cong", "(= (and p q) (and p r))", ("(= q r)",), ""),
    ("eq_congruent", "(not (= a b)) (= (f a) (f b))", (), ""),
    ("eq_congruent_pred", "(not (= a b)) (not (P a)) (P b)", (), ""),
    ("distinct_elim", "(= (distinct a b c) (and (not (= a b)) (not (= a c)) (not (= b c))))", (), ""),
    ("distinct_elim", "(= (distinct a b) (not (= a b)))", (), ""),
    ("comp_simplify", "(= (< m n) (not (<= n m)))", (), ""),
    ("la_disequality", "(or (= m n) (not (<= m n)) (not (<= n m)))", (), ""),
    ("la_totality", "(<= x y) (<= y x)", (), ""),
    ("la_rw_eq", "(= (= x y) (and (<= x y) (<= y x)))", (), ""),
    ("la_tautology", "(>= (+ x 1) x)", (), ""),
    ("poly_simp", "(= (* 2 (+ x (* y y))) (+ (* y 2 y) x x))", (), ""),
    ("poly_simp_rel", "(= (< (* 2 x) 3) (> 9 (* 6 x)))", ("(= p p)",), ""),
    ("sum_simplify", "(= (+ m 2 3) (+ 5 m))", (), ""),
    ("prod_simplify", "(= (* 2 3 m) (* 6 m))", (), ""),
    ("minus_simplify", "(= (- m m) 0)", (), ""),
    ("unary_minus_simplify", "(= (- (- m)) m)", (), ""),
    ("div_simplify", "(= (/ x 4) (* 0.25 x))", (), ""),
    ("evaluate", "(= (+ 2 (* 3 (- 4))) -10)", (), ""),
    ("evaluate", "(= (div (- 7) 2) -4)", (), ""),
    ("evaluate", "(= (div (- 7) (- 2)) 4)", (), ""),
    ("evaluate", "(= (mod (- 7) (- 2)) 1)", (), ""),
    ("evaluate", "(= (ite (> 2 1) 5 6) 5)", (), ""),
    ("evaluate", "(= (to_int (- 2.5)) -3)", (), ""),
    ("evaluate", "(= (abs (- 3)) 3)", (), ""),
    ("rare_rewrite", "(= (=> p q) (or (not p) q))", (), '"bool-impl-elim" p q'),
    ("rare_rewrite", "(= (< m n) (not (>= m n)))", (), '"arith-elim-lt" m n'),
    ("rare_rewrite", "(= (not (>= m 3)) (>= 3 (+ m 1)))", (), '"arith-geq-tighten" m 3'),
    ("rare_rewrite", "(= (mod m 7) (- m (* 7 (div m 7))))", (), '"mod-elim" m 7'),
    ("rare_rewrite", "(= (ite p (= (ite p m 3) m) (= (ite p m 3) 3)) true)", (), '"ite-eq" p m 3'),
    ("rare_rewrite", "(= (distinct a b a) false)", (), '"distinct-false" a'),
    ("all_simplify", "(= (and p p) p)", (), ""),
    ("la_generic", "(not (<= x 3)) (not (> x 4))", (), "1 1"),
    ("la_generic", "(not (= (+ x y) 2)) (not (= (- x y) 1)) (not (< x 1.5))", (), "1/2 1/2 1"),
    ("la_generic", "(not (> (* 2 m) 3)) (not (< m 2))", (), "1/1 2/1"),
    ("la_generic", "(not (= m 3)) (not (= m 4))", (), "1 -1"),
    ("la_mult_pos", "(=> (and (> x 0) (<= y 3)) (<= (* x y) (* x 3)))", (), ""),
    ("la_mult_neg", "(=> (and (< x 0) (<= y 3)) (>= (* x y) (* x 3)))", (), ""),
    ("div_intro", "(and (<= (* 7 (div n 7)) n) (< n (* 7 (+ (div n 7) 1))))", (), ""),
    ("div_intro", "(and (<= (to_real (to_int x)) x) (< x (+ (to_int x) 1)))", (), ""),
    ("forall_inst", "(or (not (forall ((z S)) (R z a))) (R (f b) a))", (), "(f b)"),
    ("forall_inst", "(or (not (forall ((z Real)) (> z x))) (> 3.0 x))", (), "3"),
    (
        "qnt_join",
        "(= (forall ((z S)) (forall ((w S)) (R z w))) (forall ((z S) (w S)) (R z w)))",
        (),
        "",
    ),
    ("qnt_rm_unused", "(= (forall ((z S) (w S)) (P z)) (forall ((z S)) (P z)))", (), ""),
    (
        "miniscope_distribute",
        "(= (forall ((z S)) (and (P z) (R z a))) (and (forall ((z S)) (P z)) (forall ((z S)) (R z a))))",
        (),
        "",
    ),
    (
        "miniscope_split",
        "(= (forall ((z S) (w S)) (or (P z) p (P w))) (or (forall ((z S)) (P z)) p (forall ((w S)) (P w))))",
        (),
        "",
    ),
]

WRONG = [
    ("resolution", "r", ("p q", "(not p) r"), ""),
    ("resolution", "", ("p", "(not q)"), ""),
    ("resolution", "", (), ""),
    ("contraction", "p", ("p q",), ""),
    ("reordering", "p r", ("p q",), ""),
    ("weakening", "p q", ("r",), ""),
    ("or", "p r", ("(or p q)",), ""),
    ("not_not", "(not (not p)) (not (not p))", (), ""),
    ("true", "false", (), ""),
    ("false", "false", (), ""),
    ("and", "r", ("(and p q)",), ""),
    ("and_intro", "(and p q)", ("p",), ""),
    ("and_pos", "(not (and p q)) r", (), ""),
    ("and_neg", "(and p q) (not p)", (), ""),
    ("not_and", "(not p)", ("(not (and p q))",), ""),
    ("or_pos", "(not (or p q)) p", (), ""),
    ("or_neg", "(or p q) q", (), ""),
    ("not_or", "p", ("(not (or p q))",), ""),
    ("implies", "p (not q)", ("(=> p q)",), ""),
    ("implies_pos", "(not (=> p q)) p q", (), ""),
    ("implies_neg1", "(=> p q) (not p)", (), ""),
    ("implies_neg2", "(=> p q) q", (), ""),
    ("not_implies1", "q", ("(not (=> p q))",), ""),
    ("not_implies2", "q", ("(not (=> p q))",), ""),
    ("equiv_pos1", "(not (= p q)) p q", (), ""),
    ("equiv_pos2", "(= p q) (not p) q", (), ""),
    ("equiv_neg1", "(= p q) (not p) q", (), ""),
    ("equiv1", "p q", ("(= p q)",), ""),
    ("not_equiv1", "p (not q)", ("(not (= p q))",), ""),
    ("xor1", "p (not q)", ("(xor p q)",), ""),
    ("xor_pos1", "(not (xor p q)) p (not q)", (), ""),
    ("ite1", "p q", ("(ite p q r)",), ""),
    ("ite_pos2", "(not (ite p q r)) (not p) r", (), ""),
    ("ite_neg1", "(ite p q r) p r", (), ""),
    ("and_simplify", "(= (and p q) p)", (), ""),
    ("or_simplify", "(= (or p (not q)) true)", (), ""),
    ("implies_simplify", "(= (=> p false) p)", (), ""),
    ("equiv_simplify", "(= (= p false) p)", (), ""),
    ("bool_simplify", "(= (not (and p q)) (and (not p) (not q)))", (), ""),
    ("ac_simp", "(= (or p (or q r)) (or p q))", (), ""),
    ("connective_def", "(= (exists ((z S)) (P z)) (not (forall ((z S)) (P z))))", (), ""),
    ("connective_def", "(= (exists ((z S)) (P z)) (forall ((z S)) (P z)))", (), ""),
    ("refl", "(= a b)", (), ""),
    ("symm", "(= a c)", ("(= a b)",), ""),
    ("not_symm", "(= b a)", ("(not (= a b))",), ""),
    ("eq_symmetric", "(= (= a b) (= b c))", (), ""),
    ("eq_simplify", "(= (= 1 1) false)", (), ""),
    ("trans", "(= a d)", ("(= a b)", "(= c d)"), ""),
    ("trans", "(= a b)", (), ""),
    ("eq_transitive", "(not (= a b)) (= b c) (= a c)", (), ""),
    ("cong", "(= (g a c) (g b d))", ("(= a b)",), ""),
    ("cong", "(= (g a b) (g b a))", ("(= a c)",), ""),
    ("cong", "(= (f a) (g a b))", ("(= a b)",), ""),
    ("cong", "(= (forall ((z S)) (R z a)) (forall ((z S)) (R z b)))", ("(= (R a a) (R a b))",), ""),
    ("eq_congruent", "(= a b) (= (f a) (f b))", (), ""),
    ("eq_congruent_pred", "(not (= a b)) (not (P a)) (P c)", (), ""),
    ("distinct_elim", "(= (distinct a b c) (and (not (= a b)) (not (= b c))))", (), ""),
    ("comp_simplify", "(= (< m n) (not (< n m)))", (), ""),
    ("comp_simplify", "(= (< x y) (<= (+ x 1) y))", (), ""),
    ("la_disequality", "(or (= m n) (not (<= m n)) (<= n m))", (), ""),
    ("la_totality", "(< x y) (< y x)", (), ""),
    ("la_tautology", "(> x x)", (), ""),
    ("poly_simp", "(= (* 2 (+ x y)) (+ x x y))", (), ""),
    ("poly_simp", "(= (/ x y) (* x (/ 1 y) 2))", (), ""),
    ("poly_simp", "(= (* y (/ x y)) x)", (), ""),
    ("poly_simp_rel", "(= (< (* 2 x) 3) (< (* -2 x) -3))", (), ""),
    ("evaluate", "(= (+ 2 2) 5)", (), ""),
    ("evaluate", "(= (div 7 0) 0)", (), ""),
    ("evaluate", "(= (mod (- 7) 2) -1)", (), ""),
    ("evaluate", "(= (to_int (- 2.5)) -2)", (), ""),
    ("rare_rewrite", "(= (=> p q) (or p q))", (), '"bool-impl-elim" p q'),
    ("rare_rewrite", "(= (not (>= x 3)) (>= 3 (+ x 1)))", (), '"arith-geq-tighten" x 3'),
    ("rare_rewrite", "(= (mod m n) (- m (* n (div m n))))", (), '"mod-elim" m n'),
    ("rare_rewrite", "(= (ite p (= (ite p m 3) m) (= (ite q m 3) 3)) true)", (), '"ite-eq" p m 3'),
    ("rare_rewrite", "(= (distinct a b c) false)", (), '"distinct-false" a'),
    ("rare_rewrite", "(= p q)", (), ""),
    ("la_generic", "(not (<= x 3)) (not (> x 4))", (), "1 2"),
    ("la_generic", "(not (<= x 3)) (not (>= x 3))", (), "1 1"),
    ("la_generic", "(not (> (* 2 x) 3)) (not (< x 2))", (), "1 2"),
    ("la_generic", "(<= x 3) (> y 4)", (), "1 1"),
    ("la_generic", "(not (= x 3)) (not (= x 4)) (not (= y 4))", (), "1 -1 1"),
    ("la_generic", "(= x 3)", (), "1"),
    ("la_generic", "(not (<= x y)) (not (<= y x))", (), "1 1"),
    ("la_generic", "(not (<= x 3)) (not (> y 4))", (), "-1 1"),
    ("la_generic", "(not (<= x 3)) (not (> x 4))", (), "1"),
    ("la_generic", "(not (<= x 3)) p", (), "1 1"),
    ("la_mult_pos", "(=> (and (>= x 0) (< y 3)) (< (* x y) (* x 3)))", (), ""),
    ("la_mult_pos", "(=> (and (> x 0) (< y 3)) (> (* x y) (* x 3)))", (), ""),
    ("la_mult_pos", "(=> (and (> x 0) (< y 3)) (< (* x y) (* y 3)))", (), ""),
    ("la_mult_pos", "(=> (and (> x -1) (< y 3)) (< (* x y) (* x 3)))", (), ""),
    ("la_mult_neg", "(=> (and (< x 0) (<= y 3)) (<= (* x y) (* x 3)))", (), ""),
    ("div_intro", "(and (<= (* 7 (div n 7)) n) (< n (* 6 (+ (div n 7) 1))))", (), ""),
    ("div_intro", "(and (<= (* m (div n m)) n) (< n (* m (+ (div n m) 1))))", (), ""),
    ("div_intro", "(and (<= (* (- 7) (div n (- 7))) n) (< n (* (- 7) (+ (div n (- 7)) 1))))", (), ""),
    ("div_intro", "(and (<= (to_int x) y) (< y (+ (to_int x) 1)))", (), ""),
    ("forall_inst", "(or (not (forall ((z S)) (R z a))) (R (f b) b))", (), "(f b)"),
    ("forall_inst", "(or (not (forall ((z S)) (R z a))) (R (f b) a))", (), "b"),
    ("forall_inst", "(or (forall ((z S)) (R z a)) (R b a))", (), "b"),
    ("forall_inst", "(or (not (exists ((z S)) (P z))) (P b))", (), "b"),
    ("forall_inst", "(or (not (forall ((z S) (w S)) (R z w))) (R a b))", (), "b a"),
    ("forall_inst", "(or (not (forall ((z Int)) (> z m))) (> x m))", (), "x"),
    ("qnt_join", "(= (forall ((z S)) (exists ((w S)) (R z w))) (forall ((z S) (w S)) (R z w)))", (), ""),
    ("qnt_rm_unused", "(= (forall ((z S)) (P z)) (forall ((z S) (w S)) (P w)))", (), ""),
    (
        "miniscope_distribute",
        "(= (exists ((z S)) (and (P z) (R z a))) (and (exists ((z S)) (P z)) (exists ((z S)) (R z a))))",
        (),
        "",
    ),
    (
        "miniscope_distribute",
        "(= (forall ((z S)) (or (P z) (R z a))) (or (forall ((z S)) (P z)) (forall ((z S)) (R z a))))",
        (),
        "",
    ),
    (
        "miniscope_split",
        "(= (forall ((z S) (w S)) (or (P z) (R z w))) (or (forall ((z S)) (P z)) (forall ((z S) (w S)) (R z w))))",
        (),
        "",
    ),
    ("miniscope_split", "(= (forall ((z S)) (or (P z) p q)) (or (forall ((z S)) (P z)) p))", (), ""),
    ("hole", "(= p q)", (), ""),
    ("trust", "", (), ""),
    ("lia_generic", "(not (<= m 3)) (not (> m 4))", (), ""),
    ("bind", "(= p p)", (), ""),
]


@pytest.mark.parametrize(("rule", "clause", "premises", "args"), RIGHT)
def test_a_right_step_is_accepted(rule: str, clause: str, premises: tuple[str, ...], args: str) -> None:
    check(rule, clause, premises, args)


@pytest.mark.parametrize(("rule", "clause", "premises", "args"), WRONG)
def test_a_wrong_step_is_not_accepted(rule: str, clause: str, premises: tuple[str, ...], args: str) -> None:
    with pytest.raises((RefutedError, NotCheckableError)):
        check(rule, clause, premises, args)


def test_each_rule_has_a_step_that_is_right() -> None:
    assert RULES.keys() - {rule for rule, *_ in RIGHT} == set()


@pytest.mark.parametrize("rule", ["hole", "trust", "lia_generic", "no_such_rule"])
def test_an_unknown_rule_is_not_checkable_and_named(rule: str) -> None:
    with pytest.raises(NotCheckableError, match=rule):
        check(rule, "(= p p)")


def test_a_wrong_resolution_is_refuted() -> None:
    with pytest.raises(RefutedError, match="resolution"):
        check("resolution", "r", ("p q", "(not p) r"))


def test_a_substitution_that_would_capture_a_variable_is_refused() -> None:
    budget = Budget()
    signature = read_script(DECLARED, budget).signature
    terms = NormalTerms(signature.terms)
    z, w = (terms.variable(name, signature.plain_sort("S")) for name in "zw")
    body = terms.bind("forall", [w], signature.terms.apply(signature.scope.functions["R"], (z, w)))
    with pytest.raises(NotCheckableError, match="capture"):
        terms.substitute(body, {z: w})


def test_a_search_without_end_ends_with_the_budget() -> None:
    budget = Budget(steps=20_000)
    names = [f"p{i}_{j}" for i in range(9) for j in range(8)]
    script = read_script("".join(f"(declare-const {name} Bool)" for name in names) + "(check-sat)", budget)
    terms = NormalTerms(script.signature.terms)
    reader = ProofReader(script, terms, budget)
    clauses = [" ".join(f"p{i}_{j}" for j in range(8)) for i in range(9)]
    clauses += [f"(not p{i}_{j}) (not p{k}_{j})" for j in range(8) for i in range(9) for k in range(i)]
    premises = [tuple(map(reader.term, read_expressions(text, budget))) for text in clauses]
    context = Context(terms, Arithmetic(terms), reader.term, {})
    with pytest.raises(NotCheckableError, match="more steps"):
        check_inference(Inference("resolution", premises, [], ()), context)
