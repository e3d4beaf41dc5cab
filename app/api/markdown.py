"""A trace as Markdown, for people: the verdict, what it rests on, the derivation beside the words of the problem.

Text of problems, programs and language models is put into code or escaped: none of it is read as Markdown or HTML.
"""

import re
from collections.abc import Iterator

from app.api.advice import advice_of
from app.api.bodies import AttemptRead, EvidenceRead, TraceRead
from app.api.sentences import (
    MOST_ANSWERS,
    ReadingShown,
    calibration_of,
    certificate_of,
    derivations_of,
    inference_of,
    next_rung_lacks,
    not_covered_by,
    readings_that_differ,
    translation_of,
    warnings_of,
)
from app.api.text import printable
from app.lm.types import FinishReason
from app.reasoning.proof_tree import assertions_with_words, proof_tree, tree_lines
from solvers.types import Language, Program

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$-]|^=|(?<=:)/(?=/)|(?<=www)\.)", re.IGNORECASE)
"""What Markdown, or a dialect of it, would read as more than the character."""
_NUMBERED = re.compile(r"^([0-9]+)(\.)")


def trace_markdown(trace: TraceRead) -> str:
    """The whole trace; the last attempt that concluded first, the others below."""
    return "\n".join(_lines(trace)) + "\n"


def _lines(trace: TraceRead) -> Iterator[str]:
    verdict, evidence = trace.verdict, trace.evidence
    yield f"# Trace {trace.id}"
    yield ""
    yield from _quoted(trace.problem.text)
    yield ""
    answer = f": **{_plain(verdict.answer)}**" if verdict.answer is not None else ""
    yield f"**{verdict.kind.value}**{answer}"
    yield ""
    trust = verdict.trust.value if verdict.trust else "none"
    known = calibration_of(verdict)
    yield f"- Trust: {trust}{f' ({_plain(known)})' if known else ''}"
    yield f"- Because: {_plain(verdict.reason)}"
    if advice := advice_of(trace):
        yield f"- What to do: {_plain(advice)}"
    if lacking := next_rung_lacks(evidence):
        yield f"- For more trust: {_plain(lacking)}"
    yield ""
    yield from _part("Warnings", warnings_of(evidence))
    yield from _certificate(evidence)
    concluding = evidence.execution.get("attempt")
    for attempt in trace.attempts:
        if attempt.number == concluding:
            yield from _derivation(trace, attempt)
    yield from _part("Inference", inference_of(evidence))
    yield from _part("Translation", translation_of(evidence))
    for reading in readings_that_differ(evidence):
        yield from _reading(reading)
    for attempt in trace.attempts:
        yield from _attempt(attempt)


def _part(title: str, sentences: list[str]) -> Iterator[str]:
    if sentences:
        yield f"## {title}"
        yield ""
        yield from (f"- {_plain(sentence)}" for sentence in sentences)
        yield ""


def _certificate(evidence: EvidenceRead) -> Iterator[str]:
    yield "## Certificate"
    yield ""
    yield from (f"- {_plain(sentence)}" for sentence in certificate_of(evidence))
    if covers := not_covered_by(evidence):
        yield f"- Not covered: {_plain(covers)}"
    yield ""


def _reading(reading: ReadingShown) -> Iterator[str]:
    yield f"## {_plain(reading.title)}"
    yield ""
    for what, text in (("Program", reading.program), ("A state of affairs", reading.model)):
        if text:
            yield f"{what}:"
            yield ""
            yield from _fenced(text)
            yield ""


def _derivation(trace: TraceRead, attempt: AttemptRead) -> Iterator[str]:
    if attempt.formalisation is None:
        return
    program = Program(attempt.formalisation.language, attempt.formalisation.program)
    if program.language is Language.SMT:
        yield "## Assertions"
        yield ""
        for text, words in assertions_with_words(trace.problem.text, program):
            yield f"- {_code(text)}{_words(words)}"
        yield ""
        return
    for name, derivations in derivations_of(attempt).items():
        yield f"## Derivation ({name.value.replace('_', ' ')})"
        yield ""
        for derivation in derivations[:MOST_ANSWERS]:
            root = proof_tree(derivation, trace.problem.text, program)
            for depth, node, left_out in tree_lines(root) if root else ():
                if node is None:
                    yield f"- and {left_out} more steps"
                else:
                    yield f"{'  ' * depth}- {_code(node.goal)} ({node.why}){_words(node.words)}"
            yield ""
        if len(derivations) > MOST_ANSWERS:
            yield f"And {len(derivations) - MOST_ANSWERS} further answers."
            yield ""


def _attempt(attempt: AttemptRead) -> Iterator[str]:
    yield f"## Attempt {attempt.number} ({attempt.purpose.value})"
    yield ""
    if attempt.formalisation is not None:
        yield from _fenced(attempt.formalisation.program, attempt.formalisation.language.value)
        yield ""
        yield f"Query: {_code(attempt.formalisation.query)}"
        yield ""
    if attempt.completion.finish_reason is FinishReason.ABSTAINED:
        yield f"Abstains: {_plain(attempt.completion.text)}"
        yield ""
    for diagnostic in attempt.diagnostics:
        yield f"- {diagnostic.error_class.value}: {_plain(diagnostic.message)}"
    if attempt.diagnostics:
        yield ""


def _words(words: tuple[str, ...]) -> str:
    return " — " + ", ".join(f"“{_plain(each)}”" for each in words) if words else ""


def _quoted(text: str) -> list[str]:
    return [f"> {_plain(line)}" for line in text.splitlines()]


def _plain(value: object) -> str:
    """As running text: on one line, nothing in it is Markdown."""
    line = " ".join(printable(str(value)).split())
    return _NUMBERED.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", line))


def _code(text: str) -> str:
    """As code on one line, between more backquotes than it holds."""
    text = " ".join(printable(text).split())
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if text.startswith("`") or text.endswith("`") else f"{fence}{text}{fence}"


def _fenced(text: str, language: str = "") -> list[str]:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return [f"{fence}{language}", *(printable(line) for line in text.rstrip().split("\n")), fence]
