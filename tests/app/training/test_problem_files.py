"""Files of problems, in the forms in which data sets come."""

import gzip
import json

import pytest

from app.training.problem_files import ProblemFileError, Stated, read_problems


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.jsonl", '{"question": "How many?", "answer": "So.\\n#### 3"}\n\n{"problem": "Which?", "target": 4}\n',
         [Stated("How many?", "So.\n#### 3"), Stated("Which?", "4")]),
        ("a.json", '[{"sQuestion": "How many?", "lSolutions": [3.0]}, "Which?"]',
         [Stated("How many?", "3.0"), Stated("Which?", None)]),
        ("a.json", '[{"Body": "Ann has 3.", "Question": "How many?", "Answer": 3}]',
         [Stated("How many?", "3")]),
        ("a.csv", 'id,Question,Answer\n1,"How many, Ann?",3\n2,Which?,\n',
         [Stated("How many, Ann?", "3"), Stated("Which?", None)]),
        ("a.tsv", "problem\tanswer\nHow many?\t3\n", [Stated("How many?", "3")]),
        ("a.txt", "How many?\n\n  Which?  \n", [Stated("How many?", None), Stated("Which?", None)]),
        ("a.jsonl", "\ufeff" + '{"problem": "Does it follow?", "label": false}', [Stated("Does it follow?", "false")]),
    ],
)  # fmt: skip
def test_every_form_is_read(tmp_path, name, text, found):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    assert list(read_problems(file)) == found


def test_a_packed_file_is_read_like_an_open_one(tmp_path):
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(json.dumps({"problem": "How many?"}).encode()))
    assert list(read_problems(file)) == [Stated("How many?", None)]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.jsonl", b'{"problem": "x"}\n{"problem"', "line 2: not JSON"),
        ("a.jsonl", b'{"q": "x"}', "line 1: no problem in it"),
        ("a.jsonl", b'["x"]', "line 1: not an object"),
        ("a.jsonl", b"[" * 100_000, "not JSON"),
        ("a.json", b'{"problem": "x"}', "not a list"),
        ("a.csv", b"id,answer\n1,2\n", "line 2: no problem in it"),
        ("a.txt", b"\xff\xfe", "not UTF-8"),
        ("a.txt", b"\n\n", "holds no problem"),
        ("a.jsonl.gz", b"not packed", "cannot be read"),
        ("a.jsonl.gz", gzip.compress(b'{"problem": "x"}' * 10_000, mtime=0)[:40], "cannot be read"),
    ],
)
def test_a_file_that_is_damaged_is_named_with_the_line(tmp_path, name, data, said):
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(ProblemFileError, match=said) as raised:
        list(read_problems(file))
    assert str(file) in str(raised.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_an_error(tmp_path):
    for file in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(ProblemFileError, match="cannot be read"):
            list(read_problems(file))
