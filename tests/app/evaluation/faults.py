"""A run with real parts to which something is done while it works, and what must be so afterwards.

Solvers, store and HTTP are real, and so is the language model's server, but for what it writes.
"""

import json

from app.lm.types import Sampling
from app.problem import Kind, Problem
from app.reasoning.types import Budget
from app.store.evaluation_types import Answers, EvaluationConfig, Sample, State
from solvers.types import Limits
from tests.app.evaluation.processes import solver_children
from tests.app.evaluation.work import every_result, patient

SHA256 = "7" * 64
PACE = patient(retry_seconds=0.1, retry_most_seconds=0.5)
GENEROUS = Limits(wall_seconds=60, cpu_seconds=60)


def problem(number: int) -> str:
    return f"There are {number} green and {number * 7} blue marbles in a bag. How many marbles are in the bag?"


def samples(number: int) -> list[Sample]:
    """Of every fourth one the target is another than the answer: such a result is wrong."""
    return [
        Sample(f"s{each}", Problem(problem(each), Kind.ARITHMETIC), str(each * 8 + (each % 4 == 1)), Answers.NUMBER)
        for each in range(number)
    ]


def write_answers(file, number: int, unknown=()):
    """What `tests.stand_in` states of each problem, but of those it does not know."""
    rows = [{"problem": problem(each), "answer": each * 8} for each in range(number) if each not in unknown]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def begin(store, number, lm, evaluation_id="evl_1", **config):
    store.add_dataset("marbles", "here", "CC0-1.0", SHA256, samples(number))
    given = {
        "lm": lm,
        "concurrency": 8,
        "patience_seconds": 120.0,
        "sampling": Sampling(seed=1),
        "budget": Budget(seconds=300.0),
        "limits": GENEROUS,
    }
    return store.create(evaluation_id, SHA256, EvaluationConfig(**{**given, **config}), attended=False)


def scores(store, evaluation_id="evl_1"):
    """All that a result says of a sample, whenever it was found out."""
    return sorted(
        (result.position, result.epoch, result.outcome.value, result.answer or "", result.trust or "")
        for result in every_result(store, evaluation_id)
    )


def undisturbed(number):
    """The scores where nothing goes wrong: what is stated is not computed, so it is executed and no more."""
    wanted = [(each, 1, "wrong" if each % 4 == 1 else "correct", str(each * 8), "executed") for each in range(number)]
    return sorted(wanted)


def assert_whole(store, number, expected=None, evaluation_id="evl_1"):
    """All recorded, all distinct, scored as in an undisturbed run; no lease and no solver left."""
    evaluation = store.get(evaluation_id)
    assert evaluation.state is State.COMPLETED, evaluation.reason
    assert (evaluation.owned, store.heartbeat(evaluation_id)[1]) == (False, 0)
    found = every_result(store, evaluation_id)
    assert len(found) == len({(result.position, result.epoch) for result in found}) == number
    assert evaluation.counts.recorded == number
    other = sorted(set(scores(store, evaluation_id)) - set(undisturbed(number) if expected is None else expected))
    assert not other, [(each, found[0].error) for each in other if (found := _at(store, evaluation_id, each[0]))]
    assert not solver_children()


def _at(store, evaluation_id, position):
    return [result for result in every_result(store, evaluation_id) if result.position == position]
