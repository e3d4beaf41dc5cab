"""Subproofs: what ends one, and that nothing leaves it that holds inside of it only."""

import pytest

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.proof import check_proof

DECLARED = (
    "(declare-sort S 0)(declare-const c S)(declare-fun P (S) Bool)(declare-fun R (S S) Bool)(declare-const q Bool)"
)


def check(claim: str, subproof: str) -> None:
    """Replay a subproof t1 whose clause contradicts the assertion."""
    script = f"{DECLARED}(assert (not {claim}))(check-sat)"
    end = "(step t2 (cl) :rule resolution :premises (t1 a0))"
    check_proof(script, f"(assume a0 (not {claim})){subproof}{end}", Budget())


CHOSEN = "(choice ((x S)) (not (P x)))"
FOUND = "(choice ((x S)) (P x))"

RIGHT = {
    "subproof": (
        "(or (not q) q)",
        "(anchor :step t0)(assume t0.a q)(step t0.t (cl q) :rule reordering :premises (t0.a))"
        "(step t0 (cl (not q) q) :rule subproof :discharge (t0.a))"
        "(step t1 (cl (or (not q) q)) :rule or_neg :premises (t0))",
    ),
    "bind": (
        "(= (forall ((x S)) (not (not (P x)))) (forall ((x S)) (P x)))",
        "(anchor :step t1 :args ((x S) (:= (x S) x)))"
        '(step t1.t (cl (= (not (not (P x))) (P x))) :rule rare_rewrite :args ("bool-double-not-elim"))'
        "(step t1 (cl (= (forall ((x S)) (not (not (P x)))) (forall ((x S)) (P x)))) :rule bind)",
    ),
    "bind, renamed": (
        "(= (exists ((x S)) (P x)) (exists ((y S)) (P y)))",
        "(anchor :step t1 :args ((y S) (:= (x S) y)))(step t1.t (cl (= (P x) (P y))) :rule refl)"
        "(step t1 (cl (= (exists ((x S)) (P x)) (exists ((y S)) (P y)))) :rule bind)",
    ),
    "onepoint": (
        "(= (forall ((x S)) (or (not (= x c)) (P x))) (or (not (= c c)) (P c)))",
        "(anchor :step t1 :args ((:= (x S) c)))"
        "(step t1.t (cl (= (or (not (= x c)) (P x)) (or (not (= c c)) (P c)))) :rule refl)"
        "(step t1 (cl (= (forall ((x S)) (or (not (= x c)) (P x))) (or (not (= c c)) (P c)))) :rule onepoint)",
    ),
    "onepoint, exists": (
        "(= (exists ((x S)) (and (= c x) (P x))) (and (= c c) (P c)))",
        "(anchor :step t1 :args ((:= (x S) c)))"
        "(step t1.t (cl (= (and (= c x) (P x)) (and (= c c) (P c)))) :rule refl)"
        "(step t1 (cl (= (exists ((x S)) (and (= c x) (P x))) (and (= c c) (P c)))) :rule onepoint)",
    ),
    "sko_forall": (
        f"(= (forall ((x S)) (P x)) (P {CHOSEN}))",
        f"(anchor :step t1 :args ((:= (x S) {CHOSEN})))(step t1.t (cl (= (P x) (P {CHOSEN}))) :rule refl)"
        f"(step t1 (cl (= (forall ((x S)) (P x)) (P {CHOSEN}))) :rule sko_forall)",
    ),
    "sko_ex": (
        f"(= (exists ((x S)) (P x)) (P {FOUND}))",
        f"(anchor :step t1 :args ((:= (x S) {FOUND})))(step t1.t (cl (= (P x) (P {FOUND}))) :rule refl)"
        f"(step t1 (cl (= (exists ((x S)) (P x)) (P {FOUND}))) :rule sko_ex)",
    ),
}

WRONG = {
    "a discharge that leaves out what was assumed": (
        "q",
        "(anchor :step t1)(assume t1.a q)(step t1.t (cl q) :rule reordering :premises (t1.a))"
        "(step t1 (cl q) :rule subproof :discharge ())",
    ),
    "one that takes something else off": (
        "(or (not (P c)) q)",
        "(anchor :step t0)(assume t0.a q)(step t0.t (cl q) :rule reordering :premises (t0.a))"
        "(step t0 (cl (not (P c)) q) :rule subproof :discharge (t0.a))"
        "(step t1 (cl (or (not (P c)) q)) :rule or_neg :premises (t0))",
    ),
    "a variable of an assumption, bound": (
        "(= (forall ((x S)) (P x)) (forall ((x S)) true))",
        "(anchor :step t1 :args ((x S) (:= (x S) x)))(anchor :step t1.t)(assume t1.t.a (P x))"
        "(step t1.t.b (cl (= (P x) true)) :rule equiv_simplify :premises (t1.t.a))"
        "(step t1.t (cl (= (P x) true)) :rule subproof :discharge (t1.t.a))"
        "(step t1 (cl (= (forall ((x S)) (P x)) (forall ((x S)) true))) :rule bind)",
    ),
    "another quantifier": (
        "(= (forall ((x S)) (P x)) (exists ((x S)) (P x)))",
        "(anchor :step t1 :args ((x S) (:= (x S) x)))(step t1.t (cl (= (P x) (P x))) :rule refl)"
        "(step t1 (cl (= (forall ((x S)) (P x)) (exists ((x S)) (P x)))) :rule bind)",
    ),
    "a new name that is there already": (
        "(= (forall ((x S) (y S)) (R x y)) (forall ((y S) (z S)) (R y y)))",
        "(anchor :step t1 :args ((y S) (z S) (:= (x S) y)))(step t1.t (cl (= (R x y) (R y y))) :rule refl)"
        "(step t1 (cl (= (forall ((x S) (y S)) (R x y)) (forall ((y S) (z S)) (R y y)))) :rule bind)",
    ),
    "two variables that become one": (
        "(= (forall ((x S) (w S)) (R x w)) (forall ((y S) (v S)) (R y y)))",
        "(anchor :step t1 :args ((y S) (v S) (:= (x S) y) (:= (w S) y)))"
        "(step t1.t (cl (= (R x w) (R y y))) :rule refl)"
        "(step t1 (cl (= (forall ((x S) (w S)) (R x w)) (forall ((y S) (v S)) (R y y)))) :rule bind)",
    ),
    "one point where the formula says nothing of other values": (
        "(= (forall ((x S)) (P x)) (P c))",
        "(anchor :step t1 :args ((:= (x S) c)))(step t1.t (cl (= (P x) (P c))) :rule refl)"
        "(step t1 (cl (= (forall ((x S)) (P x)) (P c))) :rule onepoint)",
    ),
    "one point with the wrong sign": (
        "(= (forall ((x S)) (or (= x c) (P x))) (or (= c c) (P c)))",
        "(anchor :step t1 :args ((:= (x S) c)))(step t1.t (cl (= (or (= x c) (P x)) (or (= c c) (P c)))) :rule refl)"
        "(step t1 (cl (= (forall ((x S)) (or (= x c) (P x))) (or (= c c) (P c)))) :rule onepoint)",
    ),
    "a choice of the wrong kind": (
        f"(= (forall ((x S)) (P x)) (P {FOUND}))",
        f"(anchor :step t1 :args ((:= (x S) {FOUND})))(step t1.t (cl (= (P x) (P {FOUND}))) :rule refl)"
        f"(step t1 (cl (= (forall ((x S)) (P x)) (P {FOUND}))) :rule sko_forall)",
    ),
    "any other term for a choice": (
        "(= (exists ((x S)) (P x)) (P c))",
        "(anchor :step t1 :args ((:= (x S) c)))(step t1.t (cl (= (P x) (P c))) :rule refl)"
        "(step t1 (cl (= (exists ((x S)) (P x)) (P c))) :rule sko_ex)",
    ),
    "a clause that holds inside only": (
        "(P c)",
        "(anchor :step t1 :args ((:= (x S) c)))(step t1.t (cl (= (P x) (P c))) :rule refl)"
        "(step t1 (cl (= (P x) (P c))) :rule bind)",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_subproof_shows_what_it_may(name: str) -> None:
    check(*RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_nothing_else_leaves_a_subproof(name: str) -> None:
    with pytest.raises((RefutedError, NotCheckableError)):
        check(*WRONG[name])
