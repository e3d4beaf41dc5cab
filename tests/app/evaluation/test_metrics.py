"""Every figure of a report against a few results that are counted by hand."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.evaluation.metrics import (
    FirstFault,
    Rung,
    Share,
    Stage,
    calibration_entries,
    measure,
    share,
    stage_of,
    state_of,
)
from app.evaluation.statistics import difference_interval, mcnemar
from app.problem import Kind
from app.reasoning.calibration import Entry
from app.reasoning.types import Trust
from app.store.evaluation_types import AttemptEnd, AttemptSummary, Counts, Outcome
from solvers.types import ErrorClass
from tests.app.evaluation.made import ABSTAINED, RIGHT, STOPPED, WRONG, baseline, drawn, fault, result

C, W, A, E = Outcome.CORRECT, Outcome.WRONG, Outcome.ABSTAINED, Outcome.ERRORED
SYNTAX, TYPE, LOGICAL = fault(ErrorClass.SYNTAX), fault(ErrorClass.TYPE), fault(ErrorClass.LOGICAL)


def of(*outcomes, **changes):
    return [result(outcome, position, **changes) for position, outcome in enumerate(outcomes)]


# Counts and shares


def test_errors_and_abstentions_stay_in_the_denominator():
    metrics = measure(of(C, C, C, W, A, A, E, C))
    assert metrics.counts == Counts(correct=4, wrong=1, abstained=2, errored=1)
    assert (metrics.accuracy.part, metrics.accuracy.of) == (4, 8)
    assert (metrics.coverage.part, metrics.coverage.of) == (5, 8)
    assert (metrics.accuracy_of_answered.part, metrics.accuracy_of_answered.of) == (4, 5)


def test_the_interval_is_wilsons():
    # 8 of 10: centre (0.8 + 3.8415/20) / 1.38415, spread 1.96 * sqrt(0.016 + 0.009604) / 1.38415.
    metrics = measure(of(*[C] * 8, W, E))
    assert metrics.accuracy.value == 0.8
    assert metrics.accuracy.low == pytest.approx(0.4902, abs=1e-4)
    assert metrics.accuracy.high == pytest.approx(0.9433, abs=1e-4)


def test_of_nothing_there_is_no_share():
    metrics = measure([])
    nothing = Share(0, 0, None, None, None)
    assert (metrics.accuracy, metrics.coverage, metrics.accuracy_of_answered) == (nothing, nothing, nothing)
    assert metrics.risk_coverage.aurc is None
    assert metrics.seconds.p50 is None
    assert metrics.after_attempts == ()


def test_epochs_of_one_sample_do_not_narrow_the_interval():
    once, thrice = share(8, 10), share(24, 30, epochs=3)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_trust_is_counted_exactly_and_at_and_above():
    results = [
        *of(C, C, W, trust=Trust.CERTIFIED),
        *of(C, W, W, trust=Trust.EXECUTED),
        *of(C, trust=Trust.CORROBORATED),
        *of(A),
    ]
    levels = {level.trust: level for level in measure(results).by_trust}
    shown = {
        trust: (level.exactly.part, level.exactly.of, level.at_least.part, level.at_least.of)
        for trust, level in levels.items()
    }
    assert shown == {
        Trust.CORROBORATED: (1, 1, 1, 1),
        Trust.CERTIFIED: (2, 3, 3, 4),
        Trust.DETERMINATE: (0, 0, 3, 4),
        Trust.EXECUTED: (1, 3, 4, 7),
    }


# Attempts and repairs


@pytest.mark.parametrize(
    ("attempt", "state"),
    [
        (RIGHT, "right"),
        (WRONG, "wrong"),
        (SYNTAX, "syntax"),
        (LOGICAL, "logical"),
        (ABSTAINED, "abstained"),
        (STOPPED, "stopped"),
        (AttemptSummary(None, True, None, AttemptEnd.NO_ANSWER), "no_answer"),
    ],
)
def test_an_attempt_has_one_state(attempt, state):
    assert state_of(attempt) == state


REPAIRED = [
    result(C, 0, attempts=(RIGHT,)),
    result(C, 1, attempts=(SYNTAX, RIGHT)),
    result(C, 2, attempts=(SYNTAX, TYPE, RIGHT)),
    result(W, 3, attempts=(SYNTAX, WRONG)),
    result(A, 4, attempts=(SYNTAX, SYNTAX, LOGICAL)),
    result(A, 5, attempts=(TYPE,)),
    result(A, 6, attempts=(ABSTAINED,)),
    result(E, 7, attempts=()),
    result(W, 8, attempts=(LOGICAL, WRONG)),
    result(A, 9, attempts=(STOPPED, STOPPED)),
]


def test_the_first_try_counts_where_it_ran_whatever_came_of_it():
    ran = measure(REPAIRED).first_try_ran
    assert (ran.part, ran.of) == (2, 10)  # samples 0 and 8


def test_each_class_of_the_first_fault_has_its_share_repaired_to_run_and_to_correct():
    faults = {each.fault: each for each in measure(REPAIRED).first_faults}
    assert list(faults) == ["syntax", "logical", "stopped", "type"]
    counted = {name: (each.ran.part, each.right.part, each.ran.of) for name, each in faults.items()}
    assert counted == {"syntax": (4, 2, 4), "type": (0, 0, 1), "logical": (1, 0, 1), "stopped": (0, 0, 1)}
    assert faults["type"] == FirstFault("type", share(0, 1), share(0, 1))


def test_the_repair_matrix_counts_every_attempt_that_another_followed():
    rows = {row.before: row for row in measure(REPAIRED).repairs}
    assert {before: dict(row.after) for before, row in rows.items()} == {
        "syntax": {"right": 1, "type": 1, "wrong": 1, "syntax": 1, "logical": 1},
        "type": {"right": 1},
        "logical": {"wrong": 1},
        "stopped": {"stopped": 1},
    }
    assert (rows["syntax"].ran.part, rows["syntax"].right.part, rows["syntax"].ran.of) == (3, 1, 5)
    assert (rows["type"].ran.part, rows["type"].right.part, rows["type"].ran.of) == (1, 1, 1)


def test_after_each_attempt_all_results_are_counted():
    first, second, third = measure(REPAIRED).after_attempts
    kept = {"abstained": 1, "no_attempt": 1}
    assert first == {"syntax": 4, "right": 1, "type": 1, "logical": 1, "stopped": 1, **kept}
    assert second == {"right": 2, "wrong": 2, "type": 2, "syntax": 1, "stopped": 1, **kept}
    assert third == {"right": 3, "wrong": 2, "logical": 1, "type": 1, "stopped": 1, **kept}
    assert measure(REPAIRED).made == (9, 6, 2)


def test_a_wrong_answer_that_two_readings_rejected_is_a_row_of_the_matrix_and_no_fault():
    metrics = measure([result(C, attempts=(WRONG, RIGHT))])
    assert metrics.first_faults == ()
    assert [(row.before, dict(row.after)) for row in metrics.repairs] == [("wrong", {"right": 1})]


def test_every_result_that_is_not_correct_has_a_stage():
    stages = [stage_of(each) for each in REPAIRED]
    assert stages == [
        None,
        None,
        None,
        Stage.WRONG,
        Stage.NO_ANSWER,
        Stage.REJECTED,
        Stage.TRANSLATOR_ABSTAINED,
        Stage.PART,
        Stage.WRONG,
        Stage.STOPPED,
    ]
    assert stage_of(result(A, attempts=(RIGHT,))) is Stage.HELD_BACK
    assert stage_of(result(A, attempts=())) is Stage.NO_ATTEMPT
    metrics = measure(REPAIRED)
    assert metrics.stages[Stage.WRONG] == 2
    assert sum(metrics.stages.values()) == 7
    assert metrics.errors == {"LmRefusedError": 1}


# Time and tokens


def test_time_and_tokens_have_mean_median_and_95th_percentile():
    results = [result(C, n, seconds=float(n), prompt_tokens=10 * n, completion_tokens=n) for n in range(1, 21)]
    metrics = measure(results)
    assert (metrics.seconds.mean, metrics.seconds.p50, metrics.seconds.p95) == (10.5, 10.0, 19.0)
    assert (metrics.seconds.n, metrics.seconds.total) == (20, 210.0)
    assert (metrics.tokens.p50, metrics.tokens.p95, metrics.tokens.total) == (110.0, 209.0, 2310.0)
    assert (metrics.prompt_tokens, metrics.completion_tokens) == (2100, 210)


def test_values_fall_into_buckets_by_one_two_five():
    seconds = [0.0, 0.3, 0.5, 1.0, 1.9, 2.0, 4.9, 30.0]
    buckets = measure([result(C, n, seconds=each) for n, each in enumerate(seconds[1:])]).seconds.buckets
    assert [(each.low, each.high, each.n) for each in buckets] == [
        (0.2, 0.5, 1),
        (0.5, 1.0, 1),
        (1.0, 2.0, 2),
        (2.0, 5.0, 2),
        (5.0, 10.0, 0),
        (10.0, 20.0, 0),
        (20.0, 50.0, 1),
    ]
    assert measure([result(C, seconds=0.0)]).seconds.buckets[0].low == 0.0


def test_zero_beside_large_values_does_not_make_a_hundred_buckets():
    buckets = measure([result(C, 0, seconds=0.0), result(C, 1, seconds=100.0)]).seconds.buckets
    assert len(buckets) <= 20
    assert sum(bucket.n for bucket in buckets) == 2


# Risk and coverage


def test_risk_rises_with_coverage_in_the_order_of_trust_and_attempts():
    results = [
        result(C, 0, trust=Trust.CERTIFIED),
        result(C, 1, trust=Trust.CERTIFIED, attempts=(SYNTAX, RIGHT)),
        result(W, 2, trust=Trust.CERTIFIED, attempts=(SYNTAX, WRONG)),
        result(W, 3, trust=Trust.EXECUTED),
        result(A, 4),
    ]
    curve = measure(results).risk_coverage
    assert [(point.trust, point.attempts, point.coverage, point.risk) for point in curve.points] == [
        (Trust.CERTIFIED, 1, 0.2, 0.0),
        (Trust.CERTIFIED, 2, 0.6, pytest.approx(1 / 3)),
        (Trust.EXECUTED, 1, 0.8, 0.5),
    ]
    # Risks of the first 1, 2, 3, 4 answers: 0; half of a wrong one of 2; 1 of 3; 2 of 4. Their mean:
    assert curve.aurc == pytest.approx((0 + 0.25 + 1 / 3 + 0.5) / 4)


# More than one epoch


EPOCHS = [
    # Sample 0: right three times. 1: right twice, once 17. 2: right once, twice 17. 3: 17, nothing, an error.
    *[result(C, 0, epoch) for epoch in (1, 2, 3)],
    *[result(C, 1, 1), result(C, 1, 2), result(W, 1, 3)],
    *[result(W, 2, 1), result(C, 2, 2), result(W, 2, 3)],
    *[result(W, 3, 1), result(A, 3, 2), result(E, 3, 3)],
]


def test_pass_at_k_is_the_unbiased_estimator():
    repeated = measure(EPOCHS, epochs=3).repeated
    at = [each.value for each in repeated.pass_at]
    # c of 3 right. k=1: c/3. k=2: 1 - C(3-c, 2)/3, so 1, 1, 2/3, 0. k=3: 1, 1, 1, 0.
    assert at == pytest.approx([(1 + 2 / 3 + 1 / 3 + 0) / 4, (1 + 1 + 2 / 3 + 0) / 4, 3 / 4])
    assert [each.samples for each in repeated.pass_at] == [4, 4, 4]


def test_the_mean_over_epochs_the_majority_and_the_consistency():
    repeated = measure(EPOCHS, epochs=3).repeated
    assert [(each.part, each.of) for each in repeated.by_epoch.values()] == [(2, 4), (3, 4), (1, 4)]
    assert repeated.mean == pytest.approx(0.5)
    assert repeated.deviation == pytest.approx(0.25)
    assert (repeated.majority.part, repeated.majority.of) == (2, 4)
    # Pairs that agree, of three: 3, 1, 1, 0.
    assert repeated.consistency == pytest.approx((1 + 1 / 3 + 1 / 3 + 0) / 4)


def test_a_tie_is_no_majority():
    repeated = measure([result(C, 0, 1), result(W, 0, 2)], epochs=2).repeated
    assert repeated.majority.part == 0


def test_abstentions_have_no_vote():
    repeated = measure([result(C, 0, 1), result(A, 0, 2), result(A, 0, 3)], epochs=3).repeated
    assert repeated.majority.part == 1


def test_samples_with_too_few_results_are_left_out_of_pass_at_k():
    repeated = measure([result(C, 0, 1), result(C, 0, 2), result(W, 1, 1)], epochs=2).repeated
    assert [(each.value, each.samples) for each in repeated.pass_at] == [(0.5, 2), (1.0, 1)]


# The baseline


def test_the_baseline_is_paired_with_the_solver():
    pairs = [(C, C)] * 5 + [(C, W)] * 6 + [(W, C)] + [(A, A)] * 2 + [(C, A)] * 2
    metrics = measure(result(one, n, baseline=baseline(other)) for n, (one, other) in enumerate(pairs))
    found = metrics.baseline
    assert found.counts == Counts(correct=6, wrong=6, abstained=4)
    table = found.paired
    assert (table.both, table.only_first, table.only_second, table.neither, table.pairs) == (5, 8, 1, 2, 16)
    # Two-sided, 1 or fewer, or 8 or more, of 9 fair coins: 2 * (1 + 9) / 512.
    assert table.p == pytest.approx(20 / 512)
    assert found.tokens.mean == 50.0


def test_without_a_baseline_there_is_none():
    assert measure(of(C, W)).baseline is None


def test_mcnemar_of_no_difference_says_nothing():
    assert mcnemar(0, 0) == 1.0
    assert mcnemar(5, 5) == pytest.approx(1.0)
    assert mcnemar(6, 0) == pytest.approx(2 / 64)


def test_the_bootstrap_interval_agrees_with_scipys():
    from scipy import stats

    differences = [1.0] * 30 + [-1.0] * 12 + [0.0] * 158
    low, high = difference_interval(differences)
    exact = stats.bootstrap(
        (differences,), lambda x, axis: x.mean(axis=axis), n_resamples=9_999, method="BCa", rng=3, vectorized=True
    ).confidence_interval
    assert (low, high) == pytest.approx((exact.low, exact.high), abs=0.0101)
    assert low < 18 / 200 < high
    assert difference_interval(differences[::-1]) == (low, high)


def test_where_all_differences_are_the_same_there_is_no_interval():
    assert difference_interval([0.0] * 50) is None
    assert difference_interval([1.0]) is None
    assert difference_interval([]) is None


# Calibration


def test_calibration_counts_answers_by_kind_and_rung_in_the_first_epoch():
    results = [
        result(C, 0, trust=Trust.CERTIFIED),
        result(C, 0, 2, trust=Trust.CERTIFIED),
        result(W, 1, trust=Trust.CERTIFIED),
        result(W, 2, trust=Trust.EXECUTED, kind=Kind.ENTAILMENT),
        result(A, 3),
    ]
    metrics = measure(results, epochs=2)
    assert metrics.rungs == (
        Rung(Kind.ARITHMETIC, Trust.CERTIFIED, 1, 2),
        Rung(Kind.ENTAILMENT, Trust.EXECUTED, 0, 1),
    )
    assert calibration_entries(metrics, "gsm8k", "qwen", 3)[0] == Entry(
        "gsm8k", "qwen", Kind.ARITHMETIC, Trust.CERTIFIED, 3, 1, 2
    )


# Whatever the results are


OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=60)


@given(OUTCOMES, st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_counts_add_up_intervals_are_within_0_and_1_and_order_does_not_matter(outcomes, seed, epochs):
    chance = random.Random(seed)
    template = list(drawn(max(1, len(outcomes)), seed))
    results = [
        replace(template[n], outcome=outcome, epoch=chance.randint(1, epochs), position=chance.randrange(20))
        for n, outcome in enumerate(outcomes)
    ]
    metrics = measure(results, epochs)
    assert metrics.counts.recorded == metrics.results == len(outcomes)
    assert sum(metrics.stages.values()) == metrics.results - metrics.counts.correct
    assert all(sum(row.values()) == metrics.results for row in metrics.after_attempts)
    assert all(row.ran.of == sum(row.after.values()) for row in metrics.repairs)
    assert sum(bucket.n for bucket in metrics.seconds.buckets) == metrics.results
    shares = [metrics.accuracy, metrics.coverage, metrics.accuracy_of_answered, metrics.first_try_ran]
    shares += [each for level in metrics.by_trust for each in (level.exactly, level.at_least)]
    shares += [each for row in metrics.first_faults for each in (row.ran, row.right)]
    for each in shares:
        assert each.value is None or 0 <= each.low <= each.value + 1e-12 <= each.high + 2e-12 <= 1 + 2e-12
    curve = metrics.risk_coverage
    assert curve.aurc is None or 0 <= curve.aurc <= 1
    assert [point.coverage for point in curve.points] == sorted(point.coverage for point in curve.points)
    chance.shuffle(results)
    assert measure(results, epochs) == metrics


def test_results_are_not_kept():
    """A million results are read through a generator; what stays is as much as of a thousand."""
    import tracemalloc

    def peak(n):
        tracemalloc.start()
        measure(drawn(n))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(300), peak(2_000)
    assert many < few + 300_000
