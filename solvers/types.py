"""What goes into a solver and what comes out. Imports the standard library only.

Numbers are exact: an integer or a rational travels as a string ("18", "10/3"), never as a float.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    PROLOG = "prolog"
    SMT = "smt"


class Engine(StrEnum):
    """What decides a program: the engine of each language, which has the language's name, and a second one for SMT-LIB
    that gives proofs and a second opinion.
    """

    PROLOG = "prolog"
    SMT = "smt"
    CVC5 = "cvc5"


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
        engine: None: that of the language.
        evidence: whether the ending shall carry evidence for its outcome, which a checker can verify.
    """

    program: Program
    query: str | None = None
    wanted: Wanted = Wanted.ANY
    answer: str | None = None
    engine: Engine | None = None
    evidence: bool = False


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


class Rule(StrEnum):
    """Why a goal holds in a derivation.

    A body is taken apart first: `A, B` is its parts in order, `true` and `!` are nothing; every other goal is a step.
    """

    QUERY = "query"
    """Step 0 alone: the query, as answered; its premises are the goals of its body."""
    CLAUSE = "clause"
    """An instance of the program's clause at `line`; the premises are the goals of the clause's body."""
    BUILTIN = "builtin"
    """A predicate of the engine or of a library, without premises."""
    CONSTRAINT = "constraint"
    """`{}`/1, `#=`/2 and their like: holds of the values that the answer gives."""
    LEFT = "left"
    """`(A ; B)` by `A`."""
    RIGHT = "right"
    """`(A ; B)` by `B`."""
    THEN = "then"
    """`(C -> T)`, `(C -> T ; E)`, also with `*->`: the premises are the goals of `C` and those of `T`."""
    ELSE = "else"
    """`(C -> T ; E)` and `(C *-> T ; E)` by `E`; that `C` fails is for the checker to find out."""
    CALL = "call"
    """`call/N`, `once/1`, `ignore/1`, and `Module:Goal`: the premises are the goals called."""
    FAILURE = "failure"
    """`\\+ G` and its like: that `G` fails is for the checker to find out."""
    ALL = "all"
    """`findall/3`, `forall/2`, `aggregate_all/3` and their like: for the checker to find out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One goal of a derivation under the final substitution, as text, and why it holds.

    Args:
        line: of the program, from 1, where the clause begins; None where `rule` is not `CLAUSE`.
        premises: places of the steps it rests on, each larger than its own, so that there is no circle.
    """

    goal: str
    rule: Rule
    line: int | None = None
    premises: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """The proof tree of one answer: its steps, the query's first. A variable left unbound has one name throughout."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Derivations:
    """One derivation for each substitution of `Answers`, in the same order; empty for `NoAnswer`."""

    derivations: tuple[Derivation, ...]


@dataclass(frozen=True, slots=True)
class ModelText:
    """A model as the engine prints it: the reply to `get-model`, in SMT-LIB."""

    text: str


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof of `unsat` in the Alethe format, as the engine prints it."""

    text: str


@dataclass(frozen=True, slots=True)
class NoEvidence:
    """Evidence was asked for, and there is none: why."""

    reason: str


Evidence = Derivations | ModelText | Proof | NoEvidence
"""What a worker hands over for a checker. Not trusted: it counts for what a checker makes of it."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The program ran to its end.

    Args:
        outcome: what logic says; for SMT the reply to the last check.
        checks: SMT only: the reply to every check, in order, the last included.
        diagnostics: `logical` ones: where the outcome is not what the job wanted.
        evidence: for the outcome; None where the job did not ask for it.
    """

    outcome: Outcome
    checks: tuple[Decision, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    evidence: Evidence | None = None


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
