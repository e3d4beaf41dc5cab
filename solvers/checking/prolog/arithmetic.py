"""What `is/2` and the comparisons compute, as SWI-Prolog 9.2 does with the flags `prefer_rationals=false`, `iso=false`.

Integers and rationals are exact; an integer divided by an integer that does not divide it is a float. A function that
is missing here, an argument of the wrong type, and whatever the engine answers with an error is `NotCheckableError`.
So are a few corners where what the engine does is not written down: infinite operands, and integers of more than
53 bits that meet a float.
"""

import math
from collections.abc import Callable
from fractions import Fraction

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.terms import LIST, NIL, Atom, Struct, Term, Text, Var

Number = int | Fraction | float

_EXACT_FLOAT = 2**53
_CONSTANTS: dict[str, float] = {
    "pi": math.pi,
    "e": math.e,
    "inf": math.inf,
    "infinite": math.inf,
    "epsilon": 2.0**-52,
}


def evaluate(term: Term, budget: Budget) -> Number:
    """The value of an arithmetic expression."""
    # Postfix: a struct leaves its function on the way down, which takes its arguments from `values` on the way up.
    todo: list[Term | _Function] = [term]
    values: list[Number] = []
    while todo:
        item = todo.pop()
        while type(item) is Var and item.value is not None:
            item = item.value
        kind = type(item)
        if kind is int or kind is Fraction or kind is float:
            values.append(item)  # type: ignore[arg-type]
        elif isinstance(item, Struct):
            budget.spend()
            todo.append(_function(item))
            todo.extend(item.args[:1] if item.name == LIST else item.args)
        elif isinstance(item, _Function):
            # The last argument was evaluated first.
            arguments = [values.pop() for _ in range(item.arity)]
            values.append(item.compute(budget, *arguments))
        elif isinstance(item, Atom):
            values.append(_constant(item))
        elif isinstance(item, Text) and len(item.value) == 1:
            values.append(ord(item.value))
        else:
            raise NotCheckableError("arithmetic on a variable without a value, or on what is no number")
    value = values[0]
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def compare_numbers(left: Number, right: Number) -> int:
    """Negative, zero or positive, by value: 1 and 1.0 are equal."""
    if isinstance(left, float) or isinstance(right, float):
        _comparable(left, right)
    return (left > right) - (left < right)


class _Function:
    """A function that waits for its arguments."""

    __slots__ = ("arity", "compute")

    def __init__(self, arity: int, compute: Callable[..., Number]) -> None:
        self.arity = arity
        self.compute = compute


def _function(term: Struct) -> _Function:
    if term.name == LIST and _is_nil(term.args[1]):
        return _SAME
    function = _FUNCTIONS.get((term.name, len(term.args)))
    if function is None:
        raise NotCheckableError(f"the arithmetic function {term.name}/{len(term.args)} is unknown to the checker")
    return function


def _is_nil(term: Term) -> bool:
    while type(term) is Var and term.value is not None:
        term = term.value
    return term == NIL


def _constant(atom: Atom) -> Number:
    value = _CONSTANTS.get(atom.name)
    if value is None:
        raise NotCheckableError(f"`{atom.name}` has no arithmetic value known to the checker")
    return value


# Numbers of different kinds


# Within an expression the engine keeps a whole rational as a rational, or does not: `7r2 * 2 / 3` is `7r3`. It is
# a `Fraction` here until the end, and where the difference matters nothing is said.


def _is_whole(value: int | Fraction) -> bool:
    return value.denominator == 1


def _float(value: Number) -> float:
    """As the engine turns a number into a float, where that is beyond doubt."""
    if isinstance(value, int) and -_EXACT_FLOAT <= value <= _EXACT_FLOAT:
        return float(value)
    try:
        result = float(value)
    except OverflowError as error:
        raise NotCheckableError("a number too large for a float") from error
    if isinstance(value, int) and int(result) != value:
        raise NotCheckableError("an integer that no float equals meets a float")
    return _finite(result)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise NotCheckableError("a float overflows, or is no number")
    return value


def _comparable(left: Number, right: Number) -> None:
    for value, other in ((left, right), (right, left)):
        if isinstance(value, float):
            if math.isnan(value):
                raise NotCheckableError("a comparison with what is no number")
            if math.isfinite(value) and not isinstance(other, float) and other != value and _float(other) == value:
                raise NotCheckableError("a float is compared with a number that differs by less than a rounding error")


def bits(value: int | Fraction) -> int:
    """How large a number is."""
    if isinstance(value, int):
        return value.bit_length()
    return value.numerator.bit_length() + value.denominator.bit_length()


def _integers(*values: Number) -> None:
    for value in values:
        if not isinstance(value, int):
            raise NotCheckableError("an integer is expected")


# The functions. Each takes the budget first.


def _add(budget: Budget, left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if isinstance(left, float) or isinstance(right, float):
        return _finite(_float(left) + _float(right))
    budget.size(bits(left) + bits(right))
    return Fraction(left) + right


def _subtract(budget: Budget, left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return left - right
    if isinstance(left, float) or isinstance(right, float):
        return _finite(_float(left) - _float(right))
    budget.size(bits(left) + bits(right))
    return Fraction(left) - right


def _multiply(budget: Budget, left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        return _finite(_float(left) * _float(right))
    budget.size(bits(left) + bits(right))
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    return Fraction(left) * right


def _divide(budget: Budget, left: Number, right: Number) -> Number:
    if right == 0:
        raise NotCheckableError("a division by zero")
    if isinstance(left, int) and isinstance(right, int):
        quotient, rest = divmod(left, right)
        return quotient if rest == 0 else _finite(_float(left) / _float(right))
    if isinstance(left, float) or isinstance(right, float):
        return _finite(_float(left) / _float(right))
    budget.size(bits(left) + bits(right))
    exact = Fraction(left) / Fraction(right)
    if _is_whole(left) and _is_whole(right) and not _is_whole(exact):
        raise NotCheckableError("a quotient of whole rationals")
    return exact


def _rdiv(budget: Budget, left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float) or right == 0:
        raise NotCheckableError("rdiv of a float, or by zero")
    budget.size(bits(left) + bits(right))
    return Fraction(left) / Fraction(right)


def _divisible(left: Number, right: Number) -> None:
    _integers(left, right)
    if right == 0:
        raise NotCheckableError("a division by zero")


def _truncating_quotient(budget: Budget, left: int, right: int) -> Number:
    _divisible(left, right)
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _floor_quotient(budget: Budget, left: int, right: int) -> Number:
    _divisible(left, right)
    return left // right


def _modulo(budget: Budget, left: int, right: int) -> Number:
    _divisible(left, right)
    return left % right


def _remainder(budget: Budget, left: int, right: int) -> Number:
    _divisible(left, right)
    rest = abs(left) % abs(right)
    return rest if left >= 0 else -rest


def _negate(budget: Budget, value: Number) -> Number:
    return -value


def _identity(budget: Budget, value: Number) -> Number:
    return value


def _absolute(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        return math.fabs(value)
    return value if value >= 0 else -value


def _sign(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        if value == 0.0 or math.isnan(value):
            raise NotCheckableError("the sign of a float that has none")
        return math.copysign(1.0, value)
    return type(value)((value > 0) - (value < 0))


def _maximum(budget: Budget, left: Number, right: Number) -> Number:
    order = compare_numbers(left, right)
    return _chosen(left, right, _of_equals(left, right) if order == 0 else left if order > 0 else right)


def _minimum(budget: Budget, left: Number, right: Number) -> Number:
    order = compare_numbers(left, right)
    return _chosen(left, right, _of_equals(left, right) if order == 0 else left if order < 0 else right)


def _chosen(left: Number, right: Number, value: Number) -> Number:
    """Of an integer and a rational, either becomes a rational."""
    return Fraction(value) if {type(left), type(right)} == {int, Fraction} else value


def _of_equals(left: Number, right: Number) -> Number:
    """Of 1 and 1.0 the engine takes the float."""
    if isinstance(left, float) and isinstance(right, float) and left == 0.0:
        raise NotCheckableError("the larger of two float zeros")
    return right if isinstance(right, float) else left


def _power(budget: Budget, base: Number, exponent: Number) -> Number:
    if isinstance(exponent, Fraction):
        raise NotCheckableError("a power with a rational exponent")
    if isinstance(base, float) or isinstance(exponent, float):
        if exponent == 0 or base in (0, 1):
            raise NotCheckableError("a power of floats that the engine has rules of its own for")
        return _float_power(_float(base), _float(exponent))
    if exponent < 0:
        if base == 0:
            raise NotCheckableError("a division by zero")
        if isinstance(base, int):
            if base in (1, -1):
                return base if exponent % 2 else 1
            return _float_power(_float(base), _float(exponent))
        if _is_whole(base):
            raise NotCheckableError("a power of a whole rational")
    if base not in (0, 1, -1):
        if abs(exponent) > 1 << 20:
            raise NotCheckableError("a power with an exponent beyond the check")
        budget.size(bits(base) * abs(exponent))
        if isinstance(base, Fraction):
            return base**exponent
        return int(base**exponent)
    return base ** (exponent if exponent < 2 else 2 + exponent % 2)


def _float_power(base: float, exponent: float) -> float:
    if base == 0.0 and exponent < 0:
        raise NotCheckableError("a division by zero")
    return _real(math.pow, base, exponent)


def _real(function: Callable[..., float], *arguments: Number) -> float:
    try:
        return _finite(function(*map(_float, arguments)))
    except (ValueError, OverflowError) as error:
        raise NotCheckableError("a function of reals that has no value here") from error


def _of_reals(function: Callable[..., float]) -> Callable[..., Number]:
    return lambda budget, *arguments: _real(function, *arguments)


def _arc_tangent(budget: Budget, left: Number, right: Number) -> Number:
    if left == 0 and right == 0:
        raise NotCheckableError("atan2 of two zeros")
    return _real(math.atan2, left, right)


# To an integer, or to a rational


def _rounded(budget: Budget, value: Number) -> Number:
    """To the nearest integer; a half away from zero."""
    exact = _exact(value)
    return (exact * 2 + 1) // 2 if exact >= 0 else -((-exact * 2 + 1) // 2)


def _truncated(budget: Budget, value: Number) -> Number:
    return math.trunc(_exact(value))


def _floor(budget: Budget, value: Number) -> Number:
    return math.floor(_exact(value))


def _ceiling(budget: Budget, value: Number) -> Number:
    return math.ceil(_exact(value))


def _exact(value: Number) -> int | Fraction:
    return Fraction(_finite(value)) if isinstance(value, float) else value


def _rational(budget: Budget, value: Number) -> Number:
    return value if isinstance(value, int) else Fraction(_exact(value))


def _numerator(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        raise NotCheckableError("the numerator of a float")
    return Fraction(value).numerator


def _denominator(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        raise NotCheckableError("the denominator of a float")
    return Fraction(value).denominator


def _to_float(budget: Budget, value: Number) -> Number:
    return _float(value)


def _integer_part(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        return math.copysign(float(math.trunc(_finite(value))), value)
    return type(value)(math.trunc(value))


def _fractional_part(budget: Budget, value: Number) -> Number:
    if isinstance(value, float):
        raise NotCheckableError("the fractional part of a float")
    return value - math.trunc(value)


# Of integers alone


def _greatest_divisor(budget: Budget, left: int, right: int) -> Number:
    _integers(left, right)
    return math.gcd(left, right)


def _least_multiple(budget: Budget, left: int, right: int) -> Number:
    _integers(left, right)
    budget.size(bits(left) + bits(right))
    return math.lcm(left, right)


def _highest_bit(budget: Budget, value: int) -> Number:
    _integers(value)
    if value <= 0:
        raise NotCheckableError("msb of what is not positive")
    return value.bit_length() - 1


def _shift_left(budget: Budget, value: int, places: int) -> Number:
    _integers(value, places)
    if places < 0:
        raise NotCheckableError("a shift by a negative number of places")
    budget.size(bits(value) + places)
    return value << places


def _shift_right(budget: Budget, value: int, places: int) -> Number:
    _integers(value, places)
    if places < 0:
        raise NotCheckableError("a shift by a negative number of places")
    return value >> min(places, bits(value) + 1)


def _and(budget: Budget, left: int, right: int) -> Number:
    _integers(left, right)
    return left & right


def _or(budget: Budget, left: int, right: int) -> Number:
    _integers(left, right)
    return left | right


def _exclusive_or(budget: Budget, left: int, right: int) -> Number:
    _integers(left, right)
    return left ^ right


def _complement(budget: Budget, value: int) -> Number:
    _integers(value)
    return ~value


def _modular_power(budget: Budget, base: int, exponent: int, modulus: int) -> Number:
    _integers(base, exponent, modulus)
    if base < 0 or exponent < 0 or modulus <= 0:
        raise NotCheckableError("powm of what is not positive")
    budget.spend(bits(exponent) * (bits(modulus) // 64 + 1))
    return pow(base, exponent, modulus)


_SAME = _Function(1, _identity)
_FUNCTIONS = {
    (name, arity): _Function(arity, compute)
    for name, arity, compute in (
        ("+", 2, _add),
        ("-", 2, _subtract),
        ("*", 2, _multiply),
        ("/", 2, _divide),
        ("rdiv", 2, _rdiv),
        ("//", 2, _truncating_quotient),
        ("div", 2, _floor_quotient),
        ("mod", 2, _modulo),
        ("rem", 2, _remainder),
        ("-", 1, _negate),
        ("+", 1, _identity),
        ("eval", 1, _identity),
        ("abs", 1, _absolute),
        ("sign", 1, _sign),
        ("max", 2, _maximum),
        ("min", 2, _minimum),
        ("**", 2, _power),
        ("^", 2, _power),
        ("round", 1, _rounded),
        ("integer", 1, _rounded),
        ("truncate", 1, _truncated),
        ("floor", 1, _floor),
        ("ceil", 1, _ceiling),
        ("ceiling", 1, _ceiling),
        ("rational", 1, _rational),
        ("numerator", 1, _numerator),
        ("denominator", 1, _denominator),
        ("float", 1, _to_float),
        ("float_integer_part", 1, _integer_part),
        ("float_fractional_part", 1, _fractional_part),
        ("gcd", 2, _greatest_divisor),
        ("lcm", 2, _least_multiple),
        ("msb", 1, _highest_bit),
        ("<<", 2, _shift_left),
        (">>", 2, _shift_right),
        ("/\\", 2, _and),
        ("\\/", 2, _or),
        ("xor", 2, _exclusive_or),
        ("\\", 1, _complement),
        ("powm", 3, _modular_power),
        ("atan", 2, _arc_tangent),
        ("atan2", 2, _arc_tangent),
    )
} | {
    (name, 1): _Function(1, _of_reals(function))
    for name, function in (
        ("sqrt", math.sqrt),
        ("exp", math.exp),
        ("log", math.log),
        ("log10", math.log10),
        ("sin", math.sin),
        ("cos", math.cos),
        ("tan", math.tan),
        ("asin", math.asin),
        ("acos", math.acos),
        ("atan", math.atan),
        ("sinh", math.sinh),
        ("cosh", math.cosh),
        ("tanh", math.tanh),
        ("asinh", math.asinh),
        ("acosh", math.acosh),
        ("atanh", math.atanh),
    )
}
