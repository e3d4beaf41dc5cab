"""Operations on bit vectors, as integers from 0 to 2^width - 1.

Source: SMT-LIB 2.6, theory FixedSizeBitVectors and logic QF_BV; division by zero as they have it since 2.6: the
quotient is all ones, the remainder the dividend.
"""

from collections.abc import Callable, Sequence

from solvers.checking.budget import Budget, NotCheckableError


def signed(value: int, width: int) -> int:
    return value - (1 << width) if value >> (width - 1) else value


def _divided(left: int, right: int, width: int) -> int:
    return left // right if right else (1 << width) - 1


def _remainder(left: int, right: int, _width: int) -> int:
    return left % right if right else left


def _signed_divided(left: int, right: int, width: int) -> int:
    """`bvsdiv`: the quotient of the absolute values, negated where the signs differ."""
    a, b = signed(left, width), signed(right, width)
    quotient = _divided(abs(a), abs(b), width)
    return -quotient if (a < 0) != (b < 0) else quotient


def _signed_remainder(left: int, right: int, width: int) -> int:
    """`bvsrem`: its sign is that of the dividend."""
    a, b = signed(left, width), signed(right, width)
    remainder = _remainder(abs(a), abs(b), width)
    return -remainder if a < 0 else remainder


def _signed_modulo(left: int, right: int, width: int) -> int:
    """`bvsmod`: its sign is that of the divisor."""
    a, b = signed(left, width), signed(right, width)
    return a % b if b else a


_TWO: dict[str, Callable[[int, int, int], int]] = {
    "bvand": lambda a, b, _: a & b,
    "bvor": lambda a, b, _: a | b,
    "bvxor": lambda a, b, _: a ^ b,
    "bvnand": lambda a, b, _: ~(a & b),
    "bvnor": lambda a, b, _: ~(a | b),
    "bvxnor": lambda a, b, _: ~(a ^ b),
    "bvadd": lambda a, b, _: a + b,
    "bvsub": lambda a, b, _: a - b,
    "bvmul": lambda a, b, _: a * b,
    "bvudiv": _divided,
    "bvurem": _remainder,
    "bvsdiv": _signed_divided,
    "bvsrem": _signed_remainder,
    "bvsmod": _signed_modulo,
    "bvshl": lambda a, b, width: a << b if b < width else 0,
    "bvlshr": lambda a, b, width: a >> b if b < width else 0,
    "bvashr": lambda a, b, width: signed(a, width) >> min(b, width),
    "bvcomp": lambda a, b, _: int(a == b),
}
_COMPARE: dict[str, Callable[[int, int], bool]] = {
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def apply(
    op: str, indices: tuple[int, ...], values: Sequence[int], widths: Sequence[int], result: int, budget: Budget
) -> int | bool:
    """`op` of `values`, whose widths are `widths`; the result has `result` bits, or is a truth value."""
    width = widths[0]
    budget.spend(1 + width // 64)
    budget.size(2 * max(width, result))
    first = values[0]
    if op in _TWO:
        total = first
        for value in values[1:]:
            total = _TWO[op](total, value, width) % (1 << width)
        return total
    if op[:3] in {"bvu", "bvs"} and op[3:] in _COMPARE and len(values) == 2:
        second = values[1]
        if op[2] == "s":
            first, second = signed(first, width), signed(second, width)
        return _COMPARE[op[3:]](first, second)
    match op, indices:
        case "bvnot", _:
            total = ~first
        case "bvneg", _:
            total = -first
        case "concat", _:
            total = 0
            for value, each in zip(values, widths, strict=True):
                total = total << each | value
        case "extract", (high, low):
            total = first >> low & ((1 << (high - low + 1)) - 1)
        case "zero_extend", _:
            total = first
        case "sign_extend", _:
            total = signed(first, width)
        case "repeat", (times,):
            budget.spend(times)
            total = 0
            for _ in range(times):
                total = total << width | first
        case "rotate_left", (places,):
            total = first << places % width | first >> (width - places % width)
        case "rotate_right", (places,):
            total = first >> places % width | first << (width - places % width)
        case _:
            raise NotCheckableError(f"the checker does not evaluate {op}")
    return total % (1 << result)
