"""Holds what an outcome says of a term against what the term evaluates to."""

from collections.abc import Mapping
from fractions import Fraction

from solvers.checking.budget import NotCheckableError
from solvers.checking.smt.evaluate import UNDECIDED, Evaluator, Result
from solvers.checking.smt.scripts import Script
from solvers.checking.smt.terms import BOOL, INT, REAL, STRING, Term
from solvers.checking.smt.values import Array, Data
from solvers.smt.sexpr import Node, Sexpr, SexprError, flatten, read, symbol_text, write
from solvers.types import Value, ValueKind

_LONGEST_NUMERAL = 4000
_IN_VALUES = frozenset({"literal", "constructor", "const", "store", "-", "/", "to_real"})
"""What a value may be made of, beside the elements of declared sorts."""


def check_value(
    key: str, claimed: Value, script: Script, evaluator: Evaluator, texts: Mapping[str, Sexpr]
) -> str | None:
    """Whether `key`, the name of a constant or function or a term as written, has the value claimed.

    Args:
        texts: the definition of each name in the model.

    Returns:
        None: it has. Otherwise what is wrong.
    """
    function = script.signature.scope.functions.get(key)
    if function is not None and _is_one_term(key):
        raise NotCheckableError(f"{key[:60]} may be the symbol, or a term of other symbols")
    if function is not None and function.domain:
        if not claimed.text.startswith("(define-fun "):
            raise NotCheckableError(f"{key[:60]} is a function, and its value is not given as a definition")
        definition = texts.get(key)
        if definition is None:
            raise NotCheckableError(f"{key[:60]} is a function that the model does not define")
        if write(flatten(definition)) == claimed.text:
            return None if claimed.kind is ValueKind.COMPOUND else f"{key[:60]} is a function"
        return f"the model defines {key[:60]} otherwise than the outcome says"
    term = script.signature.terms.apply(function) if function is not None else script.reader.read(_expression(key))
    found = evaluator.value(term)
    if found is UNDECIDED:
        raise NotCheckableError(f"the value of {key[:60]} depends on a quantifier that cannot be tried")
    body = _body(texts[key]) if function is not None and key in texts else None
    if isinstance(body, Node) and claimed.kind is ValueKind.COMPOUND and write(flatten(body)) == claimed.text:
        # As the model itself has it: a term, where z3 prints how the constant depends on others.
        if evaluator.value(script.reader.read(body, term.sort)) == found:
            return None
    elif _is(claimed, term, found, script, evaluator):
        return None
    return f"the outcome says that {key[:60]} is {claimed.text[:60]}, and under the model it is not"


def _is_one_term(name: str) -> bool:
    """Whether the name of a symbol, as it stands, reads as something else, such as `f 1` between parentheses."""
    if symbol_text(name) == name:
        return False
    try:
        return len(read(name)) == 1
    except SexprError:
        return False


def _body(definition: Sexpr) -> Sexpr:
    return definition.items[-1] if isinstance(definition, Node) else definition


def _is(claimed: Value, term: Term, found: Result, script: Script, evaluator: Evaluator) -> bool:
    """Whether `claimed`, written as `solvers.smt.models.value_of` writes, is the value `found` of `term`."""
    text, sort = claimed.text, term.sort
    match claimed.kind:
        case ValueKind.INTEGER | ValueKind.RATIONAL:
            whole = claimed.kind is ValueKind.INTEGER
            return sort in {INT, REAL} and whole == ("/" not in text) and _number(text) == found
        case ValueKind.BOOLEAN:
            return sort is BOOL and text == ("true" if found else "false")
        case ValueKind.STRING:
            if isinstance(found, str) and any("\ud800" <= character <= "\udfff" for character in found):
                raise NotCheckableError("a string holds half of a character, which an outcome cannot show")
            return sort is STRING and text == found
        case ValueKind.ATOM if isinstance(found, Data) or script.signature.declared_sort(sort):
            return _same(symbol_text(text), term, found, script, evaluator)
        case ValueKind.COMPOUND if isinstance(found, Data | Array) and text.startswith("("):
            return _same(text, term, found, script, evaluator)
        case ValueKind.COMPOUND | ValueKind.OTHER:
            if sort.name != "BitVec":
                raise NotCheckableError(f"the checker does not read {text[:60]} as a value")
            return _same(text, term, found, script, evaluator)
    return False


def _same(text: str, term: Term, found: Result, script: Script, evaluator: Evaluator) -> bool:
    """Whether `text`, read as a term of the same sort, has the value `found`."""
    value = script.reader.read(_expression(text), term.sort)
    stack = [value]
    while stack:
        part = stack.pop()
        evaluator.budget.spend()
        element = part.op == "apply" and part.data.body is not None and part.data.body.op == "literal"
        if not element and part.op not in _IN_VALUES:
            raise NotCheckableError(f"{text[:60]} is not written as a value")
        stack.extend(part.args)
    return evaluator.value(value) == found


def _expression(text: str) -> Sexpr:
    try:
        expressions = read(text)
    except SexprError as error:
        raise NotCheckableError(f"{text[:60]} is no term: {error.message}") from error
    if len(expressions) != 1:
        raise NotCheckableError(f"{text[:60]} is not one term")
    return expressions[0]


def _number(text: str) -> Fraction | None:
    """The number "n" or "n/d"; None for any other text."""
    if len(text) > _LONGEST_NUMERAL:
        raise NotCheckableError("a number of so many digits is beyond the checker")
    upper, slash, lower = text.partition("/")
    digits = upper.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or (slash and not (lower.isascii() and lower.isdigit())):
        return None
    if slash and int(lower) == 0:
        return None
    return Fraction(int(upper), int(lower) if slash else 1)
