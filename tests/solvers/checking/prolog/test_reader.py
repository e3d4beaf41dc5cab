"""The reader: agrees with SWI-Prolog wherever it reads at all, and reads every ordinary program."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from solvers import Answers, Finished, Job, Language, Program, solve
from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.program import Database
from solvers.checking.prolog.reader import Memory, read_program, read_query, read_term
from solvers.checking.prolog.terms import Atom, Struct, Term, Text, Trail, Var, deref, unify
from solvers.checking.prolog.writer import text_of
from tests.benchmarks import data

FOLDER = Path(__file__).parent
READING = (FOLDER / "reading.pl").read_text(encoding="utf-8")
CLPFD = ":- use_module(library(clpfd)).\n"

TRICKY = (FOLDER / "tricky.txt").read_text(encoding="utf-8").splitlines()
"""A text a line."""


def engine_reads(texts: Sequence[str]) -> list[str]:
    program = CLPFD + READING + "".join(f"text({[ord(character) for character in text]}).\n" for text in texts)
    run = solve(Job(Program(Language.PROLOG, program), "solve(Shown)"))
    assert isinstance(run.ending, Finished), run
    assert isinstance(run.ending.outcome, Answers), run
    term = read_term(
        run.ending.outcome.substitutions[0].bindings["Shown"].text, read_program("", Budget()), Budget(), {}
    )
    shown: list[str] = []
    while isinstance(term, Struct):
        item = deref(term.args[0])
        assert isinstance(item, Text)
        shown.append(item.value)
        term = deref(term.args[1])
    assert len(shown) == len(texts)
    return shown


def checker_reads(text: str) -> str:
    try:
        term = read_term(text, read_program(CLPFD, Budget()), Budget(), {})
    except NotCheckableError:
        return "error"
    return canonical(term, {})


def canonical(term: Term, numbers: dict[Var, int]) -> str:
    """As reading.pl writes it."""
    codes = [ord(character) for character in getattr(term, "name", getattr(term, "value", None)) or ""]
    listed = "[" + ",".join(map(str, codes)) + "]"
    match term:
        case Var():
            return f"V{numbers.setdefault(term, len(numbers))}"
        case Atom("[]"):
            return "nil"
        case Atom():
            return f"atom{listed}"
        case Text():
            return f"string{listed}"
        case Struct(_, args):
            return f"{listed}(" + "".join(canonical(arg, numbers) + "," for arg in args) + ")"
        case float():
            above, below = term.as_integer_ratio()
            return f"float {above}/{below}"
    exact = Fraction(term)
    return f"{exact.numerator}/{exact.denominator}"


def compare(texts: Sequence[str]) -> int:
    """How many of the texts both read."""
    both = 0
    for text, expected in zip(texts, engine_reads(texts), strict=True):
        found = checker_reads(text)
        if found != "error":
            assert found == expected, text
            both += 1
    return both


def test_tricky_texts_are_read_as_the_engine_reads_them_or_not_at_all() -> None:
    texts = [*TRICKY, "'a\\\nb'", "'a\nb'", "a % c", "a % c\n", "a\n/* c\n */", "0'\t", "f(\n)"]
    assert compare(texts) > len(texts) / 2


PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Each example is a run of the engine: a failing one is not made smaller."""

PIECES = st.sampled_from(
    r"""a b f( - + * = :- \+ ( ) , | [ ] { } X _Y 1 -1 2.5 'q' "s" is mod dynamic ; -> ! --> ^ ** : \ @ # $ 0'a -(
    ( ) [ ] foo( 1r3 a( ' [] {} xor >: /**/ 0x1f 1.0e3 ?- table := as #= .. in #\ #<==> " ` % /* */ / . é""".split()
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), min_size=1, max_size=10).map(
    lambda pieces: "".join(piece + gap for piece, gap in pieces)
)


@settings(max_examples=15, deadline=None, phases=PHASES)
@given(st.lists(TEXTS, min_size=100, max_size=200))
def test_texts_of_random_pieces_are_read_as_the_engine_reads_them_or_not_at_all(texts: list[str]) -> None:
    compare(texts)


NUMBERS = st.one_of(st.integers(-3, 99).map(str), st.floats(0, 1e20).map(repr), st.sampled_from(["1r3", "0'a", "X"]))
INFIX = st.sampled_from(["+", "-", "*", " / ", " - ", "^", "=", " #= ", ", ", ":-", " mod "])
EXPRESSIONS = st.recursive(
    st.one_of(NUMBERS, st.sampled_from(["X", "a", "[]", "'A b'", '"text"'])),
    lambda parts: st.one_of(
        st.tuples(parts, INFIX, parts).map("".join),
        st.tuples(st.sampled_from(["-", "- ", "\\+ ", "\\+", "f"]), parts).map(lambda pair: f"{pair[0]}({pair[1]})"),
        st.lists(parts, min_size=1, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        parts.map(lambda inner: f"{{{inner}}}"),
        st.tuples(st.sampled_from(["-", "- ", "\\+ ", ":- "]), parts).map("".join),
    ),
    max_leaves=8,
)


@settings(max_examples=15, deadline=None, phases=PHASES)
@given(st.lists(EXPRESSIONS, min_size=30, max_size=60))
def test_expressions_are_read_as_the_engine_reads_them(texts: list[str]) -> None:
    compare(texts)


def read(program: str) -> Database:
    return read_program(program, Budget())


def clauses(program: str) -> list[tuple[int, str]]:
    found = [clause for several in read(program).clauses.values() for clause in several]
    return [(clause.line, text_of(Struct(":-", (clause.head, clause.body)))) for clause in found]


def test_a_clause_has_the_line_of_its_first_token() -> None:
    text = "% c\n/* x\n */ p :-\n  a,\n  b.\n\n\np(1). p(2).\n  q."
    assert clauses(text) == [(3, "p :- a, b"), (8, "p(1) :- true"), (8, "p(2) :- true"), (9, "q :- true")]


def test_what_a_program_declares() -> None:
    database = read(
        """
        :- use_module(library(clpfd)).
        :- use_module([library(lists), library(dcg/basics)]).
        :- dynamic(p/1), discontiguous([q/2, r/0]).
        :- table path/2, n//1.
        :- op(700, xfx, likes).
        :- set_prolog_flag(double_quotes, codes).
        x(Y) :- Y likes "ab", Y #> 1.
        """
    )
    assert database.libraries == {"clpfd", "lists", "dcg/basics"}
    assert database.dynamic == {("p", 1)}
    assert database.declared == {("p", 1), ("q", 2), ("r", 0)}
    assert database.tabled == {("path", 2), ("n", 3)}
    assert database.defines("q", 2)
    assert database.defines("x", 1)
    assert not database.defines("q", 1)
    assert database.directives == ()
    goal, names = read_query('X likes Y, _ = "ab", X #= _Z.', database, Budget())
    assert list(names) == ["X", "Y", "_Z"]
    assert text_of(goal, database.operators) == "X likes Y, _2 = [97, 98], X #= _Z"


def test_what_double_quotes_mean_holds_for_the_query_and_not_for_what_the_engine_writes() -> None:
    program = ':- set_prolog_flag(double_quotes, codes).\np("ab").'
    run = solve(Job(Program(Language.PROLOG, program), 'p(X), X = "ab"'))
    assert isinstance(run.ending, Finished)
    assert isinstance(run.ending.outcome, Answers)
    written = run.ending.outcome.substitutions[0].bindings
    database = read(program)
    assert text_of(read_query('X = "ab"', database, Budget())[0]) == "X = [97, 98]"
    assert text_of(read_term(written["X"].text, database, Budget(), {})) == "[97, 98]"
    assert text_of(read_term('"a"', database, Budget(), {})) == '"a"'


@pytest.mark.parametrize(
    "directive",
    [
        "initialization(main)",
        "assertz(a)",
        'format("~w", [a])',
        "set_prolog_flag(prefer_rationals, true)",
        "table path(_, min)",
        "table p/1 as subsumptive",
        "dynamic length/2",
        "use_module(library(process))",
        "use_module(library(clpfd), [(#=)/2])",
        "op(700, xfx, '|')",
        "X",
        "main",
    ],
)
def test_a_directive_with_another_effect_is_noted(directive: str) -> None:
    assert [line for line, _ in read(f"a.\n:- {directive}.").directives] == [2]


@pytest.mark.parametrize(
    "program",
    [
        "a", "a.b", "a :- .", "a. b c.", "X.", "X :- a.", "3.", '"s".', "a :- 1.", "a :- b, 2.", "a :- X.", "a, b.",
        "a :- b :- c.",
        "m:a.", "length(X, Y) :- a.", "[a].", "[a, b].", "{a}.", "a => b.", "term_expansion(a, b).", ":- if(true).",
        "end_of_file.",
        ":- include(x).", ":- use_module(library(clpq)).\n:- use_module(library(clpr)).", "/* a.", "'a.", "a :- b. /*",
        "a :- _{x: 1} = Y.",
        "a(1 000).", "a --> X, [b|Y].", "a --> 1.", "m:a --> b.", "\0", "a :- \ud800.",
        "a(" + "9" * 5000 + ").",
    ],
)  # fmt: skip
def test_what_is_no_plain_clause_is_not_checkable(program: str) -> None:
    with pytest.raises(NotCheckableError):
        read(program)


def test_variable_goals_are_called_and_bars_are_alternatives() -> None:
    assert clauses("p(X) :- a, ( X -> \\+ X ; b | X ).") == [
        (1, "p(X) :- a, ((call(X) -> \\+ call(X) ; b) ; call(X))"),
    ]


def test_cuts_that_cut_the_clause_are_known() -> None:
    def has_cut(body: str) -> bool:
        return read(f"p :- {body}.").clauses["p", 0][0].has_cut

    assert all(map(has_cut, ["!", "a, !, b", "( a -> ! ; b )", "( a ; ! )"]))
    assert not any(map(has_cut, ["a", "( ! -> a ; b )", "\\+ !", "call(!)", "findall(X, !, L)"]))


@pytest.mark.parametrize(
    ("rule", "clause"),
    [
        ("a --> b, c", "a(_0, _1) :- b(_0, _2), c(_2, _1)"),
        ("a --> [x, y], b", "a(_0, _1) :- _0 = [x, y|_2], b(_2, _1)"),
        ('a --> "x"', "a(_0, _1) :- _0 = [120|_1]"),
        ("a --> []", "a(_0, _1) :- _0 = _1"),
        ("a --> {b}, !, c", "a(_0, _1) :- (b, _2 = _0), (!, _3 = _2), c(_3, _1)"),
        ("a --> b ; c -> d", "a(_0, _1) :- b(_0, _1) ; c(_0, _2) -> d(_2, _1)"),
        ("a --> \\+ b, c", "a(_0, _1) :- (\\+ b(_0, _2), _3 = _0), c(_3, _1)"),
        ("a(X) --> call(f, X)", "a(X, _0, _1) :- call(f, X, _0, _1)"),
        ("a, [x] --> b", "a(_0, _1) :- b(_0, _2), _1 = [x|_2]"),
    ],
)
def test_grammar_rules(rule: str, clause: str) -> None:
    names: dict[str, Var] = {}
    expected = read_term(clause, read(""), Budget(), names)
    found = read(f"{rule}.").clauses.popitem()[1][0]
    assert canonical_of(Struct(":-", (found.head, found.body))) == canonical_of(expected)


def canonical_of(term: Term) -> str:
    return canonical(term, {})


def test_a_clause_is_renamed_as_often_as_it_is_asked_for() -> None:
    clause = read("p(X, f(X, Y), [g(a)|Z]) :- q(Y, Z), X = g(a).").clauses["p", 3][0]
    (first, body), (second, _) = clause.rename(), clause.rename()
    assert text_of(Struct(":-", (first, body))) == "p(X, f(X, Y), [g(a)|Z]) :- q(Y, Z), X = g(a)"
    assert unify(first, read_term("p(1, A, B)", read(""), Budget(), {}), Trail(), Budget())
    assert text_of(second) == "p(X, f(X, Y), [g(a)|Z])"


FIRST = ("q.", "\nq.", ":- op(700, xfx, #).", ":- op(200, xfy, #).", ":- set_prolog_flag(double_quotes, codes).")
NEXT = (
    " p(1).",
    ' p("ab").',
    " p(X) :- q(X, 3), \\+ r.",
    "\np --> [a], p.",
    " p(1 # 2 # 3).",
    " p(1 # 2).",
    "p",
    " /* ",
    "*/",
)


@given(st.lists(st.tuples(st.sampled_from(FIRST), st.lists(st.sampled_from(NEXT), max_size=4))))
@example([("q.", [" p(1)."]), ("\nq.", [" p(1)."])])
@example([(":- op(200, xfy, #).", [" p(1 # 2 # 3)."]), (":- op(700, xfx, #).", [" p(1 # 2 # 3)."])])
def test_a_program_is_read_in_the_same_way_whatever_was_read_before(programs: list[tuple[str, list[str]]]) -> None:
    memory = Memory()
    for first, others in programs:
        text = first + "".join(others)
        assert as_read(text, memory) == as_read(text, None)


def test_a_clause_that_was_read_is_taken_again_behind_the_same_directives_alone() -> None:
    memory = Memory()
    first = read_program("p(1).\np(2).", Budget(), memory).clauses["p", 1]
    second = read_program("p(17).\np(2).", Budget(), memory).clauses["p", 1]
    assert [text_of(clause.head) for clause in second] == ["p(17)", "p(2)"]
    assert second[1] is first[1]
    third = read_program(":- op(700, xfx, #).\np(2).", Budget(), memory).clauses["p", 1]
    assert third[0] is not first[1]


def as_read(text: str, memory: Memory | None) -> object:
    """A program, and what was left of the budget; or why it cannot be read."""
    budget = Budget()
    try:
        database = read_program(text, budget, memory)
    except NotCheckableError as error:
        return str(error)
    clauses = [
        (*key, text_of(clause.head), text_of(clause.body), clause.line, clause.has_cut)
        for key, found in database.clauses.items()
        for clause in found
    ]
    return clauses, database.operators.infix, database.double_quotes, len(database.directives), budget.steps


def test_deep_and_long_programs_do_not_recurse() -> None:
    budget = Budget(60, 20_000_000)
    read_program(f"a :- {'(' * 20_000}b{')' * 20_000}.", budget)
    read_program(f"a({'f(' * 20_000}b{')' * 20_000}).", budget).clauses["a", 1][0].rename()
    read_program(f"a :- {'b, ' * 20_000}c.", budget)
    read_program(f"a([{'b, ' * 20_000}c]).", budget)
    read_program(f"a(X) :- {'X, ' * 20_000}c.", budget)
    with pytest.raises(NotCheckableError):
        read_program(f"a(X) :- {'(' * 2_000}X, b{'), c' * 2_000}.", budget)


def test_hostile_texts_end_in_the_budget() -> None:
    for text in ("a. " * 100_000, "'" + "\\'" * 100_000, "/*" * 100_000, '"' + "''" * 100_000, "(" * 100_000):
        with pytest.raises(NotCheckableError):
            read_program(text, Budget(steps=100_000))


def test_every_recorded_program_that_the_engine_reads_is_read() -> None:
    if not data.FOLDER.exists():
        pytest.skip("the benchmark data is not here")
    programs = [gold.text for gold in data.gold_programs()] + [attempt.program for attempt in data.gpt4_attempts()]
    unread = []
    for program in programs:
        try:
            read_program(program, Budget())
        except NotCheckableError as error:
            unread.append(str(error))
    # `#=` without library(clpfd) in one, an end that is missing in another: the engine does not read them either.
    assert len(unread) <= 2, unread
