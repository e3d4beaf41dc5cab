"""Records what a language model replies to the sample problems: `python -m app.samples.record --lm http:NAME@URL`.

The real loop is run over the samples, with real solvers, so repairs are asked for as they would be. Each completion
is written as it comes; run it again and only what is missing, or was asked with other messages, is asked for. The
answers of the samples are read after the last completion only.
"""

import argparse
import asyncio
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from app.lm.options import LmOptions
from app.lm.spec import open_language_model
from app.lm.types import Completion, FinishReason, LanguageModel, LmIdentity, LmRequest, Message, Sampling, TokenUsage
from app.reasoning.events import Event
from app.reasoning.pipeline import solve_problem
from app.reasoning.runs import Solver
from app.reasoning.types import Assurance, Budget, Formalisation, Purpose, Trace, Trust
from app.samples import Sample, answer_of, load_samples, same_answer
from solvers import Runtime
from solvers.types import Finished

RECORDING = Path(__file__).parent / "completions.jsonl"

Key = tuple[str, bool, int]
"""What a completion is looked up by: problem, whether it is a second reading, attempt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the recording."""

    problem: str
    attempt: int
    completion: str
    prompt: Mapping[str, object]
    messages_sha256: str
    model: str
    finish_reason: str
    usage: Mapping[str, int] | None
    corroboration: bool = False
    doubt: str | None = None

    @property
    def key(self) -> Key:
        return self.problem, self.corroboration, self.attempt

    def line(self) -> str:
        fields = {name: getattr(self, name) for name in self.__slots__}
        if not self.corroboration:
            del fields["corroboration"]
        if self.doubt is None:
            del fields["doubt"]
        return json.dumps(fields, ensure_ascii=False)


def messages_sha256(messages: Sequence[Message]) -> str:
    """The hash by which a recording knows what was asked: of the messages as canonical JSON."""
    rows = [[message.role.value, message.content] for message in messages]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def load_entries(path: Path = RECORDING) -> dict[Key, Entry]:
    """The recording by its keys; empty where there is no file yet."""
    if not path.exists():
        return {}
    entries: dict[Key, Entry] = {}
    for line in path.read_bytes().decode("utf-8").split("\n"):
        if line.strip():
            entry = Entry(**json.loads(line))
            entries[entry.key] = entry
    return entries


class _Recorder:
    """A language model that answers from the recording where the same was asked before, and writes down what is new."""

    def __init__(self, lm: LanguageModel, path: Path) -> None:
        self._lm = lm
        self._path = path
        self._known = load_entries(path)
        self.asked: dict[Key, Entry] = {}
        self.new = 0

    @property
    def identity(self) -> LmIdentity:
        return self._lm.identity

    async def complete(self, request: LmRequest) -> Completion:
        asked = messages_sha256(request.messages)
        known = self._known.get((request.problem, request.corroboration, request.attempt))
        if known is not None and known.messages_sha256 == asked:
            usage = None if known.usage is None else TokenUsage(**known.usage)
            self.asked[known.key] = known
            reason = FinishReason(known.finish_reason)
            return Completion(known.completion, self.identity, reason, 0.0, usage, doubt=known.doubt)
        completion = await self._lm.complete(request)
        usage = completion.usage
        entry = Entry(
            problem=request.problem,
            attempt=request.attempt,
            completion=completion.text,
            prompt={},
            messages_sha256=asked,
            model=completion.lm.name,
            finish_reason=completion.finish_reason.value,
            usage=None
            if usage is None
            else {"prompt_tokens": usage.prompt_tokens, "completion_tokens": usage.completion_tokens},
            corroboration=request.corroboration,
            doubt=completion.doubt,
        )
        self.asked[entry.key] = entry
        self.new += 1
        with self._path.open("a", encoding="utf-8") as file:
            file.write(entry.line() + "\n")
        return completion

    async def close(self) -> None:
        await self._lm.close()


async def _ignore(event: Event) -> None:
    """Nothing is kept but the completions."""


async def record(
    lm: LanguageModel,
    solver: Solver,
    path: Path,
    samples: Sequence[Sample],
    *,
    concurrency: int,
    attempts: int,
    seconds: float,
    corroborate: bool = False,
) -> list[tuple[Sample, Trace]]:
    """Run the loop over the samples, and write what was replied. Returns the traces in the order of the samples.

    Raises:
        LmError, SolverError: of the first sample that met one, after the others have ended; what was replied until then
            is kept.
    """
    recorder = _Recorder(lm, path)
    slots = asyncio.Semaphore(concurrency)

    async def one(sample: Sample) -> Trace:
        async with slots:
            return await solve_problem(
                sample.as_problem(decide=True),
                lm=recorder,
                solver=solver,
                record=_ignore,
                quod=version("quod"),
                engines={},
                budget=Budget(attempts=attempts, seconds=seconds),
                sampling=Sampling(max_tokens=4096),
                assurance=Assurance(corroborate=corroborate),
            )

    ended = await asyncio.gather(*(one(sample) for sample in samples), return_exceptions=True)
    failed = [item for item in ended if isinstance(item, BaseException)]
    if failed:
        raise failed[0]
    pairs = [(sample, item) for sample, item in zip(samples, ended, strict=True) if isinstance(item, Trace)]
    _rewrite(path, recorder.asked, pairs)
    return pairs


def _rewrite(path: Path, asked: Mapping[Key, Entry], pairs: Sequence[tuple[Sample, Trace]]) -> None:
    """The recording in the order of the samples, each line with the prompt as it is now; what nobody asks for any
    more is left out.

    Only the samples that were run are touched.
    """
    run = {sample.problem for sample, _ in pairs}
    order = {sample.problem: place for place, sample in enumerate(load_samples())}
    kept = {key: entry for key, entry in load_entries(path).items() if key[0] not in run}
    for sample, trace in pairs:
        made: Counter[bool] = Counter()
        for attempt in trace.attempts:
            second = attempt.purpose is Purpose.CORROBORATION
            made[second] += 1
            entry = asked[sample.problem, second, made[second]]
            ref = attempt.prompt
            prompt = {"name": ref.name, "version": ref.version, "sha256": ref.sha256}
            fields = {name: getattr(entry, name) for name in Entry.__slots__}
            kept[entry.key] = Entry(**{**fields, "prompt": prompt})
    lines = [kept[key].line() for key in sorted(kept, key=lambda key: (order.get(key[0], len(order)), *key[1:]))]
    partial = path.with_suffix(".partial")
    partial.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    partial.replace(path)


def summary(pairs: Sequence[tuple[Sample, Trace]]) -> dict[str, object]:
    """How good the replies were: counts over all samples, and each sample that was not right at once."""
    right = [same_answer(sample.kind, answer_of(trace.verdict), sample.answer) for sample, trace in pairs]
    ran_first = [_ran(trace, 0) for _, trace in pairs]
    rows = [
        {
            "id": sample.id,
            "right": ok,
            "kind": trace.kind.value,
            "verdict": trace.verdict.kind.value,
            "answer": trace.verdict.answer,
            "expected": sample.answer,
            "attempts": _formalisations(trace),
            "reason": trace.verdict.reason,
            "diagnostics": [item.message for attempt in trace.attempts for item in attempt.diagnostics],
        }
        for (sample, trace), ok in zip(pairs, right, strict=True)
        if not ok or _formalisations(trace) > 1 or trace.kind is not sample.kind
    ]
    return {
        "samples": len(pairs),
        "right": sum(right),
        "concluded": sum(answer_of(trace.verdict) is not None for _, trace in pairs),
        "right_at_first": sum(ok and _formalisations(trace) == 1 for (_, trace), ok in zip(pairs, right, strict=True)),
        "corroborated": sum(trace.verdict.trust is Trust.CORROBORATED for _, trace in pairs),
        "ran_at_first": sum(ran_first),
        "repairs": sum(_formalisations(trace) - 1 for _, trace in pairs),
        "not_right_at_first": rows,
    }


def _formalisations(trace: Trace) -> int:
    """Attempts at the problem itself, second readings apart."""
    return sum(attempt.purpose is Purpose.FORMALISATION for attempt in trace.attempts)


def _ran(trace: Trace, index: int) -> bool:
    """Whether an attempt had a program that ran to its end, whatever it answered."""
    attempt = trace.attempts[index]
    endings = [run.ending for run in attempt.runs.values()]
    return (
        isinstance(attempt.formalisation, Formalisation)
        and bool(endings)
        and all(isinstance(ending, Finished) for ending in endings)
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Exit status 0 if every sample came to an end, right or wrong."""
    parser = argparse.ArgumentParser(prog="python -m app.samples.record", description=__doc__)
    parser.add_argument("--lm", required=True, help="the language model, such as http:NAME@http://127.0.0.1:8000/v1")
    parser.add_argument("--out", type=Path, default=RECORDING, help="the recording (default: the one that ships)")
    parser.add_argument(
        "--only", default="", help="only samples whose id begins so, such as entailment or arithmetic-07"
    )
    parser.add_argument("--concurrency", type=int, default=8, help="samples worked on at the same time")
    parser.add_argument("--attempts", type=int, default=3, help="attempts per sample, the first included")
    parser.add_argument("--corroborate", action="store_true", help="ask for a second reading of each as well")
    parser.add_argument(
        "--seconds", type=float, default=36_000.0, help="longest wait for one reply, and for one sample"
    )
    options = parser.parse_args(arguments)
    samples = [sample for sample in load_samples() if sample.id.startswith(options.only)]
    if not samples:
        parser.error(f"no sample has an id that begins with {options.only!r}")

    async def work() -> list[tuple[Sample, Trace]]:
        # No retries: a reply that is written by hand comes once.
        chosen = LmOptions(total_seconds=options.seconds, retries=0, max_in_flight=options.concurrency)
        lm = open_language_model(options.lm, chosen)
        try:
            async with Runtime() as runtime:
                return await record(
                    lm,
                    runtime,
                    options.out,
                    samples,
                    concurrency=options.concurrency,
                    attempts=options.attempts,
                    seconds=options.seconds,
                    corroborate=options.corroborate,
                )
        finally:
            await lm.close()

    sys.stdout.write(json.dumps(summary(asyncio.run(work())), indent=2, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
