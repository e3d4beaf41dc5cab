"""Replays a proof that the assertions of a script contradict each other, step by step.

The proof is in the Alethe format. What is shown is about the script, read anew: an assumption of the proof has to be an
assertion of the script, in the notation that `normal` gives both. Each step has to follow from steps before it by a
rule that the checker knows (`rules`), and the last one has to be the empty clause.
"""

from dataclasses import dataclass, field

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.alethe import Anchor, Assume, ProofReader, Step
from solvers.checking.smt.arithmetic import Arithmetic
from solvers.checking.smt.consequence import Clause, resolves
from solvers.checking.smt.inference import Context, Inference
from solvers.checking.smt.normal import NormalTerms
from solvers.checking.smt.rules import check_inference
from solvers.checking.smt.rules_quantifiers import CLOSING
from solvers.checking.smt.scripts import Script, read_script
from solvers.checking.smt.signature import Signature
from solvers.checking.smt.terms import Term
from solvers.smt.sexpr import Sexpr

_MOST_NESTED = 100


def check_proof(script: str, proof: str, budget: Budget) -> tuple[str, tuple[str, ...]]:
    """What is confirmed, in words, and what is assumed, which is nothing.

    Raises `NotCheckableError` and `RefutedError`, and nothing else.
    """
    try:
        replay = _Replay(read_script(script, budget), budget)
        replay.run(proof)
    except RecursionError as error:
        raise NotCheckableError("the script or the proof is nested too deeply for the checker") from error
    return (
        f"the assertions contradict each other: of their proof, {replay.steps} steps by {len(replay.rules)} rules, "
        f"every step follows",
        (),
    )


@dataclass(slots=True)
class _Scope:
    """A subproof that is open, or the whole proof.

    Args:
        anchor: what opened it; None of the whole proof.
        clauses: by name.
        assumptions: what is assumed in it alone.
    """

    anchor: Anchor | None
    clauses: dict[str, Clause] = field(default_factory=dict)
    assumptions: list[Term] = field(default_factory=list)
    last: Clause | None = None


class _Replay:
    def __init__(self, script: Script, budget: Budget) -> None:
        self._budget = budget
        if script.assumes:
            raise NotCheckableError("the check has assumptions of its own")
        self._terms = NormalTerms(script.signature.terms)
        self._assertions = {self._terms.of(assertion.term) for assertion in script.assertions}
        self._assertions |= _known_of_enumerations(script.signature, self._terms)
        self._reader = ProofReader(script, self._terms, budget)
        self._arithmetic = Arithmetic(self._terms)
        self._scopes = [_Scope(None)]
        self._values: dict[Term, Term] = {}
        self._in_scope: set[Term] = set()
        self.rules: set[str] = set()
        self.steps = 0

    def run(self, proof: str) -> None:
        for expression in self._reader.commands(proof):
            self._run(expression)
        if len(self._scopes) != 1:
            raise RefutedError("the proof ends within a subproof")
        if self._scopes[0].last != ():
            raise RefutedError("the proof does not end with the empty clause")

    def _run(self, expression: Sexpr) -> None:
        anchor = self._scopes[-1].anchor
        closed = None
        if anchor is not None and self._reader.closing_name(expression) == anchor.step:
            closed = self._scopes.pop()
            self._reader.leave(anchor)
            self._look_around()
        command = self._reader.command(expression)
        match command:
            case Anchor():
                self._open(command)
            case Assume(name, formula):
                self._assume(name, formula)
            case Step() if closed is not None:
                self._close(command, closed)
            case Step():
                self._infer(command)

    def _look_around(self) -> None:
        """Find out anew which variables there are."""
        anchors = [scope.anchor for scope in self._scopes if scope.anchor is not None]
        self._values = {variable: value for anchor in anchors for variable, value in anchor.values.items()}
        self._in_scope = {variable for anchor in anchors for variable in anchor.introduced}
        self._budget.spend(len(self._in_scope))

    def _open(self, anchor: Anchor) -> None:
        if len(self._scopes) > _MOST_NESTED:
            raise NotCheckableError(f"subproofs are nested deeper than {_MOST_NESTED}")
        for variable in anchor.introduced:
            # One that is there already may be bound by an assumption to a value of its own.
            if variable in self._in_scope:
                raise NotCheckableError(f"the subproof {anchor.step} introduces {variable!r} once more")
        self._scopes.append(_Scope(anchor))
        self._reader.enter(anchor)
        self._look_around()
        for value in anchor.values.values():
            self._is_closed(anchor.step, value)
            if not value.free.isdisjoint(anchor.values):
                raise NotCheckableError(f"the anchor of {anchor.step} says what a variable is in terms of such a one")

    def _assume(self, name: str, formula: Term) -> None:
        self._is_closed(name, formula)
        scope = self._scopes[-1]
        if scope.anchor is None:
            if formula not in self._assertions and not _is_trivial(formula):
                raise RefutedError(f"the proof assumes what the script does not assert: {formula!r}")
        elif scope.anchor.variables or scope.anchor.values:
            raise NotCheckableError(f"an assumption is made among variables, in the subproof {scope.anchor.step}")
        else:
            scope.assumptions.append(formula)
        self._keep(name, (formula,))

    def _infer(self, step: Step) -> None:
        if step.rule in CLOSING or step.rule == "subproof":
            raise RefutedError(f"step {step.name} by {step.rule} ends no subproof")
        context = Context(self._terms, self._arithmetic, self._reader.term, self._values)
        try:
            premises = [self._premise(name) for name in step.premises]
            check_inference(Inference(step.rule, premises, step.args, step.clause), context)
        except RefutedError as error:
            raise RefutedError(f"step {step.name}: {error}") from error
        except NotCheckableError as error:
            raise NotCheckableError(f"step {step.name}: {error}") from error
        self._finish(step)

    def _close(self, step: Step, scope: _Scope) -> None:
        assert scope.anchor is not None
        if scope.last is None:
            raise RefutedError(f"the subproof {step.name} is empty")
        if step.rule == "subproof":
            if scope.anchor.variables or scope.anchor.values:
                raise NotCheckableError(f"the subproof {step.name} has variables")
            discharged = tuple(self._terms.negation(formula) for formula in scope.assumptions)
            shows = resolves([(*discharged, *scope.last)], step.clause, self._terms)
        elif step.rule in CLOSING:
            shows = CLOSING[step.rule](scope.anchor, scope.last, step.clause, self._terms)
        else:
            raise NotCheckableError(f"the checker does not know how {step.rule} ends the subproof {step.name}")
        if not shows:
            raise RefutedError(f"the subproof {step.name} does not show its clause by {step.rule}")
        self._finish(step)

    def _finish(self, step: Step) -> None:
        for term in step.clause:
            self._is_closed(step.name, term)
        self.rules.add(step.rule)
        self.steps += 1
        self._keep(step.name, step.clause)
        self._scopes[-1].last = step.clause

    def _is_closed(self, name: str, term: Term) -> None:
        self._budget.spend()
        if not term.free <= self._in_scope:
            raise RefutedError(f"{name} holds a variable that nothing binds: {term!r}")

    def _keep(self, name: str, clause: Clause) -> None:
        self._budget.spend(len(self._scopes))
        if any(name in scope.clauses for scope in self._scopes):
            raise RefutedError(f"the proof has two steps {name}")
        self._scopes[-1].clauses[name] = clause

    def _premise(self, name: str) -> Clause:
        for scope in reversed(self._scopes):
            self._budget.spend()
            if name in scope.clauses:
                return scope.clauses[name]
        raise NotCheckableError(f"there is no premise {name} before it")


def _known_of_enumerations(signature: Signature, terms: NormalTerms) -> set[Term]:
    """That the elements of an enumeration are distinct, and that there is no other."""
    known = set()
    for elements in signature.enumerations():
        variable = terms.variable("element", elements[0].sort)
        equations = [terms.make("=", (variable, element)) for element in elements]
        known.add(terms.bind("forall", [variable], terms.make("or", equations)))
        if len(elements) > 1:
            known.add(terms.make("distinct", elements))
    return known


def _is_trivial(formula: Term) -> bool:
    """(= t t): what the engine assumes of a definition, once the definition is written out."""
    return formula.op == "=" and formula.args[0] is formula.args[1]
