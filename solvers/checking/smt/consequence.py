"""Whether a clause follows from others, by propositional logic and what single comparisons of numbers say.

Most rules of a proof are instances of this one question, so it is answered once: the premises are taken for true, the
literals of the clause for false, and what that forces is followed until something is both true and false. Where nothing
is forced any more, one formula is tried both ways. An atom is opaque, except that

- `(= a a)` is true, and `(= a b)` and `(= b a)` are the same;
- `(exists (x) F)` and `(not (forall (x) (not F)))` are the same, and negations under a quantifier come in pairs;
- comparisons of numbers are bounds of polynomials (`arithmetic`), and bounds of one polynomial can contradict.
"""

from collections.abc import Hashable, Iterable, Sequence

from solvers.checking.budget import Budget
from solvers.checking.smt.arithmetic import Arithmetic, Bound, Form, contradict
from solvers.checking.smt.normal import CONNECTIVES, NormalTerms
from solvers.checking.smt.terms import BOOL, Term

Clause = tuple[Term, ...]
"""Its literals; one of them holds."""


def literal(term: Term) -> tuple[Term, bool]:
    """The atom under the negations, and whether their number is even."""
    positive = True
    while term.op == "not":
        term, positive = term.args[0], not positive
    return term, positive


def resolves(premises: Sequence[Clause], conclusion: Clause, terms: NormalTerms) -> bool:
    """Whether the conclusion follows by unit propagation, atoms being opaque: enough for most resolutions."""
    budget = terms.budget
    values: dict[Term, bool] = {terms.true: True, terms.false: False}
    for term in conclusion:
        atom, positive = literal(term)
        if values.setdefault(atom, not positive) == positive:
            return True
    budget.spend(len(conclusion))
    waiting = [[literal(term) for term in clause] for clause in premises]
    while True:
        left = []
        for clause in waiting:
            budget.spend(1 + len(clause) // 4)
            undecided = []
            satisfied = False
            for atom, positive in clause:
                value = values.get(atom)
                if value is None:
                    undecided.append((atom, positive))
                elif value == positive:
                    satisfied = True
                    break
            if satisfied:
                continue
            if not undecided:
                return True
            if len(undecided) == 1:
                atom, positive = undecided[0]
                values[atom] = positive
            else:
                left.append(undecided)
        if len(left) == len(waiting):
            return False
        waiting = left


def follows(premises: Iterable[Clause], conclusion: Clause, terms: NormalTerms, arithmetic: Arithmetic) -> bool:
    """Whether the conclusion follows. Decides propositional logic; beyond that, only a yes says something."""
    search = _Search(terms, arithmetic)
    for clause in premises:
        if not search.assume(
            clause[0] if len(clause) == 1 else terms.make("or", clause) if clause else terms.false, True
        ):
            return True
    return any(not search.assume(term, False) for term in conclusion) or search.is_closed()


def is_formula(term: Term) -> bool:
    """Whether the truth of the parts decides that of the whole."""
    if term.op in CONNECTIVES:
        return True
    return (term.op in {"=", "ite"} and term.args[-1].sort == BOOL) or term.op == "distinct"


class _Search:
    def __init__(self, terms: NormalTerms, arithmetic: Arithmetic) -> None:
        self._terms = terms
        self._budget: Budget = terms.budget
        self._arithmetic = arithmetic
        self._values: dict[Hashable, bool] = {}
        self._trail: list[Hashable] = []
        self._formulas: list[Term] = []
        """Those with a value, whose parts may have to get one."""
        self._bounds: dict[Form, list[tuple[Bound, bool]]] = {}

    def assume(self, term: Term, value: bool) -> bool:
        """Give a formula its value. Returns False if it has the other one."""
        self._budget.spend(2)
        term, positive = literal(term)
        value = value == positive
        key = self._key(term)
        if isinstance(key, bool):
            return key == value
        atom, same = key
        value = value == same
        known = self._values.get(atom)
        if known is not None:
            return known == value
        self._values[atom] = value
        self._trail.append(atom)
        if isinstance(atom, Bound):
            bounds = self._bounds.setdefault(atom.form, [])
            bounds.append((atom, value))
            self._budget.spend(len(bounds))
            return not contradict(bounds)
        if isinstance(atom, Term) and is_formula(atom):
            self._formulas.append(atom)
        return True

    def _key(self, term: Term) -> tuple[Hashable, bool] | bool:
        """What a formula is known by, and whether it is that or its negation; or its value, if it always has one."""
        if term.op == "literal":
            return bool(term.data)
        if term.op == "exists" or (term.op == "forall" and term.args[0].op == "not"):
            universal = term.op == "forall"
            body, positive = literal(term.args[0])
            inner = body if positive == universal else self._terms.negation(body)
            return self._terms.bind("forall", term.bound, inner), universal
        if term.op == "is_int" and (value := self._arithmetic.truth(term)) is not None:
            return value
        if self._arithmetic.is_comparison(term):
            return self._arithmetic.bound(term)
        if term.op == "=":
            left, right = (self._reduced(argument) for argument in term.args)
            if left is right:
                return True
            if left.sort != BOOL:
                return frozenset({left, right}), True
        return term, True

    def _reduced(self, term: Term) -> Term:
        """The branch of an `ite` that is taken, where that shows."""
        while term.op == "ite" and (value := self._arithmetic.truth(term.args[0])) is not None:
            term = term.args[1 if value else 2]
        return term

    def _value(self, term: Term) -> bool | None:
        self._budget.spend(2)
        term, positive = literal(term)
        key = self._key(term)
        if isinstance(key, bool):
            return key == positive
        value = self._values.get(key[0])
        return None if value is None else (value == key[1]) == positive

    def is_closed(self) -> bool:
        """Whether every way on ends in a contradiction."""
        choices: list[tuple[int, int, Term]] = []  # trail and formulas at the time, and what was tried as true
        while True:
            undecided = self._propagate()
            if isinstance(undecided, Term):
                choices.append((len(self._trail), len(self._formulas), undecided))
                contradiction = not self.assume(undecided, True)
            elif undecided:
                contradiction = True
            else:
                return False
            while contradiction:
                if not choices:
                    return True
                trail, formulas, tried = choices.pop()
                self._undo(trail, formulas)
                contradiction = not self.assume(tried, False)

    def _undo(self, trail: int, formulas: int) -> None:
        while len(self._trail) > trail:
            atom = self._trail.pop()
            del self._values[atom]
            if isinstance(atom, Bound):
                self._bounds[atom.form].pop()
        del self._formulas[formulas:]

    def _propagate(self) -> bool | Term:
        """Follow what is forced. True: a contradiction. Else something that is not decided and matters, or False."""
        while True:
            before = len(self._trail)
            undecided: Term | None = None
            index = 0
            while index < len(self._formulas):
                formula = self._formulas[index]
                index += 1
                found = self._follow(formula, self._values[formula])
                if found is False:
                    return True
                if isinstance(found, Term):
                    undecided = undecided or found
            if len(self._trail) == before:
                return undecided or False

    def _follow(self, formula: Term, value: bool) -> bool | Term:
        """Give the parts of a formula the values that its own forces. False: a contradiction; a part: it is open."""
        args = formula.args
        match formula.op:
            case "and" | "or":
                return self._one_of(args, value, formula.op == "or")
            case "=>":
                return self._one_of((self._terms.negation(args[0]), args[1]), value, True)
            case "=":
                return self._equal(args[0], args[1], value)
            case "xor":
                return self._equal(args[0], args[1], not value)
            case "distinct":
                pairs = [self._terms.make("=", (a, b)) for i, a in enumerate(args) for b in args[:i]]
                return self._one_of(pairs, not value, True)
        condition, then, otherwise = args
        known = self._value(condition)
        if known is not None:
            return self.assume(then if known else otherwise, value)
        first, second = self._value(then), self._value(otherwise)
        if first is not None and first != value and not self.assume(condition, False):
            return False
        if second is not None and second != value and not self.assume(condition, True):
            return False
        return True if (first == value and second == value) or self._value(condition) is not None else condition

    def _one_of(self, parts: Sequence[Term], value: bool, disjunction: bool) -> bool | Term:
        """A disjunction (or a conjunction) of the parts has this value."""
        if value != disjunction:
            return all(self.assume(part, value) for part in parts)
        open_parts = []
        for part in parts:
            known = self._value(part)
            if known == value:
                return True
            if known is None:
                open_parts.append(part)
        if len(open_parts) > 1:
            return open_parts[0]
        return bool(open_parts) and self.assume(open_parts[0], value)

    def _equal(self, left: Term, right: Term, value: bool) -> bool | Term:
        first, second = self._value(left), self._value(right)
        if first is not None:
            return self.assume(right, first == value)
        if second is not None:
            return self.assume(left, second == value)
        return left
