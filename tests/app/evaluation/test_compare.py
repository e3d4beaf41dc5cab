"""Two evaluations of a few samples, compared by hand."""

from dataclasses import replace

import pytest

from app.errors import ComparisonError
from app.evaluation.compare import compare
from app.lm.types import Sampling
from app.store.evaluation_types import Counts, EvaluationConfig, Outcome
from tests.app.evaluation.made import DATASET, PROMPTS, VERSIONS, evaluation, result

C, W, A, E = Outcome.CORRECT, Outcome.WRONG, Outcome.ABSTAINED, Outcome.ERRORED
FIRST, SECOND = evaluation(id="evl_1"), evaluation(id="evl_2")


def of(outcomes, **changes):
    return [result(outcome, position, **changes) for position, outcome in enumerate(outcomes)]


def test_results_are_paired_by_sample_whatever_their_order():
    first, second = of([C, C, C, W, W, A, E, C]), of([C, W, C, C, C, C, C, A])
    found = compare(FIRST, SECOND, first, second[::-1])
    table = found.table
    assert (table.both, table.only_first, table.only_second, table.neither, table.pairs) == (2, 2, 4, 0, 8)
    # 2 or fewer, or 4 or more, of 6 fair coins: 1 - 20/64.
    assert table.p == pytest.approx(44 / 64)
    assert (found.first_accuracy.part, found.second_accuracy.part) == (4, 6)
    assert found.difference == pytest.approx(2 / 8)
    assert found.low < 0.25 < found.high
    assert found.outcomes[E, C] == 1


def test_the_samples_that_changed_are_listed_with_their_traces():
    first = of([C, W, A, C])
    second = of([C, A, C, W], trace_id="trc_second")
    changes = compare(FIRST, SECOND, first, second).changes
    assert [(each.position, each.first.outcome, each.second.outcome) for each in changes] == [
        (2, A, C),
        (3, C, W),
        (1, W, A),
    ]
    assert changes[0].first.trace_id == f"trc_{2:026d}"
    assert changes[0].second.trace_id == "trc_second"
    assert (changes[0].first.answer, changes[0].second.answer) == ("unresolved", "18")


def test_only_pairs_that_both_have_are_compared_and_what_is_missing_is_said():
    first = evaluation(Counts(correct=3, waiting=7), id="evl_1")
    found = compare(first, SECOND, of([C, C, C]), [result(C, 1), result(W, 2), result(C, 8), result(C, 9)])
    assert found.table.pairs == 2
    assert (found.only_in_first, found.only_in_second, found.unfinished_first) == (1, 2, 7)
    assert found.first_accuracy.of == 2


def test_other_datasets_are_refused_by_name():
    other = evaluation(id="evl_2", dataset=replace(DATASET, sha256="ef" * 32, name="svamp"))
    with pytest.raises(ComparisonError, match=r"evl_1 is of 'gsm8k' \(abab.*evl_2 of 'svamp' \(efef"):
        compare(FIRST, other, [], [])


def test_nothing_in_common_is_refused():
    with pytest.raises(ComparisonError, match="no sample in common"):
        compare(FIRST, SECOND, [result(C, 1)], [result(C, 2)])


def test_epochs_are_paired_and_tested_as_the_samples_they_are():
    first = [result(W, position, epoch) for position in range(6) for epoch in (1, 2)]
    second = [result(C if position < 5 else W, position, epoch) for position in range(6) for epoch in (2, 1)]
    found = compare(FIRST, SECOND, first, second)
    assert (found.table.only_second, found.table.neither) == (10, 2)
    assert found.table.p == pytest.approx(2 / 32)  # five samples, and not ten results
    assert found.difference == pytest.approx(5 / 6)


def test_without_any_difference_there_is_no_interval():
    found = compare(FIRST, SECOND, of([C, W, C]), of([C, W, C]))
    assert (found.difference, found.low, found.high, found.table.p) == (0.0, None, None, 1.0)
    assert found.changes == ()


def test_the_other_way_round_all_is_mirrored():
    first, second = of([C, C, C, W, W, A, E, C]), of([C, W, C, C, C, C, C, A])
    one, other = compare(FIRST, SECOND, first, second), compare(SECOND, FIRST, second, first)
    assert one.difference == -other.difference
    assert one.table.p == other.table.p
    assert (one.table.only_first, one.table.only_second) == (other.table.only_second, other.table.only_first)


def test_settings_that_differ_are_named():
    prompts = [{**PROMPTS[0], "sha256": "99" * 32}]
    changed = evaluation(
        id="evl_2",
        config=EvaluationConfig("http:qwen@http://localhost/v1", sampling=Sampling(temperature=0.7), limit=10),
        versions={**VERSIONS, "prompts": prompts, "sandbox": "seccomp"},
    )
    found = {each.name: (each.first, each.second) for each in compare(FIRST, changed, of([C]), of([C])).settings}
    assert found == {
        "limit": (None, 10),
        "sampling.temperature": (0.0, 0.7),
        "versions.prompts.formalise/arithmetic_prolog/v1": ("cd" * 32, "99" * 32),
        "versions.sandbox": (None, "seccomp"),
    }
    assert compare(FIRST, SECOND, of([C]), of([C])).settings == ()
