"""The JSON of the service, in HTTP and on the command line alike: what comes in ends in `Create`,
what goes out in `Read`.

Numbers that logic computes are strings ("18", "10/3"); times are RFC 3339 in UTC. Every text that goes out is valid
Unicode: a lone surrogate that a program printed is shown as U+FFFD.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.api.text import clean, fault_of_text
from app.lm.types import FinishReason, LmIdentity
from app.reasoning.calibration import Calibration, CalibrationTable
from app.reasoning.certify import NOT_COVERED
from app.reasoning.recheck import Recheck
from app.reasoning.types import (
    Assurance,
    Attempt,
    Budget,
    CheckReport,
    CheckResult,
    Formalisation,
    Kind,
    Problem,
    Purpose,
    RunName,
    Spent,
    Trace,
    Trust,
    Verdict,
    VerdictKind,
    Versions,
    World,
)
from solvers.types import (
    Diagnostic,
    Engine,
    ErrorClass,
    Job,
    Language,
    LimitName,
    Limits,
    Part,
    Program,
    Run,
    ValueKind,
    Wanted,
)
from solvers.wire import run_to_json

if TYPE_CHECKING:
    # Running a program needs no database, and importing one takes a second.
    from app.store.traces import Page, TraceSummary


def _cleaned(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _whole(value: Any) -> Any:
    # JSON has one kind of number, and JSON Schema counts 10.0 as an integer.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _deep_clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(name)): _deep_clean(member) for name, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_deep_clean(member) for member in value]
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _a_text(value: str) -> str:
    if fault := fault_of_text(value):
        raise ValueError(fault)
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty: write something")
    return value


Text = Annotated[str, BeforeValidator(_cleaned)]
"""A text that goes out."""

GivenText = Annotated[str, AfterValidator(_a_text), AfterValidator(_not_blank)]
"""A text that comes in from a person."""

Json = Annotated[dict[str, Any], BeforeValidator(_deep_clean)]
Moment = Annotated[datetime, AfterValidator(_utc)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False, strict=True)]
Integer = Annotated[int, BeforeValidator(_whole, json_schema_input_type=int), Field(strict=True)]
Whole = Annotated[Integer, Field(ge=1, le=1_000_000_000)]


class Create(BaseModel):
    """What comes in. A field that is not documented is refused: a misspelt limit must not be no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Read(BaseModel):
    """What goes out. Built from checked values; `extra="forbid"` keeps the documentation honest."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)


class LimitsCreate(Create):
    """What a run may use; what is left out takes the service's default. `GET /v1/info` shows defaults and maxima."""

    wall_seconds: Seconds | None = None
    cpu_seconds: Seconds | None = None
    memory_mib: Whole | None = Field(default=None, description="On top of what the engine itself occupies.")
    output_bytes: Whole | None = Field(default=None, description="What the program prints, and its reply.")
    max_answers: Whole | None = Field(default=None, description="Answers after which a Prolog search ends.")


class BudgetCreate(Create):
    """What solving one problem may use; what is left out takes the service's default."""

    attempts: Whole | None = Field(default=None, description="Formalisations, the first included.")
    tokens: Whole | None = Field(default=None, description="Tokens of the language model, prompts included.")
    seconds: Seconds | None = Field(default=None, description="Seconds, the language model's included.")


class AskedKind(StrEnum):
    """`auto`: the service decides."""

    AUTO = "auto"
    ARITHMETIC = "arithmetic"
    ENTAILMENT = "entailment"
    CONSTRAINT = "constraint"
    OPTIMISATION = "optimisation"


class ProblemCreate(Create):
    """A problem in plain language. Gold answers have no place here: nothing of them could reach a prompt."""

    problem: GivenText = Field(
        description="At most 32 kB of UTF-8.",
        examples=["Anna has 3 boxes with 4 pencils each and gives 5 pencils away. How many has she left?"],
    )
    kind: AskedKind = AskedKind.AUTO
    language: Language | None = Field(
        default=None, description="Of the program; null: the service decides by the kind."
    )
    world: World = Field(
        default=World.OPEN, description="What is not derivable is false (`closed`) or unknown (`open`)."
    )
    limits: LimitsCreate | None = None
    budget: BudgetCreate | None = None
    min_trust: Trust | None = Field(
        default=None, description="Below it the verdict is `unresolved`, and says what was found and what it lacks."
    )
    corroborate: bool | None = Field(
        default=None,
        description="Have the problem formalised a second time, without sight of the first, and conclude only what "
        "both say. Costs as much again. Null: as the service is set (QUOD_CORROBORATE), and always for `min_trust` "
        "corroborated.",
    )

    def to_assurance(self, corroborate: bool) -> Assurance:
        """`corroborate`: what the service is set to."""
        wanted = corroborate if self.corroborate is None else self.corroborate
        return Assurance(self.min_trust, wanted or self.min_trust is Trust.CORROBORATED)

    def to_problem(self) -> Problem:
        kind = None if self.kind is AskedKind.AUTO else Kind(self.kind.value)
        return Problem(text=self.problem, kind=kind, language=self.language, world=self.world)


class ProgramCreate(Create):
    """One program and what is asked of it. A faulty program is a result, not an HTTP error."""

    id: str | None = Field(
        default=None, min_length=1, max_length=200, description="Yours; it comes back with the result."
    )
    language: Language
    program: str = Field(
        description="Clauses, or SMT-LIB commands; at most 256 kB.", examples=["mortal(X) :- man(X).\nman(socrates)."]
    )
    query: str | None = Field(
        default=None,
        description="A Prolog goal, null: the program is only loaded; or SMT-LIB commands that run after its own.",
        examples=["mortal(X)"],
    )
    wanted: Wanted = Field(
        default=Wanted.ANY,
        description="What the outcome is held against; what does not meet it is a diagnostic of class `logical`.",
    )
    answer: str | None = Field(
        default=None,
        min_length=1,
        max_length=10_000,
        description="Variable (Prolog) or term (SMT) whose value answers; null: the only one there is.",
    )
    evidence: bool = Field(
        default=False, description="Whether the run shall carry evidence that a checker can verify (`POST /v1/check`)."
    )
    limits: LimitsCreate | None = None

    def to_job(self) -> Job:
        program = Program(self.language, self.program)
        return Job(program, self.query, self.wanted, self.answer, evidence=self.evidence)


class ProgramsCreate(Create):
    """Many programs at once; the results come back in this order."""

    programs: list[ProgramCreate] = Field(min_length=1, description="At most 1,000 (`GET /v1/info`: `sizes`).")
    limits: LimitsCreate | None = Field(default=None, description="For each program that brings none of its own.")


class DiagnosticRead(Read):
    """One fault of a program. `line` and `column` count from 1 in `part`."""

    error_class: ErrorClass = Field(alias="class")
    message: Text
    line: int | None
    column: int | None
    symbol: Text | None
    suggestion: Text | None = None
    part: Part = Part.PROGRAM

    @classmethod
    def of(cls, diagnostic: Diagnostic) -> Self:
        return cls.model_validate(
            {
                "class": diagnostic.error_class,
                "message": diagnostic.message,
                "line": diagnostic.line,
                "column": diagnostic.column,
                "symbol": diagnostic.symbol,
                "suggestion": diagnostic.suggestion,
                "part": diagnostic.part,
            }
        )


class RunStatus(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    REJECTED = "rejected"


Bindings = dict[Text, Text]
Kinds = dict[Text, ValueKind]


class NoAnswerRead(Read):
    """The query failed finitely. Not false, unless the world is closed."""

    kind: Literal["no_answer"]


class SatisfiableKinds(Read):
    model: Kinds
    values: Kinds
    objectives: Kinds


class SatisfiableCheck(Read):
    """The assertions are consistent. Not true."""

    kind: Literal["satisfiable"]
    model: Bindings = Field(description="Each declared constant; a function as SMT-LIB text.")
    values: Bindings = Field(description="The terms that `get-value` asked for.")
    objectives: Bindings = Field(description="The terms of `minimize` and `maximize` with the optimum.")
    kinds: SatisfiableKinds = Field(description="What each value is, parallel to it.")


class UnsatisfiableCheck(Read):
    """The assertions cannot all hold; `core` names some that cannot."""

    kind: Literal["unsatisfiable"]
    core: list[Text]


class UnknownCheck(Read):
    """The solver stopped without deciding. Not unsatisfiable, not false."""

    kind: Literal["unknown"]
    reason: Text


CheckOutcome = Annotated[SatisfiableCheck | UnsatisfiableCheck | UnknownCheck, Field(discriminator="kind")]
Checks = Annotated[
    list[CheckOutcome] | None,
    Field(
        description="The reply to each check in order; there where a program made several.",
        exclude_if=lambda checks: checks is None,
    ),
]


class AnswersRead(Read):
    """At least one answer; `exhausted`: there is no other."""

    kind: Literal["answers"]
    answers: list[Bindings]
    kinds: list[Kinds] = Field(description="What each value is, parallel to `answers`.")
    residual: list[list[Text]] = Field(description="Constraints left on the variables of each answer, as goals.")
    exhausted: bool


class SatisfiableRead(SatisfiableCheck):
    checks: Checks = None


class UnsatisfiableRead(UnsatisfiableCheck):
    checks: Checks = None


class UnknownRead(UnknownCheck):
    checks: Checks = None


OutcomeRead = Annotated[
    AnswersRead | NoAnswerRead | SatisfiableRead | UnsatisfiableRead | UnknownRead, Field(discriminator="kind")
]


class UsageRead(Read):
    wall_seconds: float
    cpu_seconds: float
    peak_memory_mib: float


EvidenceOfRun = Annotated[
    Json | None,
    Field(
        description="For a checker, where it was asked for: `derivations` (a step is goal, rule, line of the clause "
        "and places of its premises), `model` or `proof` as the engine wrote it, or `none` with the reason.",
        exclude_if=lambda evidence: evidence is None,
    ),
]


class RunRead(Read):
    """One execution of a program."""

    status: RunStatus
    limit: LimitName | None = Field(description="The limit that stopped it.")
    diagnostics: list[DiagnosticRead]
    outcome: OutcomeRead | None
    output: Text = Field(description="What the program printed; shown, never parsed.")
    usage: UsageRead
    sandbox: dict[str, bool]
    evidence: EvidenceOfRun = None

    @classmethod
    def of(cls, run: Run) -> Self:
        return cls.model_validate(run_to_json(run))


class FailureRead(Read):
    """Why an item of a batch has no run: a fault of ours, with a type as in problem details."""

    type: str
    title: str
    detail: Text


class ItemStatus(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    REJECTED = "rejected"
    ERROR = "error"


class ItemRead(Read):
    """One result of a batch: a run with the `id` it was asked under, or `status` "error" with `error`."""

    id: Text | None
    status: ItemStatus
    limit: LimitName | None = None
    diagnostics: list[DiagnosticRead] = Field(default_factory=list)
    outcome: OutcomeRead | None = None
    output: Text = ""
    usage: UsageRead | None = None
    sandbox: dict[str, bool] | None = None
    evidence: EvidenceOfRun = None
    error: FailureRead | None = None

    @classmethod
    def of(cls, id: str | None, result: Run | FailureRead) -> Self:
        if isinstance(result, FailureRead):
            return cls(id=id, status=ItemStatus.ERROR, error=result)
        return cls.model_validate({"id": id, **run_to_json(result)})


class RunsRead(Read):
    """The results of a batch, in the order of its programs."""

    data: list[ItemRead]


class GlossRead(Read):
    symbol: Text
    words: Text


class FormalisationRead(Read):
    """`query` is a goal, a term, or the conclusion; `complement` the Prolog goal that holds when it is false."""

    language: Language
    program: Text
    query: Text
    complement: Text | None
    gloss: list[GlossRead]

    @classmethod
    def of(cls, formalisation: Formalisation) -> Self:
        return cls(
            language=formalisation.program.language,
            program=formalisation.program.text,
            query=formalisation.query,
            complement=formalisation.complement,
            gloss=[GlossRead(symbol=gloss.symbol, words=gloss.words) for gloss in formalisation.gloss],
        )


class PromptRead(Read):
    name: str
    version: int
    sha256: str


class MessageRead(Read):
    role: str
    content: Text


class LmRead(Read):
    backend: Text
    name: Text
    revision: Text | None
    base_url: Text | None

    @classmethod
    def of(cls, lm: LmIdentity) -> Self:
        return cls(backend=lm.backend, name=lm.name, revision=lm.revision, base_url=lm.base_url)


class TokensRead(Read):
    prompt_tokens: int
    completion_tokens: int


class CompletionRead(Read):
    """What the language model wrote; `tokens` is null where its backend does not count, and `doubt`, why it may not say
    what the problem says, where it does not know how sure it is or was sure.
    """

    text: Text
    lm: LmRead
    finish_reason: FinishReason = Field(
        description="`stop`: it came to its end. `length`: it was cut off. `abstained`: it says that it cannot "
        "translate the problem; `text` is its reason, nothing was run, and it is not asked again. `other`: whatever "
        "else its server says."
    )
    seconds: float
    tokens: TokensRead | None
    cached: bool
    doubt: Text | None


class CheckRead(Read):
    """What a checker made of the evidence. `assumptions`: what is taken for granted where it is confirmed."""

    result: CheckResult
    reason: Text
    checker: Text | None
    assumptions: list[Text]

    @classmethod
    def of(cls, report: CheckReport) -> Self:
        return cls(**asdict(report))


class CheckedRead(CheckRead):
    """What was made of a trace or a certificate that was sent in. `confirmed` says that the outcome follows from the
    program, and nothing of `does_not_cover`.
    """

    what: Literal["trace", "certificates", "certificate"]
    parts: dict[RunName, CheckRead] = Field(description="Of a trace: each certificate that its verdict rests on.")
    does_not_cover: Text

    @classmethod
    def of_recheck(cls, found: Recheck) -> Self:
        return cls(
            **asdict(found.report),
            what=found.what,
            parts={name: CheckRead.of(report) for name, report in found.parts.items()},
            does_not_cover=NOT_COVERED,
        )


class AttemptRead(Read):
    """One try. `formalisation` is null where the completion holds no program, `run` where nothing ran."""

    number: int
    prompt: PromptRead
    messages: list[MessageRead]
    completion: CompletionRead
    formalisation: FormalisationRead | None
    run: RunRead | None = Field(
        description="The run that `run_name` names: the query's, or the first of an entailment."
    )
    run_name: RunName | None
    further_runs: dict[RunName, RunRead] = Field(description="The other runs, by name.")
    second_opinions: dict[RunName, RunRead] = Field(description="Runs of the same jobs by another engine, by name.")
    purpose: Purpose
    check: CheckRead
    diagnostics: list[DiagnosticRead] = Field(description="Why this attempt does not conclude; empty where it does.")
    started_at: Moment
    seconds: float = Field(description="The service's own time: solvers included, the language model's not.")

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        completion = attempt.completion
        first, *further = attempt.runs or [None]
        return cls(
            number=attempt.number,
            prompt=PromptRead(**asdict(attempt.prompt)),
            messages=[MessageRead(role=message.role.value, content=message.content) for message in attempt.messages],
            completion=CompletionRead(
                text=completion.text,
                lm=LmRead.of(completion.lm),
                finish_reason=completion.finish_reason,
                seconds=completion.seconds,
                tokens=TokensRead(**asdict(completion.usage)) if completion.usage else None,
                cached=completion.cached,
                doubt=completion.doubt,
            ),
            formalisation=FormalisationRead.of(attempt.formalisation)
            if isinstance(attempt.formalisation, Formalisation)
            else None,
            run=RunRead.of(attempt.runs[first]) if first else None,
            run_name=first,
            further_runs={name: RunRead.of(attempt.runs[name]) for name in further if name},
            second_opinions={name: RunRead.of(run) for name, run in attempt.second_opinions.items()},
            purpose=attempt.purpose,
            check=CheckRead.of(attempt.check),
            diagnostics=[DiagnosticRead.of(diagnostic) for diagnostic in attempt.diagnostics],
            started_at=attempt.started_at,
            seconds=attempt.seconds,
        )


class CalibrationRead(Read):
    """Of `n` labelled problems of `set` that reached this trust, the share `p` was right (95 %: `low` to `high`)."""

    p: float
    low: float
    high: float
    n: int
    set: Text


class VerdictRead(Read):
    """The conclusion. `trust` is null where nothing is concluded; `reason` says why, or on what the verdict rests."""

    kind: VerdictKind
    answer: Text | None
    trust: Trust | None
    reason: Text
    calibration: CalibrationRead | None = Field(
        default=None,
        description="How often this trust was right, for this kind and language model; null below 100 samples.",
    )

    @classmethod
    def of(cls, verdict: Verdict, calibration: Calibration | None = None) -> Self:
        return cls(
            kind=verdict.kind,
            answer=verdict.answer,
            trust=verdict.trust,
            reason=verdict.reason,
            calibration=CalibrationRead(**asdict(calibration)) if calibration else None,
        )


class EvidenceRead(Read):
    """Four separate answers, never one boolean."""

    execution: Json
    inference: Json
    certificate: Json
    translation: Json


class ProblemRead(Read):
    """What was asked; `kind` and `language` are null where the service was to decide."""

    text: Text
    kind: Kind | None
    language: Language | None
    world: World

    @classmethod
    def of(cls, problem: Problem) -> Self:
        return cls(text=problem.text, kind=problem.kind, language=problem.language, world=problem.world)


class SpentRead(Read):
    attempts: int
    prompt_tokens: int
    completion_tokens: int
    lm_seconds: float
    solver_seconds: float
    seconds: float

    @classmethod
    def of(cls, spent: Spent) -> Self:
        return cls(**asdict(spent))


class LimitsRead(Read):
    wall_seconds: float
    cpu_seconds: float
    memory_mib: int
    output_bytes: int
    max_answers: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        return cls(**asdict(limits))


class BudgetRead(Read):
    attempts: int
    tokens: int | None
    seconds: float

    @classmethod
    def of(cls, budget: Budget) -> Self:
        return cls(**asdict(budget))


class VersionsRead(Read):
    """Everything that this trace was made with."""

    quod: str
    lm: LmRead
    engines: dict[str, str]
    prompts: list[PromptRead]
    limits: LimitsRead
    trust_rule: int

    @classmethod
    def of(cls, versions: Versions) -> Self:
        return cls(
            quod=versions.quod,
            lm=LmRead.of(versions.lm),
            engines=dict(versions.engines),
            prompts=[PromptRead(**asdict(prompt)) for prompt in versions.prompts],
            limits=LimitsRead.of(versions.limits),
            trust_rule=versions.trust_rule,
        )


class TraceStatus(StrEnum):
    """`interrupted`: the service ended, or the client left, before a verdict; what was recorded until then is there."""

    RUNNING = "running"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"


class TraceRead(Read):
    """Everything, from problem to verdict. While `status` is "running" it grows, and the verdict is `unresolved`."""

    id: str
    status: TraceStatus
    problem: ProblemRead
    kind: Kind | None = Field(description="Decided kind; null until it is decided.")
    language: Language | None = Field(description="Decided language of the program; null until it is decided.")
    verdict: VerdictRead
    evidence: EvidenceRead
    attempts: list[AttemptRead]
    usage: SpentRead | None = Field(description="Null until the verdict.")
    versions: VersionsRead | None = Field(description="Null until the work begins.")
    created_at: Moment

    @classmethod
    def of(
        cls,
        trace: Trace,
        status: TraceStatus = TraceStatus.FINISHED,
        calibration: CalibrationTable | None = None,
    ) -> Self:
        versions, known = trace.versions, None
        if calibration is not None:
            known = calibration.of(trace.verdict.trust, trace.kind, versions.lm.name, versions.trust_rule)
        return cls(
            id=trace.id,
            status=status,
            problem=ProblemRead.of(trace.problem),
            kind=trace.kind,
            language=trace.language,
            verdict=VerdictRead.of(trace.verdict, known),
            evidence=EvidenceRead(
                execution=dict(trace.evidence.execution),
                inference=dict(trace.evidence.inference),
                certificate=dict(trace.evidence.certificate),
                translation=dict(trace.evidence.translation),
            ),
            attempts=[AttemptRead.of(attempt) for attempt in trace.attempts],
            usage=SpentRead.of(trace.spent) if status is TraceStatus.FINISHED else None,
            versions=VersionsRead.of(trace.versions),
            created_at=trace.created_at,
        )


class VerdictSummary(Read):
    kind: VerdictKind
    answer: Text | None
    trust: Trust | None


class TraceSummaryRead(Read):
    """One line of a list; the beginning of the problem's text stands for it. Until a verdict it is `unresolved`."""

    id: str
    problem: Text
    kind: Kind
    language: Language
    verdict: VerdictSummary
    attempts: int
    created_at: Moment

    @classmethod
    def of(cls, summary: "TraceSummary") -> Self:
        return cls(
            id=summary.id,
            problem=summary.problem,
            kind=summary.kind,
            language=summary.language,
            verdict=VerdictSummary(kind=summary.verdict, answer=summary.answer, trust=summary.trust),
            attempts=summary.attempts,
            created_at=summary.created_at,
        )


class TracesRead(Read):
    """A page. `after=last_id` with the same filters and order gives the next one, while `has_more`."""

    data: list[TraceSummaryRead]
    first_id: str | None
    last_id: str | None
    has_more: bool

    @classmethod
    def of(cls, page: "Page") -> Self:
        return cls(
            data=[TraceSummaryRead.of(summary) for summary in page.summaries],
            first_id=page.summaries[0].id if page.summaries else None,
            last_id=page.summaries[-1].id if page.summaries else None,
            has_more=page.has_more,
        )


class CertificatesRead(Read):
    """Certificates by the name of their run; empty where nothing was concluded. `does_not_cover` holds for each."""

    id: str
    certificates: dict[RunName, Json]
    does_not_cover: Text


class Order(StrEnum):
    """`desc`: newest first."""

    ASC = "asc"
    DESC = "desc"


class ReplayedRunRead(Read):
    """One recorded run beside the same run now. `differs` names what is not the same: status, limit, outcome, ..."""

    name: RunName
    same: bool
    differs: list[str]
    recorded: RunRead | None
    replayed: RunRead | None


class ReplayedAttemptRead(Read):
    number: int
    same: bool
    runs: list[ReplayedRunRead]


class VersionDifference(Read):
    """`name` is a path into `versions` of the trace; the values are JSON."""

    name: str
    recorded: str | None
    now: str | None


class ReplayRead(Read):
    """The symbolic part of a trace once more, under its own limits; nothing is recorded of it."""

    id: str
    same: bool = Field(description="Every run ended as it did, and the same verdict follows.")
    recorded_verdict: VerdictRead
    verdict: VerdictRead = Field(description="What the runs of the last attempt allow now.")
    attempts: list[ReplayedAttemptRead]
    versions: list[VersionDifference] = Field(description="What the runs were made with, where it is not the same now.")


class EngineRead(Read):
    """One solver. `error` says why it does not answer, and is null where it does."""

    version: str | None
    sandbox: dict[str, bool] | None
    seconds: float | None
    error: Text | None


class ReadyRead(Read):
    """Whether this service can do its work, part by part."""

    ready: bool
    database: Text = Field(description='"ok", or what is wrong and what to do.')
    engines: dict[Engine, EngineRead]
    lm: LmRead = Field(description="Which language model is configured; it is not asked.")


class LiveRead(Read):
    status: Literal["alive"] = "alive"


class LimitBounds(Read):
    default: LimitsRead
    maximum: LimitsRead


class BudgetBounds(Read):
    default: BudgetRead
    maximum: BudgetRead


class SizesRead(Read):
    """Largest inputs, in bytes, and most programs of one request."""

    body_bytes: int
    problem_bytes: int
    program_bytes: int
    programs: int


class InfoRead(Read):
    """What this service is made of, and what it allows."""

    quod: str
    python: str
    libraries: dict[str, str]
    lm: LmRead
    engines: dict[Engine, EngineRead]
    prompts: list[PromptRead]
    limits: LimitBounds
    budget: BudgetBounds
    sizes: SizesRead
    concurrency: int
    database: Text
