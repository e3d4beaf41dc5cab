"""A random language model of a few thousand parameters is fine-tuned a few updates, reloaded and asked."""

import json
import os
import shutil
import signal
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")
pytest.importorskip("trl", reason="trl is not installed: `make setup` installs it")

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from app.lm.local import LocalLM
from app.lm.options import LmOptions
from app.lm.types import LmRequest, Sampling
from app.training import lora
from app.training.checkpoints import DiskFullError, newest_checkpoint
from app.training.curves import read_losses
from app.training.job import Job, TrainingError, TrainingInterrupted
from app.training.lora import RowWriter, messages_of
from app.training.recipe import Lora, load_recipe
from app.training.train import train
from tests.app.training.test_checkpoints import files_of_at_most
from tests.app.training.tiny import (
    END,
    ROWS,
    align_row,
    everything_right,
    kb_row,
    make_model,
    recipe_of,
    solve_row,
    write_row_file,
)

OPTIONS = LmOptions(device="cpu", threads=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a random language model that has a chat template."""
    return make_model(tmp_path_factory.mktemp("lm") / "tiny")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The same without a chat template."""
    return make_model(tmp_path_factory.mktemp("lm") / "plain", chat=False)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return write_row_file(tmp_path_factory.mktemp("rows") / "rows.jsonl")


@pytest.fixture(scope="module")
def trained(made, rows, tmp_path_factory):
    """A whole run of four updates: job and result."""
    job = Job(recipe_of(rows, made), tmp_path_factory.mktemp("runs") / "whole", device="cpu")
    return job, train(job, run=everything_right)


def losses(out, of="training"):
    return [(point.update, point.loss) for point in read_losses(out / "losses.jsonl") if point.of == of]


def asks(row, **sampling):
    return LmRequest(messages_of(row), row.problem.text, 1, Sampling(**{"max_tokens": 8} | sampling))


async def reply(folder, row):
    lm = LocalLM(str(folder), OPTIONS)
    try:
        return (await lm.complete(asks(row))).text
    finally:
        await lm.close()


@pytest.mark.anyio
async def test_the_result_is_another_language_model_that_the_service_loads(trained, made):
    job, result = trained
    assert result.updates == 4
    assert result.model == job.out / "model"
    base, tuned = load_file(made / "model.safetensors"), load_file(result.model / "model.safetensors")
    changed = {name for name in base if not torch.equal(base[name], tuned[name])}
    assert changed == {name for name in base if "q_proj" in name or "v_proj" in name}
    assert isinstance(await reply(result.model, ROWS[0]), str)


def test_a_run_leaves_recipe_rows_losses_curves_and_card(trained):
    job, result = trained
    assert {entry.name for entry in job.out.iterdir()} == {
        "recipe.toml", "rows.jsonl", "sources.json", "losses.jsonl", "curves.svg", "checkpoints", "model",
    }  # fmt: skip
    assert load_recipe(str(job.out / "recipe.toml")) == job.recipe
    assert [update for update, _ in losses(job.out)] == [1, 2, 3, 4]
    assert [update for update, _ in losses(job.out, "evaluation")] == [2, 4]
    assert "<svg" in (job.out / "curves.svg").read_text()
    card = (result.model / "card.md").read_text()
    assert "| made | rows |" in card
    assert "4 of kb, 8 of solve, 4 of align" in card
    assert "Updates: 4; seed 1" in card
    assert f"{result.evaluation_loss:.4f}" in card


def test_the_same_seed_gives_the_same_losses_and_another_one_does_not(trained, tmp_path):
    job, _ = trained
    again = train(replace(job, out=tmp_path / "again"), run=everything_right)
    assert losses(tmp_path / "again") == losses(job.out)
    assert (again.model / "model.safetensors").read_bytes() == (job.out / "model/model.safetensors").read_bytes()
    train(replace(job, out=tmp_path / "other", recipe=replace(job.recipe, seed=2), max_updates=1), run=everything_right)
    assert losses(tmp_path / "other")[0] != losses(job.out)[0]


def test_a_run_that_was_ended_goes_on_as_if_it_had_not_been(trained, tmp_path):
    job, _ = trained
    part = replace(job, out=tmp_path / "part", max_updates=2)
    assert train(part, run=everything_right).updates == 2
    with pytest.raises(TrainingError, match=r"holds a run already: go on with it by --resume"):
        train(part, run=everything_right)
    train(replace(part, max_updates=None, resume=True), run=everything_right)
    assert losses(part.out) == losses(job.out)
    assert (part.out / "model/model.safetensors").read_bytes() == (job.out / "model/model.safetensors").read_bytes()


def test_a_checkpoint_that_is_damaged_is_passed_over_when_a_run_goes_on(trained, tmp_path, capsys):
    job, _ = trained
    shutil.copytree(job.out, tmp_path / "copy")
    newest = newest_checkpoint(tmp_path / "copy/checkpoints")[0]
    assert newest.updates == 4
    weights = newest.path / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    train(replace(job, out=tmp_path / "copy", resume=True), run=everything_right)
    said = capsys.readouterr().err
    assert "checkpoint-00000004 is not whole and is passed over: adapter_model.safetensors is not what was" in said
    assert "going on from" in said
    assert losses(tmp_path / "copy") == losses(job.out)


def test_a_run_that_has_ended_is_resumed_without_another_update(trained, tmp_path):
    job, result = trained
    shutil.copytree(job.out, tmp_path / "copy")
    again = train(replace(job, out=tmp_path / "copy", resume=True), run=everything_right)
    assert again.updates == 4
    assert losses(tmp_path / "copy") == losses(job.out)
    assert (again.model / "model.safetensors").read_bytes() == (result.model / "model.safetensors").read_bytes()


def test_a_full_disk_ends_a_training_and_the_checkpoint_before_is_whole(made, rows, tmp_path, monkeypatch):
    job = Job(recipe_of(rows, made), tmp_path / "full", device="cpu")
    real, calls = lora.save_checkpoint, []

    def save(*given):
        calls.append(given)
        if len(calls) < 2:
            return real(*given)
        with files_of_at_most(2_000):
            return real(*given)

    monkeypatch.setattr(lora, "save_checkpoint", save)
    with pytest.raises(DiskFullError, match=r"no room for checkpoint-00000004 .*--resume"):
        train(job, run=everything_right)
    found, skipped = newest_checkpoint(job.out / "checkpoints")
    assert (found.updates, skipped) == (2, ())
    assert len(list((job.out / "checkpoints").iterdir())) == 1
    monkeypatch.undo()
    assert train(replace(job, resume=True), run=everything_right).updates == 4


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(trained, tmp_path, monkeypatch):
    job, _ = trained
    part = replace(job, out=tmp_path / "part")
    add = lora.Losses.add

    def interrupt(self, update, *given, **named):
        add(self, update, *given, **named)
        if update == 1:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(lora.Losses, "add", interrupt)
    with pytest.raises(TrainingInterrupted, match=r"after \d updates, which are kept: .*--resume") as caught:
        train(part, run=everything_right)
    assert caught.value.updates < 4
    assert newest_checkpoint(part.out / "checkpoints")[0].updates == caught.value.updates
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    monkeypatch.undo()
    train(replace(part, resume=True), run=everything_right)
    assert losses(part.out) == losses(job.out)


@pytest.mark.anyio
async def test_solve_alone_is_trained_too_and_an_adapter_can_be_kept(plain, rows, tmp_path):
    recipe = recipe_of(rows, plain, "solve-only", "solve = 2", output='form = "adapter"')
    result = train(Job(recipe, tmp_path / "run", device="cpu", max_updates=1), run=everything_right)
    assert (result.model / "adapter_config.json").is_file()
    assert not (result.model / "model.safetensors").exists()
    assert "2 of solve." in (result.model / "card.md").read_text()


@pytest.mark.parametrize("name", ["cocktail-lora", "solve-only-lora"])
def test_the_settings_of_the_recipes_that_ship_train_any_model(name, made, rows, tmp_path):
    shipped = load_recipe(name)
    small = recipe_of(rows, made, name)
    recipe = replace(shipped, sources=small.sources, model=small.model, evaluation=small.evaluation)
    result = train(Job(recipe, tmp_path / name, device="cpu", max_updates=1), run=everything_right)
    assert result.updates == 1
    assert "12 of solve" in (result.model / "card.md").read_text()


# Rows as tokens


@pytest.mark.parametrize("row", [solve_row(3), kb_row(1), align_row(3)], ids=["solve", "kb", "align"])
def test_what_is_read_in_training_is_what_is_read_in_service(made, plain, row):
    for folder in (made, plain):
        tokenizer = AutoTokenizer.from_pretrained(folder)
        end = tokenizer.convert_tokens_to_ids(END)
        tokens = RowWriter(tokenizer, [end]).tokens(row)
        prompt = [token for token, label in zip(tokens.ids, tokens.labels, strict=True) if label == -100]
        learnt = [label for label in tokens.labels if label != -100]
        loaded = lora_loaded(folder)
        assert prompt == loaded.prompt_ids(asks(row))
        assert tokens.ids == prompt + learnt
        assert learnt[-1] == end
        assert learnt.count(end) == 1
        assert tokenizer.decode(learnt[:-1]) == row.completion


def lora_loaded(folder):
    from app.lm.local import _load

    return _load(str(folder), None, OPTIONS)


def test_a_template_that_writes_earlier_replies_otherwise_still_gives_the_whole_completion(made):
    tokenizer = AutoTokenizer.from_pretrained(made)
    tokenizer.chat_template = (
        "{% for m in messages %}{{ m.content | trim | upper }}\n{% endfor %}"
        "{% if add_generation_prompt %}<user>think{% endif %}"
    )
    tokens = RowWriter(tokenizer, [1]).tokens(align_row(3))
    assert tokenizer.decode([label for label in tokens.labels if label != -100]) == "no<end>"


def test_rows_too_long_are_left_out_and_counted_and_none_is_cut(made, tmp_path):
    long = replace(solve_row(99), completion="word " * 300)
    rows = write_row_file(tmp_path / "rows.jsonl", [*ROWS, long])
    result = train(Job(recipe_of(rows, made), tmp_path / "run", device="cpu", max_updates=1), run=everything_right)
    assert "1, longer than the language model or training.longest allows" in (result.model / "card.md").read_text()
    short = recipe_of(rows, made, training="updates = 1\nlongest = 20")
    with pytest.raises(TrainingError, match=r"has at most 20 tokens: raise training\.longest"):
        train(Job(short, tmp_path / "short", device="cpu"), run=everything_right)


# What cannot be trained


def test_the_tokenizer_of_another_model_is_refused(made, rows, tmp_path):
    larger = make_model(tmp_path / "larger", spare=10)
    folder = tmp_path / "mixed"
    shutil.copytree(larger, folder)
    other = AutoTokenizer.from_pretrained(made)
    other.add_tokens([f"<{number}>" for number in range(50)])
    other.save_pretrained(folder)
    with pytest.raises(TrainingError, match=r"has \d+ tokens and its model embeds \d+: .* another model"):
        train(Job(recipe_of(rows, folder), tmp_path / "run", device="cpu"), run=everything_right)


def test_a_loss_that_is_no_number_ends_the_training_and_no_checkpoint_is_made_of_it(made, rows, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(made, folder)
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"][0] = float("nan")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TrainingError, match=r"the loss of update 1 is not a number.*learning_rate, which is 0\.01"):
        train(Job(recipe_of(rows, folder), tmp_path / "run", device="cpu"), run=everything_right)
    assert newest_checkpoint(tmp_path / "run/checkpoints")[0] is None
    assert json.loads((tmp_path / "run/losses.jsonl").read_text().splitlines()[0])["loss"] is None


def test_layers_that_the_model_does_not_have_are_told(made, rows, tmp_path):
    recipe = replace(recipe_of(rows, made), lora=Lora(targets=("nowhere",)))
    with pytest.raises(TrainingError, match="nowhere"):
        train(Job(recipe, tmp_path / "run", device="cpu"), run=everything_right)


@pytest.mark.parametrize(
    ("model", "message"),
    [("", "give --model FOLDER_OR_ID"), ("/nowhere/at/all", "neither a folder nor an id")],
)
def test_a_model_that_is_not_there_is_told(rows, tmp_path, model, message):
    with pytest.raises(TrainingError, match=message):
        train(Job(recipe_of(rows, model), tmp_path / "run", device="cpu"), run=everything_right)


def test_a_folder_without_weights_is_told(made, rows, tmp_path):
    shutil.copytree(made, tmp_path / "empty")
    (tmp_path / "empty/model.safetensors").unlink()
    with pytest.raises(TrainingError, match="cannot be loaded"):
        train(Job(recipe_of(rows, tmp_path / "empty"), tmp_path / "run", device="cpu"), run=everything_right)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_told(made, rows, tmp_path):
    with pytest.raises(TrainingError, match="no GPU that torch can use here"):
        train(Job(recipe_of(rows, made), tmp_path / "run", device="cuda"), run=everything_right)
