"""JSON for jobs, endings and runs, both ways. What is not exactly what we would have written raises `ProtocolError`.

A job goes to a worker, an ending comes back, a run is what HTTP and the command line show.
"""

import json
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import asdict, fields
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from solvers.errors import ProtocolError
from solvers.types import (
    Answers,
    Decision,
    Derivation,
    Derivations,
    Diagnostic,
    Ending,
    Engine,
    ErrorClass,
    Evidence,
    Finished,
    Job,
    Language,
    Layers,
    LimitName,
    ModelText,
    NoAnswer,
    NoEvidence,
    Outcome,
    Part,
    Program,
    Proof,
    Rejected,
    Rule,
    Run,
    Satisfiable,
    Step,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
    Usage,
    Value,
    ValueKind,
    Wanted,
)

_T = TypeVar("_T")
_Member = TypeVar("_Member", bound=StrEnum)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Made once: a child that made them again would pay for it with page faults.
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_decoder = json.JSONDecoder(parse_constant=_no_constant)

_LARGEST_PLACE = 2**31
"""No text has so many lines, and databases count so far."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def encode_job(job: Job) -> bytes:
    """A job as JSON in UTF-8.

    Lone surrogates pass, so that the worker sees the text as it was given and can refuse it.
    """
    return _dump(job_to_json(job)).encode("utf-8", "surrogatepass")


def decode_job(data: bytes) -> Job:
    """Raises `ProtocolError`."""
    return job_from_json(_load(data, "surrogatepass"))


def job_to_json(job: Job) -> dict[str, Any]:
    return {
        "language": job.program.language,
        "text": job.program.text,
        "query": job.query,
        "wanted": job.wanted,
        "answer": job.answer,
        "engine": job.engine,
        "evidence": job.evidence,
    }


def job_from_json(body: object) -> Job:
    """Raises `ProtocolError`."""
    body = _object(body, "a job", _JOB)
    return Job(
        program=Program(_member(Language, body["language"]), _text(body["text"])),
        query=_optional(_text, body["query"]),
        wanted=_member(Wanted, body["wanted"]),
        answer=_optional(_text, body["answer"]),
        engine=_optional(lambda name: _member(Engine, name), body["engine"]),
        evidence=_boolean(body["evidence"]),
    )


def encode_ending(ending: Ending) -> bytes:
    """An ending as JSON in UTF-8. People and databases read it, so a lone surrogate becomes U+FFFD."""
    text = _dump(_ending_to_json(ending))
    return _SURROGATE.sub("\ufffd", text).encode()


def decode_ending(data: bytes) -> Ending:
    """Raises `ProtocolError`."""
    ending = _ending_from_json(_object(_load(data, "strict"), "an ending", _ENDING, {"evidence"}))
    # We escape control characters only. Written as an escape, a lone surrogate would come in, and could not leave.
    if b"\\u" in data and encode_ending(ending) != data:
        raise ProtocolError("a text of this ending is not as a worker writes it")
    return ending


def run_to_json(run: Run) -> dict[str, Any]:
    """A run as HTTP and the command line show it.

    `outcome` has the keys of its `kind` only. `kinds` says beside each value what it is: a list parallel to
    `answers`, or for SMT an object with `model`, `values` and `objectives`. `checks` is there when the program asked
    more or less than one check.
    """
    return {
        **_ending_to_json(run.ending),
        "output": run.output,
        "usage": asdict(run.usage),
        "sandbox": asdict(run.sandbox),
    }


def run_from_json(body: object) -> Run:
    """The run that `run_to_json` wrote. Raises `ProtocolError`."""
    body = _object(body, "a run", _ENDING | {"output", "usage", "sandbox"}, {"evidence"})
    usage = _object(body["usage"], "usage", _USAGE)
    sandbox = _object(body["sandbox"], "sandbox", _LAYERS)
    return Run(
        ending=_ending_from_json(body),
        output=_text(body["output"]),
        usage=Usage(**{name: _number(value) for name, value in usage.items()}),
        sandbox=Layers(**{name: _boolean(value) for name, value in sandbox.items()}),
    )


_JOB = {"language", "text", "query", "wanted", "answer", "engine", "evidence"}
_ENDING = {"status", "limit", "diagnostics", "outcome"}
"""What every ending has; `evidence` as well where it was asked for."""
_USAGE = {field.name for field in fields(Usage)}
_LAYERS = {field.name for field in fields(Layers)}


def _ending_to_json(ending: Ending) -> dict[str, Any]:
    match ending:
        case Finished(outcome, checks, diagnostics, evidence):
            body = outcome_to_json(outcome)
            if checks != _usual_checks(outcome):
                body["checks"] = [outcome_to_json(check) for check in checks]
            shown = None if evidence is None else evidence_to_json(evidence)
            return _ending("finished", outcome=body, diagnostics=diagnostics, evidence=shown)
        case Stopped(limit):
            return _ending("stopped", limit=limit)
        case Rejected(diagnostics):
            return _ending("rejected", diagnostics=diagnostics)


def _ending(
    status: str,
    limit: LimitName | None = None,
    diagnostics: tuple[Diagnostic, ...] = (),
    outcome: dict[str, Any] | None = None,
    evidence: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "status": status,
        "limit": limit,
        "diagnostics": [_diagnostic_to_json(diagnostic) for diagnostic in diagnostics],
        "outcome": outcome,
        **({} if evidence is None else {"evidence": evidence}),
    }


def _ending_from_json(body: Mapping[str, Any]) -> Ending:
    diagnostics = tuple(_diagnostic_from_json(item) for item in _list(body["diagnostics"]))
    match body["status"], body["limit"], body["outcome"]:
        case "finished", None, dict() as outcome:
            checks = outcome.get("checks")
            evidence = _optional(evidence_from_json, body.get("evidence"))
            decided = outcome_from_json({key: value for key, value in outcome.items() if key != "checks"})
            if checks is None:
                return Finished(decided, _usual_checks(decided), diagnostics, evidence)
            replies = tuple(_decision_from_json(check) for check in _list(checks))
            return Finished(decided, replies, diagnostics, evidence)
        case "stopped", str() as limit, None if not diagnostics and "evidence" not in body:
            return Stopped(_member(LimitName, limit))
        case "rejected", None, None if diagnostics and "evidence" not in body:
            return Rejected(diagnostics)
        case status, limit, _:
            what = f"status {_shown(status)} and limit {_shown(limit)}"
            raise ProtocolError(f"an ending cannot have {what} with such an outcome")


def _usual_checks(outcome: Outcome) -> tuple[Decision, ...]:
    """What `checks` holds where nobody needs to be told: the one decision of an SMT program, nothing for Prolog."""
    return () if isinstance(outcome, Answers | NoAnswer) else (outcome,)


def evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    """As in an ending. A step is `[goal, rule, line, [premise, ...]]`: they are many."""
    match evidence:
        case Derivations(derivations):
            return {
                "kind": "derivations",
                "derivations": [
                    [[step.goal, step.rule, step.line, list(step.premises)] for step in derivation.steps]
                    for derivation in derivations
                ],
            }
        case ModelText(text):
            return {"kind": "model", "text": text}
        case Proof(text):
            return {"kind": "proof", "text": text}
        case NoEvidence(reason):
            return {"kind": "none", "reason": reason}


def evidence_from_json(body: object) -> Evidence:
    """Raises `ProtocolError`."""
    kind = body.get("kind") if isinstance(body, dict) else None
    match kind:
        case "derivations":
            found = _list(_object(body, "derivations", {"kind", "derivations"})["derivations"])
            return Derivations(tuple(Derivation(tuple(map(_step_from_json, _list(steps)))) for steps in found))
        case "model":
            return ModelText(_text(_object(body, "a model", {"kind", "text"})["text"]))
        case "proof":
            return Proof(_text(_object(body, "a proof", {"kind", "text"})["text"]))
        case "none":
            return NoEvidence(_text(_object(body, "no evidence", {"kind", "reason"})["reason"]))
        case _:
            raise ProtocolError(f"no evidence of kind {_shown(kind)}")


def _step_from_json(body: object) -> Step:
    if not isinstance(body, list) or len(body) != 4:
        raise ProtocolError(f"a step is goal, rule, line and premises, not {_shown(body)}")
    goal, rule, line, premises = body
    places = tuple(map(_index, _list(premises)))
    return Step(_text(goal), _member(Rule, rule), _optional(_place, line), places)


def outcome_to_json(outcome: Outcome) -> dict[str, Any]:
    """As in an ending, without `checks`."""
    match outcome:
        case Answers(substitutions, exhausted):
            return {
                "kind": "answers",
                "answers": [_texts(substitution.bindings) for substitution in substitutions],
                "kinds": [_kinds(substitution.bindings) for substitution in substitutions],
                "residual": [list(substitution.residual) for substitution in substitutions],
                "exhausted": exhausted,
            }
        case NoAnswer():
            return {"kind": "no_answer"}
        case Satisfiable(model, values, objectives):
            named = {"model": model, "values": values, "objectives": objectives}
            return {
                "kind": "satisfiable",
                **{name: _texts(bindings) for name, bindings in named.items()},
                "kinds": {name: _kinds(bindings) for name, bindings in named.items()},
            }
        case Unsatisfiable(core):
            return {"kind": "unsatisfiable", "core": list(core)}
        case Unknown(reason):
            return {"kind": "unknown", "reason": reason}


def outcome_from_json(body: Mapping[str, Any]) -> Outcome:
    """Raises `ProtocolError`."""
    match body.get("kind"):
        case "answers":
            _object(body, "answers", {"kind", "answers", "kinds", "residual", "exhausted"})
            columns = _list(body["answers"]), _list(body["kinds"]), _list(body["residual"])
            if len({len(column) for column in columns}) != 1:
                raise ProtocolError("answers, kinds and residual have different lengths")
            return Answers(
                tuple(
                    Substitution(_bindings(texts, kinds), tuple(_text(goal) for goal in _list(residual)))
                    for texts, kinds, residual in zip(*columns, strict=True)
                ),
                _boolean(body["exhausted"]),
            )
        case "no_answer":
            _object(body, "no answer", {"kind"})
            return NoAnswer()
        case _:
            return _decision_from_json(body)


def _decision_from_json(body: object) -> Decision:
    if not isinstance(body, dict):
        raise ProtocolError(f"a decision is an object, not {_shown(body)}")
    match body.get("kind"):
        case "satisfiable":
            names = ("model", "values", "objectives")
            _object(body, "satisfiable", {"kind", "kinds", *names})
            kinds = _object(body["kinds"], "kinds", set(names))
            return Satisfiable(*(_bindings(body[name], kinds[name]) for name in names))
        case "unsatisfiable":
            _object(body, "unsatisfiable", {"kind", "core"})
            return Unsatisfiable(tuple(_text(name) for name in _list(body["core"])))
        case "unknown":
            _object(body, "unknown", {"kind", "reason"})
            return Unknown(_text(body["reason"]))
        case kind:
            raise ProtocolError(f"no outcome of kind {_shown(kind)}")


def _texts(bindings: Mapping[str, Value]) -> dict[str, str]:
    return {name: value.text for name, value in bindings.items()}


def _kinds(bindings: Mapping[str, Value]) -> dict[str, str]:
    return {name: value.kind for name, value in bindings.items()}


def _bindings(texts: object, kinds: object) -> dict[str, Value]:
    if not isinstance(texts, dict) or not isinstance(kinds, dict) or texts.keys() != kinds.keys():
        raise ProtocolError("bindings need a text and a kind for each name")
    return {name: Value(_text(text), _member(ValueKind, kinds[name])) for name, text in texts.items()}


def _diagnostic_to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "class": diagnostic.error_class,
        "message": diagnostic.message,
        "line": diagnostic.line,
        "column": diagnostic.column,
        "symbol": diagnostic.symbol,
        "suggestion": diagnostic.suggestion,
        "part": diagnostic.part,
    }


def _diagnostic_from_json(body: object) -> Diagnostic:
    keys = {"class", "message", "line", "column", "symbol", "suggestion", "part"}
    body = _object(body, "a diagnostic", keys)
    return Diagnostic(
        error_class=_member(ErrorClass, body["class"]),
        message=_text(body["message"]),
        line=_optional(_place, body["line"]),
        column=_optional(_place, body["column"]),
        symbol=_optional(_text, body["symbol"]),
        suggestion=_optional(_text, body["suggestion"]),
        part=_member(Part, body["part"]),
    )


def _load(data: bytes, errors: str) -> Any:
    # RecursionError: a forged reply may nest as deep as it likes. ValueError: bad UTF-8, bad JSON, a numeral of
    # 5,000 digits.
    try:
        return _decoder.decode(data.decode("utf-8", errors))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not the JSON of a worker: {error}") from error


def _shown(value: object) -> str:
    return repr(value)[:80]


def _object(value: object, what: str, keys: set[str], optional: Set[str] = frozenset()) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() - optional != keys:
        found = _shown(sorted(value)) if isinstance(value, dict) else _shown(value)
        raise ProtocolError(f"{what} has the keys {sorted(keys)}, not {found}")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ProtocolError(f"expected a list, not {_shown(value)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ProtocolError(f"expected a text, not {_shown(value)}")
    return value


def _place(value: object) -> int:
    """A line or a column."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LARGEST_PLACE:
        raise ProtocolError(f"expected a line or a column, not {_shown(value)}")
    return value


def _index(value: object) -> int:
    """The place of a step."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LARGEST_PLACE:
        raise ProtocolError(f"expected the place of a step, not {_shown(value)}")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ProtocolError(f"expected a number, not {_shown(value)}")
    return float(value)


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ProtocolError(f"expected true or false, not {_shown(value)}")
    return value


def _member(kind: type[_Member], value: object) -> _Member:
    try:
        return kind(_text(value))
    except ValueError as error:
        raise ProtocolError(f"{_shown(value)} is no {kind.__name__}") from error


def _optional(read: Callable[[object], _T], value: object) -> _T | None:
    return None if value is None else read(value)
