"""Reads a proof in the Alethe format, command by command.

A proof is `assume`, `step` and `anchor` commands, in one pair of parentheses or in none. An anchor opens a subproof,
which ends with the step that it names; the variables that it introduces stand for themselves up to there.

Source: "The Alethe Proof Format", sections "Syntax" and "Subproofs and Lemmas".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.consequence import Clause
from solvers.checking.smt.formulas import BOOL, Term
from solvers.checking.smt.reading import Reader, Sexpr, read_sexprs, symbol


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


Command = Assume | Step | Anchor


class ProofReader:
    """Reads commands in order. `scope` is what a symbol stands for at this point; whoever replays the proof sets it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.scope: dict[str, Term] = {}

    def commands(self, text: str, budget: Budget) -> Iterator[Sexpr]:
        found = read_sexprs(text, budget)
        if len(found) == 1 and isinstance(found[0], list) and all(isinstance(item, list) for item in found[0]):
            found = found[0]
        yield from found

    def command(self, expression: Sexpr) -> Command:
        match expression:
            case ["assume", str(name), formula]:
                return Assume(symbol(name), self._formula(formula))
            case ["anchor", ":step", str(name)]:
                return Anchor(symbol(name), (), {})
            case ["anchor", ":step", str(name), ":args", list(args)]:
                return self._anchor(symbol(name), args)
            case ["step", str(name), ["cl", *literals], *attributes]:
                return self._step(symbol(name), literals, attributes)
            case [str(name), *_]:
                raise NotCheckableError(f"the checker does not know such a command as ({name[:40]} ...) in a proof")
        raise NotCheckableError("the proof holds something that is no command")

    def closing_name(self, expression: Sexpr) -> str | None:
        """The name of a step, before it is read."""
        match expression:
            case ["step", str(name), *_]:
                return symbol(name)
        return None

    def term(self, expression: Sexpr) -> Term:
        return self.reader.term(expression, self.scope)

    def _formula(self, expression: Sexpr) -> Term:
        term = self.term(expression)
        if term.sort != BOOL:
            raise NotCheckableError("a clause holds something that is no formula")
        return term

    def _step(self, name: str, literals: list[Sexpr], attributes: list[Sexpr]) -> Step:
        clause = tuple(self._formula(item) for item in literals)
        values: dict[str, Sexpr] = {}
        for keyword, value in zip(attributes[::2], attributes[1::2], strict=False):
            if not isinstance(keyword, str) or keyword in values:
                raise NotCheckableError(f"step {name} cannot be read")
            values[keyword] = value
        if len(attributes) % 2 or not values.keys() <= {":rule", ":premises", ":args", ":discharge"}:
            raise NotCheckableError(f"step {name} cannot be read")
        rule = values.get(":rule")
        if not isinstance(rule, str):
            raise NotCheckableError(f"step {name} names no rule")
        premises = values.get(":premises", [])
        args = values.get(":args", [])
        if not isinstance(premises, list) or not isinstance(args, list):
            raise NotCheckableError(f"step {name} cannot be read")
        return Step(name, clause, rule, tuple(map(symbol, premises)), tuple(args))

    def _anchor(self, name: str, args: list[Sexpr]) -> Anchor:
        """`(p S)` introduces a variable, `(:= (p S) p)` says that it stands for itself, `(:= (x S) t)` for what."""
        variables: list[Term] = []
        values: dict[Term, Term] = {}
        for arg in args:
            match arg:
                case [":=", variable, value]:
                    scope = {**self.scope, **{variable.name: variable for variable in variables}}
                    substituted, meaning = self.reader.variable(variable), self.reader.term(value, scope)
                    if substituted in values:
                        raise NotCheckableError(f"the anchor of {name} gives one variable two values")
                    if substituted is not meaning:
                        values[substituted] = meaning
                    elif substituted not in variables:
                        raise NotCheckableError(f"the anchor of {name} gives a variable that is not new itself")
                case [_, _]:
                    variables.append(self.reader.variable(arg))
                case _:
                    raise NotCheckableError(f"the anchor of {name} cannot be read")
        new = [*variables, *values]
        if len({variable.name for variable in new}) != len(new):
            raise NotCheckableError(f"the anchor of {name} introduces a name twice")
        return Anchor(name, tuple(variables), values)
