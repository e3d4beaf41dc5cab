"""A trace as Markdown, for people: the verdict, what it rests on, the derivation beside the words of the problem.

Text of problems, programs and language models is put into code or escaped: none of it is read as Markdown or HTML.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.api.bodies import AttemptRead, TraceRead
from app.api.text import printable
from app.reasoning.proof_tree import assertions_with_words, proof_tree, tree_lines
from solvers.errors import ProtocolError
from solvers.types import Derivations, Language, Program
from solvers.wire import evidence_from_json

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~&-])")
_MOST_ANSWERS = 3


def trace_markdown(trace: TraceRead) -> str:
    """The whole trace; the last attempt that concluded first, the others below."""
    return "\n".join(_lines(trace)) + "\n"


def _lines(trace: TraceRead) -> Iterator[str]:
    verdict = trace.verdict
    yield f"# Trace {trace.id}"
    yield ""
    yield from _quoted(trace.problem.text)
    yield ""
    answer = f": **{_plain(verdict.answer)}**" if verdict.answer is not None else ""
    yield f"**{verdict.kind.value}**{answer}"
    yield ""
    trust = verdict.trust.value if verdict.trust else "none"
    yield f"- Trust: {trust}{_calibrated(trace)}"
    yield f"- Because: {_plain(verdict.reason)}"
    if lacking := trace.evidence.inference.get("next_rung_lacks"):
        yield f"- For more trust: {_plain(lacking)}"
    yield ""
    yield from _certificate(trace.evidence.certificate)
    concluding = trace.evidence.execution.get("attempt")
    for attempt in trace.attempts:
        if attempt.number == concluding:
            yield from _derivation(trace, attempt)
    yield from _about("Inference", trace.evidence.inference)
    yield from _about("Translation", trace.evidence.translation)
    for attempt in trace.attempts:
        yield from _attempt(attempt)


def _calibrated(trace: TraceRead) -> str:
    found = trace.verdict.calibration
    if found is None:
        return " (how often this trust was right is not known: fewer than 100 labelled samples)"
    return f" (right in {found.p:.1%} of {found.n} labelled problems, {found.low:.1%} to {found.high:.1%})"


def _certificate(certificate: Mapping[str, Any]) -> Iterator[str]:
    yield "## Certificate"
    yield ""
    yield f"{_plain(certificate.get('result') or 'none')}: {_plain(certificate.get('reason'))}"
    yield ""
    for name, part in (certificate.get("parts") or {}).items():
        yield f"- {_plain(name)}: {_plain(part['result'])}, {_plain(part['reason'])}"
    for assumption in certificate.get("assumptions") or ():
        yield f"- Assumed: {_plain(assumption)}"
    yield f"- Not covered: {_plain(certificate.get('does_not_cover'))}"
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
    runs = dict(attempt.further_runs)
    if attempt.run_name is not None and attempt.run is not None:
        runs = {attempt.run_name: attempt.run, **runs}
    for name, run in runs.items():
        if run.evidence is None:
            continue
        try:
            evidence = evidence_from_json(run.evidence)
        except ProtocolError:
            continue
        if not isinstance(evidence, Derivations) or not evidence.derivations:
            continue
        yield f"## Derivation ({name.value.replace('_', ' ')})"
        yield ""
        for derivation in evidence.derivations[:_MOST_ANSWERS]:
            for depth, node, left_out in tree_lines(proof_tree(derivation, trace.problem.text, program)):
                if node is None:
                    yield f"- and {left_out} more steps"
                else:
                    yield f"{'  ' * depth}- {_code(node.goal)} ({node.why}){_words(node.words)}"
            yield ""
        if len(evidence.derivations) > _MOST_ANSWERS:
            yield f"And {len(evidence.derivations) - _MOST_ANSWERS} further answers."
            yield ""


def _about(title: str, part: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    for name, value in part.items():
        if value not in (None, [], {}):
            yield f"- {name.replace('_', ' ')}: {_value(value)}"
    yield ""


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{_plain(name)} {_value(part)}" for name, part in value.items() if part not in (None, [], {}))
    if isinstance(value, list):
        return "; ".join(_value(part) for part in value)
    return _plain(value)


def _attempt(attempt: AttemptRead) -> Iterator[str]:
    yield f"## Attempt {attempt.number} ({attempt.purpose.value})"
    yield ""
    if attempt.formalisation is not None:
        yield from _fenced(attempt.formalisation.program, attempt.formalisation.language.value)
        yield ""
        yield f"Query: {_code(attempt.formalisation.query)}"
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
    return _SPECIAL.sub(r"\\\1", " ".join(printable(str(value)).split()))


def _code(text: str) -> str:
    """As code on one line, between more backquotes than it holds."""
    text = " ".join(printable(text).split())
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence} {text} {fence}" if text.startswith("`") or text.endswith("`") else f"{fence}{text}{fence}"


def _fenced(text: str, language: str) -> list[str]:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return [f"{fence}{language}", *(printable(line) for line in text.rstrip().split("\n")), fence]
