"""SOLVE alone against the cocktail: the same SOLVE examples, the same questions, a page that says what was measured."""

import csv
import itertools
import json
import random
import signal
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from app.training.align import example_pair
from app.training.bulk import right_ones
from app.training.comparison.__main__ import main
from app.training.comparison.answers import ATTEMPTS, Answered, Outcome, answer_all
from app.training.comparison.results import collect
from app.training.comparison.runs import (
    ANSWERS,
    RunResult,
    SetAnswers,
    embedded_recipe,
    folder_of,
    read_result,
    run_one,
    same_solving,
)
from app.training.comparison.schedule import LOG, Command, run_commands
from app.training.comparison.sets import Asked, TestSet, left_out, read_sets
from app.training.comparison.statistics import Discordant, difference_interval, discordant
from app.training.corpus import Batches, Examples, PairPool, Problems, words_of
from app.training.execute import Right
from app.training.generators.elementary import elementary
from app.training.job import TrainingError
from app.training.kb import examples as knowledge
from app.training.recipe import read_recipe
from app.translator.forms import Example, Form
from app.translator.vocabulary import make_vocabulary

# What stands beside the mix


@pytest.fixture(scope="module")
def pools():
    rng = random.Random(4)
    problems = [elementary(rng) for _ in range(60)]
    return {
        "made": Problems("made", problems),
        "kb": Examples("kb", list(knowledge(random.Random(2)))[:60]),
        "align": PairPool("align", problems, example_pair, 100),
    }


@pytest.fixture(scope="module")
def vocabulary(pools):
    return make_vocabulary(words_of([pools["made"]], 100, 2, seed=1))


def batches(pools, vocabulary, updates=12, **beside):
    more = [(pools[name], share) for name, share in beside.items()]
    return Batches([(pools["made"], 1)], vocabulary, updates=updates, tokens=300, seed=5, beside=more, window=4)


def test_each_update_has_the_same_examples_of_the_mix_whatever_stands_beside_them(pools, vocabulary):
    alone, both = batches(pools, vocabulary), batches(pools, vocabulary, kb=0.25, align=0.5)
    only_kb = batches(pools, vocabulary, kb=0.25)
    for one, two, three in zip(alone, both, only_kb, strict=True):
        solving = len(one.sources)
        assert two.sources[:solving] == three.sources[:solving] == one.sources
        assert two.targets[:solving] == three.targets[:solving] == one.targets
        assert len(two.sources) >= solving


def test_so_many_stand_beside_as_the_share_says_and_they_are_of_their_task(pools, vocabulary):
    alone, both = batches(pools, vocabulary), batches(pools, vocabulary, kb=0.25, align=0.5)
    solving = sum(len(batch.sources) for batch in alone)
    added = [source[0] for one, two in zip(alone, both, strict=True) for source in two.sources[len(one.sources) :]]
    assert added.count(vocabulary.ids[Form.RULE]) == pytest.approx(solving / 4, abs=3)
    assert added.count(vocabulary.ids[Form.ALIGN]) == pytest.approx(solving / 2, abs=3)
    assert len(added) == added.count(vocabulary.ids[Form.RULE]) + added.count(vocabulary.ids[Form.ALIGN])


def test_an_update_is_the_same_when_a_training_goes_on_from_a_checkpoint(pools, vocabulary):
    whole = list(batches(pools, vocabulary, kb=0.25, align=0.5))
    later = batches(pools, vocabulary, kb=0.25, align=0.5)
    assert [later[update] for update in (9, 2, 7)] == [whole[update] for update in (9, 2, 7)]


def test_a_source_that_gives_nothing_to_stand_beside_is_named_instead_of_sought_for_ever(pools, vocabulary):
    empty = Examples("empty", [Example(Form.RULE, ("too", "long") * 200, ("n0",), "empty")])
    with pytest.raises(TrainingError, match="the source empty gives hardly an example"):
        batches({**pools, "empty": empty}, vocabulary, empty=0.5)[0]


# The recipes


def test_the_recipes_that_are_compared_differ_in_what_is_added_and_nothing_else():
    alone, cocktail = embedded_recipe("compare-solve-only"), embedded_recipe("compare-cocktail")
    assert same_solving(alone, cocktail) == []
    assert [set(phase.beside) for phase in alone.phases] == [set()]
    assert [set(phase.beside) for phase in cocktail.phases] == [{"kb", "align"}]
    more = replace(cocktail, phases=(replace(cocktail.phases[0], updates=cocktail.phases[0].updates + 1),))
    assert same_solving(alone, more) == ["phases"]
    longer = replace(cocktail, training=replace(cocktail.training, batch_tokens=4096))
    assert same_solving(alone, longer) == ["training.batch_tokens"]


# Test sets


def test_test_sets_are_read_as_their_publishers_have_them(tmp_path):
    with (tmp_path / "masked.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Question", "Numbers", "Equation", "Answer"])
        writer.writerow(["Ida has number0 figs and number1 more . How many ?", "8.0 2.5", "+ number0 number1", "10.5"])
        writer.writerow(
            ["Bo shares number0 figs by number1 . How many each ?", "7.0 3.0", "/ a b", "2.3333333333333335"]
        )
    (tmp_path / "plain.jsonl").write_text(
        '{"input": "2 and 2?", "target": 4.0}\n{"input": "how?", "target": "so"}\n'
        '{"question": "Half of 36?", "answer": "It is half.\\n#### 18"}\n'
    )
    masked, plain = read_sets(tmp_path, {"Masked": "masked.csv", "Plain": "plain.jsonl"})
    assert masked.problems[0] == Asked("Ida has 8 figs and 2.5 more . How many ?", Fraction(21, 2))
    assert masked.problems[1].answer == Fraction(7, 3)
    assert plain.problems == (Asked("2 and 2?", Fraction(4)), Asked("Half of 36?", Fraction(18)))
    assert (masked.unread, plain.unread) == (0, 1)
    with pytest.raises(TrainingError, match=r"test sets that are not in .*: gone\.csv"):
        read_sets(tmp_path, {"Gone": "gone.csv"})


def test_problems_that_are_nearly_trained_on_or_asked_twice_do_not_count():
    figs = "Ida picked 4 figs and Bo picked 9 figs in the garden. How many figs did they pick in all?"
    bus = "A bus with 30 seats drives from the harbour to the station twice. How many people can it carry?"
    sets = (
        TestSet("one", "1", "", (Asked(figs, Fraction(13)), Asked(bus, Fraction(60)))),
        TestSet(
            "two", "2", "", (Asked(bus.replace(".", " ."), Fraction(60)), Asked(bus.replace("30", "40"), Fraction(80)))
        ),
    )
    training = ["Tom picked 7 figs and Ann picked 2 figs in the garden. How many figs did they pick in all?"]
    one, two = left_out(sets, training)
    assert (set(one.near), set(one.again)) == ({0}, set())
    assert (set(two.near), set(two.again)) == (set(), {0})


# Errors and repairs

TEXT = "Ida has 5 figs and Bo has 0 figs and Eve gives away 8 figs. How many figs are there?"


def asked_once(vocabulary, first, beam, wanted, confirm=lambda problems: problems):
    seen = []

    def write_beam(sources):
        seen.extend(sources)
        return [[each.split() for each in beam] for _ in sources]

    answered = answer_all(
        [Asked(TEXT, Fraction(wanted))], vocabulary, lambda sources: [first.split()], write_beam, confirm
    )
    return answered[0], len(seen)


@pytest.mark.parametrize(
    ("first", "outcome", "refused"),
    [
        ("+ n0 n1", Outcome.RIGHT, False),
        ("+ n1 n0", Outcome.RIGHT, False),
        ("+ n0 n2", Outcome.LOGICAL, False),
        ("- n0 n2", Outcome.LOGICAL, True),
        ("5", Outcome.RIGHT, True),
        ("/ n0 n1", Outcome.EVALUATION, True),
        ("+ n0 n7", Outcome.EXISTENCE, True),
        ("+ n0 w1", Outcome.EXISTENCE, True),
        ("+ n0", Outcome.SYNTAX, True),
        ("yes", Outcome.SYNTAX, True),
        ("", Outcome.SYNTAX, True),
    ],
)
def test_each_attempt_has_its_class_and_the_engine_or_the_evidence_may_refuse_it(vocabulary, first, outcome, refused):
    answered, repaired = asked_once(vocabulary, first, [], wanted=5)
    assert (answered.first, answered.refused, repaired) == (outcome, refused, int(refused))
    assert (answered.last, answered.given, answered.attempts) == (outcome, not refused, 1)
    assert answered.right_at_last == (outcome is Outcome.RIGHT and not refused)


def test_a_repair_is_the_next_candidate_that_computes_something_else(vocabulary):
    answered, _ = asked_once(vocabulary, "- n0 n2", ["- n0 n2", "/ n0 n1", "+ n0 n1"], wanted=5)
    assert answered == Answered(Outcome.LOGICAL, True, Outcome.RIGHT, True, 3)
    same, _ = asked_once(vocabulary, "/ + n0 n2 n1", ["/ + n2 n0 n1", "+ n2 n0"], wanted=13)
    assert (same.last, same.attempts) == (Outcome.RIGHT, 2)


def test_after_three_attempts_there_is_no_answer(vocabulary):
    answered, _ = asked_once(vocabulary, "+", ["/ n0 n1", "- n0 n2", "+ n0 n1"], wanted=5)
    assert answered == Answered(Outcome.SYNTAX, True, Outcome.LOGICAL, False, ATTEMPTS)
    assert not answered.right_at_last


def test_the_right_answer_decides_nothing_about_a_repair(vocabulary):
    for wanted in (5, 13, 999):
        answered, repaired = asked_once(vocabulary, "+ n0 n2", ["+ n0 n1"], wanted)
        assert (repaired, answered.attempts) == (0, 1)


def test_a_value_that_the_engine_does_not_compute_is_none(vocabulary):
    answered, _ = asked_once(vocabulary, "+ n0 n1", ["+ n0 n2"], 5, lambda them: [p for p in them if p.answer != 5])
    assert answered == Answered(Outcome.EVALUATION, True, Outcome.LOGICAL, True, 2)


def test_the_engine_confirms_what_is_evaluated(vocabulary):
    answered, _ = asked_once(vocabulary, "/ n0 n1", ["+ n0 n1"], wanted=5, confirm=right_ones)
    assert answered == Answered(Outcome.EVALUATION, True, Outcome.RIGHT, True, 2)


def test_a_problem_of_too_many_numbers_is_unread_and_never_right(vocabulary):
    text = " and ".join(f"{number} figs" for number in range(2, 60)) + ". How many?"
    answered = answer_all([Asked(text, Fraction(1))], vocabulary, lambda s: [], lambda s: [], lambda problems: problems)
    assert answered == [Answered(Outcome.UNREAD, True, Outcome.UNREAD, False, 0)]


# Statistics


def test_mcnemar_is_the_exact_sign_test_of_the_discordant_answers():
    counted = discordant([(True, True)] * 50 + [(True, False)] * 2 + [(False, True)] * 8 + [(False, False)] * 7)
    assert counted == Discordant(2, 8)
    # Of ten coins at most two, or at least eight, show heads: 2 * (1 + 10 + 45) / 1024.
    assert counted.p == pytest.approx(112 / 1024)
    assert Discordant(0, 0).p == 1.0


def test_the_interval_of_a_difference_agrees_with_its_standard_error():
    differences = [1.0] * 40 + [-1.0] * 20 + [0.0] * 140
    low, high = difference_interval(differences)
    mean, variance = 0.1, 60 / 200 - 0.01
    assert (low + high) / 2 == pytest.approx(mean, abs=0.005)
    assert (high - low) / 2 == pytest.approx(1.96 * (variance / 200) ** 0.5, rel=0.05)
    assert difference_interval(differences) == (low, high)
    assert difference_interval([0.0] * 9) == (0.0, 0.0)


# Runs together


def run_result(recipe, seed, answers, **changed):
    made = SetAnswers("Figs", "figs.jsonl", "a" * 64, 1, (0,), (), tuple(answers))
    result = RunResult(
        recipe=recipe,
        seed=seed,
        updates=10,
        parameters=2_000_000,
        words="w",
        data={"mawps": (9, "d"), "gsm8k": (9, "d"), "mathqa": (9, "d"), "elementary": (9, "d"), "multistep": (9, "d")}
        | ({} if recipe == "compare-solve-only" else {"kb": (5, "k"), "align": (6, "a")}),
        dropped={"mawps": {"nearly an evaluated problem": 7}},
        loss=0.5,
        seconds=60.0,
        machine="a machine",
        aligned=None if recipe == "compare-solve-only" else (30, 40),
        sets=(made,),
    )
    return replace(result, **changed)


def keep(out, result):
    from app.training.comparison.runs import _to_json

    folder = folder_of(out, result.recipe, result.seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ANSWERS).write_text(json.dumps(_to_json(result)))
    return folder / ANSWERS


RIGHT = Answered(Outcome.RIGHT, False, Outcome.RIGHT, True, 1)
WRONG = Answered(Outcome.LOGICAL, False, Outcome.LOGICAL, True, 1)
REPAIRED = Answered(Outcome.SYNTAX, True, Outcome.RIGHT, True, 2)
SILENT = Answered(Outcome.EVALUATION, True, Outcome.LOGICAL, False, 3)


@pytest.fixture
def runs(tmp_path):
    """The first problem of each run does not count."""
    for seed in (1, 2):
        keep(tmp_path, run_result("compare-solve-only", seed, [RIGHT, RIGHT, WRONG, WRONG, SILENT]))
        keep(tmp_path, run_result("compare-cocktail", seed, [WRONG, RIGHT, RIGHT, REPAIRED, SILENT]))
    return tmp_path


def test_what_a_run_kept_comes_back(tmp_path):
    result = run_result("compare-cocktail", 3, [RIGHT, SILENT])
    assert read_result(keep(tmp_path, result)) == result
    (tmp_path / "broken.json").write_text('{"format": 1')
    with pytest.raises(TrainingError, match="Delete it, and the run answers again"):
        read_result(tmp_path / "broken.json")


def test_figures_are_of_the_problems_that_count_and_of_all_seeds(runs):
    results = collect(runs, "compare-solve-only", "compare-cocktail", (1, 2))
    figs, pooled = results.measured(with_repair=True)
    assert (figs.problems, figs.answers, figs.alone, figs.cocktail) == (4, 8, (1, 1), (3, 3))
    assert figs.discordant == Discordant(0, 4)
    assert figs.difference == pytest.approx(0.5)
    assert (pooled.name, pooled.alone, pooled.cocktail) == ("all", figs.alone, figs.cocktail)
    first, _ = results.measured(with_repair=False)
    assert (first.alone, first.cocktail) == ((1, 1), (2, 2))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"words": "others"}, "differ in the words they know"),
        ({"updates": 11}, "differ in the number of updates"),
        ({"data": {"mawps": (8, "e")}}, "differ in mawps"),
        ({"sets": ()}, "answered other test sets"),
    ],
)
def test_runs_that_did_not_see_the_same_are_not_compared(runs, changed, message):
    keep(runs, run_result("compare-cocktail", 2, [RIGHT] * 5, **changed))
    with pytest.raises(TrainingError, match=message):
        collect(runs, "compare-solve-only", "compare-cocktail", (1, 2))


def test_a_run_that_is_missing_is_named_and_no_page_is_written(runs, capsys):
    page = runs / "comparison.md"
    assert main(["page", "--out", str(runs), "--page", str(page)]) == 1
    assert "not finished" in capsys.readouterr().err
    assert not page.exists()


def test_the_page_and_its_plot_say_what_was_measured_and_are_the_same_each_time(runs):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: `make setup` installs it")
    page = runs / "comparison.md"
    command = ["page", "--out", str(runs), "--page", str(page), "--seeds", "1", "2"]
    assert main(command) == 0
    text, plot = page.read_text(), page.with_suffix(".svg").read_text()
    assert "the two cannot be told apart" in text
    assert "75.0% right with the cocktail, 25.0% with SOLVE alone, of 8 answers each (4 problems, 2 seeds)" in text
    assert "The difference is +50.0 points" in text
    assert "p = 0.12, 4 right with the cocktail only, 0 with SOLVE alone only" in text
    assert "| cocktail | syntax | 2 | 2: 100.0%" in text
    assert "| cocktail | evaluation | 2 | 0: 0.0%" in text
    assert "75.0% of 80 pairs of held-out problems judged rightly" in text
    assert "4 of 6 problems count; 1 are a training text" in text
    assert "mawps, 9 examples or problems, `mawps/fold0_train.csv`, weight 2; 7 rows are left out" in text
    assert "(comparison.svg)" in text
    assert plot.startswith("<?xml")
    assert "SOLVE alone, repaired" in plot
    assert main(command) == 0
    assert (page.read_text(), page.with_suffix(".svg").read_text()) == (text, plot)


def test_a_difference_is_told_either_way(runs):
    better, worse = [RIGHT] * 60 + [WRONG] * 4, [WRONG] * 40 + [RIGHT] * 24
    for answers, said in (((better, worse), "is worse than SOLVE alone"), ((worse, better), "is better than SOLVE")):
        for seed in (1, 2):
            keep(runs, run_result("compare-solve-only", seed, answers[0]))
            keep(runs, run_result("compare-cocktail", seed, answers[1]))
        assert main(["page", "--out", str(runs), "--page", str(runs / "page.md"), "--seeds", "1", "2"]) == 0
        assert f"With up to 3 attempts, the cocktail {said}" in (runs / "page.md").read_text()


def test_one_seed_that_points_the_other_way_is_enough_to_say_nothing(runs):
    better, worse = [RIGHT] * 60 + [WRONG] * 4, [WRONG] * 40 + [RIGHT] * 24
    for seed, alone, cocktail in ((1, worse, better), (2, worse, better), (3, [RIGHT] * 64, [RIGHT] * 63 + [WRONG])):
        keep(runs, run_result("compare-solve-only", seed, alone))
        keep(runs, run_result("compare-cocktail", seed, cocktail))
    pooled = collect(runs, "compare-solve-only", "compare-cocktail", (1, 2, 3)).measured(with_repair=True)[-1]
    assert pooled.discordant.p < 0.001 < pooled.low
    assert not pooled.differs


# Processes


def command(folder, name, script):
    return Command(name, folder / name, (sys.executable, "-c", script))


def test_some_run_at_a_time_and_all_are_run(tmp_path):
    script = (
        "import os, pathlib, time; p = pathlib.Path(r'{0}', 'here', str(os.getpid())); p.parent.mkdir(exist_ok=True);"
        "p.touch(); together = len(list(p.parent.iterdir())); time.sleep(0.3); p.unlink();"
        "print(together, os.environ['OMP_NUM_THREADS'])"
    )
    commands = [command(tmp_path, f"run{number}", script.format(tmp_path)) for number in range(4)]
    run_commands(commands, at_once=2)
    said = [(each.folder / LOG).read_text().split() for each in commands]
    assert max(int(together) for together, _ in said) <= 2
    assert {threads for _, threads in said} == {"1"}


def test_a_run_that_fails_is_named_with_its_reason_and_ends_the_others(tmp_path):
    waits = (
        "import pathlib, signal, sys, time\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(r'{tmp_path}', 'ended').touch(), sys.exit(1)))\n"
        f"pathlib.Path(r'{tmp_path}', 'ready').touch()\ntime.sleep(60)"
    )
    fails = (
        f"import pathlib, sys, time\nwhile not pathlib.Path(r'{tmp_path}', 'ready').exists(): time.sleep(0.01)\n"
        "sys.exit('there is no such file')"
    )
    with pytest.raises(TrainingError, match="two ended with status 1: there is no such file"):
        run_commands([command(tmp_path, "one", waits), command(tmp_path, "two", fails)], at_once=2)
    assert (tmp_path / "ended").exists()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


# All of it, tiny

TINY = """
kind = "embedded"
name = "tiny-solve-only"
[sources.made]
builder = "elementary"
rows = 60
[sources.mawps]
builder = "mawps"
file = "train.csv"
[[phases]]
updates = 4
mix = {{ made = 2, mawps = 1 }}
{beside}
[optimiser]
learning_rate = 0.01
[network]
width = 16
heads = 2
[training]
batch_tokens = 128
[checkpoints]
updates = 2
[evaluation]
rows = 4
"""
ADDED = """
[sources.kb]
builder = "kb"
[sources.align]
builder = "align"
of = ["mawps", "made"]
rows = 100
"""


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    things = itertools.cycle(["figs", "caps", "kites", "plums", "maps"])
    with (folder / "train.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Question", "Numbers", "Equation", "Answer"])
        for number in range(30):
            thing = next(things)
            writer.writerow(
                [
                    f"Ida had number0 {thing} and bought number1 {thing} . How many {thing} has she now ?",
                    f"{number + 2}.0 {2 * number + 3}.0",
                    "+ number0 number1",
                    f"{3 * number + 5}.0",
                ]
            )
    (folder / "test.jsonl").write_text(
        '{"input": "A boat carries 4 crates of 6 lamps. How many lamps does it carry?", "target": 24}\n'
        '{"input": "Bo had 8 figs and bought 3 figs. How many figs has he now?", "target": 11}\n'
    )
    return folder


@pytest.mark.timeout(300)
def test_both_recipes_are_trained_ended_gone_on_with_answered_and_compared(tmp_path, data, monkeypatch, capsys):
    pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")
    from app.training import embedded

    alone = read_recipe(TINY.format(beside=""), "x")
    text = TINY.format(beside="beside = { kb = 0.25, align = 0.25 }") + ADDED
    cocktail = read_recipe(text.replace("tiny-solve-only", "tiny-cocktail"), "x")
    out = tmp_path / "runs"

    def read(folder):
        return read_sets(folder, {"Test": "test.jsonl"})

    # What goes in is tested elsewhere, and takes seconds: twenty rounds of all rules, engines for each source.
    monkeypatch.setattr("app.training.pools._ROUNDS_OF_KNOWLEDGE", 1)
    monkeypatch.setattr("app.training.pools.right_ones", list)
    monkeypatch.setattr("app.training.pools.execute_all", lambda them, **_: [Right(each.expected) for each in them])
    with monkeypatch.context() as patched:
        update = embedded._update

        def fail(*arguments):
            if arguments[4] == 3:
                raise OSError("the machine is gone")
            return update(*arguments)

        patched.setattr(embedded, "_update", fail)
        with pytest.raises(OSError, match="the machine is gone"):
            run_one(alone, data, out, read)
    capsys.readouterr()
    first = run_one(alone, data, out, read)
    assert "checkpoint-00000002" in capsys.readouterr().err
    second = run_one(cocktail, data, out, read)
    assert (first.updates, second.updates) == (4, 4)
    assert first.words == second.words
    assert first.data["mawps"] == second.data["mawps"]
    assert (first.aligned, second.aligned[1] > 0) == (None, True)
    assert [len(each.answers) for each in second.sets] == [2]
    # The second problem is nearly one of the training file.
    assert second.sets[0].near == (1,)
    results = collect(out, "tiny-solve-only", "tiny-cocktail", (1,))
    assert results.sets[0].problems == 1

    # The answers are kept, and a run of another recipe is not mistaken for this one.
    monkeypatch.setattr("app.training.pools.prepare", None)
    assert run_one(cocktail, data, out, read) == second
    with pytest.raises(TrainingError, match=r"another recipe: they differ in optimiser\.learning_rate"):
        run_one(replace(cocktail, optimiser=replace(cocktail.optimiser, learning_rate=0.5)), data, out, read)
