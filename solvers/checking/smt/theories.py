"""The sorts of the operations that SMT-LIB's theories define, and the terms they make.

Covered: Core, Ints, Reals, Reals_Ints, FixedSizeBitVectors, ArraysEx, and what is common of Strings. An integer where a
real is wanted becomes `(to_real ...)`, as z3 has it; nothing else is converted. Whatever is not here is not checkable.

Source: SMT-LIB 2.6, the theories and the logic QF_BV; `iff`, `implies`, and `=` on mixed numbers after z3.
"""

from collections.abc import Sequence
from fractions import Fraction

from solvers.checking.budget import NotCheckableError
from solvers.checking.smt.terms import BOOL, INT, REAL, STRING, Sort, Term, Terms, shown_sort

ALIASES = {"iff": "=", "implies": "=>", "bv2nat": "ubv_to_int", "bv2int": "ubv_to_int", "int2bv": "int_to_bv"}

_CONNECTIVES = frozenset({"and", "or", "xor", "=>"})
_COMPARISONS = frozenset({"<", "<=", ">", ">="})
_SUMS = frozenset({"+", "-", "*"})
_BV_MANY = frozenset({"bvand", "bvor", "bvxor", "bvadd", "bvmul"})
_BV_TWO = frozenset("bvnand bvnor bvxnor bvsub bvudiv bvurem bvsdiv bvsrem bvsmod bvshl bvlshr bvashr bvcomp".split())
_BV_ONE = frozenset({"bvnot", "bvneg"})
_BV_COMPARE = frozenset({"bvult", "bvule", "bvugt", "bvuge", "bvslt", "bvsle", "bvsgt", "bvsge"})
_BV_INDEXED = {
    "extract": 2,
    "repeat": 1,
    "zero_extend": 1,
    "sign_extend": 1,
    "rotate_left": 1,
    "rotate_right": 1,
}
_STRINGS: dict[str, tuple[tuple[Sort, ...], Sort]] = {
    "str.len": ((STRING,), INT),
    "str.at": ((STRING, INT), STRING),
    "str.substr": ((STRING, INT, INT), STRING),
    "str.prefixof": ((STRING, STRING), BOOL),
    "str.suffixof": ((STRING, STRING), BOOL),
    "str.contains": ((STRING, STRING), BOOL),
    "str.indexof": ((STRING, STRING, INT), INT),
    "str.replace": ((STRING, STRING, STRING), STRING),
    "str.replace_all": ((STRING, STRING, STRING), STRING),
    "str.is_digit": ((STRING,), BOOL),
    "str.to_code": ((STRING,), INT),
    "str.from_code": ((INT,), STRING),
    "str.to_int": ((STRING,), INT),
    "str.from_int": ((INT,), STRING),
}
_FIXED: dict[str, tuple[tuple[Sort, ...], Sort]] = {
    "not": ((BOOL,), BOOL),
    "abs": ((INT,), INT),
    "mod": ((INT, INT), INT),
    "to_real": ((REAL,), REAL),
    "to_int": ((REAL,), INT),
    "is_int": ((REAL,), BOOL),
    **_STRINGS,
}
PLAIN = (
    frozenset(_FIXED)
    | _CONNECTIVES
    | _COMPARISONS
    | _SUMS
    | _BV_MANY
    | _BV_TWO
    | _BV_ONE
    | _BV_COMPARE
    | frozenset("= distinct ite / div concat ubv_to_int sbv_to_int select store str.++ str.< str.<=".split())
    | frozenset(ALIASES) - {"int2bv"}
)
"""Operations without indices."""
INDEXED = frozenset(_BV_INDEXED) | {"divisible", "int_to_bv", "int2bv"}
NAMES = PLAIN | INDEXED | frozenset("true false is as _ let forall exists lambda match par !".split())
"""What no script may declare: it would not be clear what is meant."""


def operation(terms: Terms, name: str, indices: tuple[int, ...], args: tuple[Term, ...]) -> Term:
    """The term `(name args)` or `((_ name indices) args)`.

    Raises:
        NotCheckableError: no such operation here, or not of these sorts.
    """
    terms.budget.spend(len(args))
    name = ALIASES.get(name, name)
    if not args or (name in INDEXED) != bool(indices):
        raise _wrong(name, args)
    if name in _FIXED:
        domain, result = _FIXED[name]
        converted = coerced(terms, name, args, domain)
        return converted[0] if name == "to_real" else terms.make(name, converted, result)
    if name in _CONNECTIVES and len(args) > 1 - (name in {"and", "or"}):
        return terms.make(name, coerced(terms, name, args, (BOOL,) * len(args)), BOOL)
    if name in {"=", "distinct"} and len(args) > 1:
        return terms.make(name, _alike(terms, name, args), BOOL)
    if name == "ite" and len(args) == 3:
        (condition,) = coerced(terms, name, args[:1], (BOOL,))
        then, other = _alike(terms, name, args[1:])
        return terms.make("ite", (condition, then, other), then.sort)
    if name in _SUMS or name in _COMPARISONS or name in {"/", "div"}:
        return _arithmetic(terms, name, args)
    if name == "divisible" and len(args) == 1 and len(indices) == 1 and indices[0] > 0:
        return terms.make(name, coerced(terms, name, args, (INT,)), BOOL, indices)
    if name in {"select", "store"} and args[0].sort.name == "Array":
        index, element = args[0].sort.args
        domain = (args[0].sort, index) if name == "select" else (args[0].sort, index, element)
        return terms.make(name, coerced(terms, name, args, domain), element if name == "select" else args[0].sort)
    if name in {"str.++", "str.<", "str.<="} and len(args) > 1:
        result = STRING if name == "str.++" else BOOL
        return terms.make(name, coerced(terms, name, args, (STRING,) * len(args)), result)
    if name == "int_to_bv" and len(indices) == 1:
        return terms.make(name, coerced(terms, name, args, (INT,)), terms.bitvec(indices[0]), indices)
    return _bit_vector(terms, name, indices, args)


def coerced(terms: Terms, name: str, args: Sequence[Term], domain: Sequence[Sort]) -> tuple[Term, ...]:
    """`args` as arguments of these sorts."""
    if len(args) != len(domain):
        raise _wrong(name, args)
    return tuple(as_sort(terms, arg, sort) for arg, sort in zip(args, domain, strict=True))


def as_sort(terms: Terms, term: Term, sort: Sort) -> Term:
    if term.sort is sort:
        return term
    if term.sort is INT and sort is REAL:
        if term.op == "literal":
            return terms.literal(Fraction(term.data), REAL)
        return terms.make("to_real", (term,), REAL)
    needed = shown_sort(sort)
    raise NotCheckableError(f"{needed} is needed: what takes a {needed} is given {term!r}, of sort {term.sort!r}")


def _alike(terms: Terms, name: str, args: Sequence[Term]) -> tuple[Term, ...]:
    """`args` as terms of one sort: Real where numbers are mixed."""
    sort = REAL if any(arg.sort is REAL for arg in args) else args[0].sort
    return coerced(terms, name, args, (sort,) * len(args))


def _arithmetic(terms: Terms, name: str, args: tuple[Term, ...]) -> Term:
    if name == "/":
        args = coerced(terms, name, args, (REAL,) * len(args))
    elif name == "div":
        args = coerced(terms, name, args, (INT,) * len(args))
    else:
        args = _alike(terms, name, args)
    sort = args[0].sort
    if sort is not INT and sort is not REAL:
        raise _wrong(name, args)
    if name in _COMPARISONS and len(args) > 1:
        return terms.make(name, args, BOOL)
    if name == "-" and len(args) == 1 and args[0].op == "literal":
        return terms.literal(-args[0].data, sort)
    if len(args) == 1 and name != "-":
        raise _wrong(name, args)
    return terms.make(name, args, sort)


def _bit_vector(terms: Terms, name: str, indices: tuple[int, ...], args: tuple[Term, ...]) -> Term:
    sort = args[0].sort
    if any(arg.sort.name != "BitVec" for arg in args) or len(indices) != _BV_INDEXED.get(name, 0):
        raise _wrong(name, args)
    (width,) = sort.indices
    if name == "concat" and len(args) > 1:
        return terms.make(name, args, terms.bitvec(sum(arg.sort.indices[0] for arg in args)))
    if len(args) == 1:
        if name in _BV_ONE:
            return terms.make(name, args, sort)
        if name in {"ubv_to_int", "sbv_to_int"}:
            return terms.make(name, args, INT)
        if name in _BV_INDEXED:
            return terms.make(name, args, terms.bitvec(_width(name, indices, width)), indices)
    if any(arg.sort is not sort for arg in args):
        raise _wrong(name, args)
    if len(args) == 2 or (name in _BV_MANY and len(args) > 2):
        if name in _BV_MANY or (name in _BV_TWO and name != "bvcomp"):
            return terms.make(name, args, sort)
        if name == "bvcomp":
            return terms.make(name, args, terms.bitvec(1))
        if name in _BV_COMPARE:
            return terms.make(name, args, BOOL)
    raise _wrong(name, args)


def _width(name: str, indices: tuple[int, ...], width: int) -> int:
    match name, indices:
        case "extract", (high, low) if width > high >= low >= 0:
            return high - low + 1
        case "repeat", (times,) if times > 0:
            return width * times
        case "zero_extend" | "sign_extend", (more,):
            return width + more
        case "rotate_left" | "rotate_right", _:
            return width
    raise NotCheckableError(f"((_ {name} {' '.join(map(str, indices))}) is not for {width} bits")


def _wrong(name: str, args: Sequence[Term]) -> NotCheckableError:
    sorts = " ".join(shown_sort(arg.sort) for arg in args[:5])
    return NotCheckableError(f"the checker knows no operation {name[:60]} of {sorts or 'nothing'}")
