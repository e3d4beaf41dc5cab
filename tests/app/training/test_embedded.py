"""The training of the embedded translator, with a network and sources so small that it takes seconds."""

import contextlib
import json
import resource
import shutil
import threading

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from fractions import Fraction  # noqa: E402  # behind the check for torch

from app.lm.embedded import EmbeddedLM  # noqa: E402
from app.lm.options import LmOptions  # noqa: E402
from app.lm.types import FinishReason, LmRequest  # noqa: E402
from app.training import confidence, embedded, pools  # noqa: E402
from app.training.checkpoints import DiskFullError, newest_checkpoint  # noqa: E402
from app.training.corpus import Problems  # noqa: E402
from app.training.embedded import HeldOut, fit, is_right, learning_rate, train  # noqa: E402
from app.training.job import CHECKPOINTS, Job, TrainingError, TrainingInterrupted  # noqa: E402
from app.training.recipe import read_recipe  # noqa: E402
from app.training.rows import ArithmeticProblem  # noqa: E402
from app.translator.expression import parse  # noqa: E402
from app.translator.forms import Example, Form  # noqa: E402
from app.translator.loading import load  # noqa: E402
from app.translator.vocabulary import make_vocabulary  # noqa: E402

RECIPE = """
kind = "embedded"
name = "tiny"
seed = 3
[sources.elementary]
builder = "elementary"
rows = 12
[sources.deduction]
builder = "deduction"
rows = 20
[sources.mawps]
builder = "mawps"
file = "mawps.csv"
[sources.align]
builder = "align"
of = ["elementary", "mawps"]
rows = 8
[[phases]]
updates = 3
mix = { elementary = 2, deduction = 1 }
[[phases]]
updates = 3
learning_rate = 0.001
mix = { elementary = 1, mawps = 2, align = 1 }
[optimiser]
learning_rate = 0.01
[network]
width = 16
heads = 2
encoder_layers = 1
decoder_layers = 1
[training]
batch_tokens = 64
precision = "float32"
[checkpoints]
updates = 2
[evaluation]
rows = 2
updates = 3
"""
torch.set_num_threads(1)
VOCABULARY = make_vocabulary("has apples gets more how many".split())
PROBLEM = "has {0} apples and gets {1} more apples . How many apples has she ?"
POOL = Problems(
    "elementary",
    [
        ArithmeticProblem(PROBLEM.format(n, n + 1), parse(["+", "n0", "n1"]), Fraction(2 * n + 1), "made", str(n))
        for n in range(2, 20)
    ],
)
ROWS = "".join(
    f'"Ann has number0 {thing} and buys number1 more . How many {thing} has Ann now ?",{n} {n + 2},+ number0 number1,'
    f"{2 * n + 2}\n"
    for n, thing in enumerate(["pears", "pens", "cups", "nuts", "hats", "keys", "figs", "pins", "rugs", "cars"], 3)
)


@pytest.fixture
def few_sentences(monkeypatch):
    """A network of six updates reads sentences very slowly: it does not come to their end."""
    monkeypatch.setattr(confidence, "MADE_UP", 2)


def recipe_of(**changes):
    text = RECIPE
    for name, value in changes.items():
        text = text.replace(f"\n{name} = ", f"\n{name} = {value} # ", 1)
    return read_recipe(text, "tiny.toml")


def fitted(folder, *, recipe=None, resume=False, most=None):
    recipe = recipe or recipe_of()
    job = Job(recipe, folder, resume=resume, max_updates=most)
    folder.mkdir(exist_ok=True)
    pools = dict.fromkeys(recipe.sources, POOL)
    return fit(job, recipe, pools, VOCABULARY, {}, torch.device("cpu"))


def weights(fitted):
    return fitted.model.state_dict()


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


# The whole


async def test_a_training_gives_a_folder_that_answers(tmp_path, anyio_backend, few_sentences):
    import asyncio

    (tmp_path / "mawps.csv").write_text(f"Question,Numbers,Equation,Answer\n{ROWS}")
    recipe = recipe_of()
    trained = await asyncio.to_thread(train, Job(recipe, tmp_path / "run", tmp_path), recipe)
    assert trained.updates == 6
    assert load(trained.model)[Form.ARITHMETIC].model.config.d_model == 16
    card = (trained.model / "README.md").read_text()
    assert "| mawps | mawps | `mawps.csv`" in card
    assert "mawps, held out" in card
    assert json.loads((tmp_path / "run/right.json").read_text())["updates"] == 6
    decisions = trained.model / "translator.json"
    assert set(json.loads(decisions.read_text())) == {"arithmetic", "clause"}, "what its mixes train"
    lm = EmbeddedLM(trained.model, LmOptions(threads=1))
    completion = await lm.complete(LmRequest((), "Ann has 3 pears and buys 5 more. How many pears has Ann now?", 1))
    assert completion.finish_reason in (FinishReason.STOP, FinishReason.ABSTAINED)
    await lm.close()


def test_a_run_that_is_at_its_end_chooses_again_and_trains_nothing(tmp_path, few_sentences, monkeypatch):
    (tmp_path / "mawps.csv").write_text(f"Question,Numbers,Equation,Answer\n{ROWS}")
    recipe = recipe_of()
    first = train(Job(recipe, tmp_path / "run", tmp_path), recipe)
    card, chosen = (first.model / "README.md").read_text(), (first.model / "translator.json").read_text()
    shutil.rmtree(first.model)
    (tmp_path / "run/right.json").unlink()
    monkeypatch.setattr(embedded, "_update", lambda *_: pytest.fail("an update was made"))
    monkeypatch.setattr(pools, "right_ones", lambda problems: pytest.fail("problems were made a second time"))
    again = train(Job(recipe, tmp_path / "run", tmp_path, resume=True), recipe)
    assert (again.updates, again.loss) == (first.updates, first.loss)
    assert (again.model / "translator.json").read_text() == chosen
    results = [line for line in card.splitlines() if "held out" in line]
    assert results
    assert [line for line in (again.model / "README.md").read_text().splitlines() if "held out" in line] == results
    assert json.loads((tmp_path / "run/right.json").read_text())["updates"] == 6


def test_a_recipe_that_trains_nothing_that_is_translated_is_refused(tmp_path):
    text = RECIPE[: RECIPE.index("[[phases]]")] + "[[phases]]\nupdates = 3\nmix = { align = 1 }\n"
    recipe = read_recipe(text + RECIPE[RECIPE.index("[optimiser]") :], "tiny.toml")
    with pytest.raises(TrainingError, match="train nothing that is translated, neither problems nor sentences"):
        train(Job(recipe, tmp_path / "run", tmp_path), recipe)


# Going on


def test_a_training_that_was_cut_in_two_gives_the_same_weights(tmp_path):
    whole = fitted(tmp_path / "whole")
    fitted(tmp_path / "parts", most=3)
    parts = fitted(tmp_path / "parts", resume=True)
    assert same(weights(whole), weights(parts))
    assert (whole.updates, parts.updates) == (6, 6)
    again = fitted(tmp_path / "parts", resume=True)
    assert same(weights(whole), weights(again))


def test_seeds_repeat_and_differ(tmp_path):
    one, other = fitted(tmp_path / "one", most=2), fitted(tmp_path / "other", most=2)
    assert same(weights(one), weights(other))
    assert not same(weights(one), weights(fitted(tmp_path / "third", recipe=recipe_of(seed=4), most=2)))


def test_ctrl_c_keeps_what_was_done(tmp_path, monkeypatch):
    wanted = threading.Event()
    monkeypatch.setattr(embedded, "interruption", lambda: contextlib.nullcontext(wanted))
    wanted.set()
    with pytest.raises(TrainingInterrupted, match="interrupted after 1 updates, which are kept") as caught:
        fitted(tmp_path / "run")
    assert caught.value.updates == 1
    wanted.clear()
    assert same(weights(fitted(tmp_path / "run", resume=True)), weights(fitted(tmp_path / "whole")))


def test_a_damaged_checkpoint_is_passed_over_and_named(tmp_path, capsys):
    fitted(tmp_path / "run", most=4)
    newest, _ = newest_checkpoint(tmp_path / "run" / CHECKPOINTS)
    file = newest.path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x7f")
    going_on = fitted(tmp_path / "run", resume=True)
    said = capsys.readouterr().err
    assert f"{newest.path} is not whole and is passed over: model.safetensors is not what was written" in said
    assert "checkpoint-00000002" in said
    assert same(weights(going_on), weights(fitted(tmp_path / "whole")))


def test_a_full_disk_is_told_and_the_checkpoint_before_is_whole(tmp_path):
    fitted(tmp_path / "run", most=2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, hard))
    try:
        with pytest.raises(DiskFullError, match="the disk has no room for checkpoint-00000004"):
            fitted(tmp_path / "run", resume=True, most=4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    newest, skipped = newest_checkpoint(tmp_path / "run" / CHECKPOINTS)
    assert (newest.updates, skipped) == (2, ())
    assert same(weights(fitted(tmp_path / "run", resume=True)), weights(fitted(tmp_path / "whole")))


def test_a_loss_that_is_no_number_ends_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "_update", lambda *_: float("nan"))
    with pytest.raises(TrainingError, match="the loss of update 1 is no number: lower the learning rate"):
        fitted(tmp_path / "run")
    assert newest_checkpoint(tmp_path / "run" / CHECKPOINTS)[0] is None


# Parts


def test_the_learning_rate_rises_and_falls_within_each_phase():
    recipe = read_recipe(RECIPE.replace("updates = 3\n", "updates = 100\n"), "tiny.toml")
    rates = [learning_rate(recipe, update) for update in range(200)]
    assert max(rates[:100]) == pytest.approx(0.01, rel=0.05)
    assert max(rates[100:]) == pytest.approx(0.001, rel=0.05)
    assert rates[0] < rates[1]
    assert rates[99] < 0.1 * max(rates)
    assert min(rates) > 0


def test_another_way_to_the_same_value_is_right():
    row = HeldOut(Example(Form.ARITHMETIC, (), (), "made"), (Fraction(2), Fraction(2), Fraction(0)))
    assert is_right(row, ["*", "n0", "n1"], ["+", "n0", "n1"])
    assert not is_right(row, ["-", "n0", "n1"], ["+", "n0", "n1"])
    assert not is_right(row, ["/", "n0", "n2"], ["+", "n0", "n1"])
    assert not is_right(row, ["+", "n0"], ["+", "n0", "n1"])
    sentence = HeldOut(Example(Form.CLAUSE, (), (), "made"))
    assert is_right(sentence, ["w0", "w1"], ["w0", "w1"])
    assert not is_right(sentence, ["w0"], ["w0", "w1"])


def test_a_run_that_was_given_up_leaves_nothing_to_the_next_one(tmp_path, few_sentences):
    (tmp_path / "mawps.csv").write_text(f"Question,Numbers,Equation,Answer\n{ROWS}")
    run = tmp_path / "run"
    (run / "problems").mkdir(parents=True)
    (run / "problems/elementary.jsonl").write_text("left by another recipe\n")
    (run / "tokenizer.json").write_text("left by another recipe")
    recipe = recipe_of()
    with pytest.raises(TrainingError, match="the source elementary"):
        train(Job(recipe, run, tmp_path, resume=True), recipe)
    assert train(Job(recipe, run, tmp_path, max_updates=1), recipe).updates == 1
    (run / "tokenizer.json").write_text("damaged")
    with pytest.raises(TrainingError, match=r"tokenizer\.json is no tokenizer of a translator.*Begin again"):
        train(Job(recipe, run, tmp_path, resume=True), recipe)
