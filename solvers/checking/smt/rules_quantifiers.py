"""Rules about quantifiers: those of single steps, and those that end a subproof with variables of its own.

In such a subproof a clause holds whatever the new variables are; where one stands for a term, whenever it equals it.
"""

from collections.abc import Callable, Mapping, Sequence

from solvers.checking.budget import Budget
from solvers.checking.smt.alethe import Anchor
from solvers.checking.smt.consequence import Clause, literal
from solvers.checking.smt.inference import Context, Inference, Rule
from solvers.checking.smt.normal import NormalTerms, flattened
from solvers.checking.smt.terms import Term

_QUANTIFIERS = frozenset({"forall", "exists"})


def forall_inst(step: Inference, context: Context) -> bool:
    """Not (forall (x) F), or F with the arguments for the variables."""
    clause = step.clause
    if len(clause) == 1 and clause[0].op == "or":
        clause = clause[0].args
    if len(clause) != 2:
        return False
    denied, instance = clause
    atom, positive = literal(denied)
    if positive or atom.op != "forall" or len(step.args) != len(atom.bound):
        return False
    values = {}
    for variable, arg in zip(atom.bound, step.args, strict=True):
        values[variable] = context.terms.fitted(context.term(arg), variable.sort)
    return context.terms.substitute(atom.args[0], values) is instance


def quantifier_prefix(step: Inference, context: Context) -> bool:
    """Nested quantifiers of one kind are one; a variable that does not occur is left out."""
    sides = equation_of(step.clause)
    return sides is not None and _same_but_for_prefix(*sides, context.terms.budget)


def _same_but_for_prefix(left: Term, right: Term, budget: Budget) -> bool:
    return any(_prefix(left, op, budget) == _prefix(right, op, budget) for op in _QUANTIFIERS)


def _prefix(term: Term, op: str, budget: Budget) -> tuple[frozenset[Term], Term]:
    """The variables in front that matter, and what stands behind. Every sort has a value, so the others do not."""
    bound: set[Term] = set()
    while term.op == op:
        budget.spend(1 + len(term.bound))
        bound |= set(term.bound)
        term = term.args[0]
    return frozenset(bound & term.free), term


def miniscope_distribute(step: Inference, context: Context) -> bool:
    """(forall (x) (and F G)) is (and (forall (x) F) (forall (x) G)); exists and or likewise."""
    sides = equation_of(step.clause)
    if sides is None:
        return False
    terms = context.terms
    for whole, parts in (sides, sides[::-1]):
        connective = {"forall": "and", "exists": "or"}.get(whole.op)
        if connective is None or whole.args[0].op != connective or parts.op != connective:
            continue
        inner = whole.args[0].args
        if len(inner) == len(parts.args) and all(
            _same_but_for_prefix(terms.bind(whole.op, whole.bound, one), part, terms.budget)
            for one, part in zip(inner, parts.args, strict=True)
        ):
            return True
    return False


def miniscope_split(step: Inference, context: Context) -> bool:
    """(forall (x y) (or F G)) is (or (forall (x) F) (forall (y) G)) if no variable occurs in both parts; exists and
    and likewise.
    """
    sides = equation_of(step.clause)
    if sides is None:
        return False
    return any(_is_split(whole, parts, context.terms.budget) for whole, parts in (sides, sides[::-1]))


def _is_split(whole: Term, parts: Term, budget: Budget) -> bool:
    connective = {"forall": "or", "exists": "and"}.get(whole.op)
    if connective is None:
        return False
    variables = set(whole.bound)
    disjuncts = set(flattened(connective, whole.args[0], budget))
    covered: set[Term] = set()
    used: set[Term] = set()
    for part in parts.args if parts.op == connective else (parts,):
        bound: set[Term] = set()
        found = [part]
        if part not in disjuncts:
            # Some of them, behind a quantifier over some of the variables.
            body = part
            if part.op == whole.op and variables.issuperset(part.bound):
                bound, body = set(part.bound), part.args[0]
            found = flattened(connective, body, budget)
        free = {variable for disjunct in found for variable in disjunct.free if variable in variables}
        budget.spend(len(found) + len(free))
        if not free <= bound or free & used:
            return False
        used |= free
        covered |= set(found)
    return covered == disjuncts


QUANTIFIERS: dict[str, Rule] = {
    "forall_inst": forall_inst,
    "qnt_join": quantifier_prefix,
    "qnt_rm_unused": quantifier_prefix,
    "miniscope_distribute": miniscope_distribute,
    "miniscope_split": miniscope_split,
}

Closing = Callable[[Anchor, Clause, Clause, NormalTerms], bool]
"""Whether a subproof that ends with the first clause shows the second."""


def bind(anchor: Anchor, last: Clause, clause: Clause, terms: NormalTerms) -> bool:
    """From (= F G) for every x, (= (forall (x) F) (forall (x) G)); exists and choice likewise.

    The variables may have other names on the right, if those on the left stand for them.
    """
    inner, outer = equation_of(last), equation_of(clause)
    if inner is None or outer is None:
        return False
    left, right = outer
    if left.op != right.op or not left.bound or len(left.bound) != len(right.bound):
        return False
    terms.budget.spend(len(left.bound))
    # A variable that stands for anything but its partner would leave (= F G) shown for that one value only.
    partners = dict(zip(left.bound, right.bound, strict=True))
    if any(partners.get(old) is not new for old, new in anchor.values.items()):
        return False
    for old, new in partners.items():
        if new not in anchor.variables:
            return False
        if old is not new and (anchor.values.get(old) is not new or new in left.args[0].free):
            return False
    return (left.args[0], right.args[0]) == inner


def onepoint(anchor: Anchor, last: Clause, clause: Clause, terms: NormalTerms) -> bool:
    """From (= F G) where x stands for t: (= (forall (x) F) G), if F holds wherever x is not t. exists likewise."""
    found = _point(anchor, last, clause)
    if found is None:
        return False
    quantified, variable, value = found
    equations = {terms.make("=", (variable, value)), terms.make("=", (value, variable))}
    body = quantified.args[0]
    if quantified.op == "forall":
        parts = map(literal, _disjuncts(body, terms))
        return any(not positive and atom in equations for atom, positive in parts)
    return any(part in equations for part in flattened("and", body, terms.budget))


def skolem(anchor: Anchor, last: Clause, clause: Clause, terms: NormalTerms) -> bool:
    """From (= F G) where x stands for (choice (x) (not F)): (= (forall (x) F) G); exists with (choice (x) F)."""
    found = _point(anchor, last, clause)
    if found is None:
        return False
    quantified, variable, value = found
    body = quantified.args[0]
    chosen = body if quantified.op == "exists" else terms.negation(body)
    return value is terms.bind("choice", (variable,), chosen)


def _point(anchor: Anchor, last: Clause, clause: Clause) -> tuple[Term, Term, Term] | None:
    """The quantified formula, its one variable and what that stands for, where both clauses fit together."""
    inner, outer = equation_of(last), equation_of(clause)
    if inner is None or outer is None or anchor.variables or len(anchor.values) != 1:
        return None
    ((variable, value),) = anchor.values.items()
    quantified, result = outer
    if quantified.op not in _QUANTIFIERS or quantified.bound != (variable,) or variable in value.free:
        return None
    if (quantified.args[0], result) != inner or variable in result.free or value.sort is not variable.sort:
        return None
    return quantified, variable, value


def _disjuncts(term: Term, terms: NormalTerms) -> Sequence[Term]:
    found: list[Term] = []
    stack = [term]
    while stack:
        item = stack.pop()
        terms.budget.spend()
        if item.op == "or":
            stack += item.args
        elif item.op == "=>":
            stack.append(item.args[1])
            found += [terms.negation(part) for part in flattened("and", item.args[0], terms.budget)]
        else:
            found.append(item)
    return found


def equation_of(clause: Clause) -> tuple[Term, Term] | None:
    """The sides of a clause that is one equation."""
    if len(clause) == 1 and clause[0].op == "=":
        return clause[0].args[0], clause[0].args[1]
    return None


CLOSING: Mapping[str, Closing] = {"bind": bind, "onepoint": onepoint, "sko_forall": skolem, "sko_ex": skolem}
