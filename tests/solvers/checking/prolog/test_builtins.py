"""Built-in and library predicates, beside the engine's own."""

import re
from itertools import product

import pytest

from solvers import Runtime
from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.terms import list_of
from solvers.checking.prolog.writer import text_of

from .engine import engine_says, read_list
from .searching import search

TERMS = [
    "_",
    "a",
    "[]",
    "f(a)",
    "f(_)",
    "1",
    "1.0",
    "-3",
    "7r2",
    '"s"',
    "'A b'",
    "[a, b]",
    "[1, 2, 1]",
    "[a|_]",
    "X",
    "a-1",
]
LISTS = ["[]", "[a]", "[b, a, b]", "[3, 1.0, 1, 2]", "[X, a]", "[1-a, 0-b, 1-c]", "[[a], [b, [c]]]", "X", "[a|X]", "a"]

ONE = """var nonvar atom number integer float rational atomic compound callable string is_list ground""".split()
TWO = """= \\\\= == \\\\== @< @> @=< @>=
    atom_length string_length atom_string atom_number number_string
    atom_codes atom_chars number_codes string_chars term_variables copy_term =.. succ upcase_atom string_lower
    char_code""".split()
LISTED = """length reverse msort sort last sum_list sumlist max_list min_list list_to_set flatten permutation
    pairs_keys pairs_values keysort list_to_ord_set prefix same_length append""".split()
OTHER = """
    member(X, [a, b]), memberchk(X, [a, b]), memberchk(a, [X, Y]), append(X, Y, [a, b]), append([a], [b], X),
    append([[a], [b]], X), select(X, [a, b, a], Y), select(a, [a, b, a], X), select(b, [a, b], c, X),
    selectchk(a, [a, b, a], X), subtract([a, b, c], [b], X), subtract([X, b], [b], Y), intersection([a, b], [b], X),
    union([a, b], [b, c], X), delete([a, X, b], a, Y), subset([a], [b, a]), nth0(X, [a, b], Y), nth0(1, [a, b], X),
    nth1(1, [a, b], X), nth0(-1, [a], X), nth1(5, [a], X), nth0(X, [a, b], b), numlist(1, 4, X), numlist(3, 1, X),
    max_member(X, [1, a, f(x)]), max_member(X, [1, 1.0]), min_member(X, [b, a]), max_member(X, []),
    pairs_keys_values(X, [a, b], [1, 2]), pairs_keys_values([a-1], X, Y), nextto(X, Y, [a, b, c]),
    exclude([E]>>(E > 1), [1, 2, 3], X), partition([E]>>(E > 1), [1, 2, 3], X, Y), foldl(plus, [1, 2], 0, X),
    maplist(=(1), [X, Y]), maplist(succ, X, [1, 2]), maplist([A, B]>>(B = A-X), [1, 2], Y),
    convlist([A, B]>>(A > 1, B = A), [1, 2, 3], X), predsort([O, A, B]>>compare(O, A, B), [c, a, b, a], X),
    predsort([O, A, B]>>(A = K-_, B = L-_, compare(O, K, L)), [2-a, 1-b, 2-c], X),
    sort(0, @>=, [1, 3, 2, 3], X), sort(1, @<, [f(2), f(1), f(2)], X), sort(1, @>=, [f(1, a), f(2, b), f(1, c)], X),
    between(1, 3, X), between(3, 1, X), between(1, 3, 2), between(1, a, X), between(1, inf, 3),
    succ(X, 0), succ(X, 4), succ(3, X), plus(1, X, 3), plus(1, 2, X), length(X, 2), length([a|X], 2), length(X, -1),
    functor(f(a, b), X, Y), functor(X, f, 2), functor([a], X, Y), functor(1, X, Y), functor(X, 7, 0), arg(1, f(a), X),
    arg(X, f(a, b), Y), arg(3, f(a), X), f(a, b) =.. X, X =.. [f, 1], X =.. [1], [a] =.. X, compare(X, 1, 1.0),
    compare(X, a, "a"), compare(X, f(b), g(a)), compare(X, [], a), compare(X, f(a), f(a, b)), compare(X, 2, 1.0),
    atom_concat(a, 5, X), atom_concat(X, c, abc), atom_concat(X, Y, ab), string_concat(a, b, X),
    string_concat(X, Y, ab), atomic_list_concat([a, 1, "s"], X), atomic_list_concat([a, b], '-', X),
    atomic_list_concat(X, ',', 'a,b,,c'), split_string("a b  c", " ", "", X), split_string("/home//me/", "/", "", X),
    split_string(" a ", "", " ", X), split_string("a,b", ",", " ", X), sub_atom(abc, X, 1, Y, Z),
    sub_atom(abc, X, Y, 0, Z),
    sub_atom(abc, 1, X, Y, Z), sub_atom(banana, X, Y, Z, ana), sub_atom(ab, X, Y, Z, W), sub_string("abc", 0, 2, X, Y),
    atom_number('12', X), atom_number('-5', X), atom_number('1.5', X), atom_number(abc, X), atom_number(X, 5),
    number_codes(X, [49, 50]), atom_chars(X, [a, b]), atom_codes(X, [97]), atom_chars(12, X), char_code(X, 97),
    atom_string(X, "ab"), atom_string(5, X), number_string(X, "42"), upcase_atom(ab, X), string_upper("ab", X),
    findall(A-B, member(A-B, [1-2]), X, [t]), bagof(A, member(A-B, [1-x, 2-y, 3-x]), X),
    setof(A, B^member(A-B, [2-x, 1-y]), X),
    bagof(A, member(A, []), X), aggregate_all(count, member(_, [a, b]), X),
    aggregate_all(max(A), member(A, [1, 3, 2]), X),
    aggregate_all(max(A, B), member(A-B, [1-a, 3-b, 3-c]), X), aggregate_all(min(A), member(A, []), X),
    aggregate_all(sum(A), member(A, [1, 2.5]), X), aggregate_all(set(A), member(A, [b, a, b]), X),
    aggregate_all(max(A), member(A, [1, 1.0]), X), aggregate_all(bag(A), member(A, [b, a]), X),
    copy_term(f(X, Y, X), Z), term_variables(f(X, g(Y), X), Z), unify_with_occurs_check(X, a), last([1, 2], X),
    forall(member(A, [1, 2]), A > 0), ignore(fail), once(member(X, [a, b])), not(fail), tab(2), nl, write(a), print(a),
    format("~w and ~a~n", [f(x), b]), format("x"), sumlist([1, 2.5], X), reverse([1|X], [2, 1]), permutation(X, [a, b])
"""


def _goals() -> list[str]:
    goals = [f"{name}({term})" for name, term in product(ONE, TERMS)]
    goals += [f"'{name}'({left}, {right})" for name, left, right in product(TWO, TERMS, [*TERMS[:-2], "Y"])]
    goals += [f"{name}({left}, {right})" for name, left, right in product(LISTED, LISTS, ["Y", "[a, b]", "1"])]
    return goals + [text_of(goal) for goal in read_list(f"[{OTHER}]")]


def _told(text: str) -> str:
    return re.sub(r"\b_\w*|\b[A-Z]\w*", "V", re.sub(r"\s+", "", text))


def _endless(goal: str) -> bool:
    return any(goal.startswith(f"{name}({first}, ") for name in LISTED for first in ("X", "[a|X]"))


@pytest.mark.anyio
async def test_builtins_hold_where_the_engines_do(runtime: Runtime) -> None:
    goals = [goal for goal in _goals() if not _endless(goal)]
    compared = 0
    for start in range(0, len(goals), 100):
        part = goals[start : start + 100]
        said = await engine_says(runtime, [("s(X, Y, Z)", goal) for goal in part])
        for goal, theirs in zip(part, said, strict=True):
            try:
                ours = search("", f"({goal}), T = s(X, Y, Z)", "T", steps=20_000)
            except NotCheckableError:
                continue
            instances = list_of(theirs)
            assert instances is not None, f"{goal}: {ours} here, an error there"
            assert list(map(_told, ours)) == [_told(text_of(term)) for term in instances], goal
            compared += 1
    assert compared > len(goals) * 0.5
