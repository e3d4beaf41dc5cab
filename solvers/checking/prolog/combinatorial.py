"""The constraints of CLP(FD) over lists: all_different, element, tuples_in, global_cardinality, circuit, lex_chain."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog import formulas, intervals
from solvers.checking.prolog.domains import Constraint, Domains
from solvers.checking.prolog.formulas import Sum
from solvers.checking.prolog.intervals import NOTHING, Domain
from solvers.checking.prolog.terms import Atom, Struct, Term, Var, deref, list_of


class Listed(Constraint):
    """A constraint on numbers in a list, each a variable or an integer."""

    def __init__(self, numbers: Sequence[Term]) -> None:
        for number in numbers:
            value = deref(number)
            if not isinstance(value, Var) and type(value) is not int:
                raise NotCheckableError("a constraint over integers on what is none")
        self.numbers = list(numbers)

    def unknowns(self, budget: Budget) -> list[Var]:
        budget.spend(len(self.numbers))
        found: dict[Var, None] = {}
        for number in self.numbers:
            value = deref(number)
            if isinstance(value, Var):
                found[value] = None
        return list(found)

    def holds(self, budget: Budget) -> bool:
        budget.spend(len(self.numbers))
        return self.holds_of([_number(number) for number in self.numbers])

    def holds_of(self, values: list[int]) -> bool:
        raise NotImplementedError

    def narrow(self, store: Domains) -> bool:
        return True


def _number(term: Term) -> int:
    value = deref(term)
    if type(value) is not int:
        raise NotCheckableError("a constraint over integers on what is none")
    return value


def _domain(term: Term, store: Domains) -> Domain:
    value = deref(term)
    if isinstance(value, Var):
        return store.domain(value)
    return intervals.interval(_number(value), _number(value))


def _restrict(term: Term, domain: Domain, store: Domains) -> bool:
    value = deref(term)
    if isinstance(value, Var):
        return store.restrict(value, domain)
    return intervals.contains(domain, _number(value))


class Different(Listed):
    """`all_different/1`, `all_distinct/1`: no two are equal."""

    def holds_of(self, values: list[int]) -> bool:
        return len(set(values)) == len(values)

    def narrow(self, store: Domains) -> bool:
        taken: set[int] = set()
        open_numbers = [deref(number) for number in self.numbers]
        while True:
            known = [number for number in open_numbers if not isinstance(number, Var)]
            unknown = [number for number in open_numbers if isinstance(number, Var)]
            store.budget.spend(len(open_numbers))
            if len(set(unknown)) < len(unknown):
                return False
            new = [_number(number) for number in known]
            if len(set(new)) < len(new) or taken & set(new):
                return False
            if not new:
                return self._has_room(unknown, store)
            taken |= set(new)
            for var in unknown:
                domain = store.domain(var)
                for value in new:
                    domain = intervals.without(domain, value, store.budget)
                if not store.restrict(var, domain):
                    return False
            open_numbers = [deref(var) for var in unknown]

    def _has_room(self, unknown: list[Var], store: Domains) -> bool:
        """Whether there are as many values as variables, taken all together."""
        together: Domain = NOTHING
        for var in unknown:
            domain = store.domain(var)
            if intervals.size(domain) == math.inf:
                return True
            together = intervals.union(together, domain, store.budget)
        return intervals.size(together) >= len(unknown)


class Element(Listed):
    """`element(Index, List, Value)`: the value is the one at the index, counted from 1."""

    def holds_of(self, values: list[int]) -> bool:
        index, value, *items = values
        return 1 <= index <= len(items) and items[index - 1] == value

    def narrow(self, store: Domains) -> bool:
        index, value, *items = self.numbers
        wanted = _domain(value, store)
        if not _restrict(index, ((1, len(items)),) if items else NOTHING, store):
            return False
        kept, possible = [], NOTHING
        for place in intervals.values(_domain(index, store)):
            common = intervals.intersection(_domain(items[place - 1], store), wanted, store.budget)
            if common:
                kept.append(place)
                possible = intervals.union(possible, common, store.budget)
        return _restrict(index, intervals.of_values(kept), store) and _restrict(value, possible, store)


class Table(Listed):
    """`tuples_in/2`, for one tuple: it is one of the rows."""

    def __init__(self, numbers: Sequence[Term], rows: list[list[int]]) -> None:
        super().__init__(numbers)
        self.rows = [row for row in rows if len(row) == len(self.numbers)]

    def holds(self, budget: Budget) -> bool:
        budget.spend(len(self.rows))
        return super().holds(budget)

    def holds_of(self, values: list[int]) -> bool:
        return values in self.rows

    def narrow(self, store: Domains) -> bool:
        domains = [_domain(number, store) for number in self.numbers]
        possible = []
        for row in self.rows:
            store.budget.spend(len(row))
            if all(intervals.contains(domain, value) for domain, value in zip(domains, row, strict=True)):
                possible.append(row)
        columns = zip(*possible, strict=True) if possible else ([] for _ in self.numbers)
        return bool(possible) and all(
            _restrict(number, intervals.of_values(list(column)), store)
            for number, column in zip(self.numbers, columns, strict=True)
        )


class Cardinality(Listed):
    """`global_cardinality/2`: each key occurs as often as its count says, and nothing else occurs."""

    def __init__(self, numbers: Sequence[Term], keys: list[int], counts: Sequence[Term]) -> None:
        super().__init__([*numbers, *counts])
        self.keys = keys

    def holds(self, budget: Budget) -> bool:
        budget.spend(len(self.numbers) * len(self.keys) // 8)
        return super().holds(budget)

    def holds_of(self, values: list[int]) -> bool:
        numbers, counts = values[: -len(self.keys) or None], values[len(values) - len(self.keys) :]
        return set(numbers) <= set(self.keys) and all(
            numbers.count(key) == count for key, count in zip(self.keys, counts, strict=True)
        )

    def narrow(self, store: Domains) -> bool:
        size = len(self.numbers) - len(self.keys)
        numbers, counts = self.numbers[:size], self.numbers[size:]
        every_key = intervals.of_values(self.keys)
        if not all(_restrict(number, every_key, store) for number in numbers):
            return False
        for key, count in zip(self.keys, counts, strict=True):
            store.budget.spend(size)
            fixed = sum(1 for number in numbers if deref(number) == key)
            able = [
                value
                for value in map(deref, numbers)
                if isinstance(value, Var) and intervals.contains(store.domain(value), key)
            ]
            if not _restrict(count, ((fixed, fixed + len(able)),), store):
                return False
            wanted = deref(count)
            if wanted == fixed:
                for var in able:
                    if not _restrict(var, intervals.without(_domain(var, store), key, store.budget), store):
                        return False
            elif wanted == fixed + len(able) and not all(_restrict(var, ((key, key),), store) for var in able):
                return False
        return True


class Circuit(Listed):
    """`circuit/1`: the successors of 1, 2, ... make one round through all of them."""

    def holds_of(self, values: list[int]) -> bool:
        place, seen = 1, set()
        while place not in seen and 1 <= place <= len(values):
            seen.add(place)
            place = values[place - 1]
        return len(seen) == len(values) and (place == 1 or not values)

    def narrow(self, store: Domains) -> bool:
        every_place = intervals.interval(1, len(self.numbers))
        return all(_restrict(number, every_place, store) for number in self.numbers)


class Ordered(Listed):
    """`lex_chain/1`, for two lists of one length: the first is not after the second."""

    def holds_of(self, values: list[int]) -> bool:
        half = len(values) // 2
        return values[:half] <= values[half:]


def read_tuples(term: Term, budget: Budget) -> list[list[Term]]:
    """A list of lists."""
    rows = list_of(term, budget)
    found = [list_of(row, budget) for row in rows or ()]
    if rows is None or None in found:
        raise NotCheckableError("a constraint on what is no list of lists")
    return [row for row in found if row is not None]


def read_numbers(term: Term, budget: Budget) -> list[Term]:
    items = list_of(term, budget)
    if items is None:
        raise NotCheckableError("a constraint on what is no list")
    return items


def _different(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    yield Different(read_numbers(args[0], budget))


def _element(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    yield Element([args[0], args[2], *read_numbers(args[1], budget)])


def _tuples_in(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    rows = [[_number(item) for item in row] for row in read_tuples(args[1], budget)]
    for numbers in read_tuples(args[0], budget):
        yield Table(numbers, rows)


def _cardinality(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    keys, counts = [], []
    for pair in read_numbers(args[1], budget):
        pair = deref(pair)
        if not isinstance(pair, Struct) or pair.name != "-" or len(pair.args) != 2:
            raise NotCheckableError("global_cardinality/2 takes pairs")
        keys.append(_number(pair.args[0]))
        counts.append(pair.args[1])
    if not keys or len(set(keys)) < len(keys):
        raise NotCheckableError("global_cardinality/2 takes each key once, and one at least")
    yield Cardinality(read_numbers(args[0], budget), keys, counts)


def _circuit(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    numbers = read_numbers(args[0], budget)
    yield Different(numbers)
    yield Circuit(numbers)


def _lex_chain(args: Sequence[Term], budget: Budget) -> Iterator[Constraint]:
    rows = read_tuples(args[0], budget)
    if len({len(row) for row in rows}) > 1:
        raise NotCheckableError("lex_chain/1 takes lists of one length")
    for first, second in pairwise(rows):
        yield Ordered([*first, *second])


READERS: dict[tuple[str, int], Callable[[Sequence[Term], Budget], Iterator[Constraint]]] = {
    ("all_different", 1): _different,
    ("all_distinct", 1): _different,
    ("element", 3): _element,
    ("tuples_in", 2): _tuples_in,
    ("global_cardinality", 2): _cardinality,
    ("circuit", 1): _circuit,
    ("lex_chain", 1): _lex_chain,
}


def weighted(
    coefficients: Sequence[Term], numbers: Sequence[Term], relation: Term, right: Term, budget: Budget
) -> formulas.Comparison:
    """`scalar_product/4`, and `sum/3` where every coefficient is 1."""
    relation = deref(relation)
    name = relation.name if isinstance(relation, Atom) else ""
    if len(coefficients) != len(numbers) or name not in formulas.COMPARISONS:
        raise NotCheckableError("scalar_product/4 takes lists of one length and a relation")
    summed = Sum(0, ())
    for coefficient, number in zip(coefficients, numbers, strict=True):
        summed = formulas.plus(summed, formulas.read_number(number, budget), _number(coefficient), budget)
    return formulas.compared(name, summed, formulas.read_expression(right, budget), budget)
