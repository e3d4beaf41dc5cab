"""What a person sees of one trace: the verdict and what it is worth, the derivation, the attempts."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from app.api.advice import abstains, advice_of
from app.api.bodies import AttemptRead, EvidenceRead, TraceRead
from app.api.sentences import (
    MOST_ANSWERS,
    calibration_of,
    certificate_of,
    derivations_of,
    execution_of,
    inference_of,
    next_rung_lacks,
    not_covered_by,
    readings_that_differ,
    translation_of,
    warnings_of,
)
from app.cli.terminal import Out, counted, indented, line_of, out, text_of
from app.cli.views import STYLES, shown_diagnostic, shown_run
from app.lm.types import FinishReason
from app.reasoning.proof_tree import Node, assertions_with_words, proof_tree, tree_lines
from solvers.types import Language, Program

MOST_DEPTH = 16
"""Levels of a derivation that are set in; what lies deeper stands at the last of them, else a terminal has no room."""


def print_trace(trace: TraceRead, *, brief: bool = False) -> None:
    """Verdict, evidence, derivation and attempts; `brief`: no derivation, and only the attempt that concluded."""
    console = out()
    number = trace.evidence.execution.get("attempt")
    concluding = [attempt for attempt in trace.attempts if attempt.number == number] or trace.attempts[-1:]
    if brief and abstains(trace):
        # The reason stands above; what there is to see is the attempt before it, if there is one.
        concluding = trace.attempts[:-1][-1:]
    if not brief:
        console.show(text_of(trace.problem.text))
        console.show()
    _print_verdict(console, trace)
    if concluding or not brief:
        console.show(_evidence(trace.evidence))
    for reading in readings_that_differ(trace.evidence):
        console.show(_reading(reading.title, reading.program, reading.model))
    if not brief:
        for attempt in concluding:
            for shown in _derivation(trace, attempt):
                console.show(shown)
    for attempt in concluding if brief else trace.attempts:
        console.show(_attempt(attempt, of=len(trace.attempts)))
    if not brief:
        _print_versions(console, trace)
    if trace.usage is not None:
        usage = trace.usage
        console.show(
            text_of(
                f"{counted(usage.attempts, 'attempt')}, {usage.prompt_tokens + usage.completion_tokens} tokens, "
                f"{usage.seconds:.2f} s "
                f"({usage.lm_seconds:.2f} s language model, {usage.solver_seconds:.2f} s solvers)",
                "dim",
            )
        )
    after = f"  (quod traces {trace.id} shows all of it)" if brief else f"  {trace.status.value}"
    console.show(line_of(("trace ", "dim"), trace.id, (after, "dim")))


def print_summary(trace: TraceRead) -> None:
    """Verdict and evidence alone; of an abstention, which has none, the reason."""
    console = out()
    _print_verdict(console, trace)
    if not abstains(trace):
        console.show(_evidence(trace.evidence))


# What the verdict is worth


def _print_verdict(console: Out, trace: TraceRead) -> None:
    verdict = trace.verdict
    headline = line_of((verdict.kind.value, STYLES[verdict.kind.value]))
    if verdict.answer is not None:
        headline.append_text(line_of("  ", (verdict.answer, "bold")))
    if verdict.trust is not None:
        headline.append_text(line_of(f"  (trust: {verdict.trust.value})"))
    console.show(headline)
    console.show(indented(text_of(verdict.reason)))
    if advice := advice_of(trace):
        console.show(indented(text_of(f"what to do: {advice}")))
    if known := calibration_of(verdict):
        console.show(indented(text_of(known)))
    if lacking := next_rung_lacks(trace.evidence):
        console.show(indented(text_of(f"for more trust: {lacking}")))
    for warning in warnings_of(trace.evidence):
        console.show(indented(line_of(("warning: ", "bold yellow"), (warning, "yellow"))))


def _evidence(evidence: EvidenceRead) -> Group:
    table = Table.grid(padding=(0, 2))
    covers = not_covered_by(evidence)
    parts = {
        "execution": execution_of(evidence),
        "inference": inference_of(evidence),
        "certificate": [*certificate_of(evidence), *([f"not covered: {covers}"] if covers else [])],
        "translation": translation_of(evidence),
    }
    for name, sentences in parts.items():
        table.add_row(text_of(name, "bold"), text_of("\n".join(_on_one_line(sentences)) or "nothing"))
    return Group(text_of("evidence", "dim"), indented(table))


def _on_one_line(sentences: Iterable[str]) -> list[str]:
    return [" ".join(sentence.split()) for sentence in sentences]


def _reading(title: str, program: str | None, model: str | None) -> Tree:
    tree = Tree(text_of(title, "bold"), guide_style="dim")
    for what, text in (("program", program), ("a state of affairs", model)):
        if text:
            tree.add(text_of(what, "dim")).add(text_of(text.strip("\n")))
    return tree


# The derivation


def _derivation(trace: TraceRead, attempt: AttemptRead) -> list[RenderableType]:
    """The derivations of an attempt as trees; of an SMT-LIB program, which has none, what it asserts."""
    if attempt.formalisation is None:
        return []
    program = Program(attempt.formalisation.language, attempt.formalisation.program)
    if program.language is Language.SMT:
        tree = Tree(text_of("assertions", "bold"), guide_style="dim")
        for text, words in assertions_with_words(trace.problem.text, program):
            tree.add(_with_words(text_of(text), words))
        return [tree] if tree.children else []
    shown: list[RenderableType] = []
    for name, derivations in derivations_of(attempt).items():
        title = f"derivation of the run {name.value.replace('_', ' ')}"
        for derivation in derivations[:MOST_ANSWERS]:
            if root := proof_tree(derivation, trace.problem.text, program):
                shown.append(_tree(title, root))
        if len(derivations) > MOST_ANSWERS:
            shown.append(text_of(f"and {len(derivations) - MOST_ANSWERS} further answers", "dim"))
    return shown


def _tree(title: str, root: Node) -> Tree:
    tree = Tree(text_of(title, "bold"), guide_style="dim")
    branches = [tree]  # the branch that each level of the last node hangs on
    for depth, node, left_out in tree_lines(root):
        if node is None:
            tree.add(text_of(f"and {left_out} more steps", "dim"))
            continue
        level = min(depth, MOST_DEPTH)
        del branches[level + 1 :]
        goal = line_of(" ".join(node.goal.split()), (f"  {node.why}", "dim"))
        branches.append(branches[level].add(_with_words(goal, node.words)))
    return tree


def _with_words(text: Text, words: Iterable[str]) -> Text:
    """What is stated, with the words of the problem that it cites beside it."""
    return text.append_text(line_of(*((f"  “{' '.join(each.split())}”", "cyan") for each in words)))


# The attempts


def _attempt(attempt: AttemptRead, of: int) -> Tree:
    purpose = ", a second reading" if attempt.purpose.value == "corroboration" else ""
    tree = Tree(
        line_of(
            (f"attempt {attempt.number} of {of}{purpose}", "bold"),
            f"  {attempt.completion.lm.name}, {attempt.prompt.name} v{attempt.prompt.version}",
        ),
        guide_style="dim",
    )
    if attempt.completion.finish_reason is FinishReason.ABSTAINED:
        tree.add(line_of(("abstains  ", "dim"), attempt.completion.text))
    if attempt.formalisation is not None:
        program = attempt.formalisation
        branch = tree.add(text_of(f"program, {program.language.value}"))
        branch.add(text_of(program.program.strip("\n")))
        tree.add(line_of(("query  ", "dim"), program.query))
        if program.complement:
            tree.add(line_of(("complement  ", "dim"), program.complement))
        for gloss in program.gloss:
            tree.add(line_of(("symbol  ", "dim"), f"{gloss.symbol}: {gloss.words}"))
    for name, run in [(attempt.run_name, attempt.run), *attempt.further_runs.items()]:
        if name is not None and run is not None:
            tree.add(Group(text_of(f"run {name.value.replace('_', ' ')}", "dim"), shown_run(run)))
    for name, run in attempt.second_opinions.items():
        title = f"second opinion by another engine, run {name.value.replace('_', ' ')}"
        tree.add(Group(text_of(title, "dim"), shown_run(run)))
    for diagnostic in attempt.diagnostics:
        tree.add(shown_diagnostic(diagnostic))
    checker = f" by {attempt.check.checker}" if attempt.check.checker else ""
    tree.add(line_of(("check  ", "dim"), f"{attempt.check.result.value}{checker}: {attempt.check.reason}"))
    return tree


def _print_versions(console: Out, trace: TraceRead) -> None:
    if trace.versions is not None:
        versions = trace.versions
        engines = ", ".join(f"{name} {version}" for name, version in versions.engines.items())
        made = f"{trace.created_at:%Y-%m-%d %H:%M:%S} UTC"
        console.show(text_of(f"{made}, quod {versions.quod}, {versions.lm.name}, {engines}", "dim"))
