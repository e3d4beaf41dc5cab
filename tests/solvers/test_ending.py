"""How a run ended, for every way in which a child can."""

import signal
from dataclasses import replace

import pytest

from solvers import (
    Answers,
    EngineFaultError,
    ErrorClass,
    Finished,
    Language,
    LimitName,
    Limits,
    NoAnswer,
    Outcome,
    ProtocolError,
    Rejected,
    Satisfiable,
    Stopped,
    Substitution,
    Unknown,
    Unsatisfiable,
)
from solvers.control import ENDING, FAULT, reply_frame
from solvers.ending import Execution, KilledByOthersError, ending_of
from solvers.wire import encode_ending

TOKEN = bytes(range(16))
REPLY = reply_frame(TOKEN, ENDING, encode_ending(Finished(NoAnswer())))
GOOD = Execution(
    status=0,
    stopped_by=None,
    reply=REPLY,
    token=TOKEN,
    output=b"",
    limits=Limits(cpu_seconds=2.0, memory_mib=100),
    wall_seconds=0.1,
    cpu_seconds=0.1,
    peak_memory_mib=40.0,
    engine_mib=30.0,
)


def killed_by(number: signal.Signals, core: bool = False) -> int:
    return number | (0x80 if core else 0)


def exited_with(status: int) -> int:
    return status << 8


def rejected_class(execution: Execution) -> ErrorClass:
    ending = ending_of("prolog", execution)
    assert isinstance(ending, Rejected)
    return ending.diagnostics[0].error_class


def test_one_reply_and_status_0_is_an_outcome() -> None:
    assert ending_of("prolog", GOOD) == Finished(NoAnswer())


def test_a_reply_of_a_child_that_did_not_end_well_is_no_outcome() -> None:
    assert rejected_class(replace(GOOD, status=exited_with(1))) is ErrorClass.PERMISSION
    assert rejected_class(replace(GOOD, status=killed_by(signal.SIGSEGV))) is ErrorClass.RESOURCE
    with pytest.raises(KilledByOthersError):
        ending_of("prolog", replace(GOOD, status=killed_by(signal.SIGKILL)))


@pytest.mark.parametrize("reply", [b"", REPLY[:-1], REPLY + b"x", REPLY + REPLY, b"x" + REPLY, REPLY[1:]])
def test_anything_but_one_reply_is_no_outcome(reply: bytes) -> None:
    assert rejected_class(replace(GOOD, reply=reply)) is ErrorClass.PERMISSION


def test_a_reply_with_another_token_is_no_outcome() -> None:
    assert rejected_class(replace(GOOD, token=bytes(16))) is ErrorClass.PERMISSION


@pytest.mark.parametrize("limit", list(LimitName))
def test_a_child_that_we_killed_met_the_limit_for_which_we_did(limit: LimitName) -> None:
    killed = replace(GOOD, status=killed_by(signal.SIGKILL), stopped_by=limit, reply=b"")
    assert ending_of("prolog", killed) == Stopped(limit)


def test_a_child_that_had_finished_before_our_signal_reached_it_has_its_outcome() -> None:
    assert ending_of("prolog", replace(GOOD, stopped_by=LimitName.WALL_SECONDS)) == Finished(NoAnswer())


def test_too_much_output_has_no_outcome_even_when_the_child_finished() -> None:
    assert ending_of("prolog", replace(GOOD, stopped_by=LimitName.OUTPUT_BYTES)) == Stopped(LimitName.OUTPUT_BYTES)


@pytest.mark.parametrize("number", [signal.SIGPROF, signal.SIGXCPU])
def test_the_signals_of_the_cpu_clock_are_the_cpu_limit(number: signal.Signals) -> None:
    assert ending_of("prolog", replace(GOOD, status=killed_by(number), reply=b"")) == Stopped(LimitName.CPU_SECONDS)


def test_a_kill_that_was_not_ours_is_the_kernels_for_cpu_time_or_memory_or_says_nothing_of_the_program() -> None:
    killed = replace(GOOD, status=killed_by(signal.SIGKILL), reply=b"")
    assert ending_of("prolog", replace(killed, cpu_seconds=2.0)) == Stopped(LimitName.CPU_SECONDS)
    assert ending_of("prolog", replace(killed, perhaps_oom=True)) == Stopped(LimitName.MEMORY_MIB)
    with pytest.raises(KilledByOthersError):
        ending_of("prolog", killed)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE])
def test_a_crash_concludes_nothing_and_is_a_matter_of_memory_where_memory_was_short(number: signal.Signals) -> None:
    crashed = replace(GOOD, status=killed_by(number, core=True), reply=b"")
    assert rejected_class(crashed) is ErrorClass.RESOURCE
    assert ending_of("smt", replace(crashed, peak_memory_mib=81.0)) == Stopped(LimitName.MEMORY_MIB)


def test_a_forbidden_system_call_is_a_matter_of_permission() -> None:
    assert rejected_class(replace(GOOD, status=killed_by(signal.SIGSYS), reply=b"")) is ErrorClass.PERMISSION


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_whoever_asks_a_child_to_end_says_nothing_of_its_program(number: signal.Signals) -> None:
    with pytest.raises(KilledByOthersError):
        ending_of("prolog", replace(GOOD, status=killed_by(number), reply=b""))


def test_a_signal_that_nobody_should_have_sent_concludes_nothing() -> None:
    assert rejected_class(replace(GOOD, status=killed_by(signal.SIGUSR1), reply=b"")) is ErrorClass.RESOURCE
    assert rejected_class(replace(GOOD, status=40, reply=b"")) is ErrorClass.RESOURCE


def test_a_fault_of_the_engine_is_raised_with_what_it_said() -> None:
    with pytest.raises(EngineFaultError, match=r"prolog engine failed.*our fault.*KeyError"):
        ending_of("prolog", replace(GOOD, reply=reply_frame(TOKEN, FAULT, b"KeyError: 1")))


def test_a_reply_in_the_right_frame_that_is_no_ending_is_our_fault() -> None:
    with pytest.raises(ProtocolError):
        ending_of("prolog", replace(GOOD, reply=reply_frame(TOKEN, ENDING, b"{}")))


def replying(ending: Finished) -> Execution:
    return replace(GOOD, reply=reply_frame(TOKEN, ENDING, encode_ending(ending)))


@pytest.mark.parametrize(
    ("language", "outcome", "possible"),
    [
        (Language.PROLOG, Unknown("undefined"), True),
        (Language.PROLOG, Unsatisfiable(), False),
        (Language.PROLOG, Satisfiable(), False),
        (Language.SMT, Unsatisfiable(), True),
        (Language.SMT, NoAnswer(), False),
        (Language.SMT, Answers((Substitution({}),), exhausted=True), False),
    ],
)
def test_an_outcome_of_the_other_language_is_refused(language: Language, outcome: Outcome, possible: bool) -> None:
    ending = Finished(outcome, () if language is Language.PROLOG else (Unsatisfiable(),))
    if possible:
        assert ending_of(language, replying(ending)) == ending
    else:
        with pytest.raises(ProtocolError, match=language):
            ending_of(language, replying(ending))


def test_more_answers_than_the_limit_allows_are_refused() -> None:
    limits = Limits(max_answers=2)
    two = Finished(Answers((Substitution({}),) * 2, exhausted=False))
    assert ending_of("prolog", replace(replying(two), limits=limits)) == two
    three = Finished(Answers((Substitution({}),) * 3, exhausted=False))
    with pytest.raises(ProtocolError, match="3 answers"):
        ending_of("prolog", replace(replying(three), limits=limits))


def test_a_fault_says_no_more_than_a_person_would_read() -> None:
    with pytest.raises(EngineFaultError) as raised:
        ending_of("prolog", replace(GOOD, reply=reply_frame(TOKEN, FAULT, b"x" * 1_000_000)))
    assert len(str(raised.value)) < 5000
