"""What an answer substitution says, as terms, and whether the terms that a checker found are the same."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.prolog.constraints import TOLERANCE
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.rationals import Real
from solvers.checking.prolog.reader import read_term
from solvers.checking.prolog.syntax import MAX_DIGITS
from solvers.checking.prolog.terms import LIST, NIL, Atom, Struct, Term, Text, Var, deref, same_constant
from solvers.types import Substitution, Value, ValueKind

_INTEGER = re.compile(r"-?[0-9]+")
_RATIONAL = re.compile(r"-?[0-9]+/[0-9]+")
_FLOAT = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]{1,3})?")

_EVALUABLE = frozenset(
    """
    abs/1 acos/1 acosh/1 /\\/2 asin/1 asinh/1 atan/1 atan/2 atanh/1 atan2/2 \\/1 \\//2 ceil/1 ceiling/1 cmpr/2
    copysign/2 cos/1 cosh/1 cputime/0 div/2 ///2 getbit/2 //2 **/2 e/0 epsilon/0 erf/1 erfc/1 eval/1 exp/1 float/1
    float_fractional_part/1 float_integer_part/1 floor/1 gcd/2 ^/2 inf/0 integer/1 lcm/2 lgamma/1 log/1 log10/1 lsb/1
    <</2 max/2 maxr/2 min/2 minr/2 -/1 -/2 mod/2 msb/1 nan/0 nexttoward/2 numerator/1 pi/0 +/1 +/2 popcount/1 powm/3
    random/1 random_float/0 rational/1 rationalize/1 rdiv/2 rem/2 round/1 roundtoward/2 >>/2 sign/1 sin/1 sinh/1
    sqrt/1 */2 denominator/1 tan/1 tanh/1 truncate/1 xor/2
    """.split()
)
"""What the engine calls an arithmetic function (`current_arithmetic_function/1`): a compound term made of these alone
is an expression.
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One substitution: the value of each variable of the query, with variables of its own."""

    terms: dict[str, Term]


def read_claim(substitution: Substitution, names: Sequence[str], database: Database, budget: Budget) -> Claim:
    """Read what a substitution says of the query's variables, whose names are `names`.

    Raises:
        RefutedError: a value is not of the kind that it is said to be, or a variable has none.
        NotCheckableError: constraints are left on the answer, or a value cannot be read.
    """
    shown = [name for name in names if not name.startswith("_")]
    if set(substitution.bindings) != set(shown):
        bound, asked = sorted(substitution.bindings)[:10], sorted(shown)[:10]
        raise RefutedError(f"an answer binds {str(bound)[:200]}, and the query asks for {str(asked)[:200]}")
    if substitution.residual:
        raise NotCheckableError("constraints are left on an answer")
    own: dict[str, Var] = {}
    return Claim({name: _read_value(value, own, database, budget) for name, value in substitution.bindings.items()})


def _read_value(value: Value, names: dict[str, Var], database: Database, budget: Budget) -> Term:
    text = value.text
    if _NUMERAL_OF.get(value.kind):
        if not _NUMERAL_OF[value.kind].fullmatch(text):
            raise RefutedError(f"{text[:60]!r} is no {value.kind.value}")
        if len(text) > 3 * MAX_DIGITS or any(len(digits) > MAX_DIGITS for digits in text.split("/")):
            raise NotCheckableError("a number of more digits than the checker reads")
        budget.spend(len(text))
    match value.kind:
        case ValueKind.INTEGER:
            return int(text)
        case ValueKind.RATIONAL:
            above, below = map(int, text.split("/"))
            if below < 2 or Fraction(above, below).denominator != below:
                raise RefutedError(f"{text[:60]!r} is no rational in lowest terms")
            return Fraction(above, below)
        case ValueKind.FLOAT:
            return float(text)
        case ValueKind.ATOM:
            if text == NIL.name:
                raise NotCheckableError("the atom '[]', which is not the empty list")
            return Atom(text)
        case ValueKind.STRING:
            return Text(text)
        case ValueKind.UNBOUND | ValueKind.COMPOUND | ValueKind.EXPRESSION:
            term = deref(read_term(text, database, budget, names))
            if _kind(term, budget) is not value.kind:
                raise RefutedError(f"{text[:60]!r} is no {value.kind.value}")
            return term
        case ValueKind.CONSTRAINED:
            raise NotCheckableError("constraints are left on an answer")
        case _:
            raise NotCheckableError(f"a value of kind {value.kind.value}")


_NUMERAL_OF = {ValueKind.INTEGER: _INTEGER, ValueKind.RATIONAL: _RATIONAL, ValueKind.FLOAT: _FLOAT}


def _kind(term: Term, budget: Budget) -> ValueKind | None:
    """As solvers/prolog/answers.pl has it, for what is written as a term."""
    if type(term) is Var:
        return ValueKind.UNBOUND
    if type(term) is not Struct:
        return ValueKind.COMPOUND if term == NIL else None
    todo: list[Term] = [term]
    while todo:
        budget.spend()
        part = deref(todo.pop())
        if type(part) is Struct:
            if part.name == LIST or f"{part.name}/{len(part.args)}" not in _EVALUABLE:
                return ValueKind.COMPOUND
            todo.extend(part.args)
        elif type(part) is Atom:
            if part == NIL or f"{part.name}/0" not in _EVALUABLE:
                return ValueKind.COMPOUND
        elif type(part) is Text:
            return ValueKind.COMPOUND
    return ValueKind.EXPRESSION


def same_answer(claim: Claim, found: Mapping[str, Term], budget: Budget) -> bool:
    """Whether `found` has the claimed values, up to the names of variables.

    A float may stand for the exact number that clpr means by it.
    """
    there: dict[Var, Var] = {}
    back: dict[Var, Var] = {}
    todo = [(term, found[name]) for name, term in claim.terms.items()]
    while todo:
        budget.spend()
        left, right = todo.pop()
        left, right = deref(left), deref(right)
        if type(left) is Var and type(right) is Var:
            if there.setdefault(left, right) is not right or back.setdefault(right, left) is not left:
                return False
        elif type(left) is Struct and type(right) is Struct:
            if left.name != right.name or len(left.args) != len(right.args):
                return False
            todo.extend(zip(left.args, right.args, strict=True))
        elif isinstance(left, Var | Struct) or isinstance(right, Var | Struct):
            return False
        elif type(right) is Real:
            if not _close(left, right):
                return False
        elif not same_constant(left, right):
            return False
    return True


def _close(claimed: Term, exact: Real) -> bool:
    if type(claimed) is not float or not math.isfinite(claimed):
        return False
    return abs(Fraction(claimed) - exact) <= TOLERANCE * max(Fraction(1), abs(exact))
