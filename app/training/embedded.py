"""Trains the embedded translator from nothing, as an `EmbeddedRecipe` says.

One loop: the batch of an update comes from `corpus.Batches`, so a checkpoint holds the weights, the optimiser's state
and how many updates were made, and nothing else has to be remembered. Held-out problems are answered now and then; how
many of their expressions have the right value is the figure that counts, not the loss.
"""

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from app.training.checkpoints import newest_checkpoint, save_checkpoint
from app.training.corpus import Batch, Batches, Pool, encode
from app.training.recipe import EmbeddedRecipe, Precision, Schedule
from app.translator.expression import ExpressionError, evaluate, parse
from app.translator.forms import Example, Form
from app.translator.model import TranslatorConfig, TranslatorModel
from app.translator.vocabulary import Vocabulary

EVALUATED_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An example that is not trained on; `values` are those of its quantities, so that another way to the same value
    counts as right."""

    example: Example
    values: tuple[Any, ...] = ()


@dataclass(slots=True)
class Log:
    """What a training said as it went: one record each time, JSON lines in `log.jsonl`."""

    file: Path
    records: list[dict[str, Any]] = field(default_factory=list)

    def add(self, **record: Any) -> None:
        self.records.append(record)
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")


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
    return _padded(batch.sources, 0, device), _padded(batch.targets, -100, device)


def _padded(rows: Sequence[Sequence[int]], pad: int, device: torch.device) -> Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows], device=device)


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


def fit(
    recipe: EmbeddedRecipe,
    out: Path,
    pools: Mapping[str, Pool],
    vocabulary: Vocabulary,
    held_out: Mapping[str, Sequence[HeldOut]],
    *,
    device: torch.device,
    resume: bool,
    max_updates: int | None = None,
    threads: int | None = None,
) -> tuple[TranslatorModel, Log]:
    """Train; a checkpoint every so often, in `out`/checkpoints. Ctrl-C saves one first.

    Raises:
        CheckpointError: one could not be written; those before are whole.
    """
    if threads:
        torch.set_num_threads(threads)
    out.mkdir(parents=True, exist_ok=True)
    model = build_model(recipe, vocabulary).to(device)
    optimiser = torch.optim.AdamW(
        model.parameters(),
        lr=recipe.optimiser.learning_rate,
        weight_decay=recipe.optimiser.weight_decay,
        betas=(0.9, 0.98),
        fused=True,
    )
    folder = out / "checkpoints"
    done = 0
    if resume and (checkpoint := newest_checkpoint(folder)[0]):
        model.load_state_dict(load_file(checkpoint.path / "model.safetensors"))
        optimiser.load_state_dict(torch.load(checkpoint.path / "optimiser.pt", weights_only=True))
        done = checkpoint.updates
    log = Log(out / "log.jsonl")
    total = sum(phase.updates for phase in recipe.phases)
    last = total if max_updates is None else min(total, max_updates)
    bf16 = recipe.training.precision is not Precision.FLOAT32 and _computes_bfloat16(device)

    def save(updates: int) -> None:
        def write(path: Path) -> None:
            save_file(model.state_dict(), path / "model.safetensors")
            torch.save(optimiser.state_dict(), path / "optimiser.pt")

        save_checkpoint(folder, updates, write, recipe.checkpoints.keep)

    update = done
    try:
        began, tokens, losses = time.monotonic(), 0, 0.0
        for update, batch in _batches(recipe, pools, vocabulary, done, last):
            model.train()
            torch.manual_seed(recipe.seed * 1_000_003 + update)
            rate = learning_rate(recipe, update)
            for group in optimiser.param_groups:
                group["lr"] = rate
            source, target = tensors(batch, device)
            with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
                loss = model(input_ids=source, labels=target, label_smoothing=recipe.training.label_smoothing).loss
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.optimiser.clip)
            optimiser.step()
            tokens += int(source.ne(0).sum())
            losses += float(loss.detach())
            made = update + 1
            if made % 100 == 0:
                seconds = time.monotonic() - began
                log.add(updates=made, loss=round(losses / 100, 4), rate=rate, tokens_per_second=round(tokens / seconds))
                print(log.records[-1], flush=True)
                began, tokens, losses = time.monotonic(), 0, 0.0
            if made % recipe.evaluation.updates == 0 or made == last:
                right = {name: accuracy(model, vocabulary, rows) for name, rows in held_out.items() if rows}
                log.add(updates=made, right=right)
                print(log.records[-1], flush=True)
                began, tokens, losses = time.monotonic(), 0, 0.0
            if made % recipe.checkpoints.updates == 0 or made == last:
                save(made)
    except KeyboardInterrupt:
        save(update)
        raise
    return model, log


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
        )
        wanted = range(max(0, done - first), min(phase.updates, last - first))
        loader = torch.utils.data.DataLoader(
            batches,
            batch_size=None,
            sampler=wanted,
            num_workers=1 if len(wanted) > 50 else 0,
            prefetch_factor=32 if len(wanted) > 50 else None,  # type: ignore[arg-type]
        )
        for update, batch in zip(wanted, loader, strict=True):
            yield first + update, batch
        first += phase.updates


def accuracy(model: TranslatorModel, vocabulary: Vocabulary, rows: Sequence[HeldOut]) -> float:
    """The share of `rows` that greedy decoding gets right."""
    model.eval()
    device = model.device
    right = 0
    encoded = [(row, pair) for row in rows if (pair := encode(row.example, vocabulary))]
    for start in range(0, len(encoded), EVALUATED_TOGETHER):
        part = encoded[start : start + EVALUATED_TOGETHER]
        source = _padded([pair[0] for _, pair in part], 0, device)
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
