"""The rules that a translator begins with: each gives its answer, none is there twice, and a faulty one is named."""

import re
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from app.reasoning.extract import extract
from app.reasoning.types import Formalisation
from app.training import kb
from app.training.kb import KnowledgeError
from app.training.rows import Task
from app.translator.expression import CONSTANTS, OPERATORS, parse, slots
from app.translator.forms import Form
from solvers import Runtime
from solvers.types import Answers, Finished, Job, ValueKind, Wanted
from tests.app.reasoning.scripted import completion

FAULTLESS = """
domain = "plane geometry"

[[rules]]
head = "field_area(Length, BaseWidth, Area)"
statement = "The area of a field is its length times its width."
gloss = "Length and BaseWidth of a field, and its Area"
rule = \"\"\"
field_area(Length, BaseWidth, Area) :-
    {Area = Length * BaseWidth}.\"\"\"
phrases = ["the area of a field {length} m long and {base_width} m wide", "the ground of {base_width} m by {length} m"]
query = "field_area(9, 4, Area)"
answer = "36"
expression = "* length base_width"
"""


def test_there_are_many_rules_of_many_domains():
    rules = kb.load()
    assert len(rules) >= 220
    assert len({rule.domain for rule in rules}) >= 16
    assert sum(rule.expression is not None for rule in rules) >= 150


@pytest.mark.anyio
async def test_each_rule_is_read_as_a_reply_and_gives_its_answer_and_no_other(runtime: Runtime):
    first = {row.id: row for row in kb.rows()}
    rules = kb.load()
    jobs = []
    for rule in rules:
        row = first[rule.name]
        read = extract(completion(row.completion), row.problem.language, row.problem.kind)
        assert isinstance(read, Formalisation), rule.name
        jobs.append(Job(read.program, query=read.query, wanted=Wanted.NUMBER))

    ran = 0
    async for index, run in runtime.solve_many(jobs):
        rule = rules[index]
        assert isinstance(run.ending, Finished), rule.name
        assert isinstance(run.ending.outcome, Answers), rule.name
        assert run.ending.outcome.exhausted, rule.name
        assert not run.ending.diagnostics, rule.name
        (substitution,) = run.ending.outcome.substitutions
        (value,) = substitution.bindings.values()
        assert value.kind in (ValueKind.INTEGER, ValueKind.RATIONAL), rule.name
        assert Fraction(value.text) == rule.answer, rule.name
        ran += 1
    assert ran == len(rules)


def test_the_expression_of_a_rule_gives_its_answer_too():
    for rule in kb.load():
        if rule.expression is not None:
            assert rule.value() == rule.answer, rule.name


def test_no_two_rules_are_alike():
    rules = kb.load()
    words = {rule.name: frozenset(re.findall("[a-z]+", rule.statement.lower())) for rule in rules}
    assert len(words) == len(rules)
    for one, other in combinations(words, 2):
        assert len(words[one] & words[other]) < 0.9 * len(words[one] | words[other]), (one, other)


def test_a_row_asks_with_the_statement_and_answers_with_the_meaning_of_each_predicate():
    rows = list(kb.rows())
    by_name = {rule.name: rule for rule in kb.load()}
    assert {row.id for row in rows} == by_name.keys()
    for row in rows:
        rule = by_name[row.id]
        assert (row.task, row.source, row.answer) == (Task.KB, "kb", str(rule.answer))
        assert rule.statement in row.prompt
        assert "{" not in row.prompt
        read = extract(completion(row.completion), row.problem.language, row.problem.kind)
        assert isinstance(read, Formalisation)
        explained = {gloss.symbol for gloss in read.gloss}
        assert explained == {f"{rule.name}/{len(rule.arguments)}", *dict(rule.helpers)}, rule.name
    assert len({(row.prompt, row.completion) for row in rows}) == len(rows)


def test_a_list_is_asked_for_in_words():
    row = next(row for row in kb.rows() if row.id == "median")
    assert "the median of 7, 3, 12, 9, 4 and 8" in row.prompt


def test_the_numbers_of_a_phrase_are_numbered_as_they_stand_there(tmp_path, monkeypatch):
    file = tmp_path / "fields.toml"
    file.write_text(FAULTLESS.replace("* length base_width", "- length base_width").replace('"36"', '"5"'))
    rules = kb.read([file])
    monkeypatch.setattr(kb, "load", lambda: rules)
    long_first, wide_first = kb.examples(Random(3))
    assert long_first.form is Form.RULE
    assert " ".join(long_first.source).find("field n0 m long and n1 m wide") >= 0
    assert long_first.target == ("-", "n0", "n1")
    assert wide_first.target == ("-", "n1", "n0")


def test_examples_are_drawn_from_a_seed():
    first, again, other = (list(kb.examples(Random(seed))) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert len(first) == len(other)


def test_an_example_holds_no_number_and_the_same_question_has_one_answer():
    targets = {}
    for seed in range(3):
        for example in kb.examples(Random(seed)):
            asked = tuple(token for token in example.source if token not in (".", "?", "calculate", "compute", "find"))
            assert targets.setdefault(asked, example.target) == example.target, asked
            assert not any(re.search(r"\d", token) for token in example.source if not re.fullmatch(r"[np]\d+", token))
            written = parse(example.target)
            assert {f"n{index}" for index in slots(written)} <= {*example.source}
            assert all(token in OPERATORS or token in CONSTANTS or token[0] == "n" for token in example.target)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("head = ", "heading = ", "nobody knows heading"),
        ('answer = "36"', 'answer = "36.0"', "lowest terms"),
        ('answer = "36"', 'answer = "37"', "`expression` gives 36, `answer` is 37"),
        ("* length base_width", "* length length", "does not use base_width"),
        ("* length base_width", "* length width", "'width'"),
        ("* length base_width", "* * length base_width", "ends before it is whole"),
        ("and {base_width} m wide", "and so wide", "each of length, base_width once"),
        ("the area of a field {length}", "area of a field {length}", "does not begin with `the`"),
        (', "the ground of {base_width} m by {length} m"]', "]", "two to four"),
        ("field_area(9, 4, Area)", "field_area(9, 4, Ground)", "asks for Ground"),
        ("field_area(9, 4, Area)", "field_area(9, Width, Area)", "exactly one argument"),
        ("field_area(9, 4, Area)", "area(9, 4, Area)", "does not call field_area/3"),
        ("and its Area", "and how large it is", "what Area is"),
        (
            "{Area = Length * BaseWidth}.",
            "product(Length, BaseWidth, Area).\nproduct(A, B, C) :- {C = A * B}.",
            "product",
        ),
        ("its width.", "its width. So it is.", "not one sentence"),
        ('answer = "36"', 'answer = "36"\nlibraries = ["process"]', "'process'"),
        ('domain = "plane geometry"', 'field = "plane geometry"', "has a `domain`"),
        ('domain = "plane geometry"', "domain = plane", "is no TOML"),
    ],
)
def test_a_fault_names_the_file_and_the_entry(tmp_path: Path, old: str, new: str, said: str):
    file = tmp_path / "fields.toml"
    file.write_text(FAULTLESS)
    assert [rule.name for rule in kb.read([file])] == ["field_area"]

    assert old in FAULTLESS
    file.write_text(FAULTLESS.replace(old, new, 1))
    with pytest.raises(KnowledgeError, match=re.escape(said)) as raised:
        kb.read([file])
    assert raised.value.file == "fields.toml"
    if "`domain`" not in said and "TOML" not in said:
        assert raised.value.entry in ("field_area", "entry 1")


@pytest.mark.parametrize(
    ("own", "taken"),
    [
        ("garden_area", "field_area"),
        ("The area of a garden is", "The area of a field is"),
        ("the soil of {base_width} m by {length} m", "the ground of {length} m by {base_width} m"),
    ],
    ids=["the name", "the statement", "a phrase"],
)
def test_what_is_said_of_two_rules_is_refused(tmp_path: Path, own: str, taken: str):
    files = [tmp_path / "a.toml", tmp_path / "b.toml"]
    other = FAULTLESS.replace("field", "garden").replace("ground", "soil")
    files[0].write_text(FAULTLESS)
    files[1].write_text(other)
    assert [rule.name for rule in kb.read(files)] == ["field_area", "garden_area"]

    assert own in other
    files[1].write_text(other.replace(own, taken))
    with pytest.raises(KnowledgeError, match=r"b\.toml"):
        kb.read(files)
