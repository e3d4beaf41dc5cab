"""What the checker computes, beside what the engine computes."""

from fractions import Fraction
from random import Random

import pytest

from solvers import Runtime
from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.arithmetic import evaluate
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.terms import list_of, same_constant

from .engine import engine_says

BINARY = "+ - * / // mod rem div min max ** ^ gcd >> << /\\ \\/ xor rdiv atan2 truncate".split()
UNARY = """- + abs sign sqrt sin cos tan asin acos atan exp log log10 truncate integer round ceiling floor float
    rational numerator denominator msb float_integer_part float_fractional_part \\ sinh cosh tanh asinh
    acosh atanh""".split()
NUMBERS = """0 1 2 3 5 7 10 12 100 -1 -2 -7 12345678901 9007199254740993 123456789012345678901234567890 0.0 0.5 1.5 2.5
    -2.5 0.1 2.0 1.0e10 3.7 -0.5 1r2 7r2 -7r2 1r3 22r7 pi e""".split()


def _value(text: str) -> int | Fraction | float:
    budget = Budget()
    term, _ = read_query(f"x({text})", read_program("", budget), budget)
    return evaluate(term.args[0], budget)  # type: ignore[union-attr]


def _expression(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.2:
        return f"({random.choice(NUMBERS)})"
    if random.random() < 0.3:
        name = random.choice(UNARY)
        return f"'{name.replace(chr(92), chr(92) * 2)}'({_expression(random, depth - 1)})"
    name = random.choice(BINARY).replace("\\", "\\\\")
    return f"'{name}'({_expression(random, depth - 1)}, {_expression(random, depth - 1)})"


@pytest.mark.anyio
@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("seed", range(8))
async def test_random_expressions_have_the_engines_value(runtime: Runtime, depth: int, seed: int) -> None:
    random = Random(f"{seed} {depth}")
    expressions = [_expression(random, depth) for _ in range(150)]
    expressions = [text for text in expressions if not _is_large(text)]
    said = await engine_says(runtime, [("X", f"X is {text}") for text in expressions])
    compared = 0
    for text, theirs in zip(expressions, said, strict=True):
        try:
            ours = _value(text)
        except NotCheckableError:
            continue
        values = list_of(theirs)
        assert values is not None, f"{text}: {ours} here, an error there"
        assert same_constant(values[0], ours), f"{text}: {ours} here, {values[0]} there"
        compared += 1
    assert compared > 20


def _is_large(text: str) -> bool:
    """Would keep the engine busy."""
    return any(f"'{name}'" in text for name in ("<<", "**", "^")) and ("123456" in text or "900719" in text)


@pytest.mark.anyio
async def test_random_comparisons_agree_with_the_engine(runtime: Runtime) -> None:
    random = Random(1)
    pairs = [(random.choice(NUMBERS), random.choice(["<", "=<", "=:=", "=\\=", ">", ">="]), random.choice(NUMBERS))
             for _ in range(400)]  # fmt: skip
    said = await engine_says(runtime, [("yes", f"({a}) {relation} ({b})") for a, relation, b in pairs])
    from .searching import search

    for (a, relation, b), theirs in zip(pairs, said, strict=True):
        try:
            ours = search("", f"({a}) {relation} ({b})")
        except NotCheckableError:
            continue
        assert len(list_of(theirs) or []) == len(ours), (a, relation, b)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7 / 2", 3.5),
        ("4 / 2", 2),
        ("7r2 / 2", Fraction(7, 4)),
        ("7r2 + 1r2", 4),
        ("7r2 * 2 / 7", 1),
        ("7r2 * 2 / 3", None),
        ("min(2, 7r2) / 3", None),
        ("2 ** 3", 8),
        ("2 ** -1", 0.5),
        ("2 ** 3.0", 8.0),
        ("-7 // 2", -3),
        ("-7 mod 2", 1),
        ("-7 rem 2", -1),
        ("integer(2.5)", 3),
        ("round(-2.5)", -3),
        ("max(1, 1.0)", 1.0),
        ("truncate(-7r2)", -3),
        ("[5]", 5),
        ('"a"', 97),
        ("cot", None),
        ("1 / 0", None),
        ("1 / 0.0", None),
        ("1.0e308 * 10", None),
        ("sqrt(-1)", None),
        ("log(0)", None),
        ("inf + 1", None),
        ("foo", None),
        ("foo(1)", None),
        ("random(2)", None),
        ("cputime", None),
        ("5 mod 2.0", None),
        ("10 ** 10 ** 10", None),
        ("2 ** 100000000000000000000", None),
        ("1 << 100000000000", None),
        ("0 ** -1", None),
        ("1 ** 100000000000000000000", 1),
        ("-1 ** 100000000000000000001", -1),
        ("9007199254740993 + 0.5", None),
    ],
)
def test_arithmetic(text: str, value: int | Fraction | float | None) -> None:
    if value is None:
        with pytest.raises(NotCheckableError):
            _value(text)
    else:
        assert same_constant(_value(text), value)


def test_a_long_sum_is_no_trouble() -> None:
    assert _value(" + ".join(["1"] * 5000)) == 5000
