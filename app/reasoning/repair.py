"""Renders the prompt that asks for a better program: the problem, the program, and what was found in it, with advice
for its class.
"""

from collections.abc import Mapping

from app.lm.types import Message, Role
from app.prompts import PromptRef, load_prompt
from app.reasoning.extract import CUT_OFF
from app.reasoning.formalise import Rendered, formalise, select
from app.reasoning.types import Attempt, Formalisation, Kind, NotExtracted, Problem, RunName
from solvers.smt.sexpr import SexprError, commands, tokens
from solvers.types import (
    Diagnostic,
    ErrorClass,
    Finished,
    Language,
    LimitName,
    Limits,
    Part,
    Run,
    Stopped,
    Unsatisfiable,
)

_PROMPT = ("repair", 1)
_SHOWN_DIAGNOSTICS = 5
_SHOWN_ASSERTIONS = 8
_SHOWN_LINE = 160
_SHOWN_REPLY = 4_000
_STOPPED = {
    LimitName.WALL_SECONDS: ("time", "it did not end within {0.wall_seconds:g} seconds"),
    LimitName.CPU_SECONDS: ("time", "it computed for more than {0.cpu_seconds:g} seconds"),
    LimitName.MEMORY_MIB: ("memory", "it took more than {0.memory_mib} MiB of memory"),
    LimitName.OUTPUT_BYTES: ("output", "it printed, or answered with, more than {0.output_bytes} bytes"),
}


def repair_prompt() -> PromptRef:
    """The prompt that the loop repairs with."""
    return load_prompt(*_PROMPT).ref


def repair(problem: Problem, kind: Kind, language: Language, attempt: Attempt, limits: Limits) -> Rendered:
    """The prompt that shows an attempt that concluded nothing and asks for a better one.

    The messages are the instructions, the problem, the last program as the language model's own, and what was found
    in it.

    Raises:
        PromptError: a prompt is missing or damaged. Our fault.
    """
    first = formalise(problem, kind, language)
    asked = {message.role: message.content for message in first.messages}
    facts = {language.value, kind.value, problem.world.value, *_facts(attempt)}
    prompt = select(load_prompt(*_PROMPT), facts)
    text = prompt.render(instructions=asked[Role.SYSTEM], findings=findings(attempt, limits))
    return Rendered(
        prompt.ref,
        (
            Message(Role.SYSTEM, text.system),
            Message(Role.USER, asked[Role.USER]),
            Message(Role.ASSISTANT, _previous(attempt)),
            Message(Role.USER, text.user),
        ),
    )


def findings(attempt: Attempt, limits: Limits) -> str:
    """What was found in an attempt, as paragraphs: the place, the source line with a caret, the message, the
    suggestion.
    """
    if isinstance(attempt.formalisation, NotExtracted):
        return f"No program could be taken out of your reply: {attempt.formalisation.diagnostics[0].message}."
    found = [_finding(item, attempt.formalisation) for item in attempt.diagnostics[:_SHOWN_DIAGNOSTICS]]
    for run in attempt.runs.values():
        if isinstance(run.ending, Stopped):
            what = _STOPPED[run.ending.limit][1].format(limits)
            found.append(f"Your program was stopped: {what}. Nothing is known of its answer.")
            break
    if conflict := _conflict(attempt.formalisation, attempt.runs):
        found.append(conflict)
    return "\n\n".join(found) or "Your program gave no answer."


def _facts(attempt: Attempt) -> set[str]:
    """The words that choose the advice: classes of error, `time`, `memory`, `output`, `not_extracted`, `cut_off`."""
    if isinstance(attempt.formalisation, NotExtracted):
        cut = any(CUT_OFF in item.message for item in attempt.formalisation.diagnostics)
        return {"not_extracted", "cut_off"} if cut else {"not_extracted"}
    stopped = {_STOPPED[run.ending.limit][0] for run in attempt.runs.values() if isinstance(run.ending, Stopped)}
    return stopped | {item.error_class.value for item in attempt.diagnostics}


def _previous(attempt: Attempt) -> str:
    """The last program in its fence; where none was found, the beginning of the reply."""
    if isinstance(attempt.formalisation, Formalisation):
        program = attempt.formalisation.program
        info = "prolog" if program.language is Language.PROLOG else "smt2"
        return f"```{info}\n{program.text.rstrip()}\n```"
    reply = attempt.completion.text.strip()
    if not reply:
        return "(an empty reply)"
    return reply if len(reply) <= _SHOWN_REPLY else f"{reply[:_SHOWN_REPLY]}\n[...]"


def _finding(item: Diagnostic, formalisation: Formalisation) -> str:
    where, source = _place(item, formalisation)
    if item.error_class is ErrorClass.LOGICAL and item.line is None:
        text = f"The program ran, and its result answers nothing: {item.message}"
    else:
        text = f"Error ({item.error_class.value}){where}: {item.message}"
    if item.suggestion:
        text += f" ({item.suggestion})"
    return text if not source else f"{text}\n{source}"


def _place(item: Diagnostic, formalisation: Formalisation) -> tuple[str, str]:
    """Where it is, in words, and the source line with a caret under the place."""
    if item.part is Part.QUERY:
        where = f" in the query `{formalisation.query}`"
        if formalisation.complement is not None:
            where += f" or the complement `{formalisation.complement}`"
        return where, ""
    if item.line is None:
        return "", ""
    where = f" in line {item.line}"
    lines = formalisation.program.text.split("\n")
    if not 1 <= item.line <= len(lines):
        return where, ""
    line = lines[item.line - 1].expandtabs(1).rstrip()
    column = item.column
    if column is None or not 1 <= column <= len(line) + 1:
        return where, f"    {line[:_SHOWN_LINE]}"
    start = max(0, column - 1 - _SHOWN_LINE // 2)
    return where, f"    {line[start : start + _SHOWN_LINE]}\n    {' ' * (column - 1 - start)}^"


def _conflict(formalisation: Formalisation, runs: Mapping[RunName, Run]) -> str | None:
    """The named assertions that cannot all hold, quoted from the program."""
    run = runs.get(RunName.QUERY)
    if run is None or not isinstance(run.ending, Finished) or not isinstance(run.ending.outcome, Unsatisfiable):
        return None
    core = set(run.ending.outcome.core)
    quoted = [text for name, text in _named_assertions(formalisation.program.text) if name in core]
    if not quoted:
        return None
    shown = quoted[:_SHOWN_ASSERTIONS]
    more = f"\n    and {len(quoted) - len(shown)} more" if len(quoted) > len(shown) else ""
    return (
        "These assertions cannot all hold together, so one of them says something that the problem does not:\n    "
        + ("\n    ".join(shown) + more)
    )


def _named_assertions(program: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    try:
        for command in commands(tokens(program)):
            texts = [token.text for token in command]
            if texts[1:2] == ["assert"] and ":named" in texts[:-1]:
                source = program[command[0].start : command[-1].start + 1]
                found.append((texts[texts.index(":named") + 1].strip("|"), " ".join(source.split())[: 2 * _SHOWN_LINE]))
    except SexprError:
        return []
    return found
