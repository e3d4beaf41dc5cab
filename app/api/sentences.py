"""The evidence of a trace in sentences, for people: what they want to know first, and what they should be warned of.

The same sentences stand on the command line and in Markdown. All of the evidence is in the JSON. Traces of earlier
versions hold less, and nothing is said of what is not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.api.bodies import AttemptRead, EvidenceRead, VerdictRead
from app.reasoning.calibration import LEAST
from app.reasoning.types import RunName
from solvers.errors import ProtocolError
from solvers.types import Derivation, Derivations
from solvers.wire import evidence_from_json

MOST_ANSWERS = 3
"""Answers whose derivation is shown."""

_MOST = 8
"""Members of an enumeration that are named; of more it is said how many there are."""


@dataclass(frozen=True, slots=True)
class ReadingShown:
    """One of two readings that differ: what it concludes, its program, and a state of affairs that it allows; or what
    tells the two apart.
    """

    title: str
    program: str | None
    model: str | None


def calibration_of(verdict: VerdictRead) -> str:
    """How often this trust was right, as far as that is known; nothing where there is no trust."""
    if verdict.trust is None:
        return ""
    found = verdict.calibration
    if found is None:
        return f"how often {verdict.trust.value} verdicts were right is not known: fewer than {LEAST} labelled problems"
    return (
        f"{verdict.trust.value} verdicts were right in {_per_cent(found.p)} of {found.n} labelled problems, "
        f"{_per_cent(found.low)} to {_per_cent(found.high)} ({found.set})"
    )


def warnings_of(evidence: EvidenceRead) -> list[str]:
    """What speaks against taking the verdict at its word, the weightiest first."""
    inference, translation = evidence.inference, evidence.translation
    found = _texts(evidence.certificate, "alarm") + _texts(inference, "warnings")
    if inference.get("vacuous") is True:
        found.append("the conclusion holds only because nothing meets its condition")
    if other := _bindings(inference.get("another_answer")):
        found.append(f"another answer fits as well: {other}")
    if inference.get("exact") is False:
        found.append("the answer was computed with rounded numbers")
    corroboration = _mapping(translation, "corroboration")
    if corroboration.get("agrees") is False:
        found.append(f"a second reading of the problem disagrees: {corroboration.get('reason')}")
    return list(dict.fromkeys([*found, *_texts(translation, "warnings")]))


def execution_of(evidence: EvidenceRead) -> list[str]:
    """How the runs of the attempt ended that the verdict rests on."""
    part = evidence.execution
    if part.get("status") is None:
        return _texts(part, "reason") or ["nothing was run"]
    limit = f" at its limit {part['limit']}" if part.get("limit") else ""
    number = f"attempt {part['attempt']}: " if part.get("attempt") else ""
    names = [_words(name) for name in _mapping(part, "runs")]
    runs = f" (runs: {_named(names)})" if len(names) > 1 else ""
    classes = _texts(part, "error_classes")
    return [f"{number}{part['status']}{limit}{runs}", *([f"faults found: {_named(classes)}"] if classes else [])]


def inference_of(evidence: EvidenceRead) -> list[str]:
    """What is known of the conclusion beyond the runs."""
    return list(_inference(evidence.inference))


_OF_THE_CONCLUSION = (
    ("unique", True, "there is no other answer"),
    ("unique", None, "it is not shown that there is no other answer"),
    ("optimal", True, "there is no better value"),
    ("optimal", None, "it is not shown that there is no better value"),
    ("consistent", True, "the premises are consistent"),
    ("contradiction_derivable", False, "no contradiction is derivable from the premises"),
    ("vacuous", False, "the condition of the conclusion can be met"),
)


def _inference(part: Mapping[str, Any]) -> Iterator[str]:
    for name, value, sentence in _OF_THE_CONCLUSION:
        if name in part and part[name] is value:
            yield sentence
    because = "; ".join(_texts(part, "computed_because"))
    match part.get("computed"):
        case True:
            yield f"computed from the problem: {because}" if because else "computed from the problem"
        case None if "computed" in part and part.get("verdict") == "answered":
            yield f"not known to be computed from the problem: {because}"
    moved = _mapping(part, "sensitivity")
    for name, sentence in (
        ("unmoved", "quantities whose change leaves the answer as it is"),
        ("undecided", "quantities of which it was not found out whether they change the answer"),
        ("not_in_the_program", "quantities that are no number of the program"),
    ):
        if texts := _texts(moved, name):
            yield f"{sentence}: {_named(texts)}"
    needless = [f"line {fact.get('line')}, {fact.get('text')}" for fact in _mappings(part, "not_needed")]
    if needless:
        yield f"not needed for the verdict: {_named(needless, '; ')}"
    yield from _texts(part, "note")
    yield from (f"not found out: {note}" for note in _texts(part, "inference_notes"))


def certificate_of(evidence: EvidenceRead) -> list[str]:
    """What the checker made of the evidence, part by part where there are several, and what it takes for granted."""
    part = evidence.certificate
    parts = _mapping(part, "parts")
    checker = f" by {part['checker']}" if part.get("checker") else ""
    result = _words(str(part.get("result") or "none"))
    if len(parts) > 1:
        lines = [f"{result}{checker}"]
        for name in parts:
            each = _mapping(parts, name)
            opinion = each.get("second_opinion")
            second = f"; a second engine {_opinion(opinion)}" if isinstance(opinion, str) else ""
            lines.append(f"{_words(name)}: {_words(str(each.get('result')))}, {each.get('reason')}{second}")
    else:
        reason = str(part.get("reason") or "").removeprefix("query: ")
        lines = [f"{result}{checker}: {reason}" if reason else f"{result}{checker}"]
    return [*lines, *(f"assumes {assumption}" for assumption in _texts(part, "assumptions"))]


def not_covered_by(evidence: EvidenceRead) -> str | None:
    """What no certificate says; stands wherever one is shown."""
    covers = evidence.certificate.get("does_not_cover")
    return covers if isinstance(covers, str) else None


def translation_of(evidence: EvidenceRead) -> list[str]:
    """How the program stands to the text, as far as that can be found out without understanding it."""
    return list(_translation(evidence.translation))


def _translation(part: Mapping[str, Any]) -> Iterator[str]:
    if part.get("assessed") is False:
        yield from _texts(part, "reason")
        return
    yield from (f"doubt: {doubt}" for doubt in _texts(part, "doubt"))
    citations = _mappings(part, "citations")
    if citations:
        yield (
            f"the program cites {len(citations)} passages of the problem"
            if len(citations) > 1
            else ("the program cites one passage of the problem")
        )
    elif "citations" in part:
        yield "the program cites no words of the problem"
    if uncited := [f"line {item.get('line')}, {item.get('text')}" for item in _mappings(part, "uncited")]:
        yield f"stated without citing any words: {_named(uncited, '; ')}"
    if missing := [str(item.get("text")) for item in _mappings(part, "uncited_quantities")]:
        yield f"quantities of the problem that nothing cites: {_named(missing)}"
    if strange := _texts(part, "unexplained_numbers"):
        yield f"numbers of the program that the problem does not give: {_named(strange)}"
    polarity, unit = _mapping(part, "polarity"), _mapping(part, "unit")
    if polarity.get("agrees") is True:
        yield f"the query is {polarity.get('query')}, as the question is"
    elif polarity.get("text") == "negative" and polarity.get("agrees") is None:
        yield "the question is negative; whether the query is, was not found out"
    if unit.get("relation") == "same":
        yield f"the answer is in {unit.get('stated')}, as asked"
    if corroboration := _mapping(part, "corroboration"):
        agrees = corroboration.get("agrees")
        found = "agrees" if agrees is True else "disagrees" if agrees is False else "says nothing"
        yield f"a second reading {found}: {corroboration.get('reason')}"
        for difference in _texts(_mapping(corroboration, "difference"), "differences"):
            yield f"where the two differ: {difference}"
        if names := _texts(_mapping(corroboration, "difference"), "names"):
            yield f"names of the first that are taken for those of the second: {_named(names)}"
        if independence := corroboration.get("independence"):
            yield f"how independent the two are: {independence}"


def readings_that_differ(evidence: EvidenceRead) -> list[ReadingShown]:
    """Both readings of the problem, where a second one came to something else."""
    corroboration = _mapping(evidence.translation, "corroboration")
    shown = [
        ReadingShown(
            f"reading of attempt {reading.get('attempt')}, {reading.get('language') or 'no program'}: "
            f"{reading.get('verdict')} {reading.get('answer') or ''}".strip(),
            reading.get("program"),
            reading.get("model"),
        )
        for reading in _mappings(corroboration, "readings")
    ]
    if model := _mapping(corroboration, "difference").get("model"):
        shown.append(ReadingShown("what tells the two readings apart", None, str(model)))
    return shown


def derivations_of(attempt: AttemptRead) -> dict[RunName, tuple[Derivation, ...]]:
    """The derivations of each run of an attempt that has any."""
    runs = dict(attempt.further_runs)
    if attempt.run_name is not None and attempt.run is not None:
        runs = {attempt.run_name: attempt.run, **runs}
    found: dict[RunName, tuple[Derivation, ...]] = {}
    for name, run in runs.items():
        try:
            evidence = evidence_from_json(run.evidence)
        except ProtocolError:
            continue  # without evidence, or with what another version wrote
        if isinstance(evidence, Derivations) and evidence.derivations:
            found[name] = evidence.derivations
    return found


def next_rung_lacks(evidence: EvidenceRead) -> str | None:
    lacking = evidence.inference.get("next_rung_lacks")
    return lacking if isinstance(lacking, str) else None


# Words


def _opinion(opinion: str) -> str:
    return "did not decide" if opinion == "undecided" else opinion


def _words(name: str) -> str:
    return name.replace("_", " ")


def _per_cent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".0 %", " %")


def _named(texts: list[str], between: str = ", ") -> str:
    """All of them, or the first ones and how many there are."""
    if len(texts) <= _MOST:
        return between.join(texts)
    return f"{between.join(texts[:_MOST])}{between}and {len(texts) - _MOST} others"


def _bindings(value: object) -> str:
    return ", ".join(f"{name} = {each}" for name, each in value.items()) if isinstance(value, Mapping) else ""


def _mapping(part: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = part.get(name)
    return value if isinstance(value, Mapping) else {}


def _mappings(part: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = part.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _texts(part: Mapping[str, Any], name: str) -> list[str]:
    value = part.get(name)
    if isinstance(value, str):
        return [value]
    return [str(each) for each in value] if isinstance(value, list) else []
