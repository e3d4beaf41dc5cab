"""Reads an SMT-LIB program, without running it, against allowlists of commands and options. Standard library only.

The engine is later handed the tokens that were read here, written out again, and never the text: so the policy and the
engine cannot read two different programs.

Source: SMT-LIB 2.6, "Commands"; minimize, maximize, assert-soft and get-objectives after z3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from operator import itemgetter

from solvers.smt import sexpr
from solvers.smt.sexpr import Lines, SexprError, Token, TokenKind, symbol_name
from solvers.types import Diagnostic, ErrorClass, Part

COMMANDS = frozenset(
    """
    set-logic set-option set-info
    declare-const declare-fun declare-sort declare-datatype declare-datatypes
    define-const define-fun define-fun-rec define-funs-rec define-sort
    assert assert-soft minimize maximize push pop reset reset-assertions
    check-sat check-sat-assuming
    get-model get-value get-unsat-core get-unsat-assumptions get-objectives get-info get-option echo exit
    """.split()
)
DECLARATIONS = frozenset(name for name in COMMANDS if name.startswith(("declare-", "define-")))
CHECKS = frozenset({"check-sat", "check-sat-assuming"})

_BOOLEAN_OPTIONS = frozenset(
    """
    :produce-models :produce-unsat-cores :produce-unsat-assumptions :produce-assignments
    :print-success :incremental :check-models :check-unsat-cores
    :model :unsat_core :model.completion :smt.mbqi :smt.ematching :smt.core.minimize
    """.split()
)
_NUMERAL_OPTIONS = frozenset({":random-seed", ":random_seed", ":smt.random_seed", ":sat.random_seed", ":nlsat.seed"})
_SYMBOL_OPTIONS = {
    ":opt.priority": frozenset({"lex", "pareto", "box"}),
    ":opt.maxsat_engine": frozenset({"maxres", "pd-maxres", "rc2", "core_maxsat", "wmax"}),
}
OPTIONS = _BOOLEAN_OPTIONS | _NUMERAL_OPTIONS | _SYMBOL_OPTIONS.keys()
_SILENT_OPTIONS = frozenset({":print-success", ":incremental", ":check-models", ":check-unsat-cores"})
"""Accepted and not passed on: the reply to each command is ours to read, and the others are other solvers' ways to say
what z3 does anyway, or leaves to a checker."""

_LIMIT_WORDS = (
    "timeout",
    "tlimit",
    "rlimit",
    "resource-limit",
    "memory",
    "thread",
    "parallel",
    "max_memory",
    "max_conflicts",
)
_FILE_WORDS = ("channel", "proof.log", "proof_log", "trace", "file", "dump", "log", "path", "lemmas2console")

_INFO_FLAGS = frozenset(
    {":reason-unknown", ":name", ":version", ":authors", ":error-behavior", ":assertion-stack-levels", ":status"}
)
_FORBIDDEN = {
    "include": "`include` reads a file: write the commands out",
    "check-sat-using": "a program may not choose tactics: write (check-sat)",
    "apply": "a program may not choose tactics: write (check-sat)",
}
_INSTEAD = {
    "eval": "write (get-value (term))",
    "get-proof": "ask for a core with named assertions and (get-unsat-core)",
    "simplify": "write (get-value (term)) after (check-sat)",
    "display": 'write (echo "...") or (get-value (term))',
    "get-assignment": "write (get-value (label))",
    "get-assertions": "remove it: the program is at hand",
    "block-model": "assert what shall differ",
    "block-model-values": "assert what shall differ",
    "get-abduct": "only check-sat decides here",
    "get-interpolant": "only check-sat decides here",
    "get-qe": "only check-sat decides here",
    "get-qe-disjunct": "only check-sat decides here",
    "get-difficulty": "remove it",
    "get-learned-literals": "remove it",
    "get-timeout-core": "write (check-sat)",
    "declare-heap": "separation logic is not supported",
    "declare-pool": "instantiation pools are not supported",
    "declare-rel": "write (declare-fun name (Sorts) Bool)",
    "rule": "write (assert (forall ...))",
    "query": "write (check-sat)",
    "check-synth": "only check-sat decides here",
    "synth-fun": "only check-sat decides here",
    "define-funs": "write one (define-fun ...) for each",
    "declare-var": "write (declare-const name Sort)",
    "define": "write (define-fun name () Sort term)",
    "declare": "write (declare-const name Sort)",
}

_KNOWN = COMMANDS | _FORBIDDEN.keys() | _INSTEAD.keys()


@dataclass(frozen=True, slots=True)
class Command:
    """One command as read: `tokens` from its `(` to its `)`; `part` says in which text their offsets count."""

    name: str
    tokens: Sequence[Token]
    part: Part

    @property
    def is_unknown(self) -> bool:
        """Whether no solver has such a command: the likes of `(forall ...)` outside of an assertion."""
        return bool(self.name) and self.name not in _KNOWN

    def arguments(self) -> Sequence[Token]:
        return self.tokens[2:-1]


@dataclass(frozen=True, slots=True)
class Script:
    """Commands that passed the policy, in order: the program's, then the query's.

    Args:
        labels: what `:named` names, anywhere.
        declared: names of constants, functions, sorts, constructors and selectors that the script introduces.
        options: options that the script sets, by keyword.
        needs_cores, needs_assumptions: whether the script can use an unsat core, or asks for unsat assumptions.
        ignored: one diagnostic for each command that no solver knows. SMT-LIB has it answered `unsupported` and passed
            over; what it was meant to say is missing then, so nothing should be concluded from the outcome.
        logic: what the first `set-logic` names.
        mentions: the text of every token there is.
    """

    commands: tuple[Command, ...]
    labels: frozenset[str]
    declared: frozenset[str]
    options: frozenset[str]
    needs_cores: bool
    needs_assumptions: bool
    ignored: tuple[Diagnostic, ...]
    logic: str | None
    mentions: frozenset[str]
    has_bit_literals: bool


class PolicyError(Exception):
    """The script does not pass; `diagnostics`, at least one, say why."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = tuple(diagnostics)


class Positions:
    """Line and column of offsets in the program and in the query, found when first asked for."""

    def __init__(self, program: str, query: str | None) -> None:
        self._texts = {Part.PROGRAM: program, Part.QUERY: query or ""}
        self._lines: dict[Part, Lines] = {}

    def at(self, part: Part, offset: int) -> tuple[int, int]:
        if part not in self._lines:
            self._lines[part] = Lines(self._texts[part])
        return self._lines[part].at(offset)


def read_script(program: str, query: str | None = None) -> Script:
    """Read both texts, each complete in itself, and hold every command against the allowlists.

    Raises:
        PolicyError: with a diagnostic for the first fault of the reader, or for every command and option refused.
    """
    positions = Positions(program, query)
    found: list[Command] = []
    everything: list[Token] = []
    for part, text in ((Part.PROGRAM, program), (Part.QUERY, query or "")):
        try:
            tokens = sexpr.tokens(text)
            everything += tokens
            for slice_ in sexpr.commands(tokens):
                found.append(_command(slice_, part))
        except SexprError as error:
            line, column = positions.at(part, error.offset)
            error_class = ErrorClass.RESOURCE if error.too_deep else ErrorClass.SYNTAX
            raise PolicyError([Diagnostic(error_class, error.message, line, column, part=part)]) from error

    refused: list[Diagnostic] = []
    ignored: list[Diagnostic] = []
    mentions = frozenset(map(_TEXT, everything))
    labels: set[str] = set()
    declared: set[str] = set()
    options: set[str] = set()
    names: set[str] = set()
    for command in found:
        names.add(command.name)
        fault = _fault(command)
        if fault is not None:
            token, error_class, message, suggestion = fault
            line, column = positions.at(command.part, token.start)
            diagnostic = Diagnostic(error_class, message, line, column, token.text, suggestion, command.part)
            (ignored if command.is_unknown else refused).append(diagnostic)
        elif command.name in DECLARATIONS:
            declared.update(_introduced(command))
        elif command.name == "set-option":
            options.add(command.tokens[2].text)
        elif ":named" in mentions:
            labels.update(labels_of(command.tokens))
    if refused:
        raise PolicyError(refused + ignored)
    return Script(
        commands=tuple(command for command in found if not _is_silent(command)),
        labels=frozenset(labels),
        declared=frozenset(declared),
        options=frozenset(options),
        needs_cores=bool(labels) or not names.isdisjoint({"get-unsat-core", "check-sat-assuming"}),
        needs_assumptions="get-unsat-assumptions" in names,
        ignored=tuple(ignored),
        logic=next((c.tokens[2].text for c in found if c.name == "set-logic" and len(c.tokens) > 3), None),
        mentions=mentions,
        has_bit_literals=not _BIT_LITERALS.isdisjoint(map(_KIND, everything)),
    )


def read_term(text: str) -> Sequence[Token]:
    """The tokens of exactly one term.

    Raises:
        PolicyError: none, several, or not a term. The diagnostic counts as of the query.
    """
    try:
        found = sexpr.tokens(text)
        expressions = sexpr.build(found)
    except SexprError as error:
        line, column = Lines(text).at(error.offset)
        error_class = ErrorClass.RESOURCE if error.too_deep else ErrorClass.SYNTAX
        raise PolicyError([Diagnostic(error_class, error.message, line, column, part=Part.QUERY)]) from error
    if len(expressions) != 1:
        message = f"exactly one term expected, found {len(expressions)}"
        line, column = (1, 1)
        if len(expressions) > 1:
            second = expressions[1]
            line, column = Lines(text).at(second.start)
        raise PolicyError([Diagnostic(ErrorClass.SYNTAX, message, line, column, part=Part.QUERY)])
    head = found[1] if len(found) > 1 else found[0]
    if len(found) > 1 and head.kind is TokenKind.SYMBOL and head.text in _KNOWN:
        line, column = Lines(text).at(head.start)
        message = f"a term is expected here, and `{head.text}` is a command"
        raise PolicyError([Diagnostic(ErrorClass.SYNTAX, message, line, column, head.text, part=Part.QUERY)])
    return found


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The nearest known words, ready to be shown; None where nothing is near."""
    others = sorted(set(known) - {word})
    near = [name for name in others if name.lower() == word.lower()] or get_close_matches(word, others, n=2, cutoff=0.7)
    return f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else None


def _command(found: Sequence[Token], part: Part) -> Command:
    head = found[1]
    return Command(symbol_name(head) if head.kind in _SYMBOLS else "", found, part)


_SYMBOLS = frozenset({TokenKind.SYMBOL, TokenKind.QUOTED})
_BIT_LITERALS = frozenset({TokenKind.HEXADECIMAL, TokenKind.BINARY})
_KIND, _TEXT = itemgetter(0), itemgetter(1)

_Fault = tuple[Token, ErrorClass, str, str | None]


def _fault(command: Command) -> _Fault | None:
    """Why this command is refused: the token at fault, its class, a message, a suggestion."""
    head = command.tokens[1]
    if head.kind is not TokenKind.SYMBOL:
        return head, ErrorClass.SYNTAX, "the name of a command is expected after this `(`", None
    if command.name not in COMMANDS:
        return _unknown_command(head)
    if command.name == "set-option":
        return _option_fault(command)
    if command.name == "get-info":
        arguments = command.arguments()
        if len(arguments) != 1 or arguments[0].text not in _INFO_FLAGS:
            token = arguments[0] if arguments else head
            message = f"get-info answers one of {', '.join(sorted(_INFO_FLAGS))}"
            return token, ErrorClass.UNSUPPORTED, message, did_you_mean(token.text, _INFO_FLAGS)
    if command.name == "get-option":
        arguments = command.arguments()
        if len(arguments) != 1 or arguments[0].text not in OPTIONS:
            token = arguments[0] if arguments else head
            return token, ErrorClass.UNSUPPORTED, "no such option here", did_you_mean(token.text, OPTIONS)
    if command.name == "echo":
        arguments = command.arguments()
        if len(arguments) != 1 or arguments[0].kind is not TokenKind.STRING:
            return head, ErrorClass.SYNTAX, "echo takes one string", None
    if command.name in {"push", "pop"}:
        arguments = command.arguments()
        levels = arguments[0].text if len(arguments) == 1 and arguments[0].kind is TokenKind.NUMERAL else None
        if arguments and (levels is None or len(levels) > 4 or levels.startswith("-")):
            return head, ErrorClass.SYNTAX, f"{command.name} takes one number of levels, at most 9999", None
    return None


def _unknown_command(head: Token) -> _Fault:
    if head.text in _FORBIDDEN:
        return head, ErrorClass.PERMISSION, _FORBIDDEN[head.text], None
    if head.text in _INSTEAD:
        return head, ErrorClass.UNSUPPORTED, f"`{head.text}` is not supported here", _INSTEAD[head.text]
    message = f"`{head.text}` is not a command of SMT-LIB: it was passed over"
    suggestion = did_you_mean(head.text, COMMANDS) or "write a formula inside of (assert ...)"
    return head, ErrorClass.LOGICAL, message, suggestion


def _option_fault(command: Command) -> _Fault | None:
    arguments = command.arguments()
    if not arguments or arguments[0].kind is not TokenKind.KEYWORD:
        return command.tokens[1], ErrorClass.SYNTAX, "set-option takes a :keyword and a value", None
    option = arguments[0]
    if option.text in OPTIONS:
        if len(arguments) != 2:
            return option, ErrorClass.SYNTAX, f"`{option.text}` takes one value", None
        return _option_value_fault(option, arguments[1])
    lowered = option.text.lower()
    if any(word in lowered for word in _LIMIT_WORDS):
        message = f"`{option.text}` is not a program's to set: set limits on the request"
        return option, ErrorClass.PERMISSION, message, "remove this option"
    if lowered == ":produce-proofs" or lowered == ":proof":
        message = "proofs are not produced: in z3 they change results"
        return option, ErrorClass.UNSUPPORTED, message, "remove this option; name assertions to get an unsat core"
    if any(word in lowered for word in _FILE_WORDS):
        return option, ErrorClass.PERMISSION, f"`{option.text}` can write files", "remove this option"
    message = f"the option `{option.text}` is not supported"
    return option, ErrorClass.UNSUPPORTED, message, did_you_mean(option.text, OPTIONS) or "remove this option"


def _option_value_fault(option: Token, value: Token) -> _Fault | None:
    if option.text in _BOOLEAN_OPTIONS and value.text not in {"true", "false"}:
        return value, ErrorClass.SYNTAX, f"`{option.text}` is true or false", None
    is_small = value.kind is TokenKind.NUMERAL and value.text.isdecimal() and len(value.text) <= 9
    if option.text in _NUMERAL_OPTIONS and not is_small:
        return value, ErrorClass.SYNTAX, f"`{option.text}` takes a number of at most nine digits", None
    if option.text in _SYMBOL_OPTIONS and value.text not in _SYMBOL_OPTIONS[option.text]:
        allowed = ", ".join(sorted(_SYMBOL_OPTIONS[option.text]))
        return value, ErrorClass.UNSUPPORTED, f"`{option.text}` is one of {allowed}", None
    return None


def _is_silent(command: Command) -> bool:
    """Whether the engine has no need of it. An annotation (`:status sat`) is no evidence, so it is not passed on."""
    if command.name == "set-option":
        return command.tokens[2].text in _SILENT_OPTIONS
    return command.name == "set-info" or command.is_unknown


def _introduced(command: Command) -> set[str]:
    """Names that a declaration or definition may introduce; with datatypes also sorts of fields. To suggest from."""
    arguments = command.arguments()
    if not arguments:
        return set()
    if arguments[0].kind in _SYMBOLS and command.name != "declare-datatype":
        return {symbol_name(arguments[0])}
    return {symbol_name(token) for token in arguments if token.kind in _SYMBOLS}


def labels_of(found: Sequence[Token]) -> set[str]:
    """What `:named` names in a command."""
    return {
        symbol_name(label) for keyword, label in pairwise(found) if keyword.text == ":named" and label.kind in _SYMBOLS
    }
