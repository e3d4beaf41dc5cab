"""Asks a language model for the answer alone, without a solver: what an evaluation is compared with."""

from app.errors import LmSpecError
from app.lm.types import LmRequest, Message, Role, Sampling
from app.prompts import PromptRef, load_prompt
from app.reasoning.formalise import select
from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.types import Kind, Problem

_PROMPT = ("baseline", 1)

_NUMBER = (Kind.ARITHMETIC, Kind.OPTIMISATION)


def require_baseline(lm: str) -> None:
    """Raises `LmSpecError` where the language model that `lm` names cannot answer without a program. Ask before
    anything runs.
    """
    if lm.startswith("embedded:"):
        raise LmSpecError(
            f"{lm} writes programs and nothing else, so it has no baseline: leave --baseline out, or name another "
            "language model with --lm"
        )


def baseline_prompt() -> PromptRef:
    return load_prompt(*_PROMPT).ref


def baseline_request(problem: Problem, sampling: Sampling) -> LmRequest:
    """One call for the answer of `problem`; the last line of the completion is `#### ANSWER`.

    Raises:
        PromptError: the prompt is missing or damaged. Our fault.
    """
    kind = decide_kind(problem)
    form = "number" if kind in _NUMBER else kind.value
    prompt = select(load_prompt(*_PROMPT), {form, problem.world.value})
    text = prompt.render(problem=problem.text.strip())
    return LmRequest(
        messages=(Message(Role.SYSTEM, text.system), Message(Role.USER, text.user)),
        problem=problem.text,
        attempt=0,
        sampling=sampling,
        kind=kind,
        language=decide_language(problem, kind),
        world=problem.world,
    )
