"""What the benchmark of the embedded translator counts as right, as a duplicate and as an abstention."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from app.lm.embedded import EmbeddedLM
from app.lm.options import LmOptions
from app.problem import Kind, Problem, World
from app.training.recipe import load_recipe
from app.translator.confidence import Thresholds
from app.translator.forms import Form
from app.translator.loading import UNMEASURED, read_folder
from solvers.types import Language
from tests.app.translator.tiny import ANSWERS, SUM, make_translator, make_two_networks
from tests.benchmarks import data, wordproblems
from tests.benchmarks.solving import Errored, Solved, Solver
from tests.benchmarks.translator import (
    SETS,
    Duplicates,
    TestSet,
    duplicates_of,
    is_right,
    never_unsure,
    recipe_of,
    report,
    summary,
    weights_of,
)
from tests.benchmarks.wordproblems import Answers, Question

TestSet.__test__ = False

SEVEN = Solved("arithmetic", "answered", "7", "certified", "the only answer", False, "", 1, 0.5, 0.25)
UNSURE = replace(
    SEVEN,
    verdict="unresolved",
    answer=None,
    trust=None,
    abstained=True,
    reason="the translator abstains: it is not sure enough what a sentence says, 31% where 50% is needed: w0 is w1",
)
PENS = Question("pens", Problem("Ann had 9 pens and lost 2. How many has she?"), "7")
NONE = Duplicates({}, {}, {})


@pytest.fixture
def folder(tmp_path):
    """A tiny translator that knows a problem and is never sure enough of it."""
    return make_translator(tmp_path / "tiny", {**UNMEASURED, Form.ARITHMETIC: Thresholds(1.0, 1.0)})


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of data like the public one, with made-up problems."""
    monkeypatch.setattr(data, "FOLDER", tmp_path)

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    return write


def test_numbers_are_compared_by_value_verdicts_by_letter_and_options_by_letter():
    halves = replace(SEVEN, answer="7/2")
    assert is_right(replace(PENS, gold="7/2"), halves)
    assert not is_right(PENS, halves)
    verdict = replace(PENS, gold="C", answers=Answers.VERDICT)
    assert is_right(verdict, replace(SEVEN, verdict="undetermined", answer=None))
    assert not is_right(verdict, replace(SEVEN, verdict="refuted", answer=None))
    assert not is_right(verdict, replace(SEVEN, verdict="inconsistent", answer=None))
    option = replace(PENS, gold="B", answers=Answers.OPTION)
    assert is_right(option, replace(SEVEN, answer="b"))
    assert not is_right(option, SEVEN)


def test_an_abstention_and_an_error_count_among_all_and_not_among_the_answered():
    wrong = replace(SEVEN, answer="8", trust="executed")
    found = [SEVEN, wrong, UNSURE, Errored("LmUnavailableError")]
    counted = summary([PENS] * 4, found, range(4))
    assert counted["outcomes"] == {"right": 1, "wrong": 1, "abstained": 1, "errored": 1}
    assert (counted["accuracy"], counted["coverage"], counted["accuracy_of_the_answered"]) == (0.25, 0.5, 0.5)
    assert (counted["certified"], counted["accuracy_at_certified"]) == (1, 1.0)
    low, high = counted["accuracy_interval_95"]
    assert 0 < low < 0.25 < high < 1


def test_a_share_of_nothing_is_none_and_meets_no_target():
    test_set = replace(SETS["mawps"], certified=0.9)
    told = report([PENS], [UNSURE], None, NONE, test_set)
    assert told["without_duplicates"]["accuracy_at_certified"] is None
    assert told["targets"]["accuracy_at_certified"] == {"at_least": 0.9, "measured": None, "met": False}


def test_a_target_is_measured_without_duplicates_and_with_the_confidences_that_ship():
    duplicates = Duplicates({"mawps": frozenset({0})}, {"elementary": frozenset({1})}, {"mawps": 5, "elementary": 9})
    wrong = replace(SEVEN, answer="8")
    told = report([PENS] * 3, [SEVEN, wrong, UNSURE], [SEVEN, wrong, SEVEN], duplicates, SETS["mawps"])
    assert told["targets"]["accuracy"] == {"at_least": 0.85, "measured": 0.0, "met": False}
    assert told["with_duplicates"]["outcomes"]["right"] == 1
    assert told["without_those_of_generators_either"]["problems"] == 1
    assert told["forced"]["without_duplicates"]["accuracy"] == 0.5
    assert told["duplicates"]["removed"] == 1
    assert told["certified_and_wrong"] == ["pens"]
    assert told["seconds"]["median"] == 0.5


def test_reasons_of_abstention_are_counted_without_what_is_of_one_problem():
    other = replace(UNSURE, reason=UNSURE.reason.replace("31%", "7.5%").replace("w0", "every w3"))
    because = report([PENS] * 2, [UNSURE, other], None, NONE, SETS["svamp"])["abstained_because"]
    assert list(because["arithmetic"].values()) == [2]


def test_a_text_of_mawps_gets_its_numbers_back():
    text = "Bo has number1 figs , number0 dates and number2 l of tea . He eats number1 figs ."
    written = wordproblems.with_numbers(text, "8.0 28.30 2.3333333333333335")
    assert written == "Bo has 28.3 figs , 8 dates and 2 1/3 l of tea . He eats 28.3 figs ."
    assert wordproblems.exact("0.6666666666666666") == Fraction(2, 3)


def test_the_test_sets_are_read_with_their_answers(files):
    files("mawps/fold0_dev.csv", 'Question,Numbers,Answer\n"Bo has number0 figs . How many ?",3.0,3.0\n')
    files("pal/svamp.jsonl", json.dumps({"input": "How many are 2 and 2?", "target": 4.0}) + "\n")
    files("gsm8k/test.jsonl", json.dumps({"question": "How much?", "answer": "2 * 600\n#### 1,200"}) + "\n")
    row = {"id": "x", "context": "Bo is red.", "question": "True? Bo is red.", "options": ["A) True"], "answer": "A"}
    for name in ("ProofWriter", "ProntoQA", "LogicalDeduction"):
        files(f"logic/{name}/dev.json", json.dumps([row]))
    read = {name: next(each.read()) for name, each in SETS.items() if name != "multiarith"}
    assert {name: question.gold for name, question in read.items() if question.answers is Answers.NUMBER} == {
        "mawps": "3",
        "svamp": "4",
        "gsm8k": "1200",
    }
    assert read["mawps"].problem == Problem("Bo has 3 figs . How many ?", Kind.ARITHMETIC)
    assert read["proofwriter"].problem.language is Language.PROLOG
    assert read["proofwriter"].problem.world is World.OPEN
    assert read["prontoqa"].problem.world is World.CLOSED
    assert read["logical_deduction"].problem.text.endswith("A) True")


STORY = "number0 birds sat on a wall . Then number1 more flew up to it . How many birds sit there now ?"
RECIPE = """
kind = "embedded"
name = "small"
[sources.people]
builder = "mawps"
file = "train.csv"
{exclude}
[[phases]]
updates = 1
mix = {{ people = 1 }}
[optimiser]
learning_rate = 1e-3
"""


@pytest.mark.parametrize(("exclude", "duplicates"), [("", {1}), ('exclude = ["evaluated.jsonl"]', set())])
def test_a_question_with_other_numbers_is_a_duplicate_of_what_was_trained_on(files, tmp_path, exclude, duplicates):
    files("train.csv", f'Question,Numbers,Equation,Answer\n"{STORY}",3.0 4.0,+ number0 number1,7.0\n')
    files("evaluated.jsonl", json.dumps({"input": wordproblems.with_numbers(STORY, "5 5")}))
    files("translator/problems/config.json", "{}")
    files("translator/problems/README.md", f"# A card\n\n```toml{RECIPE.format(exclude=exclude)}```\n")
    files("translator/sentences/config.json", "{}")
    sentences = RECIPE.format(exclude="").replace(
        'builder = "mawps"\nfile = "train.csv"', 'builder = "deduction"\nrows = 1'
    )
    files("translator/sentences/README.md", f"# Another\n\n```toml{sentences}```\n")
    again = Question("again", Problem(wordproblems.with_numbers(STORY, "12 5")), "17")
    test_set = replace(SETS["mawps"], generators=())
    found = duplicates_of([PENS, again], test_set, tmp_path / "translator", 0)
    assert found.of_files == {"mawps": duplicates, "gsm8k": set(), "mathqa": set()}


def test_without_a_card_the_recipe_that_ships_counts(tmp_path):
    assert recipe_of(tmp_path) == load_recipe("embedded")


def test_a_translator_that_abstains_answers_when_it_is_forced(folder, tmp_path):
    fearless = never_unsure(folder, tmp_path / "copies")
    decisions = read_folder(fearless)[0].decisions
    assert decisions[Form.ARITHMETIC] == Thresholds(answer=0.0, sure=1.0)
    assert decisions[Form.CLAUSE].answer == 0
    solver = Solver(folder, fearless)
    try:
        unsure = solver.solve(Problem(SUM))
        forced = solver.solve(Problem(SUM), forced=True)
        empty = solver.solve(Problem(" "))
    finally:
        solver.close()
    assert unsure.abstained
    assert unsure.verdict == "unresolved"
    assert (forced.abstained, forced.answer) == (False, ANSWERS[SUM])
    assert empty == Errored("ProblemError")


def test_two_networks_are_forced_both(folder, tmp_path):
    folder = make_two_networks(tmp_path / "two", folder)
    before = {network.folder.name: network.decisions for network in read_folder(folder)}
    for network in read_folder(never_unsure(folder, tmp_path / "copies")):
        for form, needed in network.decisions.items():
            assert needed == Thresholds(0.0, before[network.folder.name][form].sure)
    assert {network.folder.name: network.decisions for network in read_folder(folder)} == before


def test_the_weights_are_named_by_the_hash_of_their_files(folder):
    told = weights_of(folder)
    assert told["revision"] == EmbeddedLM(folder, LmOptions()).identity.revision
    (folder / "README.md").write_text("changed")
    assert weights_of(folder)["revision"] != told["revision"]
