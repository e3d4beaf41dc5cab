"""The rules of a proof, one line for what each says. A rule that is not here is not known, and its step not accepted.

A step claims that its clause holds whenever its premises do, the assertions hold, and so do the assumptions of the
subproofs that it stands in, whatever the values of variables. How that is seen to be so does not matter: most rules are
cases of propositional logic and comparisons, and `consequence` decides those from premises and clause alone.

Source: "The Alethe Proof Format", "List of Proof Rules"; cvc5 1.4 for `rare_rewrite`, `evaluate` and arithmetic.
"""

from collections.abc import Sequence
from fractions import Fraction

from solvers.checking.budget import NotCheckableError, RefutedError
from solvers.checking.smt.arithmetic import farkas
from solvers.checking.smt.consequence import Clause, follows, literal, resolves
from solvers.checking.smt.inference import Context, Inference, Rule
from solvers.checking.smt.rules_quantifiers import QUANTIFIERS, equation_of
from solvers.checking.smt.terms import INT, REAL, Term, shown
from solvers.smt.sexpr import Sexpr, Token

CLAUSAL = {
    "resolution": "from clauses with opposite literals, the rest of both; many at once",
    "th_resolution": "the same, in a lemma of a theory",
    "contraction": "a literal that stands twice, once",
    "reordering": "literals in another order",
    "weakening": "more literals",
    "or": "from (or a b), the clause a, b",
    "not_not": "not not not a, or a",
    "true": "true",
    "false": "not false",
}
"""Literals are opaque, but for negations; `or` has its own look at its premise."""

PROPOSITIONAL = {
    "and": "from (and a b), a",
    "and_intro": "from a and b, (and a b)",
    "and_pos": "not (and a b), or a",
    "and_neg": "(and a b), or not a, or not b",
    "not_and": "from not (and a b): not a, or not b",
    "or_pos": "not (or a b), or a, or b",
    "or_neg": "(or a b), or not a",
    "not_or": "from not (or a b), not a",
    "implies": "from (=> a b): not a, or b",
    "implies_pos": "not (=> a b), or not a, or b",
    "implies_neg1": "(=> a b), or a",
    "implies_neg2": "(=> a b), or not b",
    "not_implies1": "from not (=> a b), a",
    "not_implies2": "from not (=> a b), not b",
    "equiv_pos1": "not (= a b), or a, or not b",
    "equiv_pos2": "not (= a b), or not a, or b",
    "equiv_neg1": "(= a b), or not a, or not b",
    "equiv_neg2": "(= a b), or a, or b",
    "equiv1": "from (= a b): not a, or b",
    "equiv2": "from (= a b): a, or not b",
    "not_equiv1": "from not (= a b): a, or b",
    "not_equiv2": "from not (= a b): not a, or not b",
    "xor1": "from (xor a b): a, or b",
    "xor2": "from (xor a b): not a, or not b",
    "not_xor1": "from not (xor a b): a, or not b",
    "not_xor2": "from not (xor a b): not a, or b",
    "xor_pos1": "not (xor a b), or a, or b",
    "xor_pos2": "not (xor a b), or not a, or not b",
    "xor_neg1": "(xor a b), or a, or not b",
    "xor_neg2": "(xor a b), or not a, or b",
    "ite1": "from (ite c a b): c, or b",
    "ite2": "from (ite c a b): not c, or a",
    "not_ite1": "from not (ite c a b): c, or not b",
    "not_ite2": "from not (ite c a b): not c, or not a",
    "ite_pos1": "not (ite c a b), or c, or b",
    "ite_pos2": "not (ite c a b), or not c, or a",
    "ite_neg1": "(ite c a b), or c, or not b",
    "ite_neg2": "(ite c a b), or not c, or not a",
    "and_simplify": "a conjunction equals one without true, doubles; false if it holds false or opposites",
    "or_simplify": "a disjunction equals one without false, doubles; true if it holds true or opposites",
    "not_simplify": "not true is false, not false is true, not not a is a",
    "implies_simplify": "(=> a false) is not a, (=> true a) is a, and their like",
    "equiv_simplify": "(= a true) is a, (= a false) is not a, and their like",
    "bool_simplify": "laws of De Morgan and their like",
    "ite_simplify": "(ite true a b) is a, and their like",
    "ac_simp": "nested conjunctions or disjunctions are flat ones without doubles",
    "aci_simp": "the same, without neutral elements",
    "connective_def": "what =, xor, ite and exists say in terms of the others",
    "equality_resolution": "as resolution, up to propositional logic",
}
"""Decided by propositional logic alone: a step that is not right is wrong."""

THEORY = {
    "refl": "t = t; under a context, also t = t with its variables replaced",
    "symm": "from a = b, b = a",
    "not_symm": "from not a = b, not b = a",
    "eq_symmetric": "a = b is b = a",
    "eq_simplify": "t = t is true; a = b of different numbers is false",
    "distinct_elim": "(distinct a b c) says that no two are equal",
    "comp_simplify": "comparisons of numbers in terms of <=",
    "la_disequality": "a = b, or not a <= b, or not b <= a",
    "la_totality": "a <= b, or b <= a",
    "la_rw_eq": "a = b is a <= b and b <= a",
    "la_tautology": "a comparison that is always true",
    "poly_simp": "two polynomials that are the same",
    "poly_simp_rel": "two comparisons whose differences are multiples of each other",
    "sum_simplify": "two sums that are the same",
    "prod_simplify": "two products that are the same",
    "minus_simplify": "two differences that are the same",
    "unary_minus_simplify": "- - t is t",
    "div_simplify": "quotients of numbers",
    "evaluate": "a term without symbols, and its value",
    "rare_rewrite": "an equation of cvc5's list, whichever it names",
    "all_simplify": "an equation by any simplification",
}
"""Looked at as propositional logic with equalities and bounds. What does not show that way is not known to be wrong."""


def consequence(step: Inference, context: Context) -> bool:
    return follows(step.premises, step.clause, context.terms, context.arithmetic)


def clausal(step: Inference, context: Context) -> bool:
    if resolves(step.premises, step.clause, context.terms):
        return True
    return consequence(step, context)


def reflexivity(step: Inference, context: Context) -> bool:
    """(= a b) where both are the same once the variables of the context stand for their values."""
    sides = equation_of(step.clause)
    if sides is None:
        return False
    left, right = (context.terms.substitute(side, context.values) for side in sides)
    return left is right or consequence(step, context)


def transitivity(step: Inference, context: Context) -> bool:
    """From (= a b) and (= b c), (= a c)."""
    sides = equation_of(step.clause)
    links = [equation_of(premise) for premise in step.premises]
    if sides is None or not links:
        return False
    return _connected(sides, [link for link in links if link is not None], context)


def eq_transitive(step: Inference, context: Context) -> bool:
    """Not (= a b), or not (= b c), or (= a c)."""
    return any(
        _connected((atom.args[0], atom.args[1]), _denied_equations(step.clause), context)
        for atom, positive in map(literal, step.clause)
        if positive and atom.op == "="
    )


def congruence(step: Inference, context: Context) -> bool:
    """From (= a b), (= (f a) (f b)): the same function of arguments that are the same or equal by a premise."""
    sides = equation_of(step.clause)
    links = [link for link in map(equation_of, step.premises) if link is not None]
    return sides is not None and (_congruent(*sides, links, context) or consequence(step, context))


def eq_congruent(step: Inference, context: Context) -> bool:
    """Not (= a b), or (= (f a) (f b)); of a predicate: not (= a b), or not (p a), or (p b)."""
    links = _denied_equations(step.clause)
    literals = [literal(term) for term in step.clause]
    equal = [atom for atom, positive in literals if positive and atom.op == "="]
    if any(_congruent(atom.args[0], atom.args[1], links, context) for atom in equal):
        return True
    held = [atom for atom, positive in literals if positive]
    denied = [atom for atom, positive in literals if not positive]
    return any(_congruent(first, second, links, context) for first in denied for second in held)


def la_generic(step: Inference, context: Context) -> bool:
    """Comparisons of which one holds: the opposites, multiplied by the arguments and added up, contradict."""
    literals = [literal(term) for term in step.clause]
    if len(step.args) != len(literals) or any(not context.arithmetic.is_comparison(atom) for atom, _ in literals):
        return False
    multipliers = []
    for arg in step.args:
        value = context.term(arg)
        if value.op != "literal" or value.sort not in {INT, REAL}:
            return False
        multipliers.append(Fraction(value.data))
    opposites = [(atom, not positive) for atom, positive in literals]
    return farkas(context.arithmetic, opposites, multipliers)


def la_mult(step: Inference, context: Context) -> bool:
    """If m > 0 and l < r, then m l < m r; with m < 0 the other way round; with <=, >, >= and = likewise."""
    implication = step.clause[0] if len(step.clause) == 1 else context.terms.true
    match implication.op, implication.args:
        case "=>", (premise, conclusion) if premise.op == "and" and len(premise.args) == 2:
            sign, relation = premise.args
        case _:
            return False
    arithmetic = context.arithmetic
    if not all(arithmetic.is_comparison(atom) for atom in (sign, relation, conclusion)):
        return False
    if arithmetic.constant(sign.args[1]) != 0 or sign.op not in {"<", ">"}:
        return False
    mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
    if conclusion.op != (relation.op if sign.op == ">" else mirrored[relation.op]):
        return False
    product = arithmetic.product(arithmetic.polynomial(sign.args[0]), arithmetic.difference(*relation.args))
    return product == arithmetic.difference(*conclusion.args)


def div_intro(step: Inference, context: Context) -> bool:
    """d q <= x < d (q + 1), where q is (div x d), d a number above 0; q is (to_int x), and d is 1."""
    formula = step.clause[0] if len(step.clause) == 1 else context.terms.true
    if formula.op != "and" or len(formula.args) != 2:
        return False
    upper = formula.args[1]
    if upper.op != "<":
        return False
    terms, arithmetic = context.terms, context.arithmetic
    value, stack = upper.args[0], [upper.args[1]]
    while stack:
        term = stack.pop()
        terms.budget.spend()
        stack += term.args
        divisor = terms.number(1, value.sort)
        if term.op == "div" and (term.args[0] is value or terms.fitted(term.args[0], value.sort) is value):
            divisor = term.args[1]
        elif term.op != "to_int" or term.args[0] is not terms.fitted(value, REAL):
            continue
        number = arithmetic.constant(divisor)
        if number is not None and number > 0:
            low = terms.make("*", (divisor, term))
            high = terms.make("*", (divisor, terms.make("+", (term, terms.number(1, INT)))))
            right = terms.make("and", (terms.make("<=", (low, value)), terms.make("<", (value, high))))
            if follows([(right,)], (formula,), terms, arithmetic):
                return True
    return False


def rewrite(step: Inference, context: Context) -> bool:
    """An equation of cvc5's list: by propositional logic and bounds, or as one of those below."""
    if consequence(step, context):
        return True
    match step.args:
        case [Token(text='"ite-eq"'), *_]:
            return _ite_equals_its_branch(step.clause, context)
    return False


def _ite_equals_its_branch(clause: Clause, context: Context) -> bool:
    """(ite c (= (ite c a b) a) (= (ite c a b) b)) is true."""
    sides = equation_of(clause)
    if sides is None or sides[1] is not context.terms.true or sides[0].op != "ite":
        return False
    condition, first, second = sides[0].args
    for index, equation in ((1, first), (2, second)):
        if equation.op != "=":
            return False
        left, right = equation.args
        if left.op != "ite" or left.args[0] is not condition or left.args[index] is not right:
            return False
    return True


def _denied_equations(clause: Clause) -> list[tuple[Term, Term]]:
    return [(atom.args[0], atom.args[1]) for atom, positive in map(literal, clause) if not positive and atom.op == "="]


def _connected(sides: tuple[Term, Term], links: Sequence[tuple[Term, Term]], context: Context) -> bool:
    """Whether a chain of equations leads from one side to the other."""
    reached = {sides[0]}
    growing = True
    while growing and sides[1] not in reached:
        growing = False
        for left, right in links:
            context.terms.budget.spend()
            if (left in reached) != (right in reached):
                reached |= {left, right}
                growing = True
    return sides[1] in reached


def _congruent(left: Term, right: Term, links: Sequence[tuple[Term, Term]], context: Context) -> bool:
    if left is right:
        return True
    if (left.op, left.data, left.sort) != (right.op, right.data, right.sort) or left.bound or not left.args:
        return False
    if len(left.args) != len(right.args):
        return False
    context.terms.budget.spend(len(left.args) + len(links))
    equal = set(links)
    return all(a is b or (a, b) in equal or (b, a) in equal for a, b in zip(left.args, right.args, strict=True))


RULES: dict[str, Rule] = {
    **QUANTIFIERS,
    **dict.fromkeys(CLAUSAL, clausal),
    **dict.fromkeys(PROPOSITIONAL, consequence),
    **dict.fromkeys(THEORY, consequence),
    "refl": reflexivity,
    "trans": transitivity,
    "eq_transitive": eq_transitive,
    "cong": congruence,
    "eq_congruent": eq_congruent,
    "eq_congruent_pred": eq_congruent,
    "la_generic": la_generic,
    "la_mult_pos": la_mult,
    "la_mult_neg": la_mult,
    "div_intro": div_intro,
    "rare_rewrite": rewrite,
}

_INCOMPLETE = (THEORY.keys() - {"symm", "not_symm", "poly_simp"}) | {"div_intro", "la_mult_pos", "la_mult_neg"}


def _rewrite_named(args: Sequence[Sexpr]) -> str:
    return args[0].text[:40] if args and isinstance(args[0], Token) else ""


def check_inference(step: Inference, context: Context) -> None:
    """Raises `RefutedError` for a step that is wrong, `NotCheckableError` for one that is not known to be right."""
    rule = RULES.get(step.rule)
    named = step.rule if step.rule != "rare_rewrite" else f"rare_rewrite {_rewrite_named(step.args)}"
    if rule is None:
        raise NotCheckableError(f"the checker does not know the rule {named}")
    if rule(step, context):
        return
    clause = " ".join(shown(term) for term in step.clause[:10])
    message = f"by {named} this does not follow: (cl {clause})"
    if step.rule in _INCOMPLETE:
        raise NotCheckableError(f"{message}, as far as the checker sees")
    raise RefutedError(message)
