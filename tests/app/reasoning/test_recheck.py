"""A trace or a certificate from anywhere, without a service around it."""

import copy

import pytest

from app.errors import NotATraceError
from app.reasoning.recheck import COMPUTED_BY_ITS_WORD, EQUIVALENT_BY_ITS_WORD, recheck
from solvers.certificates import CheckResult

TEXT = "Eva has 3 boxes with 4 pencils each. How many pencils has she?"
STEPS = [
    ["n(12)", "query", None, [1]],
    ["n(12)", "clause", 3, [2, 3, 4]],
    ["b(3)", "clause", 1, []],
    ["p(4)", "clause", 2, []],
    ["12 is 3*4", "builtin", None, []],
]
JOB = {"language": "prolog", "text": "b(3).\np(4).\nn(X) :- b(B), p(P), X is B * P.", "query": "n(X)"}
OUTCOME = {
    "kind": "answers",
    "answers": [{"X": "12"}],
    "kinds": [{"X": "integer"}],
    "residual": [[]],
    "exhausted": True,
}
EVIDENCE = {"kind": "derivations", "derivations": [STEPS]}
CERTIFICATE = {
    "format": "quod-certificate/1",
    "job": {**JOB, "wanted": "number", "answer": None, "engine": None, "evidence": True},
    "outcome": OUTCOME,
    "evidence": EVIDENCE,
}
LAYERS = dict.fromkeys(("policy", "seccomp", "landlock", "no_new_privileges", "rlimits", "empty_environment"), True)
RUN = {
    "status": "finished",
    "limit": None,
    "diagnostics": [],
    "outcome": OUTCOME,
    "evidence": EVIDENCE,
    "output": "",
    "usage": {"wall_seconds": 0.01, "cpu_seconds": 0.01, "peak_memory_mib": 20.0},
    "sandbox": LAYERS,
}
NO_ANSWER = {**RUN, "outcome": {"kind": "no_answer"}, "evidence": {"kind": "derivations", "derivations": []}}
HOLDS = {
    **RUN,
    "outcome": {"kind": "answers", "answers": [{}], "kinds": [{}], "residual": [[]], "exhausted": True},
    "evidence": {
        "kind": "derivations",
        "derivations": [[["b(3)", "query", None, [1]], ["b(3)", "clause", 1, []]]],
    },
}


def written(formalisation):
    """A completion that this formalisation is taken out of."""
    lines = [f"```prolog\n{formalisation['program']}\n```", f"Query: `{formalisation['query']}`"]
    if formalisation["complement"]:
        lines.append(f"Complement: `{formalisation['complement']}`")
    return {"text": "\n".join(lines), "finish_reason": "stop"}


FORMALISATION = {"language": "prolog", "program": JOB["text"], "query": JOB["query"], "complement": None}
TRACE = {
    "problem": {"text": TEXT, "world": "open"},
    "kind": "arithmetic",
    "verdict": {"kind": "answered", "answer": "12", "trust": "certified"},
    "evidence": {
        "execution": {"attempt": 1},
        "inference": {"unique": True, "exact": True, "computed": True},
        "translation": {},
    },
    "attempts": [
        {
            "number": 1,
            "purpose": "formalisation",
            "messages": [{"role": "user", "content": f"Translate this problem into a Prolog program.\n\n{TEXT}"}],
            "completion": written(FORMALISATION),
            "formalisation": FORMALISATION,
            "run_name": "query",
            "run": RUN,
            "further_runs": {},
            "second_opinions": {},
        }
    ],
}


def changed(document, value, *path):
    copied = copy.deepcopy(document)
    *steps, last = path
    place = copied
    for step in steps:
        place = place[step]
    place[last] = value
    return copied


def report_of(document):
    """Of the trace, as if its language model had written the formalisations that it holds."""
    copied = copy.deepcopy(document)
    for attempt in copied["attempts"]:
        attempt["completion"] = written(attempt["formalisation"])
    return recheck(copied).report


def test_a_program_that_the_language_model_did_not_write_is_refused():
    foreign = changed(TRACE, written({**FORMALISATION, "program": "n(12)."}), "attempts", 0, "completion")
    report = recheck(foreign).report
    assert report.result is CheckResult.REFUTED
    assert report.reason == "the program is not the one that the language model wrote"


def test_a_query_that_is_read_otherwise_today_confirms_nothing():
    other = changed(TRACE, written({**FORMALISATION, "query": "n(Pencils)"}), "attempts", 0, "completion")
    assert recheck(other).report.result is CheckResult.NOT_CHECKABLE


def test_a_certificate_is_confirmed():
    found = recheck(CERTIFICATE)
    assert (found.what, found.report.result, found.parts) == ("certificate", CheckResult.CONFIRMED, {})
    assert found.report.certified


def test_the_certificates_of_a_trace_are_checked_each_and_together():
    found = recheck({"id": "trc_1", "certificates": {"query": CERTIFICATE}, "does_not_cover": "..."})
    assert (found.what, found.report.result, list(found.parts)) == ("certificates", CheckResult.CONFIRMED, ["query"])
    wrong = changed(CERTIFICATE, "13", "outcome", "answers", 0, "X")
    assert recheck({"certificates": {"query": wrong}}).report.result is CheckResult.REFUTED
    with pytest.raises(NotATraceError, match="certificates of a trace"):
        recheck({"certificates": {"query": 7}})


DOUBT = "61 % speak for this answer, and 83 % are needed"


def doubted(trust, *, shown=DOUBT, written=DOUBT):
    """The trace with a doubt: as its evidence shows it, and with the completion."""
    document = changed(TRACE, trust, "verdict", "trust")
    document["evidence"]["translation"]["doubt"] = shown
    document["attempts"][0]["completion"]["doubt"] = written
    return recheck(document).report


def test_a_trace_that_says_a_doubt_is_confirmed_up_to_determinate():
    for trust in ("executed", "determinate"):
        assert doubted(trust).result is CheckResult.CONFIRMED
    for trust in ("certified", "corroborated"):
        report = doubted(trust)
        assert report.result is CheckResult.REFUTED
        assert report.reason == (
            f"the trace claims to be {trust}, and what it shows reaches determinate at most: {DOUBT}"
        )


@pytest.mark.parametrize("trust", ["determinate", "certified"])
@pytest.mark.parametrize(("shown", "written"), [(DOUBT, None), (None, DOUBT), (DOUBT, "99 % and 83 %")])
def test_a_doubt_that_was_taken_out_in_one_place_is_noticed(trust, shown, written):
    report = doubted(trust, shown=shown, written=written)
    assert report.result is CheckResult.REFUTED
    assert report.reason == "the doubt that the evidence shows is not that of the completion"


def test_a_doubt_that_is_no_text_is_no_trace():
    with pytest.raises(NotATraceError):
        doubted("certified", shown=0.4, written=0.4)


def test_a_trace_is_confirmed_part_by_part():
    found = recheck(TRACE)
    assert (found.what, found.report.result) == ("trace", CheckResult.CONFIRMED)
    assert [(name.value, part.certified) for name, part in found.parts.items()] == [("query", True)]


def test_what_takes_runs_of_a_changed_program_is_taken_from_the_trace_and_named():
    assert report_of(TRACE).assumptions == (COMPUTED_BY_ITS_WORD,)
    assert report_of(changed(TRACE, "executed", "verdict", "trust")).assumptions == ()


@pytest.mark.parametrize(
    ("value", "path", "said"),
    [
        ("13", ("verdict", "answer"), "from them follows answered 12"),
        ("undetermined", ("verdict", "kind"), "does not follow"),
        ("corroborated", ("verdict", "trust"), "reaches certified at most"),
        (None, ("evidence", "inference", "computed"), "reaches executed at most"),
        (False, ("evidence", "inference", "unique"), "the trace says unique: False"),
        (TEXT.replace("3", "5"), ("problem", "text"), "another problem"),
        ("", ("problem", "text"), "another problem"),
        ("Translate this problem", ("problem", "text"), "another problem"),
        ("n(Y)", ("attempts", 0, "formalisation", "query"), ""),
        ("b(2).\np(6).\nn(X) :- b(B), p(P), X is B * P.", ("attempts", 0, "formalisation", "program"), ""),
        (False, ("attempts", 0, "run", "outcome", "exhausted"), "unique"),
        ([STEPS[:2]], ("attempts", 0, "run", "evidence", "derivations"), ""),
    ],
)
def test_a_changed_trace_is_refuted_with_the_reason(value, path, said):
    report = report_of(changed(TRACE, value, *path))
    assert report.result is CheckResult.REFUTED
    assert said in report.reason


def test_a_claim_that_this_check_falls_short_of_is_neither_confirmed_nor_refuted():
    report = recheck(TRACE, seconds=1e-9).report
    assert report.result is CheckResult.NOT_CHECKABLE
    assert report.reason.startswith("the trace claims to be certified, and this check does not confirm that: ")
    # To one that claims more than it shows, the time that the check takes does not matter.
    too_much = changed(TRACE, "corroborated", "verdict", "trust")
    assert recheck(too_much, seconds=1e-9).report.result is CheckResult.REFUTED


def test_the_evidence_may_be_missing_where_the_checker_finds_its_own():
    report = report_of(changed(TRACE, None, "attempts", 0, "run", "evidence"))
    assert report.result is CheckResult.CONFIRMED
    assert "by search" in report.reason


def test_a_trace_without_a_conclusion_has_nothing_to_check():
    report = report_of(changed(TRACE, "unresolved", "verdict", "kind"))
    assert (report.result, report.checker) == (CheckResult.NOT_CHECKABLE, None)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "trace",
        {},
        {"format": 1},
        {"outcome": {}},
        changed(TRACE, 2, "evidence", "execution", "attempt"),
        changed(TRACE, True, "evidence", "execution", "attempt"),
        changed(TRACE, "corroboration", "attempts", 0, "purpose"),
        changed(TRACE, "planned", "attempts", 0, "purpose"),
        changed(TRACE, [], "attempts"),
        changed(TRACE, None, "attempts"),
        changed(TRACE, 7, "attempts", 0, "further_runs"),
        changed(TRACE, {"query": None}, "attempts", 0, "second_opinions"),
        changed(TRACE, 10**400, "attempts", 0, "run", "usage", "wall_seconds"),
        changed(TRACE, 12, "attempts", 0, "formalisation", "program"),
        changed(TRACE, {"attempt": 2}, "evidence", "translation", "corroboration"),
        changed(TRACE, "certain", "verdict", "trust"),
    ],
)
def test_what_is_neither_says_what_is_missing(document):
    with pytest.raises(NotATraceError) as raised:
        recheck(document)
    assert str(raised.value)


def test_a_program_longer_than_the_checker_reads_is_not_checkable():
    long = changed(TRACE, "% " + "x" * 1_000_001, "attempts", 0, "formalisation", "program")
    assert report_of(long).result is CheckResult.NOT_CHECKABLE


def test_a_prolog_entailment_without_a_complement_is_not_checkable_and_no_fault():
    document = changed(TRACE, "entailment", "kind")
    assert report_of(document).result is not CheckResult.CONFIRMED


def second_reading(trust="corroborated", number=2):
    document = changed(TRACE, trust, "verdict", "trust")
    other = copy.deepcopy(TRACE["attempts"][0]) | {"number": number, "purpose": "corroboration"}
    document["attempts"].append(other)
    document["evidence"]["translation"] = {"corroboration": {"agrees": True, "attempt": number}}
    return document


def test_a_second_reading_that_says_the_same_bears_corroboration_out():
    assert report_of(second_reading()).result is CheckResult.CONFIRMED


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ([{"role": "user", "content": "Translate.\n\nAnother problem."}], ("attempts", 1, "messages")),
        ("b(2).\np(4).\nn(X) :- b(B), p(P), X is B * P.", ("attempts", 1, "formalisation", "program")),
        ("13", ("attempts", 1, "run", "outcome", "answers", 0, "X")),
        ("stopped", ("attempts", 1, "run", "status")),
        ({}, ("evidence", "translation")),
        (None, ("evidence", "translation", "corroboration", "agrees")),
    ],
)
def test_a_second_reading_that_does_not_hold_bears_nothing_out(value, path):
    document = changed(second_reading(), value, *path)
    if path[-1] == "status":
        document["attempts"][1]["run"] |= {"outcome": None, "limit": "wall_seconds"}
        del document["attempts"][1]["run"]["evidence"]
    assert report_of(document).result is CheckResult.REFUTED


def test_a_reading_that_the_first_was_repaired_after_does_not_corroborate_it():
    document = second_reading(number=0)
    assert "reaches certified at most" in report_of(document).reason


def test_a_comparison_by_a_solver_is_taken_from_the_trace_and_named():
    document = second_reading()
    document["kind"] = "entailment"
    for name, run in (("premises_and_conclusion", NO_ANSWER), ("premises", NO_ANSWER)):
        for attempt in document["attempts"]:
            attempt["further_runs"][name] = run
    for attempt in document["attempts"]:
        attempt |= {"run_name": "premises_and_not_conclusion", "run": HOLDS}
        attempt["formalisation"] = {
            "language": "prolog",
            "program": "b(3).",
            "query": "b(3)",
            "complement": "neg(b(3))",
        }
    # The second reading derives nothing of what it was asked.
    document["attempts"][1]["run"] = NO_ANSWER
    document["attempts"][1]["formalisation"] |= {"query": "b(4)", "complement": "neg(b(4))"}
    document["verdict"] |= {"kind": "proved", "answer": None}
    document["evidence"]["inference"] = {}
    assert report_of(document).result is CheckResult.REFUTED
    document["evidence"]["translation"]["corroboration"]["compared_by"] = "equivalence"
    report = report_of(document)
    assert report.result is CheckResult.CONFIRMED
    assert EQUIVALENT_BY_ITS_WORD in report.assumptions
