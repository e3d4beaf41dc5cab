"""Traces as the service records them, in a few words: a problem, the replies it got, and how the verdict came out."""

from dataclasses import replace

from app.prompts import PromptRef
from app.reasoning.events import AttemptEnded, TraceBegun, VerdictReached
from app.reasoning.types import Evidence, Kind, Problem, Purpose, Trust, Verdict, VerdictKind
from solvers.types import Diagnostic, ErrorClass, Language
from tests.app.store.examples import NOW, SPENT, attempt, trace_id, versions

WRONG = (Diagnostic(ErrorClass.LOGICAL, "the query has no answer"),)
FIRST, REPAIR = PromptRef("formalise-prolog", 2, "a" * 64), PromptRef("repair", 1, "b" * 64)


def record(
    store,
    number,
    text,
    replies,
    *,
    trust=Trust.CERTIFIED,
    concluded=None,
    kind=Kind.ARITHMETIC,
    language=Language.PROLOG,
    verdict=VerdictKind.ANSWERED,
    answer="18",
    second=None,
    created_at=NOW,
):
    """Record a trace and return its id.

    All replies but the last failed; the last one concluded, unless `trust` is None or `concluded` is another number.
    """
    id = trace_id(number)
    store.record(TraceBegun(id, Problem(text), kind, language, created_at, versions()))
    concluded = len(replies) if concluded is None else concluded
    for place, reply in enumerate(replies, start=1):
        failed = trust is None or place != concluded
        made = attempt(place, diagnostics=WRONG if failed else ())
        made = replace(made, completion=replace(made.completion, text=reply), prompt=FIRST if place == 1 else REPAIR)
        store.record(AttemptEnded(id, made))
    if second is not None:
        made = attempt(len(replies) + 1)
        made = replace(made, completion=replace(made.completion, text=second), purpose=Purpose.CORROBORATION)
        store.record(AttemptEnded(id, made))
    if trust is None:
        reached, evidence = Verdict(VerdictKind.UNRESOLVED, "nothing"), Evidence(execution={"attempt": len(replies)})
    else:
        reached = Verdict(verdict, "the only answer", answer, trust)
        evidence = Evidence(execution={"attempt": concluded})
    store.record(VerdictReached(id, reached, evidence, SPENT))
    return id
