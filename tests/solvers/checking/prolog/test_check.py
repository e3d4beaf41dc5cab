"""Certificates of Prolog programs: right ones are confirmed, and no change of one is, unless it is right as well."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from solvers import Job, Language, Limits, Program, Runtime
from solvers.certificates import Certificate, CheckResult, certificate_of
from solvers.checking import check_certificate
from solvers.sync import solve as solve_waiting
from solvers.types import (
    Answers,
    Derivation,
    Derivations,
    ModelText,
    NoAnswer,
    NoEvidence,
    Rule,
    Step,
    Substitution,
    Unknown,
    Value,
    ValueKind,
)
from tests.solvers.prolog.test_derivations import programs

anyio = pytest.mark.anyio

PROGRAMS = {
    "a bill": (
        """:- use_module(library(clpq)).

price(book, 12).
price(pen, 5/2).
bought(book, 3).
bought(pen, 4).

cost(Thing, Cost) :-
    price(Thing, Price),
    bought(Thing, Count),
    {Cost = Price * Count}.

solve(X) :-
    cost(book, Books),
    cost(pen, Pens),
    {X = Books + Pens}.
""",
        "solve(X)",
    ),
    "an equation": (
        """:- use_module(library(clpq)).
age_now(A) :- {3 * (A + 4) = 61}.
solve(X) :- age_now(X), X > 16.
""",
        "solve(X)",
    ),
    "floats": (
        """:- use_module(library(clpr)).
rate(0.15).
solve(X) :- rate(R), {X = 70 * (1 + R) / 3}.
""",
        "solve(X)",
    ),
    "arithmetic": (
        """step(0, 5) :- !.
step(N, Y) :- N > 0, M is N - 1, step(M, X), Y is X * 2 - 1.
solve(X) :- step(3, X).
""",
        "solve(X)",
    ),
    "a puzzle": (
        """:- use_module(library(clpfd)).
places([ida-Ida, jon-Jon, kim-Kim, lea-Lea]) :-
    Places = [Ida, Jon, Kim, Lea],
    Places ins 1..4,
    all_different(Places),
    Ida #= Kim + 1,
    Lea #\\= 1,
    Lea #\\= 4,
    Jon #< Kim,
    label(Places).
solve(Who) :- places(Places), member(Who-3, Places).
""",
        "solve(Who)",
    ),
    "entailment": (
        """:- dynamic otter/1, swims/1, wet/1, dusty/1, neg/1.
:- table otter/1, swims/1, wet/1, dusty/1, neg/1.
otter(milo).
swims(milo).
otter(tia).
wet(X) :- otter(X), swims(X).
wet(X) :- wet(X).
neg(otter(X)) :- swims(X), neg(wet(X)).
neg(dusty(X)) :- wet(X).
neg(wet(X)) :- dusty(X).
""",
        "neg(dusty(milo))",
    ),
    "a closed world": (
        """:- dynamic animal/1, barks/1, calm/1, neg/1.
:- table animal/1, barks/1, calm/1, neg/1.
animal(rex).
animal(tia).
barks(rex).
calm(X) :- animal(X), \\+ barks(X).
""",
        "calm(Who)",
    ),
    "several answers": (
        """parent(ann, ben).
parent(ben, cleo).
parent(ben, dora).
ancestor(X, Y) :- parent(X, Y).
ancestor(X, Z) :- parent(X, Y), ancestor(Y, Z).
""",
        "ancestor(ann, Who)",
    ),
    "control": (
        """a(1).
a(2).
a(3).
size(X, Y) :- ( X > 2 -> Y = big ; X =:= 2, Y = two ; \\+ X = 2, Y = small ).
solve(X-Y-N-L) :-
    once(a(_)), a(X), call(size, X, Y), findall(Z, a(Z), L), length(L, N), forall(a(Z), Z > 0), \\+ Y = two.
""",
        "solve(X)",
    ),
}


def job_of(name: str) -> Job:
    text, query = PROGRAMS[name]
    return Job(Program(Language.PROLOG, text), query, evidence=True)


async def certificate(runtime: Runtime, job: Job, **limits: int) -> Certificate:
    made = certificate_of(job, await runtime.solve(job, Limits(**limits)))
    assert made is not None, job
    return made


@pytest.fixture(scope="module")
async def certificates(runtime: Runtime) -> dict[str, Certificate]:
    return {name: await certificate(runtime, job_of(name)) for name in PROGRAMS}


@anyio
@pytest.mark.parametrize("name", PROGRAMS)
async def test_a_right_certificate_is_confirmed(certificates: dict[str, Certificate], name: str) -> None:
    report = check_certificate(certificates[name])
    assert report.certified, report
    assert "no other answer" in report.reason
    assert re.search(r"derivations? of \d+ steps", report.reason)
    assert "decides" not in report.reason, "every step is checked by itself"


@anyio
async def test_the_report_says_the_exact_value_of_a_float(certificates: dict[str, Certificate]) -> None:
    assert "exactly X = 161/6" in check_certificate(certificates["floats"]).reason


NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
SYMBOL = re.compile(r"\b[a-z]\w*\b")


def texts_near(text: str) -> Iterator[str]:
    """The text with one number moved, one symbol renamed or one character left out."""
    for found in NUMBER.finditer(text):
        number = found[0]
        moved = str(float(number) + 0.5) if "." in number else str(int(number) + 1)
        yield text[: found.start()] + moved + text[found.end() :]
    for found in SYMBOL.finditer(text):
        yield text[: found.start()] + "zzz" + text[found.end() :]


def steps_near(steps: tuple[Step, ...], place: int) -> Iterator[tuple[Step, ...]]:
    def with_step(step: Step) -> tuple[Step, ...]:
        return (*steps[:place], step, *steps[place + 1 :])

    step = steps[place]
    for goal in texts_near(step.goal):
        yield with_step(replace(step, goal=goal))
    for rule in Rule:
        if rule is not step.rule:
            yield with_step(replace(step, rule=rule))
    for line in (None, 1, (step.line or 1) + 1, (step.line or 2) - 1):
        if line != step.line:
            yield with_step(replace(step, line=line))
    premises = step.premises
    for index, premise in enumerate(premises):
        yield with_step(replace(step, premises=premises[:index] + premises[index + 1 :]))
        yield with_step(replace(step, premises=(*premises[:index], premise, *premises[index:])))
        yield with_step(replace(step, premises=(*premises[:index], premise + 1, *premises[index + 1 :])))
        yield with_step(replace(step, premises=(*premises[:index], place, *premises[index + 1 :])))
    if len(set(premises)) > 1:
        yield with_step(replace(step, premises=premises[::-1]))
    yield with_step(replace(step, premises=(*premises, len(steps))))
    yield with_step(replace(step, premises=(*premises, len(steps) - 1)))
    yield steps[:place] + steps[place + 1 :]
    yield (*steps[: place + 1], *steps[place:])
    yield (*steps, step)


def with_derivations(certificate: Certificate, derivations: list[Derivation]) -> Certificate:
    return replace(certificate, evidence=Derivations(tuple(derivations)))


def evidence_near(certificate: Certificate) -> Iterator[Certificate]:
    assert isinstance(certificate.evidence, Derivations)
    derivations = list(certificate.evidence.derivations)
    for index, derivation in enumerate(derivations):
        for place in range(len(derivation.steps)):
            for steps in steps_near(derivation.steps, place):
                changed = [*derivations[:index], Derivation(steps), *derivations[index + 1 :]]
                yield with_derivations(certificate, changed)
        yield with_derivations(certificate, derivations[:index] + derivations[index + 1 :])
        yield with_derivations(certificate, [*derivations, derivation])
    if len(derivations) > 1:
        yield with_derivations(certificate, derivations[::-1])
    yield replace(certificate, evidence=ModelText("(model)"))


def substitutions_near(substitution: Substitution) -> Iterator[Substitution]:
    for name, value in substitution.bindings.items():
        others = [*texts_near(value.text), "9" + value.text, "-" + value.text, "", "X", "_"]
        changed = [Value(text, value.kind) for text in others]
        changed += [Value(value.text, kind) for kind in ValueKind if kind is not value.kind]
        for each in changed:
            yield replace(substitution, bindings={**substitution.bindings, name: each})
        yield replace(substitution, bindings={**substitution.bindings, "Another": value})
        yield replace(substitution, bindings={key: each for key, each in substitution.bindings.items() if key != name})
    yield replace(substitution, residual=("dif(X, a)",))


def outcomes_near(certificate: Certificate) -> Iterator[Certificate]:
    answers, evidence = certificate.outcome, certificate.evidence
    assert isinstance(answers, Answers)
    assert isinstance(evidence, Derivations)
    all_of_them = answers.substitutions
    for index, substitution in enumerate(all_of_them):
        before, after = all_of_them[:index], all_of_them[index + 1 :]
        for changed in substitutions_near(substitution):
            yield replace(certificate, outcome=replace(answers, substitutions=(*before, changed, *after)))
        proofs = evidence.derivations[:index] + evidence.derivations[index + 1 :]
        yield replace(certificate, outcome=Answers((*before, *after), True), evidence=Derivations(proofs))
        yield replace(certificate, outcome=Answers((*before, *after), True))
    if len(all_of_them) > 1:
        yield replace(certificate, outcome=replace(answers, substitutions=all_of_them[::-1]))
    yield replace(certificate, outcome=NoAnswer(), evidence=Derivations(()))
    yield replace(certificate, outcome=NoAnswer())
    yield replace(certificate, outcome=NoAnswer(), evidence=None)
    yield replace(certificate, outcome=Answers((), True), evidence=Derivations(()))
    yield replace(certificate, outcome=Unknown("a reason"))


def jobs_near(job: Job) -> Iterator[Job]:
    lines = job.program.text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        changes = ["", *texts_near(line), line.replace(">", "<"), line.replace("*", "+"), line.replace(",", ";", 1)]
        for changed in changes:
            if changed != line:
                text = "".join([*lines[:number], changed, *lines[number + 1 :]])
                yield replace(job, program=replace(job.program, text=text))
    for query in (*texts_near(job.query or ""), "fail", "true", f"\\+ {job.query}", f"{job.query}, fail"):
        yield replace(job, query=query)


def says_the_same(one: Certificate, other: Certificate) -> bool:
    """Whether two outcomes claim the same answers, whatever their order and number."""
    if not isinstance(one.outcome, Answers) or not isinstance(other.outcome, Answers):
        return one.outcome == other.outcome
    sets = [
        {
            (tuple(sorted((name, value.text, value.kind) for name, value in each.bindings.items())), each.residual)
            for each in all_of_them.substitutions
        }
        for all_of_them in (one.outcome, other.outcome)
    ]
    return sets[0] == sets[1] and one.outcome.exhausted == other.outcome.exhausted


@anyio
@pytest.mark.parametrize("name", PROGRAMS)
async def test_no_change_of_the_evidence_is_accepted(certificates: dict[str, Certificate], name: str) -> None:
    """Each step has one place in the proof and one rule, so no change leaves it right. (Other names for its variables
    would. None is tried here.)
    """
    accepted = [
        (index, check_certificate(changed))
        for index, changed in enumerate(evidence_near(certificates[name]))
        if changed != certificates[name] and check_certificate(changed).result is CheckResult.CONFIRMED
    ]
    assert accepted == []


@anyio
@pytest.mark.parametrize("name", PROGRAMS)
async def test_no_change_of_the_answers_is_accepted(certificates: dict[str, Certificate], name: str) -> None:
    for changed in outcomes_near(certificates[name]):
        report = check_certificate(changed)
        assert report.result is not CheckResult.CONFIRMED, (changed.outcome, report)


@anyio
@pytest.mark.parametrize("name", PROGRAMS)
async def test_no_answers_of_another_program_are_accepted(
    runtime: Runtime, certificates: dict[str, Certificate], name: str
) -> None:
    """A change of the program may leave its answers and their derivation what they are: a clause that the proof does
    not use, say. The engine says what the changed program answers, and a claim that is right may be accepted.
    """
    original = certificates[name]
    for job in jobs_near(original.job):
        report = check_certificate(replace(original, job=job))
        if report.result is CheckResult.CONFIRMED:
            really = await certificate(runtime, job)
            assert says_the_same(original, really), (job, report, really.outcome)


@anyio
@pytest.mark.parametrize("name", PROGRAMS)
async def test_answers_alone_are_confirmed_by_search_and_the_report_says_so(
    certificates: dict[str, Certificate], name: str
) -> None:
    for evidence in (None, NoEvidence("none was made")):
        report = check_certificate(replace(certificates[name], evidence=evidence))
        assert report.certified
        assert "without a derivation" in report.reason
    for changed in outcomes_near(certificates[name]):
        report = check_certificate(replace(changed, evidence=None))
        assert report.result is not CheckResult.CONFIRMED or says_the_same(changed, certificates[name]), changed


ENDLESS = "n(0).\nn(X) :- n(Y), X is Y + 1.\nsolve(X) :- n(X), X > 2.\n"


@anyio
async def test_of_an_endless_search_what_is_claimed_can_be_found_and_no_more(runtime: Runtime) -> None:
    job = Job(Program(Language.PROLOG, ENDLESS), "solve(X)", evidence=True)
    found = await certificate(runtime, job, max_answers=3)
    assert check_certificate(found).certified
    assert "not claimed" in check_certificate(found).reason
    assert isinstance(found.outcome, Answers)
    overstated = check_certificate(replace(found, outcome=replace(found.outcome, exhausted=True)))
    assert overstated.result is not CheckResult.CONFIRMED


FORGED = Derivations(
    (
        Derivation(
            (
                Step("solve(1)", Rule.QUERY, None, (1,)),
                Step("solve(1)", Rule.CLAUSE, 1, (2, 3)),
                Step("p", Rule.CLAUSE, 3),
                Step("fact(1)", Rule.CLAUSE, 4),
            )
        ),
    )
)


@pytest.mark.parametrize(
    ("goal", "result"),
    [
        ("retract(fact(1))", CheckResult.NOT_CHECKABLE),
        ("G = retract(fact(1)), call(G)", CheckResult.NOT_CHECKABLE),
        ("unheard_of(1)", CheckResult.CONFIRMED),
    ],
)
def test_a_derivation_alone_assumes_that_the_engine_gets_there(goal: str, result: CheckResult) -> None:
    """The first `p` fails after it took the fact away: `solve(1)` has a derivation, and is no answer."""
    program = f":- dynamic fact/1.\nsolve(X) :- p, fact(X).\np :- {goal}, fail.\np.\nfact(1).\n"
    answer = Answers((Substitution({"X": Value("1", ValueKind.INTEGER)}),), exhausted=False)
    (steps,) = (derivation.steps for derivation in FORGED.derivations)
    moved = tuple(replace(step, line=step.line + 1) if step.line else step for step in steps)
    job = Job(Program(Language.PROLOG, program), "solve(X)", evidence=True)
    report = check_certificate(Certificate(job, answer, Derivations((Derivation(moved),))))
    assert report.result is result
    assert not report.certified
    assert report.result is not CheckResult.CONFIRMED or "engine" in report.assumptions[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_what_the_engine_finds_is_confirmed_or_beyond_the_check(program: str) -> None:
    job = Job(Program(Language.PROLOG, program), "solve(X)", evidence=True)
    found = certificate_of(job, solve_waiting(job, Limits(max_answers=40)))
    if found is not None:
        report = check_certificate(found)
        assert report.result is not CheckResult.REFUTED, (program, report)
        if isinstance(found.outcome, Answers) and report.result is CheckResult.CONFIRMED:
            one_less = replace(found, outcome=Answers(found.outcome.substitutions[1:], True), evidence=None)
            claimed = {each.bindings["X"].text for each in found.outcome.substitutions}
            left = {each.bindings["X"].text for each in found.outcome.substitutions[1:]}
            assert claimed == left or check_certificate(one_less).result is not CheckResult.CONFIRMED
