"""The Prolog engine: SWI-Prolog through janus. The only module that imports janus_swi; runs as a fork server's process.

The work is done in Prolog (`run.pl`), which answers with one nested list. Nothing here reads what the program prints.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from solvers.errors import EngineMissingError
from solvers.prolog.samples import SAMPLES
from solvers.types import (
    Answers,
    Derivation,
    Derivations,
    Diagnostic,
    Ending,
    ErrorClass,
    Evidence,
    Finished,
    Job,
    Language,
    LimitName,
    Limits,
    NoAnswer,
    NoEvidence,
    Part,
    Rejected,
    Rule,
    Step,
    Stopped,
    Substitution,
    Unknown,
    Value,
    ValueKind,
)

SOURCES = Path(__file__).parent
MAX_NESTING = 10_000
"""Brackets within brackets; about half of what overruns a stack of 8 MiB."""

EXCERPT = 30
"""Characters of the text shown after the place of a syntax error."""


class PrologEngine:
    """Loads SWI-Prolog once; runs one program per forked child."""

    language = Language.PROLOG

    def load(self) -> str:
        """Load the engine, every allowed library and our own Prolog files. Before any fork.

        Returns:
            The engine's version, such as "9.2.9".

        Raises:
            EngineMissingError: no SWI-Prolog, or one that does not work as this module needs.
        """
        try:
            with _home():
                import janus_swi
        except Exception as error:
            raise EngineMissingError(self.language, f"{type(error).__name__}: {error}") from error
        self._swi = janus_swi
        try:
            janus_swi.consult(str(SOURCES / "run.pl"))
            version = str(janus_swi.apply_once("quod_run", "prepare"))
            for sample in SAMPLES:
                self._rehearse(sample)
            janus_swi.cmd("quod_run", "ready")
            return version
        except janus_swi.PrologError as error:
            raise EngineMissingError(self.language, str(error)) from error

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        """Load the program, put the query. In the forked child, once.

        Args:
            policy: False only in tests that attack the sandbox alone.
        """
        texts = _texts(job)
        for part, text in texts.items():
            if fault := _too_deep(part, text):
                return Rejected((fault,))
        try:
            reply = self._swi.apply_once(
                "quod_run",
                "run",
                texts[Part.PROGRAM],
                texts[Part.QUERY],
                int(policy),
                limits.max_answers,
                limits.output_bytes,
                limits.memory_mib,
                min(limits.wall_seconds, limits.cpu_seconds) if job.evidence else 0,
            )
        except self._swi.PrologError as error:
            return self._uncaught(error)
        except SystemError as error:  # janus had no room even for an exception
            raise MemoryError from error
        return _ending(reply, texts)

    def _rehearse(self, sample: Job) -> None:
        texts = _texts(sample)
        seconds = int(sample.evidence)
        _ending(self._swi.apply_once("quod_run", "rehearse", texts[Part.PROGRAM], texts[Part.QUERY], seconds), texts)

    def _uncaught(self, error: Exception) -> Ending:
        """What no catch/3 of ours could hold back: abort/0, and memory so short that not even that works."""
        try:
            text = str(error)
        except (self._swi.PrologError, SystemError) as unprintable:
            raise MemoryError from unprintable
        if text == "Execution Aborted":
            fault = Diagnostic(ErrorClass.PERMISSION, "The program aborted its own run.", symbol="abort/0")
            return Rejected((fault,))
        raise error


@contextmanager
def _home() -> Iterator[None]:
    """Tell libswipl its own home, and no person's, while it is loaded.

    Left alone it takes the home of whichever `swipl` is on the path, which may be another version and then ends the
    process, and reads that person's `init.pl`. `make setup` writes the right one down; a system with one SWI-Prolog
    needs no telling.
    """
    told = {"HOME": "/nonexistent"}
    written = Path(sys.prefix, "swipl-home")
    if written.is_file():
        told["SWI_HOME_DIR"] = written.read_text(encoding="utf-8").strip()
    os.environ.update(told)
    try:
        yield
    finally:
        for name in told:
            del os.environ[name]


def _too_deep(part: Part, text: str) -> Diagnostic | None:
    """The reader recurses in C, once per bracket, and without signal handlers it crashes where the stack ends."""
    if sum(text.count(bracket) for bracket in "([{") <= MAX_NESTING:
        return None
    depth = 0
    for found in re.finditer(r"[][(){}]", text):
        depth = depth + 1 if found[0] in "([{" else max(depth - 1, 0)
        if depth > MAX_NESTING:
            line, column = _line_and_column(text, found.start())
            message = f"Brackets are nested more than {MAX_NESTING} deep: name the inner parts."
            return Diagnostic(ErrorClass.RESOURCE, message, line, column, part=part)
    return None


def _texts(job: Job) -> dict[Part, str]:
    return {Part.PROGRAM: job.program.text, Part.QUERY: job.query or "true"}


def _ending(reply: Sequence[Any], texts: dict[Part, str]) -> Ending:
    match reply:
        case ["answers", exhausted, substitutions, faults]:
            answers = Answers(tuple(_substitution(each) for each in substitutions), exhausted == 1)
            return Finished(answers, diagnostics=tuple(_left_out(_diagnostic(each, texts)) for each in faults))
        case ["no_answer"]:
            return Finished(NoAnswer())
        case ["undefined"]:
            return Finished(Unknown("an answer is neither true nor false under the well-founded semantics"))
        case ["unstratified", indicator]:
            return Finished(
                Unknown(
                    f"`{indicator}` depends on its own negation, and with tabling \\+ decides that by the order of the "
                    "goals: leave the circle out, or use tnot/1 in place of \\+"
                )
            )
        case ["stopped", limit]:
            return Stopped(LimitName(limit))
        case ["unwatched"]:
            raise RuntimeError("SWI-Prolog's loader did not hand over the terms it read")
        case ["rejected", faults]:
            return Rejected(tuple(_diagnostic(each, texts) for each in faults))
        case ["with_evidence", without, evidence]:
            ending = _ending(without, texts)
            return replace(ending, evidence=_evidence(evidence)) if isinstance(ending, Finished) else ending
        case _:
            raise ValueError(f"run.pl replied {reply!r}")


def _substitution(answer: Sequence[Any]) -> Substitution:
    values, residual = answer
    return Substitution({name: Value(text, ValueKind(kind)) for name, text, kind in values}, tuple(residual))


def _evidence(evidence: Sequence[Any]) -> Evidence:
    """Whatever is wrong with it, the outcome stands."""
    try:
        match evidence:
            case ["derivations", derivations]:
                return Derivations(tuple(Derivation(tuple(_step(*step) for step in steps)) for steps in derivations))
            case ["none", reason]:
                return NoEvidence(reason)
    except (TypeError, ValueError):
        pass
    return NoEvidence(f"derive.pl replied {evidence!r:.200}")


def _step(goal: str, rule: str, line: int, premises: Sequence[int]) -> Step:
    return Step(goal, Rule(rule), line or None, tuple(premises))


def _diagnostic(fault: Sequence[Any], texts: dict[Part, str]) -> Diagnostic:
    name, message, part_name, offset, symbol, suggestion = fault
    part, error_class = Part(part_name), ErrorClass(name)
    line = column = None
    if offset >= 0:
        text = texts[part]
        if error_class is ErrorClass.SYNTAX and not symbol:  # with a symbol: a text read at run time
            while text[offset - 1 : offset + 1].isspace() and offset:  # back to where something is missing
                offset -= 1
            near = text[offset:].lstrip()[:EXCERPT].split("\n")[0].rstrip()
            message += f" Near `{near}`." if near else ""
        line, column = _line_and_column(text, offset)
    return Diagnostic(error_class, message, line, column, symbol or None, suggestion or None, part)


def _left_out(fault: Diagnostic) -> Diagnostic:
    """What a program lacks that answers without it: shown, and nothing to conclude from."""
    what = (
        "This clause cannot be read and was left out"
        if fault.error_class is ErrorClass.SYNTAX
        else "This directive raised an error, and what it sets up is missing"
    )
    message = f"{what}, so the answer may be wrong. {fault.message}"
    return replace(fault, error_class=ErrorClass.LOGICAL, message=message)


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    """From 1, as an editor shows them."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


if __name__ == "__main__":
    from solvers.forkserver import serve

    serve(PrologEngine())
