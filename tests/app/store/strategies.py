"""Hypothesis strategies for our dataclasses, made from their annotations, so that a new field is drawn too."""

import dataclasses
import functools
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum

from hypothesis import strategies as st

from app.store.evaluation_types import EvaluationConfig, Result, Sample
from solvers.types import Diagnostic, ErrorClass, Part, Rejected, Rule, Step

# Lone surrogates, NUL and the store's own escape belong to what a language model may write.
texts = st.text(st.characters(), max_size=30) | st.text("\x00\x1a\ud800\udfff\udc000adé", max_size=12)
integers = st.integers(-(2**31), 2**31 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1), timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])
)

_PLAIN = {str: texts, bool: st.booleans(), int: integers, float: floats, datetime: moments, object: json_values}
places = st.none() | st.integers(1, 2**31 - 1)
_SPECIAL = {
    # Lines and columns count from 1.
    Diagnostic: lambda: st.builds(
        Diagnostic, values_of(ErrorClass), texts, places, places, st.none() | texts, st.none() | texts, values_of(Part)
    ),
    # A step names its clause by a line, and its premises by their places.
    Step: lambda: st.builds(
        Step, texts, values_of(Rule), places, st.lists(st.integers(0, 2**31 - 1), max_size=3).map(tuple)
    ),
    # A rejected program has a fault; the type cannot say so.
    Rejected: lambda: st.builds(Rejected, st.lists(values_of(Diagnostic), min_size=1, max_size=2).map(tuple)),
}


@functools.cache
def values_of(annotation):
    """Any value of a type: a dataclass, an enumeration, a union, a tuple or mapping of them, or plain data."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if annotation in _SPECIAL:
        return _SPECIAL[annotation]()
    if annotation is type(None):
        return st.none()
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(argument) for argument in arguments])
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(values_of(arguments[0]), values_of(arguments[1]), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return st.builds(
            annotation, **{field.name: values_of(hints[field.name]) for field in dataclasses.fields(annotation)}
        )
    raise TypeError(f"no strategy for {annotation}")


def samples():
    """Samples of a dataset."""
    return values_of(Sample)


@st.composite
def evaluation_configs(draw):
    """Of an evaluation that has something to do."""
    config = draw(values_of(EvaluationConfig))
    return dataclasses.replace(config, limit=draw(st.none() | st.integers(1, 9)), epochs=draw(st.integers(1, 3)))


def results():
    return values_of(Result)
