"""`transformers:PATH_OR_ID`: a language model in this process, by torch and transformers (the extra `[local]`).

Requests that come close together are generated together, padded on the left. What a request gets does not depend on
its batch, except that sums of floating-point numbers may round differently, which can decide between two tokens that
are all but equally likely.

The chat template of the tokenizer is used where it has one; else the messages follow each other, a blank line apart.
Only `Sampling` shapes the text; penalties and temperatures in the model's own `generation_config.json` do not.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import re
import sys
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import LmError, LmRefusedError, LmSpecError, LmUnavailableError
from app.lm.batching import BatcherClosedError, MicroBatcher
from app.lm.options import LmOptions
from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest, TokenUsage

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


class LocalLM:
    """A `LanguageModel` whose weights are loaded when the first completion is asked for. One thread generates."""

    def __init__(self, path_or_id: str, options: LmOptions) -> None:
        """Find the model and its revision; a folder's is the SHA-256 of all its files, a Hub id's its commit.

        Raises:
            LmSpecError: torch or transformers is missing, or there is no such model.
        """
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise LmSpecError(
                    f"transformers:{path_or_id} needs the package {package}, which is not installed: run "
                    "`make setup` in the repository, or `pip install 'quod[local]'`"
                )
        folder = Path(path_or_id).expanduser()
        if folder.is_dir():
            if not (folder / "config.json").is_file():
                raise LmSpecError(f"{folder} is not a folder of a language model: it holds no config.json")
            self._source, self._commit = str(folder), None
            revision = options.revision or f"sha256:{folder_hash(folder)}"
            name = folder.resolve().name
        elif _HUB_ID.fullmatch(path_or_id) and not folder.exists():
            self._source, self._commit = path_or_id, _hub_commit(path_or_id, options.revision)
            revision, name = self._commit, path_or_id
        else:
            raise LmSpecError(f"{path_or_id!r} is neither a folder nor an id on the Hugging Face Hub, OWNER/NAME")
        self._identity = LmIdentity(backend="transformers", name=name, revision=revision)
        self._options = options
        self._loaded: _Loaded | None = None
        self._batcher: MicroBatcher[LmRequest, Completion] = MicroBatcher(
            self._generate,
            key=_generated_together,
            size=options.batch_size,
            wait_seconds=options.batch_wait_seconds,
            name="quod-lm",
        )

    @property
    def identity(self) -> LmIdentity:
        return self._identity

    async def complete(self, request: LmRequest) -> Completion:
        """One completion; `seconds` are those of its batch, `usage` counts the token that ends it too.

        Raises:
            LmRefusedError: the prompt is too long for the language model, or its chat template does not take it.
            LmSpecError: the weights cannot be loaded.
            LmUnavailableError: out of memory, another fault while generating, or closed.
        """
        try:
            return await self._batcher.submit(request)
        except BatcherClosedError as error:
            raise LmUnavailableError(f"the language model {self._identity.name} was closed") from error

    async def close(self) -> None:
        """Ends a batch under way at its next token."""
        await self._batcher.close()
        self._loaded = None

    def _generate(self, requests: Sequence[LmRequest], dropped: Callable[[int], bool]) -> list[Completion | Exception]:
        """In the batcher's thread: a completion or an `LmError` for each of `requests`."""
        if self._loaded is None:
            self._loaded = _load(self._source, self._commit, self._options)
        loaded = self._loaded
        began = time.perf_counter()
        results: list[Completion | Exception] = [LmUnavailableError("nobody waits for it")] * len(requests)
        prompts: dict[int, list[int]] = {}
        for index, request in enumerate(requests):
            try:
                prompts[index] = loaded.prompt_ids(request)
            except LmError as error:
                results[index] = error
        if not prompts:
            return results
        indices = list(prompts)
        try:
            rows = loaded.generate(
                list(prompts.values()),
                [requests[index] for index in indices],
                lambda row: dropped(indices[row]),
            )
        except Exception as error:
            if isinstance(error, loaded.torch.OutOfMemoryError):
                what = f"ran out of memory with a batch of {len(prompts)}: take a smaller batch or a smaller model"
            else:
                what = f"failed while generating: {type(error).__name__}: {error}"
            raise LmUnavailableError(f"the language model {self._identity.name} {what}") from error
        seconds = time.perf_counter() - began
        for index, row in zip(indices, rows, strict=True):
            results[index] = Completion(
                text=row.text,
                lm=self._identity,
                finish_reason=row.finish_reason,
                seconds=seconds,
                usage=TokenUsage(prompt_tokens=len(prompts[index]), completion_tokens=row.tokens),
            )
        return results


@dataclass(frozen=True, slots=True)
class _Row:
    text: str
    finish_reason: FinishReason
    tokens: int


@dataclass(frozen=True, slots=True)
class _Loaded:
    """Tokenizer and weights. The modules come along because they are only imported with them."""

    torch: Any
    transformers: Any
    tokenizer: Any
    lm: Any
    end_ids: frozenset[int]
    pad_id: int
    context: int | None

    def prompt_ids(self, request: LmRequest) -> list[int]:
        """Ids of the prompt's tokens.

        Raises:
            LmRefusedError: it does not fit.
        """
        if self.tokenizer.chat_template is None:
            text = "\n\n".join(message.content for message in request.messages) + "\n\n"
        else:
            messages = [{"role": message.role.value, "content": message.content} for message in request.messages]
            try:
                text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            except Exception as error:
                raise LmRefusedError(f"the chat template does not take these messages: {error}") from error
        # A template writes the special tokens itself.
        ids = self.tokenizer(text, add_special_tokens=self.tokenizer.chat_template is None)["input_ids"]
        wanted = len(ids) + request.sampling.max_tokens
        if self.context is not None and wanted > self.context:
            raise LmRefusedError(
                f"{len(ids)} tokens of prompt and {request.sampling.max_tokens} of completion are more than the "
                f"{self.context} that the language model takes: lower QUOD_LM_MAX_TOKENS, or choose another one"
            )
        if not ids:
            raise LmRefusedError("the prompt is empty")
        return list(ids)

    def generate(
        self, prompts: Sequence[list[int]], requests: Sequence[LmRequest], dropped: Callable[[int], bool]
    ) -> list[_Row]:
        """Completions of `prompts`, all with the temperature, top_p and max_tokens of the first request."""
        torch, device = self.torch, self.lm.device
        length = max(len(ids) for ids in prompts)
        padding = [length - len(ids) for ids in prompts]
        padded = [[self.pad_id] * pad + ids for pad, ids in zip(padding, prompts, strict=True)]
        mask = [[0] * pad + [1] * (length - pad) for pad in padding]
        sampling = requests[0].sampling

        def nobody_waits(input_ids: Any, scores: Any, **_: Any) -> Any:
            return torch.tensor([dropped(row) for row in range(len(prompts))], device=input_ids.device)

        processors = self.transformers.LogitsProcessorList()
        if sampling.temperature > 0:
            processors.append(_Draw(torch, sampling.temperature, sampling.top_p, [r.sampling.seed for r in requests]))
        with torch.inference_mode():
            ids = self.lm.generate(
                torch.tensor(padded, device=device),  # (batch, length), int64
                attention_mask=torch.tensor(mask, device=device),  # (batch, length), int64
                generation_config=self.transformers.GenerationConfig(
                    max_new_tokens=sampling.max_tokens,
                    do_sample=False,  # _Draw leaves one token to choose
                    pad_token_id=self.pad_id,
                    eos_token_id=sorted(self.end_ids) or None,
                ),
                logits_processor=processors,
                stopping_criteria=self.transformers.StoppingCriteriaList([nobody_waits]),
            )
        return [self._row(row) for row in ids[:, length:].tolist()]

    def _row(self, ids: list[int]) -> _Row:
        end = next((position for position, token in enumerate(ids) if token in self.end_ids), None)
        return _Row(
            text=self.tokenizer.decode(ids[:end], skip_special_tokens=True),
            finish_reason=FinishReason.LENGTH if end is None else FinishReason.STOP,
            tokens=len(ids) if end is None else end + 1,
        )


class _Draw:
    """Draws the next token of each row with a generator of its own, so that a seed gives the same in every batch.

    Leaves the drawn token as the only possible one. Takes the fewest, likeliest tokens that reach `top_p` together.
    """

    def __init__(self, torch: Any, temperature: float, top_p: float, seeds: Sequence[int | None]) -> None:
        self._torch = torch
        self._temperature = temperature
        self._top_p = top_p
        # On the CPU, so that a seed gives the same on every device.
        self._generators = [torch.Generator() for _ in seeds]
        for generator, seed in zip(self._generators, seeds, strict=True):
            if seed is None:
                generator.seed()
            else:
                generator.manual_seed(seed)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        torch = self._torch
        # All (batch, vocabulary), float32, likeliest first.
        probabilities, tokens = (scores.float() / self._temperature).softmax(dim=-1).sort(dim=-1, descending=True)
        reached = probabilities.cumsum(dim=-1)
        kept = (reached - probabilities) < self._top_p
        mass = (probabilities * kept).sum(dim=-1, keepdim=True)
        draws = torch.stack([torch.rand(1, generator=generator) for generator in self._generators])  # (batch, 1)
        position = (reached <= draws.to(scores.device) * mass).sum(dim=-1, keepdim=True)
        # Rounding can put the draw behind the last one kept.
        position = torch.minimum(position, kept.sum(dim=-1, keepdim=True) - 1).clamp(min=0)
        drawn = tokens.gather(-1, position)
        return torch.full_like(scores, -float("inf")).scatter(-1, drawn, 0.0)


def _generated_together(request: LmRequest) -> Hashable:
    # Each row has its own seed.
    return (request.sampling.temperature, request.sampling.top_p, request.sampling.max_tokens)


def _load(source: str, commit: str | None, options: LmOptions) -> _Loaded:
    """Imports torch and transformers, ten seconds or so, and reads tokenizer and weights."""
    # By name, so that type checking is the same with and without the extra.
    torch, transformers = importlib.import_module("torch"), importlib.import_module("transformers")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    try:
        device = torch.device(options.device or ("cuda" if torch.cuda.is_available() else "cpu"))
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, revision=commit)
        lm = transformers.AutoModelForCausalLM.from_pretrained(source, revision=commit, dtype="auto")
        lm = lm.to(device).eval()
    except Exception as error:
        raise LmSpecError(f"transformers:{source} cannot be loaded: {type(error).__name__}: {error}") from error
    own = lm.generation_config
    ends = own.eos_token_id if own.eos_token_id is not None else tokenizer.eos_token_id
    end_ids = frozenset([ends] if isinstance(ends, int) else ends or [])
    # Its penalties and temperatures would take part where a request does not name them.
    lm.generation_config = transformers.GenerationConfig()
    return _Loaded(
        torch=torch,
        transformers=transformers,
        tokenizer=tokenizer,
        lm=lm,
        end_ids=end_ids,
        pad_id=next((i for i in (tokenizer.pad_token_id, *sorted(end_ids)) if i is not None), 0),
        context=getattr(lm.config, "max_position_embeddings", None),
    )


def folder_hash(folder: Path) -> str:
    """SHA-256 over names and contents of the folder's files: a model that was trained on is another one."""
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder)
        if any(part.startswith(".") for part in name.parts):
            continue
        try:
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise LmSpecError(f"{file} cannot be read: {error.strerror or error}") from error
        digest.update(f"{name.as_posix()}\0{content}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _hub_commit(hub_id: str, revision: str | None) -> str:
    """The commit that `revision`, or the newest, is now: from the Hub, or else from what was downloaded before."""
    hub = importlib.import_module("huggingface_hub")
    try:
        config = hub.hf_hub_download(hub_id, "config.json", revision=revision)
    except Exception as error:
        raise LmSpecError(
            f"transformers:{hub_id} is no folder here, and the Hugging Face Hub does not give it: {error}"
        ) from error
    with contextlib.suppress(StopIteration):
        # .../snapshots/COMMIT/config.json
        parents = Path(config).parents
        return next(parent.name for parent in parents if parent.parent.name == "snapshots")
    raise LmSpecError(f"the commit of transformers:{hub_id} cannot be told from {config}: download it to a folder")
