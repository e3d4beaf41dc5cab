"""The policy: what a script may ask of the engine, and what it is told when it asks for more."""

import pytest

from solvers.smt.policy import COMMANDS, PolicyError, did_you_mean, read_script, read_term
from solvers.types import ErrorClass, Part


def refused(program, query=None):
    with pytest.raises(PolicyError) as caught:
        read_script(program, query)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    "option",
    [
        ':regular-output-channel "f"',
        ':diagnostic-output-channel "f"',
        ":solver.proof.log f",
        ":trace true",
        ':trace_file_name "f"',
        ":dot_proof_file f",
        ":opt.dump_benchmarks true",
        ':sat.drat.file "f"',
        ':solver.smtlib2_log "f"',
    ],
)
def test_options_that_write_files_are_forbidden(option):
    (diagnostic,) = refused(f"(set-option {option})")
    assert diagnostic.error_class is ErrorClass.PERMISSION
    assert (diagnostic.line, diagnostic.column) == (1, 13)


@pytest.mark.parametrize(
    "option",
    [":timeout 100", ":rlimit 5", ":memory_max_size 1", ":smt.threads 8", ":parallel.enable true", ":tlimit-per 1"],
)
def test_limits_belong_on_the_request(option):
    (diagnostic,) = refused(f"(set-option {option})")
    assert diagnostic.error_class is ErrorClass.PERMISSION
    assert "set limits on the request" in diagnostic.message


@pytest.mark.parametrize("command", ['(include "f")', "(check-sat-using smt)", "(apply simplify)"])
def test_files_and_tactics_are_forbidden(command):
    assert refused(command)[0].error_class is ErrorClass.PERMISSION


@pytest.mark.parametrize(
    "command",
    ["(set-option :pp.decimal true)", "(set-option :produce-proofs true)", "(get-proof)", "(block-model :values)"],
)
def test_what_would_change_results_is_unsupported(command):
    assert refused(command)[0].error_class is ErrorClass.UNSUPPORTED


def test_every_refusal_is_reported_with_its_place_and_part():
    first, second, third = refused('(set-option :timeout 5)\n(include "f")', "\n (set-option :trace true)")
    assert (first.line, first.column, first.symbol, first.part) == (1, 13, ":timeout", Part.PROGRAM)
    assert (second.line, second.column, second.symbol, second.part) == (2, 2, "include", Part.PROGRAM)
    assert (third.line, third.column, third.symbol, third.part) == (2, 14, ":trace", Part.QUERY)


def test_an_unclosed_program_cannot_swallow_the_query():
    (diagnostic,) = refused("(assert (> x 1)", ") (check-sat)")
    assert diagnostic.error_class is ErrorClass.SYNTAX
    assert diagnostic.part is Part.PROGRAM


def test_quoting_bars_do_not_hide_an_option():
    (diagnostic,) = refused('(set-option |:regular-output-channel| "f")')
    assert diagnostic.error_class is ErrorClass.SYNTAX


def test_a_command_that_no_solver_has_is_passed_over_and_flagged():
    script = read_script("(forall ((x Int)) (> x 1))\n(chek-sat)\n(check-sat)")
    assert [command.name for command in script.commands] == ["check-sat"]
    lost, misspelt = script.ignored
    assert (lost.symbol, lost.line, lost.error_class) == ("forall", 1, ErrorClass.LOGICAL)
    assert "(assert ...)" in lost.suggestion
    assert "`check-sat`" in misspelt.suggestion


def test_annotations_do_not_reach_the_engine():
    script = read_script("(set-info :status unsat)(set-option :print-success true)(check-sat)")
    assert [command.name for command in script.commands] == ["check-sat"]


def test_a_script_says_what_it_declares_names_and_needs():
    script = read_script(
        "(declare-datatypes ((C 0)) (((red) (green (n Int)))))(declare-const x Int)"
        "(assert (! (> x 1) :named |big x|))(get-unsat-assumptions)"
    )
    assert {"x", "C", "red", "green", "n"} <= script.declared
    assert script.labels == {"big x"}
    assert script.needs_cores
    assert script.needs_assumptions


@pytest.mark.parametrize("levels", ["-1", "1000000000", "x", "1 1", "1.5"])
def test_push_takes_a_small_number(levels):
    assert refused(f"(push {levels})")[0].error_class is ErrorClass.SYNTAX


@pytest.mark.parametrize("text", ["", "a b", "(f x) (g x)", "(f x", "x)", "(check-sat)", "; nothing"])
def test_a_term_is_exactly_one_expression(text):
    with pytest.raises(PolicyError) as caught:
        read_term(text)
    assert caught.value.diagnostics[0].error_class is ErrorClass.SYNTAX
    assert caught.value.diagnostics[0].part is Part.QUERY


def test_suggestions_are_near_and_never_the_word_itself():
    assert did_you_mean("asert", COMMANDS) == "did you mean `assert`?"
    assert did_you_mean("Cold", {"cold", "Cold"}) == "did you mean `cold`?"
    assert did_you_mean("zzz", COMMANDS) is None
