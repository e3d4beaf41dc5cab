"""What stands in a problem and in one formalisation of it, read once for all who look at them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from app.reasoning.literals import Literal, PrologToken, literals, prolog_clauses, prolog_tokens
from app.reasoning.quantities import Quantity, known_numbers, quantities, readings
from app.reasoning.types import Formalisation, Problem
from solvers.types import Language


class Texts:
    """The texts of a problem and of one formalisation of it. Each part is read when it is first asked for."""

    def __init__(self, problem: Problem, formalisation: Formalisation) -> None:
        self._problem = problem
        self._formalisation = formalisation

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those of the problem."""
        return quantities(self._problem.text)

    @cached_property
    def readings(self) -> Mapping[Quantity, frozenset[Fraction]]:
        """The numbers that may stand for each quantity."""
        return {quantity: readings(quantity) for quantity in self.quantities}

    @cached_property
    def explained(self) -> Mapping[Fraction, Sequence[Quantity]]:
        """The quantities that each number may stand for, in their order."""
        found: dict[Fraction, list[Quantity]] = {}
        for quantity, numbers in self.readings.items():
            for number in numbers:
                found.setdefault(number, []).append(quantity)
        return found

    @cached_property
    def known_numbers(self) -> Mapping[Fraction, str]:
        """The numbers that a program about the problem may hold, each with its reason."""
        return known_numbers(self._problem.text, self.readings)

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        """The numbers of the program and the query."""
        return literals(self._formalisation, self.clauses)

    @cached_property
    def clauses(self) -> Sequence[Sequence[PrologToken]]:
        """The clauses and directives of a Prolog program; none of an SMT-LIB one."""
        program = self._formalisation.program
        return tuple(prolog_clauses(prolog_tokens(program.text))) if program.language is Language.PROLOG else ()
