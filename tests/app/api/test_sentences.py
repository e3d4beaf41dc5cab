"""The evidence of a trace in sentences."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.bodies import EvidenceRead, VerdictRead
from app.api.sentences import (
    calibration_of,
    certificate_of,
    execution_of,
    inference_of,
    next_rung_lacks,
    not_covered_by,
    readings_that_differ,
    translation_of,
    warnings_of,
)

ALL = (
    certificate_of,
    execution_of,
    inference_of,
    next_rung_lacks,
    not_covered_by,
    readings_that_differ,
    translation_of,
    warnings_of,
)
NAMES = (
    "status attempt runs limit unique exact optimal consistent computed computed_because warnings sensitivity moved "
    "unmoved not_needed vacuous another_answer inference_notes note parts result reason checker assumptions citations "
    "uncited uncited_quantities unexplained_numbers polarity unit corroboration agrees readings difference assessed "
    "doubt"
).split()


def evidence(**parts):
    return EvidenceRead(**{name: {} for name in ("execution", "inference", "certificate", "translation")} | parts)


def test_what_speaks_against_a_verdict_is_warned_of_the_weightiest_first():
    warned = warnings_of(
        evidence(
            inference={
                "warnings": ["the program holds the answer 42"],
                "vacuous": True,
                "exact": False,
                "another_answer": {"X": "8"},
            },
            translation={
                "warnings": ["the question asks for metres", "the program holds the answer 42"],
                "corroboration": {"agrees": False, "reason": "one gives 7, the other 8"},
            },
        )
    )
    assert warned == [
        "the program holds the answer 42",
        "the conclusion holds only because nothing meets its condition",
        "another answer fits as well: X = 8",
        "the answer was computed with rounded numbers",
        "a second reading of the problem disagrees: one gives 7, the other 8",
        "the question asks for metres",
    ]


def test_what_is_not_known_is_said_to_be_so():
    said = inference_of(
        evidence(inference={"verdict": "answered", "unique": None, "computed": None, "computed_because": ["no runs"]})
    )
    assert said == [
        "it is not shown that there is no other answer",
        "not known to be computed from the problem: no runs",
    ]


def test_what_is_not_there_is_not_spoken_of():
    nothing = evidence()
    assert (inference_of(nothing), translation_of(nothing), warnings_of(nothing)) == ([], [], [])
    assert execution_of(nothing) == ["nothing was run"]
    assert certificate_of(nothing) == ["none"]


def test_a_doubt_of_the_translator_stands_first_in_the_evidence_for_the_translation():
    said = translation_of(evidence(translation={"doubt": "61 % where 83 % are needed", "citations": []}))
    assert said == ["doubt: 61 % where 83 % are needed", "the program cites no words of the problem"]


def test_several_certificates_stand_one_by_one_with_what_a_second_engine_says():
    parts = {
        "query": {"result": "confirmed", "reason": "the model fits", "second_opinion": None},
        "uniqueness": {"result": "not_checkable", "reason": "no proof", "second_opinion": "undecided"},
    }
    whole = {
        "result": "not_checkable",
        "reason": "uniqueness: no proof",
        "checker": "c/1",
        "assumptions": ["all is well"],
    }
    assert certificate_of(evidence(certificate={**whole, "parts": parts})) == [
        "not checkable by c/1",
        "query: confirmed, the model fits",
        "uniqueness: not checkable, no proof; a second engine did not decide",
        "assumes all is well",
    ]


def test_long_lists_are_counted_and_not_poured_out():
    [said] = inference_of(evidence(inference={"sensitivity": {"unmoved": [str(n) for n in range(30)]}}))
    assert said.endswith("6, 7, and 22 others")


def test_a_difference_that_a_solver_found_is_shown_with_its_model():
    corroboration = {
        "agrees": None,
        "reason": "both say proved",
        "difference": {
            "differences": ["only the first says p"],
            "model": "(define-fun p () Bool true)",
            "names": ["a is b"],
        },
    }
    found = evidence(translation={"corroboration": corroboration})
    assert "where the two differ: only the first says p" in translation_of(found)
    [shown] = readings_that_differ(found)
    assert shown.model == "(define-fun p () Bool true)"


def test_calibration_is_in_per_cent_of_labelled_problems():
    verdict = VerdictRead(kind="answered", answer="7", trust="certified", reason="")
    assert "is not known: fewer than 100 labelled problems" in calibration_of(verdict)
    known = {"p": 0.97, "low": 0.954, "high": 0.982, "n": 650, "set": "GSM8K"}
    said = calibration_of(VerdictRead.model_validate({**verdict.model_dump(), "calibration": known}))
    assert said == "certified verdicts were right in 97 % of 650 labelled problems, 95.4 % to 98.2 % (GSM8K)"
    assert calibration_of(VerdictRead(kind="unresolved", answer=None, trust=None, reason="")) == ""


_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("part", ["execution", "inference", "certificate", "translation"])
def test_evidence_of_any_shape_can_be_told(part):
    @given(st.dictionaries(st.sampled_from(NAMES), _VALUE, max_size=8))
    def holds(value):
        told = evidence(**{part: value})
        for tell in ALL:
            tell(told)

    holds()
