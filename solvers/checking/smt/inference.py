"""What a rule is given and what it answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from solvers.checking.smt.arithmetic import Arithmetic
from solvers.checking.smt.consequence import Clause
from solvers.checking.smt.normal import NormalTerms
from solvers.checking.smt.terms import Term
from solvers.smt.sexpr import Sexpr


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may use beside its step.

    Args:
        term: reads an argument.
        values: variables that stand for a term here.
    """

    terms: NormalTerms
    arithmetic: Arithmetic
    term: Callable[[Sexpr], Term]
    values: Mapping[Term, Term]


@dataclass(frozen=True, slots=True)
class Inference:
    """A step: from the premises, by the rule, the clause."""

    rule: str
    premises: Sequence[Clause]
    args: Sequence[Sexpr]
    clause: Clause


Rule = Callable[[Inference, Context], bool]
"""Whether a step is right."""
