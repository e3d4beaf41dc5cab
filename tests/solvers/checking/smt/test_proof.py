"""Whole proofs: true ones pass, tampered ones do not, and what can be satisfied has none.

The proofs in `proofs/` are cvc5's, as the worker asks for them; `tests/solvers/cvc5` makes new ones.
"""

import random
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solvers.certificates import Certificate, CheckResult
from solvers.checking import check_certificate
from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.proof import check_proof
from solvers.types import Job, Language, Program, Proof, Unsatisfiable

FOLDER = Path(__file__).parent / "proofs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.smt2"))
TOKEN = re.compile(r'(\s+|[()]|"[^"]*"|[^\s()"]+)')

# For each script a change after which it can be satisfied.
WEAKENED = {
    "bounds": ("(< y 8)", "(< y 9)"),
    "choice": ("(distinct n 4 5)", "(distinct n 4 6)"),
    "equality": ("(= (f b) c)", "(= (f c) c)"),
    "product": ("(not (= d 30))", "(not (= d 31))"),
    "reals": ("(>= (- a b) 3)", "(>= (- a b) 2)"),
    "socrates": ("(man socrates)", "(mortal socrates)"),
    "somebody": ("(not (likes y x))", "(not (likes x y))"),
}


def load(name: str) -> tuple[str, str]:
    return (FOLDER / f"{name}.smt2").read_text(), (FOLDER / f"{name}.alethe").read_text()


def confirmed(script: str, proof: str) -> bool:
    try:
        check_proof(script, proof, Budget(5.0))
    except (RefutedError, NotCheckableError):
        return False
    return True


def weakened(name: str) -> str:
    script, _ = load(name)
    before, after = WEAKENED[name]
    assert before in script
    return script.replace(before, after)


@pytest.mark.parametrize("name", NAMES)
def test_a_true_proof_is_confirmed_and_assumes_nothing(name: str) -> None:
    script, proof = load(name)
    words, assumptions = check_proof(script, proof, Budget())
    assert "contradict" in words
    assert assumptions == ()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_the_certificate_is_checked_by(name: str) -> None:
    script, proof = load(name)
    job = Job(Program(Language.SMT, script))
    report = check_certificate(Certificate(job, Unsatisfiable(), Proof(proof)))
    assert report.result is CheckResult.CONFIRMED
    assert report.certified
    report = check_certificate(Certificate(job, Unsatisfiable(), Proof(proof.replace("(cl)", "(cl false)"))))
    assert report.result is CheckResult.REFUTED


@pytest.mark.parametrize("name", NAMES)
def test_the_proof_of_another_script_is_refused(name: str) -> None:
    script, _ = load(name)
    for other in NAMES:
        assert confirmed(script, load(other)[1]) is (other == name)


@pytest.mark.parametrize("name", NAMES)
def test_each_assertion_that_a_proof_uses_is_needed(name: str) -> None:
    script, proof = load(name)
    for line in script.splitlines():
        if line.startswith("(assert"):
            with pytest.raises((RefutedError, NotCheckableError)):
                check_proof(script.replace(line, ""), proof, Budget())


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_script_is_refused(name: str) -> None:
    script, proof = load(name)
    for mutant in mutants(script, random.Random(1), ["0", "1", "7", "true", "x", "a", "not", "or", "<", "Int"]):
        if confirmed(mutant, proof):
            # What is asserted has to be the same: only the commands that have no part in it may differ.
            assert sorted(assertions(mutant)) == sorted(assertions(script))


def assertions(script: str) -> list[str]:
    return [line for line in script.splitlines() if line.startswith("(assert")]


def mutants(text: str, dice: random.Random, others: list[str]) -> Iterator[str]:
    """The text with each token changed in turn: to another of the same text, to one of `others`, or left out."""
    tokens = TOKEN.split(text)
    places = [index for index, token in enumerate(tokens) if token.strip()]
    words = sorted({tokens[index] for index in places})
    for index in places:
        new = dice.choice([dice.choice(words), dice.choice(others), ""])
        if new != tokens[index]:
            yield "".join([*tokens[:index], new, *tokens[index + 1 :]])


def proof_mutants(name: str) -> Iterator[str]:
    """Every token, every number and every line of a proof, changed."""
    _, proof = load(name)
    others = ["0", "1", "-1", "1/2", "(cl)", "a0", "t0", "t1", "@p_1", "@p_2", "not", "or", "and", "true", "false"]
    rules = ["resolution", "or", "and", "cong", "trans", "refl", "la_generic", "evaluate", "rare_rewrite", "hole"]
    dice = random.Random(2)
    yield from mutants(proof, dice, others + rules)
    lines = proof.splitlines()
    for index, line in enumerate(lines):
        yield "\n".join(lines[:index] + lines[index + 1 :])
        yield "\n".join([*lines[: index + 1], *lines[index:]])
        numbers = list(re.finditer(r"\d+", line))
        for match in dice.sample(numbers, min(2, len(numbers))):
            changed = f"{line[: match.start()]}{int(match[0]) + 1}{line[match.end() :]}"
            yield "\n".join([*lines[:index], changed, *lines[index + 1 :]])


@pytest.mark.parametrize("name", NAMES)
def test_no_change_of_a_proof_makes_it_one_of_a_script_that_can_be_satisfied(name: str) -> None:
    script = weakened(name)
    assert not any(confirmed(script, proof) for proof in proof_mutants(name))


@pytest.mark.parametrize("name", NAMES)
def test_no_change_of_a_proof_and_its_assumptions_together_does_either(name: str) -> None:
    """The proof is changed as the script is, so that what it assumes is asserted."""
    script, proof = load(name)
    before, after = WEAKENED[name]
    there, then = set(TOKEN.findall(before)), set(TOKEN.findall(after))
    old, new = there - then, then - there
    for first in old or {"y"}:
        for second in new or {"x"}:
            swapped = "".join(second if token == first else token for token in TOKEN.split(proof))
            assert not confirmed(weakened(name), swapped)
            lines = [
                "".join(second if token == first else token for token in TOKEN.split(line))
                if line.startswith("(assume a")
                else line
                for line in proof.splitlines()
            ]
            assert not confirmed(weakened(name), "\n".join(lines))
    assert confirmed(script, proof)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_changed_in_a_proof_is_refused_or_did_not_matter(name: str) -> None:
    """A change that is accepted did not touch what is assumed, and the steps still lead to the empty clause.

    Such are: a rule named instead of another that says as much, arguments that the checker finds out for itself, a
    premise that is not needed, the same premise by another name, a name that nothing refers to.
    """
    script, proof = load(name)
    kept = assumed(proof)
    accepted = total = 0
    for mutant in proof_mutants(name):
        total += 1
        if confirmed(script, mutant):
            accepted += 1
            assert set(assumed(mutant)) <= set(kept)
            assert ":rule hole" not in mutant
    assert accepted < total * 0.05


def assumed(proof: str) -> list[str]:
    """The formulas that a proof assumes, without the names that it gives to parts of them."""
    lines = [line for line in proof.splitlines() if re.match(r"\(assume a\d+ ", line)]
    return [re.sub(r":named [^\s()]*", "", line) for line in lines]


@pytest.mark.parametrize("name", NAMES)
def test_a_step_left_out_is_missed(name: str) -> None:
    script, proof = load(name)
    lines = proof.splitlines()
    names = [match[1] for line in lines if (match := re.match(r"\(step (\S+)", line))]
    for step in names:
        referred = re.compile(rf":premises \([^)]*(?<![\w.]){re.escape(step)}(?![\w.])")
        if any(referred.search(line) for line in lines):
            shorter = [line for line in lines if not line.startswith(f"(step {step} ")]
            # A premise that is gone is never passed over.
            assert not confirmed(script, "\n".join(shorter))


def test_an_assumption_that_the_script_does_not_make_is_refuted() -> None:
    with pytest.raises(RefutedError, match="does not assert"):
        check_proof(
            "(declare-const p Bool)\n(check-sat)", "(assume a0 false)\n(step t (cl) :rule resolution)", Budget()
        )


def test_notation_may_differ_and_nothing_else() -> None:
    script = (
        "(declare-const x Real)\n(define-fun low () Real (- 2))\n(define-fun twice ((v Real)) Real (* v 2))\n"
        "(assert (! (let ((y (twice x))) (< low y 3 5)) :named a))\n(assert (not (< (* x 2.0) 3.0)))\n(check-sat)"
    )
    end = (
        "(step t0 (cl (< (* x 2/1) 3/1)) :rule and :premises (a0) :args (1))"
        "(step t (cl) :rule resolution :premises (t0 a1))"
    )
    first = "(assume a0 (and (< -2/1 (* x 2/1)) (< (* x 2/1) 3/1) (< 3/1 5/1)))"
    second = "(assume a1 (not (< (* x 2/1) 3/1)))"
    assert confirmed(script, first + second + end)
    assert not confirmed(script, first.replace("5/1", "6/1") + second + end)
    assert not confirmed(script, first.replace("-2/1", "2/1") + second + end)
    assert not confirmed(script, first.replace("(* x 2/1) 3/1", "(* 2/1 x) 3/1", 1) + second + end)


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ("", "empty clause"),
        ("()", "empty clause"),
        ("(assume a0 p)", "empty clause"),
        ("(assume a0 p)(step t (cl (not p)) :rule hole)(step u (cl) :rule resolution :premises (a0 t))", "hole"),
        ("(step t (cl) :rule resolution :premises (a7))", "no premise a7"),
        ("(step t (cl) :rule resolution :premises (t))", "no premise t"),
        ("(step t (cl))", "names no rule"),
        ("(assume a0 p)(assume a0 p)", "two steps a0"),
        ("(anchor :step t1)(assume t1.a0 false)(step t1.t0 (cl) :rule false)", "does not follow"),
        (
            "(anchor :step t1)(assume t1.a0 false)(step t1.t0 (cl) :rule resolution :premises (t1.a0))",
            "within a subproof",
        ),
        (
            "(anchor :step t1)(assume t1.a0 false)(step t1.t0 (cl) :rule resolution :premises (t1.a0))"
            "(step t1 (cl) :rule subproof :discharge (t1.a0))",
            "does not show",
        ),
        (
            "(anchor :step t1)(assume t1.a0 false)(step t1.t0 (cl) :rule resolution :premises (t1.a0))"
            "(step t1 (cl (not false)) :rule subproof :discharge (t1.a0))"
            "(step t2 (cl) :rule resolution :premises (t1.t0))",
            "no premise t1.t0",
        ),
        (
            "(anchor :step t1 :args ((z Int) (:= (z Int) z)))(assume t1.a0 (= z 1))"
            "(step t1 (cl (= (forall ((z Int)) p) p)) :rule bind)",
            "among variables",
        ),
        ("(step t (cl (= z z)) :rule refl)", "not declared"),
        ("(step t (cl (exists ((z Int)) q)) :rule true)", "not declared"),
        ("(step t (cl (! p :named p)) :rule true)", "given twice"),
        ("(step t (cl (! p :named and)) :rule true)", "meaning already"),
        ("(step t (cl (and p n)) :rule true)", "takes a Bool"),
        ("(step t (cl n) :rule true)", "no formula"),
        ("(define-fun f () Bool true)", "such a command"),
        ("(step t (cl (= 1/0 1/0)) :rule refl)", "no number"),
        ("(step t (cl (= 1 " + "9" * 3000 + ")) :rule refl)", "longer"),
        ("(step t (cl (= 1 (choice ((z Int) (w Int)) p))) :rule refl)", "one variable"),
        ("(((((", "missing"),
        (")", "closes nothing"),
        ("(step t (cl " + "(not " * 5000 + "p" + ")" * 5000 + ") :rule true)", "deeper"),
        ("(anchor :step t)" * 500, "deeper"),
    ],
)
def test_what_is_no_proof_is_refused_with_a_reason(proof: str, reason: str) -> None:
    with pytest.raises((RefutedError, NotCheckableError), match=reason):
        check_proof("(declare-const p Bool)(declare-const n Int)(assert p)(check-sat)", proof, Budget())


@pytest.mark.parametrize(
    "script",
    [
        "",
        "(assert false)",
        "(assert false)(check-sat)(check-sat)",
        "(assert false)(check-sat)(assert true)",
        "(check-sat-assuming (false))",
        "(assert false)(reset)(check-sat)",
        "(push 1)(assert false)(pop 1)(check-sat)",
        "(pop 1)(assert false)(check-sat)",
        "(assert true)(exit)(assert false)(check-sat)",
        "(define-fun false () Bool true)(assert false)(check-sat)",
        "(declare-const false Bool)(assert false)(check-sat)",
        "(assert (! true :named false))(assert false)(check-sat)",
        "(assert (let ((false true)) false))(check-sat)",
        "(define-fun-rec f ((n Int)) Bool false)(assert (f 1))(check-sat)",
        "(define-fun-rec f ((n Int)) Bool (f (+ n 1)))(assert (f 1))(assert false)(check-sat)",
        "(assert (forall ((false Bool)) false))(check-sat)",
        "(declare-const a (Array Int Bool))(assert (select a 1))(assert false)(check-sat)",
        "(forall ((n Int)) false)(assert false)(check-sat)",
        '(assert (= "a" "b"))(assert false)(check-sat)',
        "(assert false)(check-sat",
        "(assert #|false|#)(check-sat)",
    ],
)
def test_a_script_that_is_not_read_to_the_letter_is_not_checked(script: str) -> None:
    with pytest.raises((NotCheckableError, RefutedError)):
        check_proof(script, "(assume a0 false)(step t (cl) :rule resolution :premises (a0))", Budget())


SUBSTITUTIONS = [
    # A variable that stands for a term must not leave its subproof with that value.
    (
        "(anchor :step t1 :args ((z Int) (:= (w Int) z)))(step t1.t0 (cl (= w z)) :rule refl)"
        "(step t1 (cl (= (forall ((w Int)) (= w 1)) (forall ((z Int)) (= z 2)))) :rule bind)"
    ),
    (
        "(anchor :step t1 :args ((:= (z Int) 1)))(step t1.t0 (cl (= (= z 1) true)) :rule refl)"
        "(step t1 (cl (= (forall ((z Int)) (= z 1)) true)) :rule onepoint)"
    ),
    (
        "(anchor :step t1 :args ((:= (z Int) 1)))(step t1.t0 (cl (= (= z 1) (= 1 1))) :rule refl)"
        "(step t1 (cl (= (forall ((z Int)) (= z 1)) (= 1 1))) :rule onepoint)"
    ),
    (
        "(anchor :step t1 :args ((:= (z Int) 1)))(step t1.t0 (cl (= (= z 1) (= 1 1))) :rule refl)"
        "(step t1 (cl (= (forall ((z Int)) (= z 1)) (= 1 1))) :rule sko_forall)"
    ),
    (
        "(anchor :step t1 :args ((:= (z Int) (choice ((z Int)) (= z 2)))))"
        "(step t1.t0 (cl (= (not (= z 2)) (not (= (choice ((z Int)) (= z 2)) 2)))) :rule refl)"
        "(step t1 (cl (= (exists ((z Int)) (not (= z 2))) (not (= (choice ((z Int)) (= z 2)) 2)))) :rule sko_ex)"
    ),
    (
        "(anchor :step t1 :args ((z Int) (:= (z Int) z)))"
        "(anchor :step t1.t0 :args ((z Int) (:= (z Int) z)))"
        "(step t1.t0.t0 (cl (= z z)) :rule refl)(step t1.t0 (cl (= z z)) :rule bind)(step t1 (cl false) :rule bind)"
    ),
    "(anchor :step t1 :args ((:= (z Int) (+ z 1))))(step t1.t0 (cl (= z (+ z 1))) :rule refl)",
    "(anchor :step t1 :args ((:= (z Int) w) (:= (w Int) (+ z 1))))(step t1.t0 (cl (= z (+ z 1))) :rule refl)",
]


@pytest.mark.parametrize("proof", SUBSTITUTIONS)
def test_variables_that_stand_for_terms_prove_nothing_false(proof: str) -> None:
    with pytest.raises((RefutedError, NotCheckableError)):
        check_proof("(assert true)(check-sat)", proof + "(step u (cl) :rule resolution :premises (t1))", Budget())


EACH = "(forall ((x Int)) (exists ((x Int)) (< x x)))"
NONE_IS_BELOW_ITSELF = f"""(assume a0 {EACH})
(step t0 (cl (or (not {EACH}) (exists ((x Int)) (< x x)))) :rule forall_inst :args (0))
(anchor :step t1 :args ((x Int) (:= (x Int) x)))
(step t1.t (cl (= (not (< x x)) true)) :rule comp_simplify)
(step t1 (cl (= (forall ((x Int)) (not (< x x))) (forall ((x Int)) true))) :rule bind)
(step t2 (cl (= (forall ((x Int)) true) true)) :rule qnt_rm_unused)
(step t (cl) :rule resolution :premises (a0 t0 t1 t2))"""


def test_a_variable_behind_a_let_or_a_label_is_not_the_one_bound_within() -> None:
    assert confirmed(f"(assert {EACH})(check-sat)", NONE_IS_BELOW_ITSELF)
    for script in (
        "(assert (forall ((x Int)) (let ((y x)) (exists ((x Int)) (< y x)))))(check-sat)",
        "(define-fun f ((x Int)) Bool(let ((y x)) (exists ((x Int)) (< y x))))(assert (f 0))(check-sat)",
        "(define-fun f ((y Int)) Bool (exists ((x Int)) (< y x)))(assert (forall ((x Int)) (f x)))(check-sat)",
    ):
        with pytest.raises(NotCheckableError, match=r"captur|called x"):
            check_proof(script, NONE_IS_BELOW_ITSELF, Budget())


def test_random_proofs_of_what_can_be_satisfied_fail() -> None:
    """Steps of real proofs, in random order and with random premises, never add up to a contradiction that is none."""
    dice = random.Random(3)
    script = (
        "(declare-const p Bool)(declare-const q Bool)(declare-const n Int)(assert (or p q))(assert (> n 2))(check-sat)"
    )
    atoms = [
        "p",
        "q",
        "(not p)",
        "(not q)",
        "(or p q)",
        "(not (or p q))",
        "(> n 2)",
        "(<= n 2)",
        "(< n 5)",
        "(and p q)",
    ]
    atoms += ["(= p q)", "(not (= p q))", "(=> p q)", "(= n 3)", "(not (= n 3))", "true", "false", "(xor p q)"]
    rules = ["resolution", "or", "or_pos", "or_neg", "and_pos", "and_neg", "equiv_pos1", "equiv_pos2", "implies_neg1"]
    rules += ["la_generic", "evaluate", "rare_rewrite", "comp_simplify", "equiv1", "implies", "contraction", "false"]
    for _ in range(1500):
        lines = ["(assume a0 (or p q))", "(assume a1 (> n 2))"]
        names = ["a0", "a1"]
        for number in range(6):
            clause = " ".join(dice.choices(atoms, k=dice.randrange(3)))
            premises = " ".join(dice.choices(names, k=dice.randrange(3)))
            lines.append(
                f"(step t{number} (cl {clause}) :rule {dice.choice(rules)} :premises ({premises}) :args (1 1))"
            )
            names.append(f"t{number}")
        lines.append(f"(step t (cl) :rule resolution :premises ({' '.join(names)}))")
        assert not confirmed(script, "\n".join(lines))


@pytest.mark.parametrize(
    "proof",
    [
        "(step t (cl (= " + "(* " * 60 + "x" + " (+ x 1))" * 60 + " 0)) :rule poly_simp)",
        "(step t (cl (= (+ " + " ".join(f"(* x {n} x)" for n in range(20_000)) + ") 0)) :rule poly_simp)",
        "".join(f"(assume a{n} p)" for n in range(50_000)),
        "(step t (cl " + "p " * 200_000 + ") :rule true)",
        "(step t (cl (= " + "(* " + "99999999999999999999 " * 2000 + ") 0)) :rule evaluate)",
        "(step t0 (cl (! (or p p) :named @0)) :rule true)"
        + "".join(f"(step t{n + 1} (cl (! (or @{n} @{n}) :named @{n + 1})) :rule true)" for n in range(95)),
        "(step t (cl "
        + "".join(f"(! (and {'p' if n == 0 else f'@{n - 1} @{n - 1}'} p) :named @{n}) " for n in range(90))
        + ") :rule and_pos)",
        "(" * 900_000,
        "a" * 900_000,
        "(step t (cl (= " + "(let ((y x)) " * 99 + "y" + ")" * 99 + " x)) :rule refl)",
    ],
    ids=["product", "sum", "assumptions", "literals", "number", "doubling", "shared", "open", "symbol", "lets"],
)
def test_a_proof_that_is_made_to_be_slow_keeps_to_the_limit(proof: str) -> None:
    began = time.process_time()
    with pytest.raises((RefutedError, NotCheckableError)):
        check_proof("(declare-const p Bool)(declare-const x Int)(assert p)(check-sat)", proof, Budget(1.0))
    assert time.process_time() - began < 3
