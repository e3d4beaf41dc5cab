"""What makes any story less smooth: a beginning without numbers, an idle fact, a condition drawn into the question."""

import re

from app.training.generators.multistep_cast import idle_fact
from app.training.generators.multistep_story import Story, Told

_OPENINGS = (
    "it was a busy week for {x}",
    "{x} likes to plan everything well",
    "{x} keeps a list of everything",
    "{x} is good with numbers",
    "it was a long day",
    "{x} wrote everything down in a notebook",
    "last summer was a good one for {x}",
    "{x} was asked to do a small calculation",
    "{x} has a lot to do",
    "{x} wants to know exactly",
    "here is what {x} told a friend",
)
_IMPERSONAL = re.compile(
    r"how (many|much)( \w+)+ (are|is|were|was) (left|needed|filled|made|earned|raised|sold)\b[^,]*\?$"
)
"""A question that is a clause after "find" as well."""
_LEADS = frozenset("then after later afterwards in on at from the next this last if now today yesterday before".split())
_NO_CONDITION = frozenset("calculate find determine work if for after what's in".split())


def roughen(story: Story, told: Told) -> Told:
    """The same story, sometimes told in a less orderly way; what is asked and its answer stay."""
    *facts, question = told.sentences
    draw = story.rng.random()
    names = list(dict.fromkeys(story.names))
    if len(names) == 1 and draw < 0.07:
        facts.insert(0, story.pick(_OPENINGS).replace("{x}", names[0]))
    elif len(names) == 1 and draw < 0.15 and facts and names[0] in facts[0]:
        if len(facts) == 1 or not _refers_back(facts[1]):
            facts.insert(1, idle_fact(story, names[0]))
    elif draw < 0.30 and len(facts) >= 2 and _can_be_condition(facts[-1], question):
        question = f"if {facts.pop()}, {question}"
    elif draw < 0.38 and len(facts) >= 3 and len(facts[0]) + len(facts[1]) < 110 and " and " not in facts[0] + facts[1]:
        facts[:2] = [f"{facts[0]}, and {facts[1]}"]
    if _IMPERSONAL.match(question) and story.chance(0.15):
        question = f"{story.pick(('find', 'calculate', 'find out', 'work out', 'determine'))} {question[:-1]}."
    return Told([*facts, question], told.answer, told.kind)


def _refers_back(fact: str) -> bool:
    """Whether nothing may stand between it and the sentence before."""
    return fact.startswith(("that", "this", "it ", "of those")) or " it " in fact or " each time " in fact


def _can_be_condition(fact: str, question: str) -> bool:
    first = fact.split(" ")[0].lower()
    if first in _LEADS or question.split(" ")[0].lower() in _NO_CONDITION:
        return False
    return not any(mark in question for mark in (" if ", " then", " after that")) and len(fact) < 120
