import pytest

from app.lm.types import FinishReason, TokenUsage
from app.reasoning.extract import CUT_OFF, extract
from app.reasoning.types import Formalisation, Gloss, Kind, NotExtracted, World
from solvers.types import ErrorClass, Language
from tests.app.reasoning.scripted import completion

PROGRAM = """:- use_module(library(clpq)).
price(3).
solve(X) :- price(P), {X = 2 * P}.
% price/1: euros for one
% query: solve(X)."""

SCRIPT = """(declare-const total Int)
(assert (! (= total 18) :named sum))
; total: what all of it costs
; answer: total"""

ENTAILMENT = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(assert (! (round bob) :named bob_is_round))
(define-fun conclusion () Bool (round bob))
; query: conclusion"""


def take(
    text: str,
    language: Language = Language.PROLOG,
    kind: Kind = Kind.ARITHMETIC,
    world: World = World.OPEN,
    finish: FinishReason = FinishReason.STOP,
) -> Formalisation:
    found = extract(completion(text, finish), language, kind, world)
    assert isinstance(found, Formalisation), found
    return found


def why_not(
    text: str,
    language: Language = Language.PROLOG,
    kind: Kind = Kind.ARITHMETIC,
    finish: FinishReason = FinishReason.STOP,
) -> str:
    found = extract(completion(text, finish), language, kind)
    assert isinstance(found, NotExtracted), found
    assert [item.error_class for item in found.diagnostics] == [ErrorClass.SYNTAX]
    return found.diagnostics[0].message


@pytest.mark.parametrize(
    "text",
    [
        f"```prolog\n{PROGRAM}\n```",
        f"```Prolog\n{PROGRAM}\n```\n",
        f"```\n{PROGRAM}\n```",
        f"``` pl\n{PROGRAM}\n```",
        f"```{{.prolog}}\n{PROGRAM}\n```",
        f"~~~prolog\n{PROGRAM}\n~~~",
        f"````prolog\n{PROGRAM}\n````",
        f"````markdown\n```prolog\n{PROGRAM}\n```\n````",
        f"```markdown\n```prolog\n{PROGRAM}\n```\n```",
        f"Here is the program.\n\n```prolog\n{PROGRAM}\n```\n\nIt asks for X, which is 6.",
        f"1. The program:\n   ```prolog\n{PROGRAM}\n   ```",
        f"<think>\nTwo of them. ```prolog\nwrong(1).\n```\n</think>\n```prolog\n{PROGRAM}\n```",
        f"so the price counts twice.\n</think>\n\n```prolog\n{PROGRAM}\n```",
        f"<thinking>hm</thinking><think>hm</think>\n```prolog\n{PROGRAM}\n```",
        f"```python\nprint(6)\n```\nand in Prolog:\n```prolog\n{PROGRAM}\n```",
        f"```prolog\nsolve(X) :- {{X = 5}}.\n% query: solve(X).\n```\nNo, better:\n```prolog\n{PROGRAM}\n```",
        f"```prolog\n{PROGRAM}\n```\nIt prints:\n```text\nX = 6\n```",
        PROGRAM,
        f"\n\n{PROGRAM}\n\n",
        f"The program below says that one costs three euros.\n\n{PROGRAM}\n\nThis gives the price of two of them.",
        f"```prolog\n{PROGRAM}",
        f"\ufeff```prolog\n{PROGRAM}\n```",
    ],
)
def test_a_program_is_found_whatever_stands_around_it(text: str) -> None:
    found = take(text)
    assert found.program.text.strip() == PROGRAM
    assert found.query == "solve(X)"
    assert found.gloss == (Gloss("price/1", "euros for one"),)


def test_carriage_returns_do_not_reach_the_program() -> None:
    assert take(f"```prolog\n{PROGRAM}\n```".replace("\n", "\r\n")).program.text == PROGRAM


def test_pieces_of_one_program_in_several_blocks_are_put_together() -> None:
    pieces = ["price(3).", "solve(X) :- price(X).", "% query: solve(X)."]
    found = take("\nThen:\n".join(f"```prolog\n{piece}\n```" for piece in pieces))
    assert "price(3)." in found.program.text
    assert "solve(X) :- price(X)." in found.program.text


@pytest.mark.parametrize(
    ("stated", "query"),
    [
        ("% query: solve(X).", "solve(X)"),
        ("% Query: ?- solve(X).", "solve(X)"),
        ("%% **query**: `solve(X)`", "solve(X)"),
        ("% goal = solve(Total).  % in euros", "solve(Total)"),
        ("% query: solve(X,\n%   Y).", "solve(X, Y)"),
        ("?- solve(X).", "solve(X)"),
        ("", "solve(Answer)"),
    ],
)
def test_the_query_may_be_stated_in_several_ways(stated: str, query: str) -> None:
    assert take(f"```prolog\nsolve(X) :- X = 3.\n{stated}\n```").query == query


def test_a_goal_in_the_program_is_taken_out_of_it_and_lines_stay_where_they_are() -> None:
    found = take("```prolog\n?- solve(X).\nsolve(3).\n```")
    assert found.program.text == "            \nsolve(3)."


def test_a_query_named_in_the_prose_is_taken() -> None:
    assert take("```prolog\ncost(3).\n```\n\n**Query:** `cost(X)`").query == "cost(X)"


def test_two_queries_are_not_chosen_between() -> None:
    assert "more than one query" in why_not("```prolog\np(1).\nq(2).\n% query: p(X).\n% query: q(X).\n```")


def test_a_program_without_query_or_entry_says_how_to_state_one() -> None:
    assert "% query: solve(X)." in why_not("```prolog\np(1).\n```")


@pytest.mark.parametrize(
    ("text", "finish", "why"),
    [
        ("", FinishReason.STOP, "empty"),
        ("  \n ", FinishReason.LENGTH, CUT_OFF),
        ("I cannot help with that.", FinishReason.STOP, "no program"),
        ("I think the answer is 18, because each of them costs three.", FinishReason.STOP, "no program"),
        ("```python\nprint(18)\n```", FinishReason.STOP, "python"),
        ("```smt2\n(assert true)\n```", FinishReason.STOP, "Prolog program is wanted"),
        (f"```prolog\n{PROGRAM[:60]}", FinishReason.LENGTH, CUT_OFF),
        (f"```prolog\n{PROGRAM}", FinishReason.LENGTH, CUT_OFF),
        (PROGRAM[:70], FinishReason.LENGTH, CUT_OFF),
        (f"```prolog\n{PROGRAM[:60]}", FinishReason.STOP, "not closed"),
        ("<think>\nLet me see", FinishReason.LENGTH, CUT_OFF),
        ("<think>\nLet me see", FinishReason.STOP, "inside its reasoning"),
        ("```prolog\n% query: solve(X).\n% nothing else\n```", FinishReason.STOP, "no clause"),
        ("```prolog\nsolve('\0').\n% query: solve(X).\n```", FinishReason.STOP, "NUL"),
        ("```prolog\nsolve('\ud800').\n% query: solve(X).\n```", FinishReason.STOP, "half of a character"),
        (f"```prolog\n{'p(1).' * 60_000}\n% query: p(X).\n```", FinishReason.STOP, "write it shorter"),
    ],
)
def test_what_is_not_extracted_says_why(text: str, finish: FinishReason, why: str) -> None:
    assert why in why_not(text, finish=finish)


def test_a_completion_cut_off_says_after_how_many_tokens() -> None:
    found = extract(
        completion("```prolog\np(", FinishReason.LENGTH, TokenUsage(5, 77)), Language.PROLOG, Kind.ARITHMETIC
    )
    assert isinstance(found, NotExtracted)
    assert "after 77 tokens" in found.diagnostics[0].message


def test_a_closed_block_is_whole_though_the_prose_behind_it_was_cut_off() -> None:
    assert take(f"```prolog\n{PROGRAM}\n```\nThis means th", finish=FinishReason.LENGTH).query == "solve(X)"


# Entailment in Prolog


@pytest.mark.parametrize(
    ("query", "complement"),
    [("round(bob)", "neg(round(bob))"), ("neg(round(bob))", "round(bob)"), ("likes(f(a), b)", "neg(likes(f(a), b))")],
)
def test_the_complement_of_one_literal_need_not_be_stated(query: str, complement: str) -> None:
    found = take(f"```prolog\nround(bob).\n% query: {query}.\n```", kind=Kind.ENTAILMENT)
    assert (found.query, found.complement) == (query, complement)


def test_the_complement_is_the_one_that_is_stated() -> None:
    text = "```prolog\na.\nb.\n% query: (a, b).\n% complement: (neg(a) ; neg(b)).\n```"
    assert take(text, kind=Kind.ENTAILMENT).complement == "(neg(a) ; neg(b))"


def test_the_complement_of_a_compound_conclusion_must_be_stated() -> None:
    assert "complement" in why_not("```prolog\na.\nb.\n% query: (a, b).\n```", kind=Kind.ENTAILMENT)


def test_in_a_closed_world_the_complement_is_failure() -> None:
    found = take("```prolog\na.\n% query: (a, b).\n```", kind=Kind.ENTAILMENT, world=World.CLOSED)
    assert found.complement == "\\+ ((a, b))"


def test_an_entailment_has_no_query_by_default() -> None:
    assert "no query" in why_not("```prolog\nsolve(X) :- X = 1.\n```", kind=Kind.ENTAILMENT)


# SMT-LIB


@pytest.mark.parametrize(
    "text",
    [
        f"```smt2\n{SCRIPT}\n```",
        f"```lisp\n{SCRIPT}\n```",
        f"```\n{SCRIPT}\n```",
        SCRIPT,
        f"The total is asked for in whole euros here.\n\n{SCRIPT}\n\nThe solver will find what the total is.",
        f"```smt2\n{SCRIPT}",
    ],
)
def test_a_script_is_found_whatever_stands_around_it(text: str) -> None:
    found = take(text, Language.SMT)
    assert found.program.text.strip() == SCRIPT
    assert found.query == "total"
    assert found.gloss == (Gloss("total", "what all of it costs"),)


def test_commands_that_only_ask_are_blanked_out_and_lines_stay_where_they_are() -> None:
    script = "(declare-const x Int)\n(check-sat)\n(assert (= x 3))\n(get-value (x))\n(get-model) (exit)\n; answer: x"
    found = take(f"```smt2\n{script}\n```", Language.SMT)
    assert found.program.text.split("\n")[2] == "(assert (= x 3))"
    assert "check-sat" not in found.program.text
    assert "exit" not in found.program.text
    assert len(found.program.text) == len(script)


@pytest.mark.parametrize(
    ("ending", "answer"),
    [
        ("; answer: x", "x"),
        ("; Answer: `x`.", "x"),
        ("; answer: (+ x\n;   1)", "(+ x 1)"),
        ("; answer: |x|", "|x|"),
        ("(get-value (x))", "x"),
        ("(maximize x)", "x"),
    ],
)
def test_the_wanted_term_may_be_stated_in_several_ways(ending: str, answer: str) -> None:
    text = f"```smt2\n(declare-const x Int)\n(assert (< x 3))\n{ending}\n```"
    assert take(text, Language.SMT, Kind.OPTIMISATION).query == answer


def test_a_puzzle_may_ask_for_several_terms_and_a_sum_for_one() -> None:
    text = "```smt2\n(declare-const x Int)\n(declare-const y Int)\n(assert (< x y))\n; answer: x y\n```"
    assert take(text, Language.SMT, Kind.CONSTRAINT).query == "x y"
    assert "one answer is wanted" in why_not(text, Language.SMT, Kind.ARITHMETIC)


@pytest.mark.parametrize(
    ("ending", "why"),
    [
        ("", "which term is wanted"),
        ("; answer: (+ x", "not SMT-LIB"),
        ("; answer: x\n; answer: y", "more than one answer"),
    ],
)
def test_a_script_without_a_wanted_term_says_how_to_name_it(ending: str, why: str) -> None:
    assert why in why_not(f"```smt2\n(declare-const x Int)\n(assert (= x 1))\n{ending}\n```", Language.SMT)


@pytest.mark.parametrize(
    "ending",
    [
        "; query: conclusion",
        "",
        "; conclusion: Bob is round",
        "; query: that Bob is round",
        "(check-sat)\n; query: conclusion",
    ],
)
def test_a_conclusion_that_is_defined_is_the_query(ending: str) -> None:
    script = ENTAILMENT.replace("; query: conclusion", ending)
    assert take(f"```smt2\n{script}\n```", Language.SMT, Kind.ENTAILMENT).query == "conclusion"


def test_a_conclusion_may_be_written_out() -> None:
    script = "(declare-const p Bool)\n(declare-const q Bool)\n(assert p)\n; query: (=> q\n;   p)"
    assert take(f"```smt2\n{script}\n```", Language.SMT, Kind.ENTAILMENT).query == "(=> q p)"


def test_a_script_without_conclusion_says_how_to_state_it() -> None:
    text = "```smt2\n(declare-const p Bool)\n(assert p)\n```"
    assert "; query: conclusion" in why_not(text, Language.SMT, Kind.ENTAILMENT)


def test_a_script_that_is_not_well_formed_is_left_to_the_solver() -> None:
    found = take("```smt2\n(declare-const x Int)\n(assert (= x 3)\n(check-sat)\n; answer: x\n```", Language.SMT)
    assert "(check-sat)" in found.program.text
