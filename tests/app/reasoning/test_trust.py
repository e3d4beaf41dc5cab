"""The rule of trust: each rung needs those below it, and nothing counts that is not known."""

import itertools
from dataclasses import replace

import pytest

from app.reasoning.trust import Grounds, at_least, trust_of
from app.reasoning.types import Trust, VerdictKind

KNOWN = (True, False, None)
BEST = {"unique": True, "consistent": True, "computed": True, "certified": True, "corroborated": True, "doubt": None}
DOUBT = "the translator is not sure that it read the problem right"
CONCLUDED = [kind for kind in VerdictKind if kind is not VerdictKind.UNRESOLVED]


def judged(verdict=VerdictKind.ANSWERED, **grounds):
    return trust_of(Grounds(verdict, **{**BEST, **grounds}))[0]


def every_grounds(verdict):
    for grounds in itertools.product(KNOWN, KNOWN, KNOWN, (True, False), KNOWN, (DOUBT, None)):
        yield Grounds(verdict, *grounds)


def test_all_the_evidence_there_can_be_is_corroborated():
    assert judged() is Trust.CORROBORATED


@pytest.mark.parametrize(
    ("missing", "trust"),
    [
        ("unique", Trust.EXECUTED),
        ("computed", Trust.EXECUTED),
        ("consistent", Trust.EXECUTED),
        ("corroborated", Trust.CERTIFIED),
    ],
)
@pytest.mark.parametrize("value", [False, None])
def test_what_is_false_or_not_known_stops_the_rise_at_its_rung(missing, trust, value):
    assert judged(**{missing: value}) is trust


def test_without_a_checker_there_is_nothing_above_determinate():
    assert judged(certified=False) is Trust.DETERMINATE


@pytest.mark.parametrize("verdict", CONCLUDED)
def test_what_is_doubted_by_its_writer_is_never_certified(verdict):
    for grounds in every_grounds(verdict):
        if grounds.doubt is not None:
            trust = trust_of(grounds)[0]
            assert not at_least(trust, Trust.CERTIFIED)
            # Below that it changes nothing: the runs are what they are.
            assert trust is min(trust_of(replace(grounds, doubt=None))[0], Trust.DETERMINATE, key=[*Trust].index)


def test_the_doubt_itself_is_what_the_next_rung_lacks():
    assert trust_of(Grounds(VerdictKind.ANSWERED, **{**BEST, "doubt": DOUBT})) == (Trust.DETERMINATE, DOUBT)
    assert trust_of(Grounds(VerdictKind.PROVED, **{**BEST, "doubt": DOUBT, "certified": False}))[1] == DOUBT


def test_an_entailment_has_no_answer_that_could_be_unique_or_written_down():
    for verdict in (VerdictKind.PROVED, VerdictKind.REFUTED, VerdictKind.UNDETERMINED):
        assert judged(verdict, unique=None, computed=None) is Trust.CORROBORATED


def test_contradictory_premises_that_prove_anything_are_worth_no_more_than_that_they_ran():
    assert {trust_of(grounds)[0] for grounds in every_grounds(VerdictKind.INCONSISTENT)} == {Trust.EXECUTED}


def test_nothing_concluded_is_worth_nothing():
    assert {trust_of(grounds)[0] for grounds in every_grounds(VerdictKind.UNRESOLVED)} == {None}


@pytest.mark.parametrize("verdict", CONCLUDED)
def test_more_evidence_never_lowers_trust(verdict):
    order = [None, *Trust]
    for grounds in every_grounds(verdict):
        for name in BEST:
            better = replace(grounds, **{name: BEST[name]})
            assert order.index(trust_of(better)[0]) >= order.index(trust_of(grounds)[0])


@pytest.mark.parametrize("verdict", CONCLUDED)
def test_below_the_top_it_says_what_the_next_rung_lacks(verdict):
    for grounds in every_grounds(verdict):
        trust, lacking = trust_of(grounds)
        assert (lacking == "") == (trust is Trust.CORROBORATED)


def test_rungs_are_compared_by_their_order():
    assert at_least(Trust.CERTIFIED, Trust.DETERMINATE)
    assert at_least(Trust.CERTIFIED, Trust.CERTIFIED)
    assert not at_least(Trust.DETERMINATE, Trust.CERTIFIED)
    assert not at_least(None, Trust.EXECUTED)
