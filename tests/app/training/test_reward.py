"""The reward: the order of its grades, attacks on it, and that nothing makes it raise."""

import asyncio
import logging
import threading

import pytest

from app.reasoning.types import Kind
from app.training import reward as module
from app.training.grading import Grade, GradingConfig
from app.training.reward import QuodReward, Rewards, quod_reward
from solvers.errors import EngineMissingError, WorkerCrashedError
from solvers.runtime import Runtime
from solvers.types import Limits
from tests.app.reasoning.scripted import prolog, smt

BAKER = "A baker sells 12 trays of 8 rolls and has 5 rolls left. How many rolls did he bake?"
FACTS = "trays(12).\nrolls(8).\nleft(5).\n"
QUICK = QuodReward(grading=GradingConfig(limits=Limits(wall_seconds=10, cpu_seconds=0.5, output_bytes=50_000)))


def clpq(body):
    return prolog(f":- use_module(library(clpq)).\n{body}\n% query: solve(X).")


GOOD = clpq(FACTS + "solve(X) :- trays(T), rolls(R), left(L), {X = T * R + L}.")
WRONG = clpq(FACTS + "solve(X) :- trays(T), rolls(R), left(L), {X = T * R - L}.")
WRITTEN = clpq("solve(X) :- {X = 101}.")


def grades(*completions, problem=BAKER, reward=QUICK, **columns):
    several = {name: [value] * len(completions) for name, value in columns.items()}
    return reward.grades(list(completions), problem=[problem] * len(completions), **several)


def grade(completion, problem=BAKER, **columns):
    (found,) = grades(completion, problem=problem, **columns)
    return found


def test_each_step_towards_an_answer_is_worth_more_than_the_one_before():
    steps = [
        "I do not know.",
        clpq("solve(X) :- {X = ."),
        clpq("loop :- loop.\nsolve(X) :- loop, X = 1."),
        clpq("solve(X) :- fail, X = 1."),
        WRITTEN,
        GOOD,
    ]
    without = [Grade.NOT_EXTRACTED, Grade.REJECTED, Grade.STOPPED, Grade.NO_ANSWER, Grade.ANSWER, Grade.CERTIFIED]
    assert grades(*steps) == without
    assert grades(*steps, WRONG, answer="101") == [*without[:-1], Grade.TARGET, Grade.DIFFERENT]
    unchecked = QuodReward(grading=GradingConfig(check=False))
    assert grades(GOOD, reward=unchecked) == [Grade.DETERMINATE]
    rewards = [Rewards().of(one) for one in Grade]
    assert rewards == sorted(set(rewards))
    assert (rewards[0], rewards[-1]) == (0.0, 1.0)


@pytest.mark.parametrize(
    "completion",
    [
        WRITTEN,
        clpq("answer(101).\nsolve(X) :- answer(X)."),
        clpq("solve(X) :- {Y = 101, X = Y}."),
        clpq("solve(X) :- {X = 101 + 0 * 12 + 0 * 8 + 0 * 5}."),
        clpq("solve(X) :- {X = 101 * 12 / 12 + 8 - 8}."),
        clpq(FACTS + "solve(101) :- trays(T), rolls(R), left(L), T > 0, R > 0, L > 0."),
        clpq("solve(X) :- {X = 12 + 8 + 81}."),
        clpq("solve(X) :- {X = 12 + 8 + 5 + 2*2*2*2*2*2 + 2*2*2 + 2*2}."),
        clpq("solve(X) :- {X = 5 + 2 * 2 * 2 * 2 * 2 * (1 + 2) }."),
        prolog("solve(X) :- atom_number('101', X).\n% query: solve(X)."),
        prolog("solve(X) :- X is 0'e.\n% query: solve(X)."),
        prolog("solve(X) :- atom_length('" + "x" * 101 + "', X).\n% query: solve(X)."),
        prolog("solve(X) :- length(L, 101), length(L, X).\n% query: solve(X)."),
        prolog("solve(X) :- member(X, [101]).\n% query: solve(X)."),
        prolog("trays(12).\nsolve(X) :- trays(T), ( T =:= 12 -> X = 101 ; X = 102 ).\n% query: solve(X)."),
        smt("(declare-const x Int)\n(assert (= x 101))\n; answer: x"),
        smt("(declare-const x Int)\n(declare-const t Int)\n(assert (= t 12))\n(assert (= x (+ 89 t)))\n; answer: x"),
        clpq("solve(101).\nsolve(102)."),
    ],
)
def test_an_answer_that_is_written_down_earns_no_more_than_one_that_is_not_shown(completion):
    language = "smt" if "smt2" in completion else "prolog"
    assert grade(completion, answer="101", language=language) <= Grade.ANSWER
    assert grade(completion, language=language) <= Grade.ANSWER


def test_what_the_policy_forbids_is_rejected_and_does_nothing(tmp_path):
    file = tmp_path / "made"
    for goal in (f"shell('touch {file}')", f"open('{file}', write, S), close(S)", "halt", "consult(user)"):
        assert grade(prolog(f"solve(X) :- {goal}, X = 1.\n% query: solve(X).")) == Grade.REJECTED
    assert not file.exists()


MORTAL = "Every man is mortal. Socrates is a man. Zeus is no man. Does it follow that Socrates is mortal?"
RULE, FACT, ZEUS = (
    'mortal(X) :- man(X).  % "Every man is mortal"\n',
    'man(socrates).  % "Socrates is a man"\n',
    'neg(man(zeus)).  % "Zeus is no man"\n',
)
ASKS = "% query: mortal(socrates).\n% complement: neg(mortal(socrates))."


@pytest.mark.parametrize(
    ("program", "target", "wanted"),
    [
        (RULE + FACT + ZEUS, "true", Grade.TARGET),
        (RULE + FACT + ZEUS, None, Grade.CERTIFIED),
        (RULE + FACT + ZEUS, "false", Grade.DIFFERENT),
        ('mortal(socrates).  % "Socrates is mortal"\n', "true", Grade.ANSWER),  # the question for a premise
        ("mortal(socrates).\n", "true", Grade.ANSWER),  # a premise from nowhere
        ('mortal(socrates).  % "Socrates drinks"\n', "true", Grade.ANSWER),  # words that the problem does not have
        (FACT + "mortal(X) :- man(X).\n", "true", Grade.ANSWER),  # one premise of two cites nothing
        # A third of the problem, from which nothing follows: anything would be undetermined.
        (FACT + 'mortal(X) :- man(X), X == zeus.  % "Socrates is a man"\n', "unknown", Grade.ANSWER),
    ],
)
def test_an_entailment_needs_premises_that_the_problem_states(program, target, wanted):
    columns = {"answer": target} if target else {}
    found = grade(prolog(program + ASKS), MORTAL, kind="entailment", language="prolog", **columns)
    assert found == wanted


IN_SMT = """(declare-sort Thing 0)
(declare-const socrates Thing)
(declare-const zeus Thing)
(declare-fun man (Thing) Bool)
(declare-fun mortal (Thing) Bool)
(assert (forall ((x Thing)) (=> (man x) (mortal x))))  ; "Every man is mortal"
(assert (man socrates))  ; "Socrates is a man"
(assert (not (man zeus)))  ; "Zeus is no man"
"""


@pytest.mark.parametrize(
    ("program", "wanted"),
    [
        (IN_SMT + '(define-fun conclusion () Bool (mortal socrates))  ; "Socrates is mortal"', Grade.TARGET),
        (IN_SMT + "(define-fun conclusion () Bool true)", Grade.ANSWER),
        (IN_SMT + "(define-fun conclusion () Bool (or (man zeus) (not (man zeus))))", Grade.ANSWER),
        (IN_SMT + '(assert (mortal socrates))  ; "Socrates is mortal"\n'
         "(define-fun conclusion () Bool (mortal socrates))", Grade.ANSWER),
        (IN_SMT + '(assert (! (mortal socrates) :named m))  ; "that Socrates is mortal"\n'
         "(define-fun conclusion () Bool (not (not (mortal socrates))))", Grade.ANSWER),
    ],
)  # fmt: skip
def test_a_conclusion_that_holds_by_itself_earns_no_more_than_an_answer(program, wanted):
    completion = smt(f"{program}\n; query: conclusion")
    assert grade(completion, MORTAL, kind="entailment", language="smt", answer="yes") == wanted


def test_plain_and_conversational_completions_are_worth_the_same():
    message = {"role": "assistant", "content": GOOD}
    parts = {"role": "assistant", "content": [{"type": "image"}, {"type": "text", "text": GOOD}]}
    two = [{"role": "user", "content": "no"}, message]
    assert grades(GOOD, [message], two, [parts], message) == [Grade.CERTIFIED] * 5


@pytest.mark.parametrize(
    "completion",
    [
        None, "", 7, 1.5, b"bytes", [], [None], [[]], [{}], [{"content": None}], [{"content": [1, None, {}]}], {},
        "\0", "\ud800", "```prolog\nsolve(\ud800).\n```", "```prolog\n\0\n```", "`" * 1_000_000, "x" * 1_000_000,
        "```prolog\n" * 50_000, "<think>" * 50_000, "(" * 99_000, "```smt2\n" + "(" * 90_000,
        "```prolog\nsolve(X) :- X = " + "f(" * 20_000 + ")" * 20_000 + ".\n% query: solve(X).\n```",
        "```prolog\nsolve(X) :- X is " + "9" * 50_000 + ".\n% query: solve(X).\n```",
        "```prolog\nsolve(X) :- X is 9**(9**(9**9)).\n% query: solve(X).\n```",
        "```prolog\nsolve(X) :- length(X, 100000000).\n% query: solve(X).\n```",
        "```prolog\n:- initialization(halt).\nsolve(1).\n% query: solve(X).\n```",
    ],
)  # fmt: skip
def test_whatever_a_completion_is_a_small_reward_comes_back(completion):
    for language in ("prolog", "smt"):
        (found,) = QUICK([completion], problem=[BAKER], language=[language], answer=["101"])
        assert found is not None
        assert 0.0 <= found <= Rewards().answer


@pytest.mark.parametrize(
    "columns",
    [
        {}, {"problem": None}, {"problem": "one text"}, {"problem": [BAKER] * 3}, {"problem": [None, None]},
        {"problem": ["", " "]}, {"problem": [[], {}]}, {"problem": [BAKER] * 2, "kind": ["riddle"] * 2},
        {"problem": [BAKER] * 2, "language": ["cobol"] * 2}, {"problem": [BAKER] * 2, "world": ["flat"] * 2},
        {"problem": [BAKER] * 2, "answer": [object(), []]},
    ],
)  # fmt: skip
def test_columns_that_make_no_sense_give_no_reward_and_are_logged(columns, caplog):
    assert quod_reward(["x", GOOD], **columns) == [None, None]
    assert len(caplog.records) == 2
    assert "no reward for completion 0" in caplog.text


def test_columns_are_taken_as_trl_gives_them():
    found = quod_reward(
        prompts=[[{"role": "user", "content": BAKER}]] * 2,
        completions=[GOOD, "no"],
        completion_ids=[[1], [2]],
        problem=[BAKER, BAKER],
        kind=["arithmetic", None],
        language=["prolog", ""],
        world=["open", None],
        answer=[101, None],
        trace_id=["trc_1", "trc_2"],
        trainer_state=object(),
        log_extra=print,
        log_metric=print,
    )
    assert found == [1.0, 0.0]


def test_an_empty_batch_has_no_rewards():
    assert quod_reward([], problem=[]) == []


@pytest.mark.parametrize(
    "fault",
    [WorkerCrashedError("prolog", "twice"), EngineMissingError("prolog", "gone"), RuntimeError("ours"), MemoryError()],
)
def test_a_fault_of_ours_gives_none_is_logged_and_spares_the_others(monkeypatch, caplog, fault):
    solve = Runtime.solve

    async def failing(self, job, limits):
        if "trays" in job.program.text:
            raise fault
        return await solve(self, job, limits)

    monkeypatch.setattr(Runtime, "solve", failing)
    assert grades(GOOD, WRITTEN, "no") == [None, Grade.ANSWER, Grade.NOT_EXTRACTED]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_runtime_that_cannot_be_made_gives_none_for_all(monkeypatch, caplog):
    def broken(concurrency):
        raise OSError("no more processes")

    monkeypatch.setattr(module, "_graders", broken)
    assert quod_reward([GOOD, "no"], problem=[BAKER] * 2) == [None, None]
    assert "no more processes" in caplog.text


def test_a_completion_beyond_its_seconds_keeps_what_was_shown_until_then(monkeypatch):
    async def slow(*_):
        await asyncio.sleep(30)

    hurried = QuodReward(grading=GradingConfig(seconds=2.5))
    monkeypatch.setattr("app.training.grading.certify", slow)
    assert grades(GOOD, reward=hurried) == [Grade.DETERMINATE]
    monkeypatch.setattr("app.training.grading.sensitivity", slow)
    assert grades(GOOD, reward=hurried) == [Grade.ANSWER]
    monkeypatch.setattr("app.training.grading.run_all", slow)
    assert grades(GOOD, reward=hurried) == [Grade.STOPPED]


def test_what_is_the_same_is_run_once(monkeypatch):
    jobs = []
    solve = Runtime.solve

    async def counting(self, job, limits):
        jobs.append(job)
        return await solve(self, job, limits)

    monkeypatch.setattr(Runtime, "solve", counting)
    assert grades(*[GOOD] * 50) == [Grade.CERTIFIED] * 50
    assert len(jobs) == 1


async def test_it_can_be_called_where_an_event_loop_runs():
    assert grades(GOOD) == [Grade.CERTIFIED]
    assert await asyncio.to_thread(grades, GOOD) == [Grade.CERTIFIED]


def test_several_threads_may_call_it_at_the_same_time():
    found = {}

    def call(number):
        found[number] = grades(GOOD, WRITTEN, f"no {number}")

    threads = [threading.Thread(target=call, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [[Grade.CERTIFIED, Grade.ANSWER, Grade.NOT_EXTRACTED]] * 6


def test_every_kind_has_its_grades():
    puzzle = "Ann, Bo and Cy stand in a row. Bo stands left of Ann. Cy stands right of Ann. Who stands in the middle?"
    program = """
left(A, B, L) :- nth1(I, L, A), nth1(J, L, B), I < J.
solve(M) :- permutation([ann, bo, cy], L), left(bo, ann, L), left(ann, cy, L), nth1(2, L, M).
% query: solve(M).
"""
    assert grade(prolog(program), puzzle, kind=Kind.CONSTRAINT.value, answer="Ann") >= Grade.ANSWER
    best = (
        "A shop sells tea in bags of 4 and coffee in bags of 6 grams, at most 30 grams. What is the most it can sell?"
    )
    stated = smt("(declare-const x Int)\n(assert (= x 30))\n(maximize x)\n; answer: x")
    assert grade(stated, best, kind="optimisation", answer="30", language="smt") == Grade.ANSWER


def test_rewards_that_fall_or_are_no_numbers_are_refused():
    assert Rewards(answer=0.15).of(Grade.ANSWER) == 0.15
    for faulty in ({"answer": 0.9}, {"target": float("nan")}, {"target": float("inf")}):
        with pytest.raises(ValueError, match="rewards are finite"):
            Rewards(**faulty)
    assert QuodReward(Rewards(not_extracted=-1.0))(["no"], problem=[BAKER]) == [-1.0]
