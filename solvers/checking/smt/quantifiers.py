"""What a quantified variable has to be tried with, so that nothing else can matter.

That is the whole of a finite sort, or what a guard of the body leaves: in `(forall ((n Int)) (=> (and (<= 0 n) (< n 9))
...))` the body holds of every other number because its premise does not.
"""

from collections.abc import Iterator

from solvers.checking.budget import Budget
from solvers.checking.smt.terms import INT, Term

_MOST_TERMS = 8
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Guards:
    """What must hold of `variable` in the body of a quantifier, or the body is decided: false under `exists`, true
    under `forall`. `lower` and `upper`: terms with whether they themselves are outside; `equal`: the one value.
    """

    def __init__(self, variable: Term) -> None:
        self.variable = variable
        self.lower: list[tuple[Term, bool]] = []
        self.upper: list[tuple[Term, bool]] = []
        self.equal: list[Term] = []

    def add(self, atom: Term) -> None:
        if atom.op == "=":
            if self.variable in atom.args:
                self.equal += [arg for arg in atom.args if arg is not self.variable]
        elif atom.op in _MIRRORED and atom.args[0].sort is INT:
            for place, arg in enumerate(atom.args):
                if arg is self.variable:
                    for before in atom.args[:place]:
                        self._bound(_MIRRORED[atom.op], before)
                    for behind in atom.args[place + 1 :]:
                        self._bound(atom.op, behind)

    def _bound(self, op: str, term: Term) -> None:
        (self.lower if op in {">", ">="} else self.upper).append((term, op in {"<", ">"}))


def guards(quantifier: str, body: Term, variable: Term, budget: Budget) -> Guards:
    found = Guards(variable)
    for atom in _conjuncts(body, quantifier == "exists", budget):
        found.add(atom)
    return found


def _conjuncts(body: Term, positive: bool, budget: Budget) -> Iterator[Term]:
    """Formulas that must hold where `body` is true (`positive`), or where it is false."""
    stack = [(body, positive)]
    while stack:
        term, wanted = stack.pop()
        budget.spend()
        match term.op:
            case "and" if wanted:
                stack.extend((arg, True) for arg in term.args)
            case "or" if not wanted:
                stack.extend((arg, False) for arg in term.args)
            case "=>" if not wanted:
                stack.extend((arg, True) for arg in term.args[:-1])
                stack.append((term.args[-1], False))
            case "not":
                stack.append((term.args[0], not wanted))
            case "<" | "<=" | ">" | ">=" | "=" if wanted:
                yield term


def mentioned(body: Term, variable: Term, budget: Budget) -> list[Term]:
    """Some closed terms in `body` of the sort of `variable`: what is worth trying where not everything can be."""
    found: list[Term] = []
    seen: set[Term] = set()
    stack = [body]
    while stack and len(found) < _MOST_TERMS:
        term = stack.pop()
        if term in seen:
            continue
        seen.add(term)
        budget.spend()
        if term.sort is variable.sort and not term.free:
            found.append(term)
        else:
            stack.extend(term.args)
    return found
