"""Files of samples: what is read from them, what is refused, and what names their content."""

import csv
import gzip
import io
import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.datasets import (
    Columns,
    DatasetError,
    Shape,
    columns_from,
    content_hash,
    load_dataset,
    read_dataset,
)
from app.problem import Kind, Problem, World
from app.store.evaluation_types import Answers, Sample
from solvers.types import Language

PENS = {"id": "pens", "problem": "Ann has 3 pens and buys 4. How many has she?", "target": 7}
CATS = {"id": "cats", "problem": "All cats are red. Tom is a cat. Is Tom red?", "target": "yes"}


def read(*rows, columns=None, shape=Shape.JSONL, **kwargs):
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    return read_dataset(io.BytesIO(text.encode()), shape, "given.jsonl", columns=columns, **kwargs)


def faults(*rows, **kwargs):
    with pytest.raises(DatasetError) as caught:
        read(*rows, **kwargs)
    return [(fault.line, fault.message) for fault in caught.value.faults]


# What is read


def test_a_sample_is_its_problem_its_target_and_how_they_are_compared():
    given_ = {**PENS, "kind": "Arithmetic", "language": "smt", "world": "closed"}
    assert read(given_, CATS).samples == (
        Sample("pens", Problem(PENS["problem"], Kind.ARITHMETIC, Language.SMT, World.CLOSED), "7"),
        Sample("cats", Problem(CATS["problem"]), "proved", Answers.VERDICT),
    )


def test_rows_without_an_id_are_called_by_their_line_and_blank_lines_are_passed_over():
    samples = read({"question": "1 + 1?", "answer": "#### 2"}, "", {"input": "2 + 2?", "answer": "4"}).samples
    assert [(sample.id, sample.problem.text, sample.target) for sample in samples] == [
        ("1", "1 + 1?", "2"),
        ("3", "2 + 2?", "4"),
    ]


def test_columns_are_named_by_paths_into_nested_json_and_by_what_every_row_has():
    row = {"meta": {"q": "Who is first?", "n": [{"id": 17}]}, "gold": " Ada  Byron "}
    columns = Columns(problem="meta.q", id="meta.n.0.id", target="gold", kind="=constraint", answers="=name")
    (sample,) = read(row, columns=columns).samples
    assert sample == Sample("17", Problem("Who is first?", Kind.CONSTRAINT), "Ada Byron", Answers.NAME)


@pytest.mark.parametrize(
    "options",
    [["red", "blue"], ["A) red", "B) blue"], '["red", "blue"]', "red|blue", "A. red | B. blue", "(a) red|(b) blue"],
)
def test_options_are_a_list_or_a_text_and_lose_their_letters(options):
    row = {"problem": "Which colour?", "options": options, "target": "(b)"}
    (sample,) = read(row).samples
    assert (sample.options, sample.target, sample.answers) == (("red", "blue"), "B", Answers.OPTION)
    assert sample.problem.text == "Which colour?\nA) red\nB) blue"


def test_options_that_the_problem_shows_are_not_shown_twice():
    row = {"problem": "Is it red or blue?", "options": ["red", "blue"], "target": "a"}
    assert read(row).samples[0].problem.text == "Is it red or blue?"


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("1,200", "1200"),
        ("$18.00", "18"),
        (18.5, "37/2"),
        ("3/4", "3/4"),
        ("-5", "-5"),
        (1e3, "1000"),
        ("2.5e-1", "1/4"),
        (0.6666666666666666, "2/3"),
        (12345678901234567890123, "12345678901234567890123"),
        ("7 apples", "7"),
    ],
)
def test_a_number_is_exact_however_it_is_written(written, target):
    assert read({**PENS, "target": written}).samples[0].target == target


def test_a_grid_is_canonical_json_of_texts():
    row = {**PENS, "target": {"Bo": {"House": 2}, "Ann": {"Pet": "cat", "House": 1}}, "answers": "grid"}
    assert read(row).samples[0].target == '{"Ann": {"House": "1", "Pet": "cat"}, "Bo": {"House": "2"}}'


def test_a_table_has_quoted_cells_over_several_lines_and_a_byte_order_mark(tmp_path):
    path = tmp_path / "mine.CSV"
    path.write_bytes(b'\xef\xbb\xbfid,question,answer\r\na,"One,\r\n""two"".\nHow many?",2\r\n\r\nb,Three?,3\r\n')
    dataset = load_dataset(str(path))
    assert [(sample.id, sample.problem.text, sample.target) for sample in dataset.samples] == [
        ("a", 'One,\r\n"two".\nHow many?', "2"),
        ("b", "Three?", "3"),
    ]
    assert (dataset.name, dataset.source, dataset.licence) == ("mine.CSV", "mine.CSV", "")


def test_packed_files_lists_and_tables_with_tabs_hold_the_same_dataset(tmp_path):
    (tmp_path / "a.jsonl").write_text(f"{json.dumps(PENS)}\n{json.dumps(CATS)}\n")
    (tmp_path / "b.json").write_text(json.dumps([PENS, CATS], indent=3))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    rows = "".join(f"{row['id']}\t{row['problem']}\t{row['target']}\n" for row in (PENS, CATS))
    (tmp_path / "d.tsv").write_text("id\tproblem\ttarget\n" + rows)
    (tmp_path / "e.json").write_text((tmp_path / "a.jsonl").read_text())
    hashes = {load_dataset("mine", path).sha256 for path in tmp_path.iterdir()}
    assert len(hashes) == 1


# What is refused


def test_every_faulty_line_is_told_and_what_is_wrong_with_it():
    found = faults(
        PENS,
        "{",
        "[1]",
        {**PENS, "id": "2", "problem": "  "},
        {**PENS, "id": "3", "target": None},
        {**PENS},
        {**PENS, "id": "4", "target": "one or two", "answers": "number"},
        {**PENS, "id": "5", "target": "nonsense"},
        {**PENS, "id": "6", "options": ["x", "y"], "target": "C"},
        {**PENS, "id": "7", "problem": "x" * 32_001},
        {**PENS, "id": "8", "kind": "entailmnt"},
        {**PENS, "id": "9", "problem": "half \ud800"},
        {**PENS, "id": ""},
        {**PENS, "id": "10", "problem": ["no text"]},
        {**PENS, "id": "11", "target": float("nan")},
    )
    expected = [
        (2, "not JSON"),
        (3, "not a JSON object"),
        (4, "problem is missing or empty"),
        (5, "target is missing"),
        (6, "id 'pens' stands in line 1 already"),
        (7, "'one or two' is not one number"),
        (8, "say by `answers`"),
        (9, "'C' is no option: A to B"),
        (10, "longer than 32,000 bytes"),
        (11, "did you mean 'entailment'"),
        (12, "half of a character"),
        (13, "id is missing or empty"),
        (14, "neither a text nor a number"),
        (15, "neither a text nor a number"),
    ]
    assert [line for line, _ in found] == [line for line, _ in expected]
    for (_, message), (_, part) in zip(found, expected, strict=True):
        assert part in message


def test_a_line_that_is_not_utf8_is_told_with_the_others():
    lines = json.dumps(PENS).encode() + b'\n{"problem": "caf\xe9"}\n{"id": "x"}\n'
    with pytest.raises(DatasetError) as caught:
        read_dataset(io.BytesIO(lines), Shape.JSONL, "given.jsonl")
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    assert "not UTF-8: byte 0xe9 at 17" in str(caught.value)


def test_twenty_faults_are_shown_and_the_others_counted():
    with pytest.raises(DatasetError) as caught:
        read(*["{"] * 50)
    shown = str(caught.value).splitlines()
    assert len(caught.value.faults) == 50
    assert len(shown) == 22
    assert shown[20].startswith("- line 20: ")
    assert shown[21] == "- and 30 more"


@pytest.mark.parametrize(
    ("content", "shape"), [("", Shape.JSONL), ("\n\n", Shape.JSON), ("[]", Shape.JSON), ("a,b\n", Shape.CSV)]
)
def test_an_empty_file_is_refused(content, shape):
    assert faults(content, shape=shape) == [(0, "it holds no sample")]


def test_a_column_that_is_not_there_is_told_once_with_the_near_ones():
    rows = [{"qestion": "1 + 1?", "label": "2"}] * 100
    ((line, message),) = faults(*rows)
    assert line == 1
    assert "no column 'problem' or 'question' or 'input'" in message
    assert "no column 'target' or 'answer'" in message
    ((_, message),) = faults(*rows, columns=Columns(problem="question", target="label"))
    assert message == "there is no column 'question' for the problem: did you mean 'qestion'?"
    assert "for the kind" in faults(PENS, columns=Columns(kind="type"))[0][1]


def test_a_mapping_of_what_no_sample_has_is_refused():
    with pytest.raises(DatasetError, match=r"no 'traget': did you mean 'target'\?"):
        columns_from({"traget": "gold"})
    assert columns_from({"target": "gold"}) == Columns(target="gold")


def test_a_table_is_refused_where_cells_and_header_do_not_fit():
    text = 'id,problem,target\n1,"one\nmore",1\n2,two\n3,three,3,3\n4,"fo"ur,4\n5,five,5\n'
    assert [line for line, _ in faults(text, shape=Shape.CSV)] == [4, 5, 6]
    assert "'problem' twice" in faults("problem,problem,target\n", shape=Shape.CSV)[0][1]


def test_a_list_that_breaks_off_is_told_by_its_line():
    good = json.dumps(PENS)
    assert faults(f"[{good},\n\n {{'}}]", shape=Shape.JSON)[0][0] == 3
    assert "neither a comma" in faults(f"[{good}\n{good}]", shape=Shape.JSON)[0][1]
    assert "behind the end" in faults(f"[{good}]\n]", shape=Shape.JSON)[0][1]
    assert faults(f"[{good},\n 1234]", shape=Shape.JSON) == [(2, "entry 2 is not a JSON object")]


def test_a_damaged_packed_file_is_refused(tmp_path):
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(PENS).encode() * 100)[:-9])
    with pytest.raises(DatasetError, match="cannot be read"):
        load_dataset(str(path))


def test_a_line_of_any_length_is_refused_without_being_held(monkeypatch):
    monkeypatch.setattr("app.evaluation.datasets.rows.MOST_LINE_BYTES", 1_000)
    assert faults(PENS, '{"x": "' + "y" * 5_000 + '"}', "{") == [
        (2, "it is longer than 1,000 bytes"),
        (3, faults("{")[0][1]),
    ]


@pytest.mark.parametrize(
    ("name", "part"),
    [("gsm9k", "did you mean 'gsm8k'"), (".", "it is a folder"), ("mine.txt", r"\.jsonl, \.json, \.csv, \.tsv")],
)
def test_what_is_no_dataset_is_refused_with_what_to_do(name, part, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("text")
    with pytest.raises(DatasetError, match=part):
        load_dataset(name)


# Whatever is written is read, and garbage is refused

text = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1).filter(str.strip)
written = st.lists(st.tuples(text, st.integers()), min_size=1, max_size=8)


@settings(deadline=None)
@given(written)
def test_what_a_writer_of_json_lines_writes_is_read_back(rows):
    for ascii_only in (True, False):
        lines = [json.dumps({"problem": p, "target": t}, ensure_ascii=ascii_only) for p, t in rows]
        samples = read(*lines).samples
        assert [(sample.problem.text, sample.target) for sample in samples] == [(p, str(t)) for p, t in rows]


@settings(deadline=None)
@given(written, st.sampled_from([None, 2]))
def test_what_a_writer_of_lists_writes_is_read_back(rows, indent):
    content = json.dumps([{"problem": p, "target": t} for p, t in rows], indent=indent)
    samples = read(content, shape=Shape.JSON, columns=Columns(id="target")) if _differ(rows) else None
    assert samples is None or [s.problem.text for s in samples.samples] == [p for p, _ in rows]


def _differ(rows):
    return len({target for _, target in rows}) == len(rows)


@settings(deadline=None)
@given(written, st.sampled_from([Shape.CSV, Shape.TSV]), st.sampled_from(["utf-8", "utf-8-sig"]))
def test_what_a_writer_of_tables_writes_is_read_back(rows, shape, encoding):
    file = io.StringIO(newline="")
    table = csv.writer(file, delimiter="," if shape is Shape.CSV else "\t")
    table.writerows([("id", "problem", "target"), *((place, p, t) for place, (p, t) in enumerate(rows))])
    samples = read_dataset(io.BytesIO(file.getvalue().encode(encoding)), shape, "given").samples
    assert [(sample.problem.text, sample.target) for sample in samples] == [(p, str(t)) for p, t in rows]


pieces = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b",", b":", b"\n", b"\r", b"\\", b"\xff", b"\x00", b"problem", b"target", b"1e99",
     b'{"problem": "x", "target": 1}', b"problem,target\n", b"x,1\n", b"\x1f\x8b", b"\xef\xbb\xbf", b"\\ud800", b" "]
)  # fmt: skip


@settings(deadline=None)
@given(
    st.lists(pieces | st.binary(max_size=5), max_size=20),
    st.sampled_from(Shape),
    st.sampled_from([None, "folio", "zebra", "mawps"]),
)
def test_garbage_raises_nothing_but_a_dataset_error(garbage, shape, like):
    try:
        samples = read_dataset(io.BytesIO(b"".join(garbage)), shape, "garbage", like=like).samples
    except DatasetError:
        return
    assert samples
    content_hash(samples)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["problem", "target", "id", "kind", "options", "answers", "world"]), json_values)
)
def test_any_value_in_any_column_raises_nothing_but_a_dataset_error(row):
    with suppress(DatasetError):
        content_hash(read(row).samples)


def test_tens_of_thousands_of_samples_are_read_in_seconds():
    line = '{{"id": "s{}", "problem": "Ann has {} apples and buys 7. How many?", "target": {}}}\n'
    content = "".join(line.format(number, number, number + 7) for number in range(20_000)).encode()
    began = time.process_time()
    assert len(read_dataset(io.BytesIO(content), Shape.JSONL, "big").samples) == 20_000
    assert time.process_time() - began < 10


# What names the content

TINY = (
    Sample("1", Problem("Wie groß? 1 + 1"), "2"),
    Sample("2", Problem('"Is it?"\n', Kind.ENTAILMENT, Language.PROLOG, World.CLOSED), "proved", Answers.VERDICT),
    Sample("3", Problem("Which?"), "A", Answers.OPTION, ("x", "y")),
)


def test_the_hash_of_a_content_never_changes():
    assert content_hash(TINY) == "6561484b33c70040135ff62aa898ef624745701f742108495b5aec61356a0344"


def test_the_hash_depends_on_every_part_and_on_the_order_and_not_on_the_file(tmp_path):
    first, second, third = TINY
    others = [
        (second, first, third),
        (first, second),
        (*TINY[:2], Sample("3", Problem("Which?"), "A", Answers.OPTION, ("y", "x"))),
        (*TINY[:2], Sample("3", Problem("Which?"), "B", Answers.OPTION, ("x", "y"))),
        (Sample("1", Problem("Wie groß? 1 + 1", world=World.CLOSED), "2"), second, third),
        (Sample("0", first.problem, "2"), second, third),
    ]
    assert len({content_hash(samples) for samples in (TINY, *others)}) == len(others) + 1
    (tmp_path / "a.jsonl").write_text(json.dumps(PENS))
    (tmp_path / "b.jsonl").write_text(json.dumps(dict(reversed(PENS.items())), indent=None) + "\n\n")
    assert load_dataset(str(tmp_path / "a.jsonl")).sha256 == load_dataset(str(tmp_path / "b.jsonl")).sha256
