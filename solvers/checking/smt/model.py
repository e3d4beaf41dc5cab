"""Checks a model: every assertion of the script is true under it, and the terms asked for have the values claimed.

The model is the engine's reply to `get-model`: elements of declared sorts, and a definition for each constant and
function. What it leaves open may be settled in any way, and the checker does so; see `evaluate`.

Covered: what `theories` lists, datatypes, declared sorts, quantifiers over finite sorts and guarded integers. Not
covered: other quantifiers, which are assumed and named; that an objective is best.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.smt.claims import check_value
from solvers.checking.smt.evaluate import UNDECIDED, Evaluator
from solvers.checking.smt.scripts import Script, read_expressions, read_script
from solvers.checking.smt.signature import one_list, symbol
from solvers.checking.smt.terms import BOOL, INT, REAL, Function, Sort, Term
from solvers.checking.smt.values import Values
from solvers.smt.sexpr import Node, Sexpr, Token, flatten
from solvers.types import Value

_ELEMENT = re.compile(r"([^|]+)!val![0-9]+|\|([^|]+)!val![0-9]+\|")
_UNDEFINED = {"/0": REAL, "div0": INT, "mod0": INT}
"""What z3 calls the results of division by zero."""


class Model(NamedTuple):
    """A model as read.

    Args:
        definitions: of functions that the script declares.
        undefined: of division by zero.
        universes: the elements of declared sorts.
        open_sorts: those whose elements are not listed, only used.
        cardinalities: what the model says of these itself.
        texts: of each definition, for what is claimed of functions.
    """

    definitions: dict[Function, Function]
    undefined: dict[str, Function]
    universes: dict[Sort, list[str]]
    open_sorts: set[Sort]
    cardinalities: list[Term]
    texts: dict[str, Sexpr]


def check_model(
    script_text: str, model_text: str, values: Mapping[str, Value], budget: Budget
) -> tuple[str, tuple[str, ...]]:
    """What was confirmed, in words, and what it assumes.

    Raises:
        RefutedError: an assertion is false, or a term has another value than claimed.
        NotCheckableError: anything else that keeps it from being confirmed.
    """
    script = read_script(script_text, budget)
    model = read_model(model_text, script, budget)
    evaluator = Evaluator(
        Values(script.signature, model.universes, model.open_sorts, budget), model.definitions, model.undefined, budget
    )
    assumptions = []
    for term in model.cardinalities:
        if evaluator.value(term) is not True:
            raise RefutedError("the model has other elements of a declared sort than it says")
    for assertion in script.assertions:
        value = evaluator.value(assertion.term)
        if value is UNDECIDED:
            assumptions.append(f"the model satisfies `{assertion.text}`, which ranges over more than can be tried")
        elif value is not True:
            _refuse_false(evaluator, f"the assertion `{assertion.text}` is false under the model")
    for key, claimed in values.items():
        reason = check_value(key, claimed, script, evaluator, model.texts)
        if reason is not None:
            _refuse_false(evaluator, reason)
    recursive = sorted(name for name, function in script.signature.scope.functions.items() if function.recursive)
    # One that is evaluated nowhere still has to exist: (f x) may be said to be 1 more than itself.
    assumptions += [f"`{name}`, defined by recursion, has a value everywhere" for name in recursive]
    count = len(script.assertions)
    words = f"the model satisfies {count} of {count} assertions" if count else "there is nothing to satisfy"
    return (words if not assumptions else f"the model satisfies the assertions, of {count}, that it decides"), tuple(
        assumptions
    )


def _refuse_false(evaluator: Evaluator, reason: str) -> None:
    completed = sorted(evaluator.values.completed)
    if completed:
        # Another way to complete the model could make it true.
        raise NotCheckableError(f"{reason}, but the model leaves open {', '.join(completed[:3])}")
    raise RefutedError(reason)


def read_model(text: str, script: Script, budget: Budget) -> Model:
    """Read the reply to `get-model`. Its names are known to `script.reader` from here on."""
    expressions = read_expressions(text, budget)
    if len(expressions) != 1:
        raise NotCheckableError("the model is not one list")
    return _ModelReading(script, budget).model(one_list(expressions[0]))


class _ModelReading:
    def __init__(self, script: Script, budget: Budget) -> None:
        self._signature = script.signature
        self._reader = script.reader
        self._budget = budget
        self._declared = dict(script.signature.scope.functions)
        self._model = Model({}, {}, {}, set(), [], {})
        self._bodies: list[tuple[Function, Sexpr, Sexpr]] = []
        """Definitions to be read when all names are known."""

    def model(self, entries: Sequence[Sexpr]) -> Model:
        cardinalities = []
        for entry in entries:
            self._budget.spend(10)
            match entry:
                case Node(items=(Token(text="declare-fun"), Token() as name, Node(items=()), sort)):
                    self._element(symbol(name), self._signature.sort(sort))
                case Node(items=(Token(text="forall"), *_)):
                    cardinalities.append(entry)
                case Node(items=(Token(text="define-fun"), Token() as name, params, sort, body)):
                    if self._define(symbol(name), params, self._signature.sort(sort), body):
                        self._model.texts[symbol(name)] = entry
                case _:
                    raise NotCheckableError("the model has an entry that the checker does not know")
        for _, _, body in self._bodies:
            self._note_elements(body)
        for definition, params, body in self._bodies:
            definition.params = self._reader.bind(params)
            definition.body = self._reader.read(body, definition.range)
            self._reader.unbind(definition.params)
        self._model.cardinalities.extend(self._reader.read(entry, BOOL) for entry in cardinalities)
        return self._model

    def _element(self, name: str, sort: Sort) -> None:
        if not self._signature.declared_sort(sort):
            raise NotCheckableError(f"the model lists elements of {sort!r}, which is no declared sort")
        element = Function(name, (), sort)
        element.body = self._signature.terms.literal(name, sort)
        self._signature.declare(element)
        self._model.universes.setdefault(sort, []).append(name)

    def _note_elements(self, body: Sexpr) -> None:
        """z3 lists the elements of a sort only where functions or quantifiers depend on them."""
        for token in flatten(body):
            match = _ELEMENT.fullmatch(token.text)
            if match is None or self._signature.knows(symbol(token)):
                continue
            name = match[1] or match[2]
            if self._signature.scope.sorts.get(name) != 0:
                continue
            sort = self._signature.terms.sort(name)
            if sort in self._model.universes and sort not in self._model.open_sorts:
                raise NotCheckableError(f"{token.text[:60]} is none of the elements that the model lists")
            self._element(symbol(token), sort)
            self._model.open_sorts.add(sort)

    def _define(self, name: str, params: Sexpr, result: Sort, body: Sexpr) -> bool:
        """Whether it is for the model to define."""
        variables = self._reader.bind(params)
        self._reader.unbind(variables)
        domain = tuple(variable.sort for variable in variables)
        declared = self._declared.get(name)
        if declared is not None and declared.body is not None:
            return False  # a label or a definition of the script, which says itself what it means
        definition = Function(name, domain, result)
        self._bodies.append((definition, params, body))
        if declared is not None:
            if (declared.domain, declared.range) != (domain, result):
                raise NotCheckableError(f"the model defines {name[:60]} with other sorts than the script")
            if declared in self._model.definitions:
                raise NotCheckableError(f"the model defines {name[:60]} twice")
            self._model.definitions[declared] = definition
            return True
        self._signature.declare(definition)
        if name in _UNDEFINED and result is _UNDEFINED[name] and domain in {(result,), (result, result)}:
            self._model.undefined[name] = definition
        return True
