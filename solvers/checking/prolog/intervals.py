"""Sets of integers as intervals one after the other, and what arithmetic does to an interval.

A bound is an `int`, or a float that is infinite. Only two infinite bounds of one sign are ever added.
"""

import math
from collections.abc import Callable, Iterator

from solvers.checking.budget import Budget, NotCheckableError

Bound = int | float
Interval = tuple[Bound, Bound]
"""Lowest and highest; never empty."""
Domain = tuple[Interval, ...]
"""From low to high, with at least one integer between two of them."""

EVERYTHING: Domain = ((-math.inf, math.inf),)
NOTHING: Domain = ()


def interval(low: Bound, high: Bound) -> Domain:
    return ((low, high),) if low <= high else NOTHING


def hull(domain: Domain) -> Interval:
    """From the lowest to the highest of a domain that is not empty."""
    return domain[0][0], domain[-1][1]


def contains(domain: Domain, number: int) -> bool:
    return any(low <= number <= high for low, high in domain)


def size(domain: Domain) -> Bound:
    """How many integers it has."""
    low, high = hull(domain) if domain else (0, -1)
    if type(low) is float or type(high) is float:
        return math.inf
    return sum(int(high) - int(low) + 1 for low, high in domain)


def values(domain: Domain) -> Iterator[int]:
    """The integers of a finite domain, from low to high."""
    for low, high in domain:
        yield from range(_whole(low), _whole(high) + 1)


def values_down(domain: Domain) -> Iterator[int]:
    for low, high in reversed(domain):
        yield from range(_whole(high), _whole(low) - 1, -1)


def of_values(numbers: list[int]) -> Domain:
    found: list[Interval] = []
    for number in sorted(numbers):
        if found and number <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(number, found[-1][1]))
        else:
            found.append((number, number))
    return tuple(found)


def intersection(left: Domain, right: Domain, budget: Budget) -> Domain:
    found = []
    i = j = 0
    while i < len(left) and j < len(right):
        budget.spend()
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low <= high:
            found.append((low, high))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return tuple(found)


def union(left: Domain, right: Domain, budget: Budget) -> Domain:
    found: list[Interval] = []
    for low, high in sorted(left + right):
        budget.spend()
        if found and low <= plus(found[-1][1], 1):
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)


def without(domain: Domain, number: int, budget: Budget) -> Domain:
    return intersection(domain, ((-math.inf, number - 1), (number + 1, math.inf)), budget)


def complement(domain: Domain, budget: Budget) -> Domain:
    found = EVERYTHING
    for low, high in domain:
        around = interval(-math.inf, plus(low, -1)) + interval(plus(high, 1), math.inf)
        outside = tuple((a, b) for a, b in around if a != math.inf and b != -math.inf)
        found = intersection(found, outside, budget)
    return found


def _whole(bound: Bound) -> int:
    if type(bound) is not int:
        raise NotCheckableError("a domain without an end")
    return bound


def plus(left: Bound, right: Bound) -> Bound:
    if type(left) is float:
        return left
    return right if type(right) is float else left + right


def times(left: Bound, right: Bound) -> Bound:
    if left == 0 or right == 0:
        return 0
    if type(left) is float or type(right) is float:
        return math.inf if (left > 0) == (right > 0) else -math.inf
    return left * right


def add(left: Interval, right: Interval) -> Interval:
    return plus(left[0], right[0]), plus(left[1], right[1])


def scale(left: Interval, factor: int) -> Interval:
    ends = times(left[0], factor), times(left[1], factor)
    return ends if factor >= 0 else ends[::-1]


def multiply(left: Interval, right: Interval) -> Interval:
    ends = [times(a, b) for a in left for b in right]
    return min(ends), max(ends)


def magnitude(of: Interval) -> Bound:
    return max(abs(of[0]), abs(of[1]))


def absolute(of: Interval) -> Interval:
    low = 0 if of[0] <= 0 <= of[1] else min(abs(of[0]), abs(of[1]))
    return low, magnitude(of)


def quotient(left: Interval, right: Interval, divide: Callable[[int, int], int]) -> Interval:
    """Of an integer division, rounded in any way: no quotient is larger in size than what is divided."""
    most = magnitude(left)
    low: Bound = 0 if left[0] >= 0 and right[0] >= 0 else -most
    high = most
    if type(left[0]) is int and type(left[1]) is int and type(right[0]) is int and type(right[1]) is int:
        if right[0] > 0 or right[1] < 0:
            ends = [divide(a, b) for a in (left[0], left[1]) for b in (right[0], right[1])]
            return min(ends), max(ends)
    elif type(right[0]) is int and right[0] == right[1] and right[0] > 0:
        ends_of = [end if type(end) is float else divide(int(end), int(right[0])) for end in left]
        return ends_of[0], ends_of[1]
    return low, high


def modulo(left: Interval, right: Interval) -> Interval:
    """Of `mod`, whose result has the sign of the divisor."""
    if right[0] > 0 and left[0] >= 0:
        return 0, min(left[1], plus(right[1], -1))
    low = plus(right[0], 1) if right[0] < 0 else 0
    high = plus(right[1], -1) if right[1] > 0 else 0
    return low, high


def remainder(left: Interval, right: Interval) -> Interval:
    """Of `rem`, whose result has the sign of what is divided."""
    most = plus(magnitude(right), -1)
    low = max(-most, left[0]) if left[0] < 0 else 0
    high = min(most, left[1]) if left[1] > 0 else 0
    return low, high


def power(base: Interval, exponent: Interval, budget: Budget) -> Interval:
    if exponent[0] != exponent[1] or type(exponent[0]) is not int or exponent[0] < 0:
        return (1 if base[0] >= 1 else -math.inf), math.inf
    number = exponent[0]
    ends = []
    for end in base:
        if type(end) is int:
            budget.size(end.bit_length() * number)
            ends.append(end**number)
        else:
            ends.append(math.inf if end > 0 or number % 2 == 0 else -math.inf)
    if number == 0:
        return 1, 1
    if number % 2 == 0 and base[0] <= 0 <= base[1]:
        return 0, max(ends)
    return min(ends), max(ends)


def root(number: Bound, degree: int, budget: Budget) -> Bound:
    """The largest integer whose power is not more than a number that is not negative."""
    if type(number) is float or number < 2:
        return number
    low, high = 1, 1 << (int(number).bit_length() // degree + 1)
    while high - low > 1:
        budget.spend()
        middle = (low + high) // 2
        low, high = (middle, high) if middle**degree <= number else (low, middle)
    return low
