"""Evaluates terms under a model, exactly.

Every term has a value, except what depends on a quantifier over more values than can be tried: that is `UNDECIDED`, and
stays so unless the rest decides (`(or true undecided)` is true). What is decided while a variable is `UNDECIDED` is so
for each of its values.

What SMT-LIB leaves to the model, such as division by zero, is taken from the model; where the model says nothing, any
value will do, since a model may be completed in any way: `Values.completed` remembers that it was. A term that is false
then refutes nothing.

Source: SMT-LIB 2.6, the theories; the names `/0`, `div0` and `mod0` after z3.
"""

from collections.abc import Generator, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import Any, Union

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt import bitvectors, numbers, strings
from solvers.checking.smt.quantifiers import guards, mentioned
from solvers.checking.smt.terms import INT, REAL, Constructor, Function, Sort, Term, shown_literal, without_recursion
from solvers.checking.smt.values import Data, Value, Values

_MOST_TRIED = 10_000
"""Integers that a guarded variable is tried with."""
_MOST_SAMPLES = 16
_MOST_SAMPLED = 2
"""Variables, one within the other, of which a few values are tried."""
_SIMPLE = frozenset("not abs to_real to_int is_int divisible ubv_to_int sbv_to_int int_to_bv".split())
"""Operations on one value that need nothing else."""


class Undecided(Enum):
    UNDECIDED = "undecided"


UNDECIDED = Undecided.UNDECIDED

Result = Union[Value, Undecided]  # noqa: UP007  # a forward reference
_Evaluation = Generator[Any, Any, Any]
"""Of a `Result`, by way of others: see `without_recursion`."""
_NOTHING: Any = object()


class _Scope:
    """Values of variables, and what has been evaluated under them. `parent`: the variables around."""

    __slots__ = ("known", "parent", "variables")

    def __init__(self, variables: Mapping[Term, Result], parent: "_Scope | None") -> None:
        self.variables = variables
        self.parent = parent
        self.known: dict[Term, Result] = dict(variables)


class Evaluator:
    """Values of terms under one model.

    Args:
        definitions: how the model defines the functions that the script declares.
        undefined: what the model says of `/0`, `div0` and `mod0`.
    """

    def __init__(
        self,
        values: Values,
        definitions: Mapping[Function, Function],
        undefined: Mapping[str, Function],
        budget: Budget,
    ) -> None:
        self.values = values
        self._definitions = definitions
        self._undefined = undefined
        self.budget = budget
        self._top = _Scope({}, None)
        self._calls: dict[tuple[Function, tuple[Result, ...]], Result] = {}
        self._sampling = 0
        """How many variables around are being tried with a few values."""

    def value(self, term: Term) -> Result:
        """The value of a closed term."""
        result: Result = without_recursion(self._value(term, self._top), self.budget)
        return result

    def _ready(self, term: Term, scope: _Scope) -> Any:
        """The value if it is known already, else `_NOTHING`."""
        if term.op == "literal":
            return term.data
        return self._home(term, scope).known.get(term, _NOTHING)

    def _home(self, term: Term, scope: _Scope) -> _Scope:
        """The outermost scope that has all variables of `term`."""
        free = term.free
        while scope.parent is not None and free.isdisjoint(scope.variables):
            scope = scope.parent
        return scope

    def _value(self, term: Term, scope: _Scope) -> _Evaluation:
        found = self._ready(term, scope)
        if found is not _NOTHING:
            result: Result = found
            return result
        home = self._home(term, scope)
        self.budget.spend(len(term.args))
        match term.op:
            case "and" | "or" | "=>":
                result = yield self._connective(term, home)
            case "ite":
                result = yield self._choice(term, home)
            case "forall" | "exists":
                result = yield self._quantified(term, frozenset(term.data), home)
            case "variable":
                raise NotCheckableError(f"{term.data[0][:60]} is a variable without a value")
            case "choice":
                raise NotCheckableError("which value a choice has is beyond the checker of models")
            case "lambda" | "as-array":
                result = yield self._function_as_array(term, home)
            case _:
                args: list[Result] = []
                undecided = False
                for arg in term.args:
                    value = self._ready(arg, home)
                    if value is _NOTHING:
                        value = yield self._value(arg, home)
                    undecided = undecided or value is UNDECIDED
                    args.append(value)
                if term.op == "apply":
                    result = yield self._call(term.data, tuple(args))
                elif undecided:
                    result = UNDECIDED
                else:
                    result = yield self._operation(term, args)
        home.known[term] = result
        return result

    def _connective(self, term: Term, scope: _Scope) -> _Evaluation:
        """`and`, `or`, `=>`: left to right, and no further than needed."""
        decisive = term.op != "and"  # what one argument must be to decide the whole
        undecided = False
        for place, arg in enumerate(term.args):
            value = self._ready(arg, scope)
            if value is _NOTHING:
                value = yield self._value(arg, scope)
            if value is UNDECIDED:
                undecided = True
                continue
            if term.op == "=>" and place < len(term.args) - 1:
                value = not value
            if value is decisive:
                return decisive
        return UNDECIDED if undecided else not decisive

    def _choice(self, term: Term, scope: _Scope) -> _Evaluation:
        condition, then, other = term.args
        value: Result = yield self._value(condition, scope)
        if value is UNDECIDED:
            return UNDECIDED
        chosen: Result = yield self._value(then if value else other, scope)
        return chosen

    def _call(self, function: Function, args: tuple[Result, ...]) -> _Evaluation:
        """Also where an argument is undecided: the function may not depend on it."""
        definition = function if function.body is not None else self._definitions.get(function)
        if definition is None or definition.body is None:
            self.values.completed.add(function.name)
            return self.values.default(function.range)
        key = (definition, args)
        if key in self._calls:
            known = self._calls[key]
            if known is _NOTHING and UNDECIDED in args:
                return UNDECIDED
            if known is _NOTHING:
                raise NotCheckableError(f"the definition of {function.name[:60]} refers to itself")
            return known
        self._calls[key] = _NOTHING
        scope = _Scope(dict(zip(definition.params, args, strict=True)), self._top) if args else self._top
        result: Result = yield self._value(definition.body, scope)
        self._calls[key] = result
        return result

    def _operation(self, term: Term, args: Sequence[Any]) -> _Evaluation:
        """An operation of a theory whose arguments have values."""
        op = term.op
        match op:
            case "=":
                return all(arg == args[0] for arg in args)
            case "distinct":
                return len(set(args)) == len(args)
            case "xor":
                return sum(args) % 2 == 1
            case "+" | "-" | "*":
                return numbers.total(op, args, self.budget)
            case "<" | "<=" | ">" | ">=":
                return numbers.ordered(op, args)
            case "/" | "div" | "mod":
                return (yield self._division(op, args))
            case "constructor":
                return self.values.data(term.data, tuple(args))
            case "tester":
                return args[0].constructor is term.data
            case "selector":
                return self._selected(term, args[0])
            case "select":
                return args[0].at(args[1])
            case "store":
                return self.values.array(term.sort, args[0].default, {**args[0].entries, args[1]: args[2]})
            case "const":
                return self.values.array(term.sort, args[0], {})
        if op in _SIMPLE:
            return self._simple(term, args[0])
        if op.startswith("str."):
            return strings.apply(op, args, self.budget)
        widths = [arg.sort.indices[0] for arg in term.args]
        result = term.sort.indices[0] if term.sort.indices else 1
        return bitvectors.apply(op, term.data, args, widths, result, self.budget)

    def _simple(self, term: Term, value: Any) -> Value:
        match term.op:
            case "not":
                return not value
            case "abs":
                return int(abs(value))
            case "to_real":
                return Fraction(value)
            case "to_int":
                return int(value.numerator // value.denominator)
            case "is_int":
                return bool(value.denominator == 1)
            case "divisible":
                return bool(value % term.data[0] == 0)
            case "ubv_to_int":
                return int(value)
            case "sbv_to_int":
                return bitvectors.signed(value, term.args[0].sort.indices[0])
        width = term.sort.indices[0]
        self.budget.size(width)
        return int(value % (1 << width))  # int_to_bv

    def _selected(self, term: Term, value: Data) -> Value:
        constructor: Constructor = term.data[0]
        place: int = term.data[1]
        if value.constructor is constructor:
            return value.args[place]
        self.values.completed.add(f"{constructor.selectors[place]} of what {constructor.name} did not make")
        return self.values.default(term.sort)

    def _division(self, op: str, args: Sequence[Any]) -> _Evaluation:
        """Left to right; what division by zero gives is for the model to say."""
        result: Any = args[0]
        for right in args[1:]:
            if right == 0:
                name = {"/": "/0", "div": "div0", "mod": "mod0"}[op]
                function = self._undefined.get(name)
                if function is None:
                    self.values.completed.add(f"({op} {shown_literal(result)} 0)")
                    result = 0 * result
                else:
                    result = yield self._call(function, (result, right)[: len(function.domain)])
                    if result is UNDECIDED:
                        return UNDECIDED
            elif op == "/":
                result = numbers.quotient(result, right, self.budget)
            else:
                result = (numbers.divide if op == "div" else numbers.remainder)(result, right)
        return result

    def _function_as_array(self, term: Term, scope: _Scope) -> _Evaluation:
        """`(_ as-array f)` or a `lambda` over a finite sort: its value at each index."""
        index: Sort = term.sort.args[0]
        domain = self.values.domain(index)
        if domain is None:
            raise NotCheckableError(f"an array that a function gives, over {index!r}, is beyond the checker")
        entries = {}
        for key in domain:
            if term.op == "as-array":
                value: Result = yield self._call(term.data, (key,))
            else:
                value = yield self._value(term.args[0], _Scope({term.data[0]: key}, scope))
            if value is UNDECIDED:
                return UNDECIDED
            entries[key] = value
        return self.values.array(term.sort, entries[domain[0]], entries)

    def _quantified(self, term: Term, left: frozenset[Term], scope: _Scope) -> _Evaluation:
        """The quantifier `term` as one over the variables `left`, the others having values in `scope`."""
        body = term.args[0]
        left &= body.free
        if not left:
            plain: Result = yield self._value(body, scope)
            return plain
        decisive = term.op == "exists"
        for variable in sorted(left, key=term.data.index):
            domain: Sequence[Value] | None = yield self._domain(term, variable, left, scope)
            if domain is not None:
                break
        else:
            return (yield self._sampled(term, left, scope))
        undecided = False
        for value in domain:
            inner = _Scope({variable: value}, scope)
            result: Result = yield self._quantified(term, left - {variable}, inner)
            if result is UNDECIDED:
                undecided = True
            elif result is decisive:
                return decisive
        return UNDECIDED if undecided else not decisive

    def _sampled(self, term: Term, left: frozenset[Term], scope: _Scope) -> _Evaluation:
        """The quantifier where not everything can be tried: the body may not depend on the variables, and some values
        can decide it one way.
        """
        whatever: Result = yield self._value(term.args[0], _Scope(dict.fromkeys(left, UNDECIDED), scope))
        if whatever is not UNDECIDED:
            return whatever
        if len(left) + self._sampling > _MOST_SAMPLED:
            return UNDECIDED
        decisive = term.op == "exists"
        variable = min(left, key=term.data.index)
        samples: list[Value] = yield self._samples(term, variable)
        self._sampling += 1
        results = set()
        for value in samples:
            results.add((yield self._quantified(term, left - {variable}, _Scope({variable: value}, scope))))
            if decisive in results:
                break
        self._sampling -= 1
        return decisive if decisive in results else UNDECIDED

    def _samples(self, term: Term, variable: Term) -> Generator[Any, Any, list[Value]]:
        """Values of the variable that the body gives reason to try, where it cannot be tried with all."""
        found = [self.values.default(variable.sort)]
        for closed in mentioned(term.args[0], variable, self.budget):
            value: Any = yield self._value(closed, self._top)
            if value is not UNDECIDED:
                found += [value - 1, value, value + 1] if variable.sort in {INT, REAL} else [value]
        return list(dict.fromkeys(found))[:_MOST_SAMPLES]

    def _domain(
        self, term: Term, variable: Term, left: frozenset[Term], scope: _Scope
    ) -> Generator[Any, Any, Sequence[Value] | None]:
        """What the variable has to be tried with; None: too much."""
        whole = self.values.domain(variable.sort)
        if whole is not None:
            return whole
        found = guards(term.op, term.args[0], variable, self.budget)
        for equal in found.equal:
            if equal.free.isdisjoint(left):
                value: Result = yield self._value(equal, scope)
                if not isinstance(value, Undecided):
                    return (value,)
        if variable.sort is not INT:
            return None
        lowest: list[int] = []
        highest: list[int] = []
        for bounds, ends, step in ((found.lower, lowest, 1), (found.upper, highest, -1)):
            for bound, outside in bounds:
                if bound.free.isdisjoint(left):
                    end: Any = yield self._value(bound, scope)
                    if end is not UNDECIDED:
                        ends.append(end + step * outside)
        if lowest and highest and min(highest) - max(lowest) < _MOST_TRIED:
            return range(max(lowest), min(highest) + 1)
        return None
