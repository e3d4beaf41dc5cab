"""Fine-tunes a causal language model with LoRA on rows of the three tasks, by trl's SFTTrainer and peft.

What the model reads in training is what it reads in service: the same prompt, put into tokens by the same chat
template, or, of a tokenizer without one, by the same blank lines. The loss is that of the completion alone, its end
included.

Imports torch, transformers and trl: ten seconds or so. Import it where a training begins.
"""

import contextlib
import math
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import torch
import transformers
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
from trl import SFTConfig, SFTTrainer

from app.errors import LmSpecError
from app.lm.local import LocalLM
from app.lm.options import LmOptions
from app.lm.types import Message, Role
from app.reasoning.formalise import formalise
from app.reasoning.kind import decide_kind, decide_language
from app.training.checkpoints import CheckpointError, newest_checkpoint, save_checkpoint, write_folder
from app.training.curves import Losses
from app.training.interruption import interruption
from app.training.job import CHECKPOINTS, MODEL, Job, Trained, TrainingError, TrainingInterrupted
from app.training.mix import count_shown, count_updates, mix
from app.training.progress import Tell, progress_of_training, say
from app.training.recipe import LoraRecipe, Precision, Schedule
from app.training.rows import Row

_NO_LOSS = -100
_SCHEDULES = {
    Schedule.CONSTANT: "constant_with_warmup",
    Schedule.LINEAR: "linear",
    Schedule.COSINE: "cosine",
}


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of a fine-tuning, with what its card says.

    Args:
        base: name and revision of what was fine-tuned.
        shown: rows of each task, repetitions included.
        too_long: rows that were left out.
        gpu: its name; None: none was used.
    """

    trained: Trained
    base: str
    shown: tuple[tuple[str, int], ...]
    too_long: int
    gpu: str | None


def fine_tune(job: Job, recipe: LoraRecipe, rows: Sequence[Row], evaluation: Sequence[Row]) -> Tuned:
    """Train on `rows`, look at the loss of `evaluation`, and leave the result in `job.out`.

    Raises:
        TrainingError: the language model cannot be loaded or does not fit, or there is nothing to train on.
        CheckpointError: nothing can be written, or nothing whole is there to go on from.
        TrainingInterrupted: by Ctrl-C or SIGTERM; what was done is kept.
    """
    quiet_libraries()
    device = _device(job.device)
    name, options = recipe.model.path_or_id, LmOptions(revision=recipe.model.revision or None)
    if not name:
        raise TrainingError(f"the recipe {recipe.name} names no language model: give --model FOLDER_OR_ID")
    try:
        identity = LocalLM(name, options).identity
    except LmSpecError as error:
        raise TrainingError(str(error)) from error
    model, tokenizer = _load(recipe, device)
    writer = RowWriter(tokenizer, _ends(model, tokenizer))
    longest = min(recipe.training.longest, getattr(model.config, "max_position_embeddings", None) or sys.maxsize)
    learnt = [(row, tokens) for row in rows if len((tokens := writer.tokens(row)).ids) <= longest]
    held = [tokens for row in evaluation if len((tokens := writer.tokens(row)).ids) <= longest]
    too_long = len(rows) - len(learnt)
    if not learnt:
        raise TrainingError(
            f"none of {len(rows)} rows has at most {longest} tokens: raise training.longest, or take a language model "
            "that reads longer texts"
        )
    kept = [row for row, _ in learnt]
    updates = recipe.training.updates or count_updates(kept, recipe.tasks, recipe.training.epochs or 1)
    last = min(updates, job.max_updates or updates)
    order = mix(kept, recipe.tasks, updates, recipe.seed)

    whole_before, skipped = newest_checkpoint(job.out / CHECKPOINTS)
    for each in skipped:
        say(f"{each.path} is not whole and is passed over: {each.reason}")
    begun = whole_before if job.resume else None
    if job.resume:
        say(f"going on from {begun.path}" if begun else "there is no checkpoint yet: beginning with the first update")
    done = begun.updates if begun else 0
    losses = Losses(job.out, recipe.name, from_update=done, clock=time.monotonic)
    with progress_of_training(last, done) as tell, interruption() as interrupted, _old_names():
        watch = _Watch(losses, tell, interrupted, last)
        trainer = _trainer(
            recipe,
            job,
            model,
            tokenizer,
            _dataset([tokens for _, tokens in learnt]).select(order),
            _dataset(held),
            updates,
            device,
            watch,
        )
        try:
            trainer.train(resume_from_checkpoint=str(begun.path) if begun else None)
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"out of memory with {recipe.training.rows_at_once} rows at a time: lower training.rows_at_once or "
                "training.longest, or set training.recompute"
            ) from error
        finally:
            with contextlib.suppress(CheckpointError):
                losses.draw()
    if interrupted.is_set() and trainer.state.global_step < last:
        raise TrainingInterrupted(job.out, trainer.state.global_step)
    if watch.failed is not None:
        raise TrainingError(
            f"the loss of update {watch.failed} is not a number, so the training was ended: lower "
            f"optimiser.learning_rate, which is {recipe.optimiser.learning_rate:g}"
        )
    place = job.out / MODEL
    _save(trainer.model, tokenizer, place, recipe)
    latest = [point.loss for point in losses.points if point.of == "training"][-20:]
    evaluated = [point.loss for point in losses.points if point.of == "evaluation"]
    return Tuned(
        trained=Trained(
            model=place,
            updates=trainer.state.global_step,
            loss=math.fsum(latest) / max(len(latest), 1),
            evaluation_loss=evaluated[-1] if evaluated else None,
            seconds=losses.seconds,
        ),
        base=f"{identity.name}, revision {identity.revision}",
        shown=count_shown(kept, order[: trainer.state.global_step * recipe.tasks.total]),
        too_long=too_long,
        gpu=torch.cuda.get_device_name() if device == "cuda" else None,
    )


# Rows as tokens


@dataclass(frozen=True, slots=True)
class Tokens:
    """A row as a language model sees it; `labels` are `ids` where the loss counts, else -100."""

    ids: list[int]
    labels: list[int]


class RowWriter:
    """Puts rows into tokens, the prompt as `app.lm.local` does in service."""

    def __init__(self, tokenizer: Any, ends: Sequence[int]) -> None:
        """Take the tokenizer; `ends` are the ids that end a completion, the first of which is written."""
        self._tokenizer, self._ends = tokenizer, tuple(ends)

    def tokens(self, row: Row) -> Tokens:
        """The row's tokens.

        Raises:
            TrainingError: the chat template does not take its messages.
        """
        messages = messages_of(row)
        if self._tokenizer.chat_template is None:
            prompt = "\n\n".join(message.content for message in messages) + "\n\n"
            ids = self._ids(prompt, special=True)
            return self._joined(ids, self._continued(prompt, row.completion, ids, special=True))
        chat = [{"role": message.role.value, "content": message.content} for message in messages]
        reply = {"role": Role.ASSISTANT.value, "content": row.completion}
        try:
            prompt = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
            whole = self._tokenizer.apply_chat_template([*chat, reply], tokenize=False)
        except Exception as error:
            raise TrainingError(
                f"the chat template of the tokenizer does not take a row's messages: {error}"
            ) from error
        # Some templates write an earlier reply otherwise than one that is begun; then the completion follows as it is.
        completion = whole.removeprefix(prompt) if whole.startswith(prompt) else row.completion
        ids = self._ids(prompt, special=False)
        return self._joined(ids, self._continued(prompt, completion, ids, special=False))

    def _continued(self, prompt: str, completion: str, ids: list[int], *, special: bool) -> list[int]:
        """Tokens of the completion, made together with the prompt's wherever that leaves those as they are."""
        together = self._ids(prompt + completion, special=special)
        return together[len(ids) :] if together[: len(ids)] == ids else self._ids(completion, special=False)

    def _joined(self, prompt: list[int], completion: list[int]) -> Tokens:
        ends = [position for position, token in enumerate(completion) if token in self._ends]
        # What a template writes behind the end is never generated.
        completion = completion[: ends[-1] + 1] if ends else [*completion, self._ends[0]]
        return Tokens(prompt + completion, [_NO_LOSS] * len(prompt) + completion)

    def _ids(self, text: str, *, special: bool) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=special)["input_ids"])


def messages_of(row: Row) -> tuple[Message, ...]:
    """What the language model is asked: of SOLVE the service's prompt, of KB and ALIGN the row's."""
    if row.prompt is not None:
        return (Message(Role.USER, row.prompt),)
    kind = decide_kind(row.problem)
    return formalise(row.problem, kind, decide_language(row.problem, kind)).messages


def _dataset(rows: Sequence[Tokens]) -> Any:
    features = datasets.Features({name: datasets.List(datasets.Value("int32")) for name in ("input_ids", "labels")})
    columns = {"input_ids": [row.ids for row in rows], "labels": [row.labels for row in rows]}
    return datasets.Dataset.from_dict(columns, features=features)


# The language model


def _load(recipe: LoraRecipe, device: str) -> tuple[Any, Any]:
    source = str(Path(recipe.model.path_or_id).expanduser())
    folder = Path(source).is_dir()
    named: dict[str, Any] = {"revision": recipe.model.revision} if recipe.model.revision and not folder else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, local_files_only=folder, **named)
        dtype = torch.bfloat16 if _bfloat16(recipe, device) else torch.float32
        # Drawn weights, should any be missing, are the same each time.
        transformers.set_seed(recipe.seed)
        model = AutoModelForCausalLM.from_pretrained(source, dtype=dtype, local_files_only=folder, **named)
    except Exception as error:
        raise TrainingError(f"the language model {source} cannot be loaded: {type(error).__name__}: {error}") from error
    embedded = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > embedded:
        raise TrainingError(
            f"the tokenizer of {source} has {len(tokenizer)} tokens and its model embeds {embedded}: it is the "
            "tokenizer of another model"
        )
    return model, tokenizer


def _ends(model: Any, tokenizer: Any) -> list[int]:
    """Ids that end a completion, as `app.lm.local` stops at them; the tokenizer's own first.

    Raises:
        TrainingError: there is none: what is trained would never stop.
    """
    own = model.generation_config.eos_token_id
    ends = [own] if isinstance(own, int) else list(own or [])
    if tokenizer.eos_token_id is not None and (tokenizer.eos_token_id in ends or not ends):
        ends = [tokenizer.eos_token_id, *(end for end in ends if end != tokenizer.eos_token_id)]
    if not ends:
        raise TrainingError(
            "neither the tokenizer nor the generation config has an end token: completions would never end"
        )
    return ends


def _device(asked: str | None) -> str:
    device = asked or ("cuda" if torch.cuda.is_available() else "cpu")
    if device not in ("cpu", "cuda"):
        raise TrainingError(f"the device is cpu or cuda, not {device!r}; CUDA_VISIBLE_DEVICES says which GPU")
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError("there is no GPU that torch can use here; --device cpu trains without one")
    return device


def _bfloat16(recipe: LoraRecipe, device: str) -> bool:
    if recipe.model.precision is Precision.AUTO:
        return device == "cuda" and torch.cuda.is_bf16_supported()
    return recipe.model.precision is Precision.BFLOAT16


def _save(model: Any, tokenizer: Any, place: Path, recipe: LoraRecipe) -> None:
    adapter: PeftModel = model

    def write(folder: Path) -> None:
        result = adapter if recipe.output.form == "adapter" else adapter.merge_and_unload()
        result.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    write_folder(place, write)


# The trainer


class _Trainer(SFTTrainer):  # type: ignore[misc]  # trl is optional, and without types here
    """Saves through `app.training.checkpoints`, and writes no card of its own."""

    def __init__(self, checkpoints: Path, keep: int, **given: Any) -> None:
        super().__init__(**given)
        self._checkpoints, self._keep = checkpoints, keep

    def create_model_card(self, *_: Any, **__: Any) -> None:
        return

    def evaluate(self, *given: Any, **named: Any) -> Any:
        # Draws nothing of what training draws: a run that skipped an evaluation goes on like one that did not.
        with torch.random.fork_rng([torch.cuda.current_device()] if torch.cuda.is_available() else []):
            return super().evaluate(*given, **named)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        def write(folder: Path) -> None:
            out, self.args.output_dir = self.args.output_dir, str(folder)
            try:
                super(_Trainer, self)._save_checkpoint(model, trial)
            finally:
                self.args.output_dir = out
            (inner,) = folder.iterdir()
            for entry in inner.iterdir():
                entry.rename(folder / entry.name)
            inner.rmdir()

        save_checkpoint(self._checkpoints, self.state.global_step, write, self._keep)


class _Watch(TrainerCallback):  # type: ignore[misc]  # transformers is optional, and without types here
    """Keeps the losses, tells the progress, ends the training when somebody wants it or the loss is no number.

    `failed`: the update at which it was none.
    """

    def __init__(self, losses: Losses, tell: Tell, interrupted: threading.Event, last: int) -> None:
        self._losses, self._tell, self._interrupted, self._last = losses, tell, interrupted, last
        self._evaluation_loss: float | None = None
        self.failed: int | None = None

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        logs = logs or {}
        if "loss" in logs:
            loss = float(logs["loss"])
            self._losses.add(state.global_step, loss, learning_rate=logs.get("learning_rate"))
            self._tell(state.global_step, loss, self._evaluation_loss)
            if not math.isfinite(loss):
                self.failed = state.global_step
                control.should_training_stop, control.should_save = True, False
        if "eval_loss" in logs:
            self._evaluation_loss = float(logs["eval_loss"])
            self._losses.add(state.global_step, self._evaluation_loss, "evaluation")

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._interrupted.is_set():
            control.should_training_stop = control.should_save = True
            control.should_evaluate = False
        elif state.global_step >= self._last:
            control.should_training_stop = control.should_save = True


def _trainer(
    recipe: LoraRecipe,
    job: Job,
    model: Any,
    tokenizer: Any,
    training: Any,
    evaluation: Any,
    updates: int,
    device: str,
    watch: _Watch,
) -> _Trainer:
    total, wanted = recipe.tasks.total, recipe.training.rows_at_once
    at_once = max(size for size in range(1, min(wanted, total) + 1) if total % size == 0)
    optimiser = recipe.optimiser
    evaluated = len(evaluation) > 0
    arguments = SFTConfig(
        output_dir=str(job.out),
        max_steps=updates,
        per_device_train_batch_size=at_once,
        gradient_accumulation_steps=total // at_once,
        per_device_eval_batch_size=at_once,
        train_sampling_strategy="sequential",  # the rows are in the order of `mix`
        learning_rate=optimiser.learning_rate,
        lr_scheduler_type=_SCHEDULES[optimiser.schedule],
        warmup_steps=math.ceil(optimiser.warmup * updates),
        weight_decay=optimiser.weight_decay,
        max_grad_norm=optimiser.clip,
        seed=recipe.seed,
        use_cpu=device == "cpu",
        bf16=_bfloat16(recipe, device),
        activation_checkpointing=recipe.training.recompute,
        gradient_checkpointing=None,
        logging_steps=1,
        logging_nan_inf_filter=False,
        eval_strategy="steps" if evaluated else "no",
        eval_steps=recipe.evaluation.updates if evaluated else None,
        save_strategy="steps",
        save_steps=recipe.checkpoints.updates,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=device == "cuda",
        max_length=None,  # longer rows are left out; none is cut
        completion_only_loss=False,  # the labels are there
    )
    if arguments.world_size > 1:
        raise TrainingError("start one process on one GPU: the rows of an update are not shared out among several")
    targets = recipe.lora.targets
    try:
        trainer = _Trainer(
            job.out / CHECKPOINTS,
            recipe.checkpoints.keep,
            model=model,
            args=arguments,
            train_dataset=training,
            eval_dataset=evaluation if evaluated else None,
            processing_class=tokenizer,
            callbacks=[watch],
            peft_config=LoraConfig(
                task_type="CAUSAL_LM",
                r=recipe.lora.rank,
                lora_alpha=recipe.lora.alpha,
                lora_dropout=recipe.lora.dropout,
                target_modules=targets if isinstance(targets, str) else list(targets),
            ),
        )
    except ValueError as error:
        raise TrainingError(f"the language model cannot be trained as the recipe says: {error}") from error
    trainer.remove_callback(transformers.PrinterCallback)
    return trainer


@contextlib.contextmanager
def _old_names() -> Iterator[None]:
    """peft 0.21 asks transformers for activation checkpointing under its old name, which makes it warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*gradient_checkpointing.* deprecated", FutureWarning)
        yield


def quiet_libraries() -> None:
    """Warnings and errors of the libraries are heard, their bars and chatter are not."""
    datasets.disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
