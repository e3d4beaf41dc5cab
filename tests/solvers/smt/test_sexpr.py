"""The reader of s-expressions: what it takes, what it refuses and where, and that writing loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.smt.sexpr import (
    MAX_DEPTH,
    Lines,
    Node,
    SexprError,
    Token,
    TokenKind,
    build,
    commands,
    flatten,
    read,
    symbol_name,
    symbol_text,
    tokens,
    write,
)

SYMBOLS = st.from_regex(r"[a-zA-Z~!@$%^&*_+=<>.?/][0-9a-zA-Z~!@$%^&*_\-+=<>.?/]{0,8}", fullmatch=True)
INSIDE_BARS = st.text(st.characters(blacklist_characters="|\\", blacklist_categories=["Cs", "Cc"]), max_size=8)
INSIDE_QUOTES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)
ATOMS = st.one_of(
    SYMBOLS,
    INSIDE_BARS.map(lambda text: f"|{text}|"),
    SYMBOLS.map(lambda text: f":{text}"),
    st.integers().map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,6})\.[0-9]{1,6}", fullmatch=True),
    st.from_regex(r"#x[0-9A-Fa-f]{1,8}", fullmatch=True),
    st.from_regex(r"#b[01]{1,8}", fullmatch=True),
    INSIDE_QUOTES.map(lambda text: '"' + text.replace('"', '""') + '"'),
)
EXPRESSIONS = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=5).map(lambda parts: f"({' '.join(parts)})"))


def shape(expression):
    """An s-expression without its places; a string without the way it was written."""
    if isinstance(expression, Token):
        return (expression.kind, write([expression]))
    return tuple(shape(item) for item in expression.items)


@given(st.lists(EXPRESSIONS, max_size=5))
def test_what_is_written_reads_back_as_the_same(parts):
    found = tokens("\n".join(parts))
    again = tokens(write(found))
    assert [(token.kind, write([token])) for token in again] == [(token.kind, write([token])) for token in found]
    assert [shape(item) for item in build(again)] == [shape(item) for item in build(found)]


@given(EXPRESSIONS)
def test_an_expression_is_its_tokens(text):
    found = tokens(text)
    assert flatten(build(found)[0]) == found


@given(st.text())
def test_any_text_is_read_or_refused_at_a_place_in_it(text):
    offset = 0
    try:
        read(text)
    except SexprError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize("text", ["a\nb", 'é "x" ü', "tab\there"])
def test_a_string_goes_out_on_one_line_of_ascii_and_means_the_same(text):
    (token,) = tokens('"' + text.replace('"', '""') + '"')
    written = write([token])
    assert written.isascii()
    assert "\n" not in written


def test_negative_numbers_are_numbers_and_a_lone_minus_is_a_symbol():
    kinds = [token.kind for token in tokens("-5 -2.5 - -x ->")]
    assert kinds == [TokenKind.NUMERAL, TokenKind.DECIMAL, TokenKind.SYMBOL, TokenKind.SYMBOL, TokenKind.SYMBOL]


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ('(echo "never closed)', 6, "never ends"),
        ("(declare-const |a Int)", 15, "never ends"),
        (r"(declare-const |a\|b| Int)", 15, "backslash"),
        ("(assert 007)", 8, "not a number"),
        ("(assert 12x)", 8, "not a number"),
        ("(assert #| comment |#)", 8, "not a token"),
        ("(assert x\0)", 9, "U+0000"),
        ("(assert ∀)", 8, "U+2200"),
        ("(assert a|b|)", 8, "not a token"),
        ("(assert x)) (check-sat)", 10, "closes nothing"),
        ("(assert (f x)", 0, "1 `)` missing"),
        ("check-sat", 0, "outside of any command"),
        ('(echo "\ud800")', 7, "half of a character"),
    ],
)
def test_what_is_not_smt_lib_is_refused_where_it_stands(text, offset, words):
    with pytest.raises(SexprError) as caught:
        list(commands(tokens(text)))
    assert caught.value.offset == offset
    assert words in caught.value.message


def test_comments_end_at_any_kind_of_line_break():
    assert [token.text for token in tokens("a ; no\rb ; no\r\nc ; no\nd ; no")] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("reader", [read, lambda text: list(commands(tokens(text)))])
def test_nesting_is_read_to_the_limit_and_refused_beyond(reader):
    assert reader("(" * MAX_DEPTH + ")" * MAX_DEPTH)
    with pytest.raises(SexprError) as caught:
        reader("(" * 100_000 + ")" * 100_000)
    assert caught.value.too_deep


def test_a_missing_parenthesis_is_said_before_depth_is():
    with pytest.raises(SexprError) as caught:
        list(commands(tokens("(" * 100_000)))
    assert not caught.value.too_deep


def test_lines_and_columns_count_from_one():
    lines = Lines("ab\ncd\r\nef\rg")
    assert [lines.at(offset) for offset in (0, 1, 3, 7, 8, 10)] == [(1, 1), (1, 2), (2, 1), (3, 1), (3, 2), (4, 1)]


@pytest.mark.parametrize(("name", "text"), [("a", "a"), ("a b", "|a b|"), ("", "||"), ("let", "|let|"), ("5", "|5|")])
def test_a_symbol_has_bars_where_it_needs_them(name, text):
    assert symbol_text(name) == text
    assert symbol_name(tokens(text)[0]) == name


def test_nodes_know_where_they_begin_and_end():
    (node,) = read("  (a (b))")
    assert isinstance(node, Node)
    assert (node.start, node.end) == (2, 9)
    assert (node.items[1].start, node.items[1].end) == (5, 8)


def test_a_fraction_is_a_number_only_where_it_is_asked_for():
    (found,) = tokens("-1/3", fractions=True)
    assert (found.kind, found.text) == (TokenKind.DECIMAL, "-1/3")
    for text in ("-1/3", "1/3 x"):
        with pytest.raises(SexprError, match="not a number"):
            tokens(text)
    with pytest.raises(SexprError, match="not a number"):
        tokens("1/3/4", fractions=True)
