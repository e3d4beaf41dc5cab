"""The loaders of the public sets, on samples written for these tests in the format of each."""

import io
import json
import os
from pathlib import Path

import pytest

from app.evaluation.datasets import SOURCES, DatasetError, Shape, load_dataset, read_dataset
from app.problem import Kind, Problem, World
from app.reasoning.types import VerdictKind
from app.store.evaluation_types import Answers, Sample
from solvers.types import Language

DATA = Path(os.environ.get("QUOD_BENCH_DATA", Path(__file__).resolve().parents[4] / "shared" / "data"))

STATED = {
    "id": "moss_1",
    "context": "Moss is green. Green things grow.",
    "question": "Is the following statement true or false? Moss grows.",
    "options": ["A) True", "B) False", "C) Unknown"],
    "answer": "C",
}
CHOICE = {
    "id": "row_1",
    "context": "Three trees stand in a row: an oak, an ash and a fir. The oak is first. The ash is last.",
    "question": "Which of the following is true?",
    "options": ["A) The ash is second.", "B) The fir is second.", "C) The oak is second."],
    "answer": "B",
}
GRID = {
    "puzzle_id": 7,
    "dimensions": ["Name", "House", "Pet"],
    "entities": [["Ann", "Bo"], [3, 4], ["cat", "dog"]],
    "clues": ["The person with Name Ann also has House 4.", "The person with House 4 does not have Pet cat."],
    "solution": [["Person_0", "Person_1"], [0, 1], [0, 1]],
}


def read(like, *rows, shape=Shape.JSON):
    content = rows[0] if shape is Shape.CSV else json.dumps(rows)
    return read_dataset(io.BytesIO(content.encode()), shape, like, like=like)


def only(like, *rows, **kwargs):
    (sample,) = read(like, *rows, **kwargs).samples
    return sample


def refused(like, *rows):
    with pytest.raises(DatasetError) as caught:
        read(like, *rows)
    return str(caught.value)


def test_gsm8k_is_answered_by_the_number_behind_its_solution():
    row = {
        "question": "A crate holds 600 plums. How many hold 2?",
        "answer": "600 * 2 = <<600*2=1200>>1200\n#### 1,200",
    }
    assert only("gsm8k", row) == Sample("gsm8k:1", Problem(row["question"], Kind.ARITHMETIC), "1200")
    assert "no ####" in refused("gsm8k", {**row, "answer": "1200"})


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("gsm-hard", "gsm-hard:1"),
        ("svamp", "svamp:1"),
        ("multiarith", "mawpsmultiarith:1"),
        ("addsub", "addsub:1"),
        ("singleeq", "singleeq:1"),
        ("singleop", "singleop:1"),
    ],
)
def test_the_sets_of_pal_are_answered_by_a_number(name, id_):
    row = {"input": "A third of 2 pies?", "target": 0.6666666666666666, "code": "ignored"}
    assert only(name, row) == Sample(id_, Problem("A third of 2 pies?", Kind.ARITHMETIC), "2/3")


def test_mawps_gets_its_numbers_back():
    head = "Question,Numbers,Equation,Answer\n"
    text = '"Bo has number1 figs , number0 dates and number2 l of tea . How many figs ?"'
    text += ",8.0 28.30 2.3333333333333335,x,28.3\n"
    sample = only("mawps", head + text, shape=Shape.CSV)
    assert sample.problem.text == "Bo has 28.3 figs , 8 dates and 2 1/3 l of tea . How many figs ?"
    assert (sample.id, sample.target) == ("mawps:1", "283/10")
    with pytest.raises(DatasetError, match="line 2: 'Question' has number4, and there are 1 numbers"):
        read("mawps", head + "number4 ?,1.0,x,1\n", shape=Shape.CSV)


def test_mathqa_is_answered_by_one_of_its_options():
    row = {"Problem": "half of 9 ?", "options": "a ) 4 , b ) 4.5 , c ) 9 , 5 , d ) 5 , e ) none", "correct": "b"}
    sample = only("mathqa", row)
    assert sample.options == ("4", "4.5", "9 , 5", "5", "none")
    assert (sample.target, sample.answers) == ("B", Answers.OPTION)
    assert sample.problem.text == "half of 9 ?\nA) 4\nB) 4.5\nC) 9 , 5\nD) 5\nE) none"
    assert "no option" in refused("mathqa", {**row, "correct": "f"})


@pytest.mark.parametrize(
    ("name", "language", "world"),
    [
        ("proofwriter", Language.PROLOG, World.OPEN),
        ("prontoqa", None, World.CLOSED),
        ("folio", None, World.OPEN),
    ],
)
def test_deductions_say_their_world_and_language_and_are_answered_by_what_the_option_says(name, language, world):
    problem = Problem(f"{STATED['context']}\n\n{STATED['question']}", None, language, world)
    assert only(name, STATED) == Sample("moss_1", problem, VerdictKind.UNDETERMINED.value, Answers.VERDICT)
    assert "is no option: A to C" in refused(name, {**STATED, "answer": "D"})


def test_folio_is_read_as_its_authors_publish_it_too():
    row = {"premises": ["All moss is green. ", "This is moss."], "conclusion": "It is green.", "label": "Uncertain"}
    sample = only("folio", row)
    asked = "Based on the above information, is the following statement true, false, or uncertain? It is green."
    assert sample.problem.text == f"All moss is green. This is moss.\n\n{asked}"
    assert (sample.id, sample.target) == ("folio:1", "undetermined")
    assert only("folio", {**row, "example_id": 12}).id == "folio:12"


def test_logical_deduction_shows_its_options_with_their_letters():
    sample = only("logical-deduction", CHOICE)
    assert sample.problem.text.endswith("is true?\nA) The ash is second.\nB) The fir is second.\nC) The oak is second.")
    assert sample.options == ("The ash is second.", "The fir is second.", "The oak is second.")
    assert (sample.target, sample.answers, sample.problem.kind) == ("B", Answers.OPTION, None)


def test_ar_lsat_has_several_questions_about_a_passage():
    questions = [
        {"id": "p_1", "question": "Who may be first?", "options": ["Ida", "Jo"], "answer": "A"},
        {"id": "p_2", "question": "Who is last?", "options": ["Ida", "Jo"], "answer": "B"},
    ]
    passage = {"id": "p", "passage": "Ida is ahead of Jo.", "questions": questions}
    first, second = read("ar-lsat", passage).samples
    assert first.problem == Problem("Ida is ahead of Jo.\n\nWho may be first?\nA) Ida\nB) Jo", Kind.CONSTRAINT)
    assert (second.id, second.target, second.options) == ("p_2", "B", ("Ida", "Jo"))
    assert only("ar-lsat", CHOICE).target == "B"
    assert "the id 'p_1' stands in line 1 already" in refused("ar-lsat", {**passage, "questions": questions[:1] * 2})


def test_a_grid_is_worked_out_from_the_clues():
    sample = only("zebra", GRID)
    assert json.loads(sample.target) == {"Ann": {"House": "4", "Pet": "dog"}, "Bo": {"House": "3", "Pet": "cat"}}
    assert (sample.id, sample.answers, sample.problem.kind) == ("zebra:7", Answers.GRID, Kind.CONSTRAINT)
    assert "- House: 3, 4\n" in sample.problem.text
    assert GRID["clues"][1] in sample.problem.text


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"clues": GRID["clues"][:1]}, "its clues allow several grids"),
        ({"clues": [*GRID["clues"], "The person with Name Ann also has House 3."]}, "its clues contradict each other"),
        ({"dimensions": ["Name", "Pet", "Pet"]}, "two of its dimensions have the same name"),
    ],
)
def test_a_puzzle_without_one_solution_is_left_out_and_told(changed, reason):
    dataset = read("zebra", GRID, {**GRID, "puzzle_id": 8, **changed})
    assert [sample.id for sample in dataset.samples] == ["zebra:7"]
    assert [left.message for left in dataset.left_out] == [reason]


def test_a_clue_that_cannot_be_read_is_a_fault():
    assert "a clue cannot be read: 'Ann is tall.'" in refused("zebra", {**GRID, "clues": ["Ann is tall."]})


def test_a_puzzle_that_would_take_for_ever_is_refused():
    things = [[f"{name}{place}" for place in range(6)] for name in "abcdef"]
    never = [f"The person with f f{one} does not have e e{other}." for one in range(6) for other in range(6)]
    row = {"puzzle_id": 1, "dimensions": list("abcdef"), "entities": things, "clues": never}
    assert "too many grids" in refused("zebra", row)


def test_nl4opt_is_answered_by_the_best_value():
    row = {"en_question": "At most 3 hats at 2 dollars each. What is the most that is paid?", "en_answer": "6.0"}
    dataset = read("nl4opt", row, {**row, "en_answer": "No Best Solution"})
    assert dataset.samples == (Sample("nl4opt:1", Problem(row["en_question"], Kind.OPTIMISATION), "6"),)
    assert len(dataset.left_out) == 1
    assert "no optimal values" in refused("nl4opt", {"123": {"document": "At most 3 hats.", "vars": []}})


def test_a_hypothesis_of_entailment_bank_follows_from_its_facts():
    row = {"id": "m", "context": "sent1: moss is a plant sent2: plants need light", "hypothesis": "moss needs light"}
    sample = only("entailment-bank", row)
    assert sample.problem.text.startswith("Moss is a plant.\nPlants need light.\n\nBased on")
    assert sample.problem.text.endswith("or unknown? moss needs light")
    assert (sample.target, sample.answers) == ("proved", Answers.VERDICT)


def test_a_folder_holds_files_as_their_publishers_name_them(tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "svamp.jsonl").write_text('{"input": "1 + 1?", "target": 2.0}\n')
    dataset = load_dataset("SVAMP", tmp_path)
    assert (dataset.name, dataset.source, dataset.licence) == ("svamp", "svamp.jsonl", "Apache-2.0")
    with pytest.raises(DatasetError, match=r"the file of logical-deduction is not there; looked for .*dev\.json"):
        load_dataset("logical_deduction", tmp_path)


def test_a_file_of_another_set_is_refused():
    assert "'question' is missing or empty" in refused("gsm8k", {"input": "1 + 1?", "answer": "#### 2"})
    assert "'context' is missing or empty" in refused("proofwriter", {"id": "1", "options": ["A) True"], "answer": "A"})


COUNTS = {
    "gsm8k": 1319,
    "gsm-hard": 1319,
    "svamp": 1000,
    "multiarith": 600,
    "addsub": 395,
    "singleeq": 508,
    "singleop": 562,
    "mawps": 384,
    "mathqa": 4475,
    "proofwriter": 600,
    "prontoqa": 500,
    "folio": 204,
    "logical-deduction": 300,
    "zebra": 92,
    "entailment-bank": 187,
}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public files are not at {DATA} (QUOD_BENCH_DATA)")
@pytest.mark.parametrize("name", COUNTS)
def test_a_public_file_is_read_to_its_end(name):
    dataset = load_dataset(name, DATA)
    assert len(dataset.samples) == COUNTS[name]
    assert len(dataset.left_out) == (7 if name == "zebra" else 0)
    assert dataset.licence == SOURCES[name].licence
