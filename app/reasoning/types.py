"""The problem, the attempts at it, and what is concluded. A gold answer has no place in any of these types."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.lm.types import Completion, LmIdentity, Message
from app.problem import Kind as Kind
from app.problem import Problem as Problem
from app.problem import World as World
from app.prompts import PromptRef
from solvers.certificates import CheckReport as CheckReport
from solvers.certificates import CheckResult as CheckResult
from solvers.types import Diagnostic, Language, Limits, Program, Run


@dataclass(frozen=True, slots=True)
class Gloss:
    """What a symbol of the program stands for, in the words of the problem."""

    symbol: str
    words: str


@dataclass(frozen=True, slots=True)
class Formalisation:
    """A program, the query put to it, and what each symbol stands for.

    `query` is a goal or the answer's term; for an entailment the conclusion, and `complement` the Prolog goal that
    holds when the conclusion is false (SMT negates by itself).
    """

    program: Program
    query: str
    complement: str | None = None
    gloss: tuple[Gloss, ...] = ()


class RunName(StrEnum):
    """Which run of an attempt this is. An entailment takes more than one."""

    QUERY = "query"
    PREMISES_AND_NOT_CONCLUSION = "premises_and_not_conclusion"
    PREMISES_AND_CONCLUSION = "premises_and_conclusion"
    PREMISES = "premises"
    """Prolog: the search for something that holds together with its negation."""
    UNIQUENESS = "uniqueness"
    """SMT: the program with another value for the answer; unsat where there is no other."""
    OPTIMALITY = "optimality"
    """SMT: the program with a better value of its objective; unsat where there is none."""


@dataclass(frozen=True, slots=True)
class NotExtracted:
    """The completion holds no program that can be read, and why; no diagnostic where it abstains."""

    diagnostics: tuple[Diagnostic, ...]


class Purpose(StrEnum):
    """Why an attempt was made."""

    FORMALISATION = "formalisation"
    """The first one, a repair of it, or a new start."""
    CORROBORATION = "corroboration"
    """A second reading of the problem, made without sight of the first."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: prompt, completion, what was taken out of it, its runs by name, and the check of the evidence.

    `second_opinions` are runs of the same jobs by another engine; their evidence, a proof, is what is checked.
    """

    number: int
    prompt: PromptRef
    messages: tuple[Message, ...]
    completion: Completion
    formalisation: Formalisation | NotExtracted
    runs: Mapping[RunName, Run]
    check: CheckReport
    diagnostics: tuple[Diagnostic, ...]
    """Why this attempt does not conclude, in the order a repair should hear it; empty where it does, and where a limit
    stopped a run, which is no fault of a class: the run says so."""
    started_at: datetime
    seconds: float
    """The service's own time: without the language model's, the solvers' included."""
    purpose: Purpose = Purpose.FORMALISATION
    second_opinions: Mapping[RunName, Run] = field(default_factory=dict)


class VerdictKind(StrEnum):
    ANSWERED = "answered"
    PROVED = "proved"
    REFUTED = "refuted"
    UNDETERMINED = "undetermined"
    INCONSISTENT = "inconsistent"
    UNRESOLVED = "unresolved"


class Trust(StrEnum):
    """How far the evidence goes, in rising order; each rung needs the ones below.

    `certified` says that the conclusion follows from the program. Whether the program says what the problem says is not
    covered.
    """

    EXECUTED = "executed"
    DETERMINATE = "determinate"
    CERTIFIED = "certified"
    CORROBORATED = "corroborated"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Our conclusion. `trust` is None where nothing is concluded; `reason` says why, or on what the verdict rests."""

    kind: VerdictKind
    reason: str
    answer: str | None = None
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Four separate answers, never one boolean. Each is a small mapping that a reader and a program can use."""

    execution: Mapping[str, object] = field(default_factory=dict)
    inference: Mapping[str, object] = field(default_factory=dict)
    certificate: Mapping[str, object] = field(default_factory=dict)
    translation: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a problem may cost. `tokens` are those of prompts and completions together; None: as many as it takes."""

    attempts: int = 3
    tokens: int | None = None
    seconds: float = 120.0


@dataclass(frozen=True, slots=True)
class Assurance:
    """How much evidence is asked for.

    Args:
        min_trust: below it nothing is concluded; None: every verdict is given, with the trust it has.
        corroborate: have the problem formalised a second time, and conclude only what both readings say.
    """

    min_trust: Trust | None = None
    corroborate: bool = False


class OnRepeat(StrEnum):
    """What to do when an attempt gives a program that was tried before."""

    STOP = "stop"
    RESTART = "restart"
    """Ask again from the problem, as if nothing had been tried, and less predictably."""


@dataclass(frozen=True, slots=True)
class Spent:
    attempts: int
    prompt_tokens: int
    completion_tokens: int
    lm_seconds: float
    solver_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Versions:
    """Everything that a trace has to name to be run again."""

    quod: str
    lm: LmIdentity
    engines: Mapping[str, str]
    prompts: tuple[PromptRef, ...]
    limits: Limits
    trust_rule: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Everything, from problem to verdict. `id` is `trc_` and a ULID."""

    id: str
    problem: Problem
    kind: Kind
    language: Language
    attempts: tuple[Attempt, ...]
    verdict: Verdict
    evidence: Evidence
    spent: Spent
    versions: Versions
    created_at: datetime
