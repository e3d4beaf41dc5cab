"""What goes into a solver and what comes out. Imports the standard library only.

Numbers are exact: an integer or a rational travels as a string ("18", "10/3"), never as a float.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    PROLOG = "prolog"
    SMT = "smt"


class Wanted(StrEnum):
    """What the asker needs from the outcome; what does not meet it is a `logical` diagnostic."""

    ANY = "any"
    ONE = "one"
    """Exactly one distinct answer (Prolog), or a model (SMT)."""
    NUMBER = "number"
    """As `ONE`, and the value asked for is a number."""


@dataclass(frozen=True, slots=True)
class Program:
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """One program and what is asked of it.

    Args:
        program: clauses, or SMT-LIB commands.
        query: a Prolog goal; or SMT-LIB commands run after the program's own, None for none.
        wanted: what the outcome is held against.
        answer: the variable (Prolog) or term (SMT) whose value answers; None: the only one there is.
    """

    program: Program
    query: str | None = None
    wanted: Wanted = Wanted.ANY
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use. A run that meets one is `Stopped`, except `max_answers`, which leaves `exhausted` false."""

    wall_seconds: float = 10.0
    cpu_seconds: float = 10.0
    memory_mib: int = 512
    """On top of what the engine itself occupies before the program is read."""
    output_bytes: int = 1_000_000
    """What the program prints, and the reply."""
    max_answers: int = 10


class LimitName(StrEnum):
    """The limits that stop a run."""

    WALL_SECONDS = "wall_seconds"
    CPU_SECONDS = "cpu_seconds"
    MEMORY_MIB = "memory_mib"
    OUTPUT_BYTES = "output_bytes"


class ErrorClass(StrEnum):
    """What kind of fault a program has. Time-outs and memory are `Stopped`, never one of these."""

    SYNTAX = "syntax"
    PERMISSION = "permission"
    RESOURCE = "resource"
    LOGICAL = "logical"
    # Prolog only, after ISO 13211-1, 7.12.2
    EXISTENCE = "existence"
    INSTANTIATION = "instantiation"
    TYPE = "type"
    DOMAIN = "domain"
    EVALUATION = "evaluation"
    # SMT-LIB only
    SORT = "sort"
    UNDECLARED = "undeclared"
    UNSUPPORTED = "unsupported"


class Part(StrEnum):
    PROGRAM = "program"
    QUERY = "query"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault of a program, in words a repair can use.

    Args:
        line, column: from 1, counted in the text of `part`; None where the engine does not say.
        symbol: the predicate indicator (`foo/2`), variable or SMT symbol at fault.
        suggestion: a "did you mean", ready to be shown.
    """

    error_class: ErrorClass
    message: str
    line: int | None = None
    column: int | None = None
    symbol: str | None = None
    suggestion: str | None = None
    part: Part = Part.PROGRAM


class ValueKind(StrEnum):
    INTEGER = "integer"
    RATIONAL = "rational"
    FLOAT = "float"
    BOOLEAN = "boolean"
    ATOM = "atom"
    STRING = "string"
    EXPRESSION = "expression"
    """Arithmetic that nobody evaluated, such as `3+4`."""
    COMPOUND = "compound"
    UNBOUND = "unbound"
    CONSTRAINED = "constrained"
    """A variable with constraints left on it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Value:
    """A term as text: "18", "10/3", "true", "foo(bar)"; `kind` says what it is, so nobody parses the text to know."""

    text: str
    kind: ValueKind


@dataclass(frozen=True, slots=True)
class Substitution:
    """Bindings that make a Prolog query true, under the constraints in `residual`, as goals: those still on its
    variables, and those on others that nobody has shown to have a solution.
    """

    bindings: Mapping[str, Value]
    residual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """At least one answer; `exhausted`: there is no other."""

    substitutions: tuple[Substitution, ...]
    exhausted: bool


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The query failed finitely. Not false, unless the world is closed."""


@dataclass(frozen=True, slots=True)
class Satisfiable:
    """The assertions are consistent. Not true.

    Args:
        model: each declared constant; a function as SMT-LIB text of its definition.
        values: the terms that `get-value` asked for, as written.
        objectives: the terms of `minimize` and `maximize` with the optimum; `oo` where it is unbounded.
    """

    model: Mapping[str, Value] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    objectives: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The assertions cannot all hold; `core` names some that cannot, empty where none is named."""

    core: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """The solver stopped without deciding. Not unsat, not false."""

    reason: str


Decision = Satisfiable | Unsatisfiable | Unknown
"""The reply to one `check-sat` or `check-sat-assuming`."""

Outcome = Answers | NoAnswer | Decision
"""What logic says."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The program ran to its end.

    Args:
        outcome: what logic says; for SMT the reply to the last check.
        checks: SMT only: the reply to every check, in order, the last included.
        diagnostics: `logical` ones: where the outcome is not what the job wanted.
    """

    outcome: Outcome
    checks: tuple[Decision, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Stopped:
    """A limit ended the run. Nothing is concluded."""

    limit: LimitName


@dataclass(frozen=True, slots=True)
class Rejected:
    """The program is at fault; the diagnostics, at least one, feed the repair."""

    diagnostics: tuple[Diagnostic, ...]


Ending = Finished | Stopped | Rejected
"""How an execution ended; also what a worker replies."""


@dataclass(frozen=True, slots=True)
class Usage:
    """`peak_memory_mib` is the child's largest resident set, the engine included."""

    wall_seconds: float
    cpu_seconds: float
    peak_memory_mib: float


@dataclass(frozen=True, slots=True)
class Layers:
    """What stands between a program and the machine. As asked for by the operator, and as reported by a child.

    `landlock` covers files and, where the kernel can, TCP, signals and abstract sockets; `seccomp` allows a short
    list of system calls.
    """

    policy: bool = True
    seccomp: bool = True
    landlock: bool = True
    no_new_privileges: bool = True
    rlimits: bool = True
    empty_environment: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a solver under `Limits`; `output` is what the program printed, shown and never parsed."""

    ending: Ending
    output: str
    usage: Usage
    sandbox: Layers
