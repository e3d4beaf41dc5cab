"""Reads a proof in the Alethe format, command by command.

A proof is `assume`, `step` and `anchor` commands, in one pair of parentheses or in none. An anchor opens a subproof,
which ends with the step that it names; the variables that it introduces stand for themselves up to there.

Terms are read as those of a script. But `(! t :named n)` only shortens what follows, so it may name terms with
variables. A proof says what it says by the names of its variables: the same name within is the same variable.

Source: "The Alethe Proof Format", sections "Syntax" and "Subproofs and Lemmas".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.consequence import Clause
from solvers.checking.smt.normal import NormalTerms
from solvers.checking.smt.scripts import Script, read_expressions
from solvers.checking.smt.signature import one_list, symbol
from solvers.checking.smt.term_reader import TermReader
from solvers.checking.smt.terms import BOOL, Sort, Term
from solvers.smt.sexpr import Node, Sexpr, Token


@dataclass(frozen=True, slots=True)
class Assume:
    name: str
    formula: Term


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    clause: Clause
    rule: str
    premises: tuple[str, ...]
    args: tuple[Sexpr, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """`step` ends the subproof. `variables` are new in it; a variable in `values` stands for that term."""

    step: str
    variables: tuple[Term, ...]
    values: dict[Term, Term]

    @property
    def introduced(self) -> tuple[Term, ...]:
        return (*self.variables, *self.values)


Command = Assume | Step | Anchor


class _TermsOfProof(TermReader):
    """Reads terms of a proof, in which equal variables have equal names, and labels name terms with variables too."""

    def _level(self, name: str, sort: Sort) -> int:
        return 0

    def _name(self, name: str, term: Term) -> None:
        """Binds the name to the end of the proof. cvc5 repeats it, and its term, where a subproof begins."""
        if self._local.get(name) == [term]:
            return
        if self._local.get(name) or self.signature.knows(name):
            raise NotCheckableError(f"the name {name[:60]} is given twice")
        self._bind(name, term)


class ProofReader:
    """Reads commands in order. Whoever replays the proof says by `enter` and `leave` which variables there are."""

    def __init__(self, script: Script, terms: NormalTerms, budget: Budget) -> None:
        self._reader = _TermsOfProof(script.signature, budget)
        self._terms = terms
        self._budget = budget

    def enter(self, anchor: Anchor) -> None:
        self._reader.enter(anchor.introduced)

    def leave(self, anchor: Anchor) -> None:
        self._reader.unbind(anchor.introduced)

    def commands(self, text: str) -> Sequence[Sexpr]:
        found = read_expressions(text, self._budget, fractions=True)
        match found:
            case [Node(items=items)] if all(isinstance(item, Node) for item in items):
                return items
        return found

    def command(self, expression: Sexpr) -> Command:
        match expression:
            case Node(items=(Token(text="assume"), name, formula)):
                return Assume(symbol(name), self._formula(formula))
            case Node(items=(Token(text="anchor"), Token(text=":step"), name)):
                return Anchor(symbol(name), (), {})
            case Node(items=(Token(text="anchor"), Token(text=":step"), name, Token(text=":args"), args)):
                return self._anchor(symbol(name), one_list(args))
            case Node(items=(Token(text="step"), name, Node(items=(Token(text="cl"), *literals)), *attributes)):
                return self._step(symbol(name), literals, attributes)
            case Node(items=(Token(text=name), *_)):
                raise NotCheckableError(f"the checker does not know such a command as ({name[:40]} ...) in a proof")
        raise NotCheckableError("the proof holds something that is no command")

    def closing_name(self, expression: Sexpr) -> str | None:
        """The name of a step, before it is read."""
        match expression:
            case Node(items=(Token(text="step"), name, *_)):
                return symbol(name)
        return None

    def term(self, expression: Sexpr) -> Term:
        return self._terms.of(self._reader.read(expression))

    def _formula(self, expression: Sexpr) -> Term:
        term = self.term(expression)
        if term.sort is not BOOL:
            raise NotCheckableError("a clause holds something that is no formula")
        return term

    def _step(self, name: str, literals: list[Sexpr], attributes: list[Sexpr]) -> Step:
        clause = tuple(self._formula(item) for item in literals)
        values: dict[str, Sexpr] = {}
        for keyword, value in zip(attributes[::2], attributes[1::2], strict=False):
            if not isinstance(keyword, Token) or keyword.text in values:
                raise NotCheckableError(f"step {name} cannot be read")
            values[keyword.text] = value
        if len(attributes) % 2 or not values.keys() <= {":rule", ":premises", ":args", ":discharge"}:
            raise NotCheckableError(f"step {name} cannot be read")
        if ":rule" not in values:
            raise NotCheckableError(f"step {name} names no rule")
        premises, args = (one_list(values.get(key, Node((), 0, 0))) for key in (":premises", ":args"))
        return Step(name, clause, symbol(values[":rule"]), tuple(map(symbol, premises)), tuple(args))

    def _anchor(self, name: str, args: Sequence[Sexpr]) -> Anchor:
        """`(p S)` introduces a variable, `(:= (p S) p)` says that it stands for itself, `(:= (x S) t)` for what."""
        variables: list[Term] = []
        values: dict[Term, Term] = {}
        for arg in args:
            match arg:
                case Node(items=(Token(text=":="), variable, value)):
                    self._budget.spend(len(variables))
                    substituted, meaning = self._reader.variable(variable), self.term(value)
                    if substituted in values:
                        raise NotCheckableError(f"the anchor of {name} gives one variable two values")
                    if substituted is not meaning:
                        values[substituted] = meaning
                    elif substituted not in variables:
                        raise NotCheckableError(f"the anchor of {name} gives a variable that is not new itself")
                case _:
                    variables.append(self._reader.variable(arg))
                    self._reader.enter(variables[-1:])
        self._reader.unbind(variables)
        anchor = Anchor(name, tuple(variables), values)
        if len({variable.data[0] for variable in anchor.introduced}) != len(anchor.introduced):
            raise NotCheckableError(f"the anchor of {name} introduces a name twice")
        return anchor
