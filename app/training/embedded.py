"""Trains the embedded translator from nothing, as an `EmbeddedRecipe` says.

One loop: the batch of an update comes from `corpus.Batches`, so a checkpoint holds the weights, the optimiser's state
and how many updates were made, and nothing else has to be remembered. Held-out problems are answered now and then; how
many of their expressions have the right value is the figure that counts, not the loss.
"""

import json
import math
import shutil
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from app.training.card import Card, Result, machine, write_card
from app.training.checkpoints import newest_checkpoint, save_checkpoint, write_file, write_folder
from app.training.confidence import choose
from app.training.corpus import Batch, Batches, Hiding, Pool, arithmetic_example, encode, words_of
from app.training.curves import Losses
from app.training.interruption import interruption
from app.training.job import CHECKPOINTS, MODEL, Job, Trained, TrainingError, TrainingInterrupted
from app.training.pools import PROBLEMS, forms_of, prepare, values_of
from app.training.progress import progress_of_training, say
from app.training.recipe import EmbeddedRecipe, Precision, Schedule
from app.training.rows import ArithmeticProblem
from app.translator.decoding import padded
from app.translator.expression import ExpressionError, evaluate, parse
from app.translator.forms import Example, Form
from app.translator.loading import DECISIONS, WEIGHTS, Decisions, decisions_to_json
from app.translator.model import TranslatorConfig, TranslatorModel
from app.translator.vocabulary import FILE as VOCABULARY
from app.translator.vocabulary import Vocabulary, VocabularyError, load_vocabulary, make_vocabulary

EVALUATED_TOGETHER = 64
LOGGED_EVERY = 50
WORDS_FROM = 20_000
"""A word is in the vocabulary if three examples have it, of at most 20,000 of each source."""
OPTIMISER, RIGHT = "optimiser.pt", "right.json"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An example that is not trained on; `values` are those of its quantities, so that another way to the same value
    counts as right."""

    example: Example
    values: tuple[Fraction, ...] = ()


def build_model(recipe: EmbeddedRecipe, vocabulary: Vocabulary) -> TranslatorModel:
    network = recipe.network
    config = TranslatorConfig(
        vocab_size=len(vocabulary.tokens),
        target_size=vocabulary.target_size,
        slot_start=vocabulary.slot_start,
        d_model=network.width,
        encoder_type=network.encoder,
        encoder_layers=network.encoder_layers,
        decoder_type=network.decoder,
        decoder_layers=network.decoder_layers,
        heads=network.heads,
        dropout=network.dropout,
        vocabulary=vocabulary.fingerprint,
    )
    torch.manual_seed(recipe.seed)
    return TranslatorModel(config)


def tensors(batch: Batch, device: torch.device) -> tuple[Tensor, Tensor]:
    """Source ids, (batch, source), padded with 0; target ids, (batch, target), padded with -100; int64."""
    return padded(batch.sources, 0, device), padded(batch.targets, -100, device)


def learning_rate(recipe: EmbeddedRecipe, update: int) -> float:
    """Of the update: within each phase it rises over the warm-up and falls as the schedule says."""
    for phase in recipe.phases:
        if update < phase.updates:
            break
        update -= phase.updates
    optimiser = recipe.optimiser
    highest = phase.learning_rate or optimiser.learning_rate
    warm = max(1, round(optimiser.warmup * phase.updates))
    if update < warm:
        return highest * (update + 1) / warm
    share = (update - warm) / max(1, phase.updates - warm)
    match optimiser.schedule:
        case Schedule.CONSTANT:
            return highest
        case Schedule.LINEAR:
            return highest * max(0.02, 1 - share)
        case Schedule.COSINE:
            return highest * max(0.02, (1 + math.cos(math.pi * min(1.0, share))) / 2)


def train(job: Job, recipe: EmbeddedRecipe) -> Trained:
    """Everything from the sources to the folder of the translator, `model` in `job.out`.

    A run that had come to its end and is resumed chooses its thresholds again.

    Raises:
        TrainingError, CheckpointError, TrainingInterrupted: as `app.training.train.train`.
    """
    if not (forms := forms_of(recipe)):
        raise TrainingError("the mixes of the recipe train nothing that is translated, neither problems nor sentences")
    job.out.mkdir(parents=True, exist_ok=True)
    if not job.resume:
        # Left by a run that never came to a checkpoint, and perhaps had another recipe.
        (job.out / VOCABULARY).unlink(missing_ok=True)
        shutil.rmtree(job.out / PROBLEMS, ignore_errors=True)
    prepared = prepare(job, recipe)
    vocabulary = choose_vocabulary(job, recipe, prepared.pools)
    held_out = {
        name: [HeldOut(example, values_of(each)) for each in problems if (example := _example(each, vocabulary))]
        for name, problems in prepared.held_out.items()
    }
    device = torch.device(job.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    fitted = fit(job, recipe, prepared.pools, vocabulary, held_out, device)
    folder = job.out / MODEL
    say("choosing how sure it has to be")
    decisions, measured = choose(fitted.model, vocabulary, forms, prepared.unlike)
    write_folder(folder, partial(save_translator, fitted.model, vocabulary, decisions, recipe.output.precision))
    card = Card(
        title=f"{recipe.name}: a translator trained from nothing",
        about=f"{parameters(fitted.model) / 1e6:.1f} million parameters. It reads a problem and writes its program.",
        recipe=recipe,
        base="",
        sources=tuple(prepared.counts),
        left_out=(),
        shown=(),
        updates=fitted.updates,
        loss=fitted.loss,
        evaluation_loss=None,
        seconds=fitted.seconds,
        machine=machine(torch.cuda.get_device_name() if device.type == "cuda" else None),
        results=(
            *(
                Result(
                    f"{name}, held out", round(share * len(held_out[name])), len(held_out[name]), "its likeliest output"
                )
                for name, share in fitted.right.items()
            ),
            *measured,
        ),
    )
    write_file(folder / "README.md", write_card(card))
    return Trained(folder, fitted.updates, fitted.loss, None, fitted.seconds)


def _example(problem: ArithmeticProblem, vocabulary: Vocabulary) -> Example | None:
    return arithmetic_example(problem, problem.source, vocabulary.known)


def choose_vocabulary(job: Job, recipe: EmbeddedRecipe, pools: Mapping[str, Pool]) -> Vocabulary:
    """That of the run's folder, or a new one: a run that goes on needs the one it began with.

    The words are those of the mixes: what stands beside them is read with the words that they have.
    """
    if (job.out / VOCABULARY).is_file():
        try:
            return load_vocabulary(job.out)
        except VocabularyError as error:
            raise TrainingError(f"{error}. Begin again, in another folder") from error
    say("choosing the words")
    mixed = [pool for name, pool in pools.items() if any(name in phase.mix for phase in recipe.phases)]
    vocabulary = make_vocabulary(words_of(mixed, WORDS_FROM, recipe.training.word_seen, recipe.seed))
    vocabulary.save(job.out)
    return vocabulary


def save_translator(
    model: TranslatorModel, vocabulary: Vocabulary, decisions: Decisions, precision: str, folder: Path
) -> None:
    """Weights, configuration, tokenizer and decisions: all that `app.translator.loading.load` needs."""
    copy = TranslatorModel(model.config).to(getattr(torch, precision))
    copy.load_state_dict(model.state_dict())
    copy.save_pretrained(folder)
    (folder / WEIGHTS).chmod(0o644)  # safetensors leaves it to its owner alone
    vocabulary.save(folder)
    (folder / DECISIONS).write_text(decisions_to_json(decisions), "utf-8")


def parameters(model: TranslatorModel) -> int:
    return sum(weight.numel() for weight in model.parameters())


@dataclass(frozen=True, slots=True)
class Fitted:
    """What the loop gave. `right`: the share of each held-out set that was right at the end."""

    model: TranslatorModel
    updates: int
    loss: float
    right: Mapping[str, float]
    seconds: float


def fit(
    job: Job,
    recipe: EmbeddedRecipe,
    pools: Mapping[str, Pool],
    vocabulary: Vocabulary,
    held_out: Mapping[str, Sequence[HeldOut]],
    device: torch.device,
) -> Fitted:
    """The loop; a checkpoint every so often. Ctrl-C saves one first.

    Raises:
        CheckpointError: one could not be written; those before are whole.
        TrainingInterrupted: somebody ended it.
        TrainingError: the loss is no number.
    """
    model = build_model(recipe, vocabulary).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(),
        lr=recipe.optimiser.learning_rate,
        weight_decay=recipe.optimiser.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    folder = job.out / CHECKPOINTS
    total = sum(phase.updates for phase in recipe.phases)
    last = min(total, job.max_updates or total)
    done = _taken_up(job, model, optimiser) if job.resume else 0
    bfloat16 = recipe.training.precision is not Precision.FLOAT32 and _computes_bfloat16(device)

    def write(path: Path) -> None:
        save_file(model.state_dict(), path / WEIGHTS)
        torch.save(optimiser.state_dict(), path / OPTIMISER)

    def evaluate_all(updates: int) -> dict[str, float]:
        found = {name: accuracy(model, vocabulary, rows) for name, rows in held_out.items() if rows}
        say(f"{updates} updates, right of what was held out: {_shares(found)}")
        write_file(job.out / RIGHT, json.dumps({"updates": updates, "right": found}) + "\n")
        return found

    losses = Losses(job.out, recipe.name, from_update=done, clock=time.monotonic)
    right: dict[str, float] = {}
    made = done
    with progress_of_training(last, done) as tell, interruption() as interrupted:
        since: list[float] = []
        for update, batch in _batches(recipe, pools, vocabulary, done, last):
            loss = _update(model, optimiser, batch, recipe, update, bfloat16)
            made = update + 1
            since.append(loss)
            if not math.isfinite(loss):
                raise TrainingError(f"the loss of update {made} is no number: lower the learning rate")
            if made % LOGGED_EVERY == 0 or made == last:
                losses.add(made, sum(since) / len(since), learning_rate=learning_rate(recipe, update))
                since.clear()
            tell(made, loss)
            if made % recipe.evaluation.updates == 0 or made == last:
                right = evaluate_all(made)
            if interrupted.is_set():
                save_checkpoint(folder, made, write, recipe.checkpoints.keep)
                raise TrainingInterrupted(job.out, made)
            if made % recipe.checkpoints.updates == 0 or made == last:
                save_checkpoint(folder, made, write, recipe.checkpoints.keep)
        losses.draw()
    if made == done:
        # Nothing was left to do: only the thresholds are chosen again, and the card is written.
        right = evaluate_all(made)
    logged = [point.loss for point in losses.points if point.of == "training"]
    return Fitted(model, made, logged[-1] if logged else math.nan, right, losses.seconds)


def _taken_up(job: Job, model: TranslatorModel, optimiser: torch.optim.Optimizer) -> int:
    """Puts the newest whole checkpoint into both; how many updates it has."""
    checkpoint, skipped = newest_checkpoint(job.out / CHECKPOINTS)
    for each in skipped:
        say(f"{each.path} is not whole and is passed over: {each.reason}")
    if checkpoint is None:
        say("there is no checkpoint yet: beginning with the first update")
        return 0
    say(f"going on from {checkpoint.path}")
    model.load_state_dict(load_file(checkpoint.path / WEIGHTS))
    optimiser.load_state_dict(torch.load(checkpoint.path / OPTIMISER, weights_only=True))
    return checkpoint.updates


def _update(
    model: TranslatorModel,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    recipe: EmbeddedRecipe,
    update: int,
    bfloat16: bool,
) -> float:
    """One update of the weights; the loss before it."""
    model.train()
    # Dropout depends on the number of the update, and not on how often the training was resumed.
    torch.manual_seed(recipe.seed * 1_000_003 + update)
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(recipe, update)
    source, target = tensors(batch, model.device)
    with torch.autocast(model.device.type, torch.bfloat16, enabled=bfloat16):
        loss = model(input_ids=source, labels=target, label_smoothing=recipe.training.label_smoothing).loss
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.optimiser.clip)
    optimiser.step()
    return float(loss.detach())


def _shares(right: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.1%}" for name, share in right.items())


def _computes_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device.type == "cpu" and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _batches(
    recipe: EmbeddedRecipe, pools: Mapping[str, Pool], vocabulary: Vocabulary, done: int, last: int
) -> Iterator[tuple[int, Batch]]:
    """Each update with its batch, from `done` on, made by a process beside this one."""
    first = 0
    for number, phase in enumerate(recipe.phases):
        batches = Batches(
            [(pools[name], weight) for name, weight in phase.mix.items()],
            vocabulary,
            updates=phase.updates,
            tokens=recipe.training.batch_tokens,
            seed=recipe.seed * 100 + number,
            beside=[(pools[name], share) for name, share in phase.beside.items()],
            hiding=Hiding(recipe.training.hidden_problems, recipe.training.hidden_words),
        )
        wanted = range(max(0, done - first), min(phase.updates, last - first))
        loader = torch.utils.data.DataLoader(
            batches,
            batch_size=None,
            sampler=wanted,
            num_workers=1 if len(wanted) > 50 else 0,
            prefetch_factor=32 if len(wanted) > 50 else None,
            worker_init_fn=_left_alone,
        )
        for update, batch in zip(wanted, loader, strict=True):
            yield first + update, batch
        first += phase.updates


def _left_alone(_worker: int) -> None:
    """Ctrl-C reaches every process of the terminal; what it means is decided by the one that trains."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def accuracy(model: TranslatorModel, vocabulary: Vocabulary, rows: Sequence[HeldOut]) -> float:
    """The share of `rows` that greedy decoding gets right."""
    model.eval()
    device = model.device
    right = 0
    encoded = [(row, pair) for row in rows if (pair := encode(row.example, vocabulary))]
    for start in range(0, len(encoded), EVALUATED_TOGETHER):
        part = encoded[start : start + EVALUATED_TOGETHER]
        source = padded([pair[0] for _, pair in part], 0, device)
        for (row, pair), written in zip(part, greedy(model, source), strict=True):
            right += is_right(row, vocabulary.spell(written), vocabulary.spell(pair[1]))
    return round(right / max(1, len(rows)), 4)


def is_right(row: HeldOut, written: Sequence[str], wanted: Sequence[str]) -> bool:
    if tuple(written) == tuple(wanted):
        return True
    if row.example.form is not Form.ARITHMETIC:
        return False
    try:
        return evaluate(parse(written), row.values) == evaluate(parse(wanted), row.values)
    except ExpressionError:
        return False


def greedy(model: TranslatorModel, source: Tensor, longest: int = 60) -> list[list[int]]:
    """The likeliest token after another. source: (batch, source)."""
    with torch.inference_mode():
        states = model.encoder(source, source.ne(0).long())
        written = source.new_ones((len(source), 1))
        for _ in range(longest):
            logits = model(source_ids=source, encoder_outputs=states, decoder_input_ids=written).logits[:, -1]
            written = torch.cat([written, logits.argmax(-1, keepdim=True)], dim=1)
            if bool((written == 2).any(dim=1).all()):
                break
    return [row[1:] for row in written.tolist()]
