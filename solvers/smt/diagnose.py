"""Makes diagnostics out of the engine's error messages. Standard library only.

Source: the messages of z3 5.4's SMT-LIB parser and of its command context. One that nobody knows becomes `unsupported`
with the engine's own words: an error is never dropped.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from solvers.smt.policy import Command, Positions, did_you_mean
from solvers.smt.sexpr import Token, TokenKind, symbol_name, write
from solvers.types import Diagnostic, ErrorClass

_ERROR = re.compile(r'^\(error "(?:line (\d+) column (\d+): )?(.*?)"\)$', re.MULTILINE | re.DOTALL)
_OUT_OF_MEMORY = re.compile(
    r"out of memory|max\. memory exceeded|memout|std::bad_alloc|failed to allocate", re.IGNORECASE
)
_HARMLESS = ("model is not available", "unsat core is not available", "unsat assumptions is not available")

_UNKNOWN_CONSTANT = re.compile(r"unknown (?:constant|function(?:/constant)?) (\|[^|]*\||\S+)(?: \((.*)\))?")
_DECLARED = re.compile(r"\(declare-fun \S+ \(([^()]*(?:\([^()]*\)[^()]*)*)\) ")
_UNKNOWN_SORT = re.compile(r"unknown sort (?:constructor )?'([^']*)'", re.IGNORECASE)

_UNDECLARED = (
    "unknown sort",
    "unknown parametric sort",
    "unknown constant",
    "unknown function",
    "undeclared",
    "unknown identifier",
)
_SORT = (
    "bit-vector size must be greater",
    "sort mismatch",
    "wrong sort",
    "not boolean",
    "wrong number of arguments",
    "does not match the declared type",
    "incorrect sort",
    "domain sort",
    "sorts are not compatible",
    "not well-sorted",
    "sort of ",
    "of sort ",
    "expected sort",
    "must be bit-vector, integer or real",
    "boolean expression expected",
    "arguments missing",
    "expects the first argument",
    "expects",
    "ambiguous",
    "invalid number of",
    "number of arguments",
    "number of parameters",
    "are incompatible",
    "select requires",
    "store expects",
)
_SYNTAX = (
    "expected",
    "unexpected",
    "invalid",
    "already declared",
    "already defined",
    "symbol",
    "unbalanced",
    "repeated",
    "empty",
)
_UNSUPPORTED = (
    "not supported",
    "unsupported",
    "not enabled",
    "only available",
    "logic",
    "cannot be modified",
    "option",
)
_RESOURCE = ("overflow", "too large", "too big", "bit-vector size is", "deep", "recursion", "int.limit", "does not fit")


@dataclass(frozen=True, slots=True)
class EngineError:
    """One `(error ...)`; `line` and `column` count in what the engine was sent, None where it did not say."""

    message: str
    line: int | None
    column: int | None

    @property
    def is_harmless(self) -> bool:
        """Whether it only says that what was asked does not exist after this reply, a model after unsat for one."""
        return self.message.startswith(_HARMLESS)

    @property
    def is_out_of_memory(self) -> bool:
        return bool(_OUT_OF_MEMORY.search(self.message))


def errors_in(reply: str) -> list[EngineError]:
    """The errors of a reply that z3 flagged as faulty; at least one."""
    found = [
        EngineError(match[3].strip(), int(match[1]) if match[1] else None, int(match[2]) if match[2] else None)
        for match in _ERROR.finditer(reply)
    ]
    return found or [
        EngineError(reply.strip()[:500] or "the engine reports an error and does not say which", None, None)
    ]


def is_memory(reason: str) -> bool:
    """Whether the reason of an `unknown` is memory."""
    return bool(_OUT_OF_MEMORY.search(reason))


def diagnose(
    error: EngineError, command: Command, column: int | None, positions: Positions, declared: Collection[str]
) -> Diagnostic:
    """What is wrong, in the words of the program.

    Args:
        command: the command that failed.
        column: the engine's column within `write_spaced(command.tokens)`, from 1; None where it did not say.
        declared: names that the script introduces, to suggest from.
    """
    message = error.message
    lowered = message.lower()
    token = _token_at(command.tokens, column)
    symbol: str | None = None
    suggestion: str | None = None
    error_class = _class_of(lowered)

    unknown = _UNKNOWN_CONSTANT.search(message)
    unknown_sort = _UNKNOWN_SORT.search(message)
    if unknown:
        symbol = unknown[1].strip("|")
        token = _last_mention(command.tokens, symbol, token) or token
        error_class, message, suggestion = _undeclared(symbol, unknown[2], message, declared)
    elif unknown_sort:
        symbol = unknown_sort[1]
        token = _last_mention(command.tokens, symbol, token) or token
        error_class, message = ErrorClass.UNDECLARED, f"the sort `{symbol}` is not declared"
        suggestion = did_you_mean(symbol, {*declared, *_SORTS}) or f"declare it: (declare-sort {symbol} 0)"
    elif "already declared" in lowered or "already defined" in lowered:
        symbol = _first_name(command.tokens)
        suggestion = "remove one of the two declarations" if symbol else None
    elif token is not None:
        head = _head_of(command.tokens, token)
        if head is not None:
            symbol = symbol_name(head)
            # z3 notices at the end of an application; the reader looks for its beginning.
            token = head if head is not command.tokens[1] else command.tokens[2]
    elif error.is_harmless:
        # Except where a value was wanted: then the script has forbidden models.
        suggestion = "a value is asked for: remove (set-option :produce-models false)"
    token = token or command.tokens[min(1, len(command.tokens) - 1)]
    line, place = positions.at(command.part, token.start)
    return Diagnostic(error_class, _sentence(message), line, place, symbol, suggestion, command.part)


def _class_of(lowered: str) -> ErrorClass:
    for error_class, words in (
        (ErrorClass.RESOURCE, _RESOURCE),
        (ErrorClass.UNDECLARED, _UNDECLARED),
        (ErrorClass.SORT, _SORT),
        (ErrorClass.UNSUPPORTED, _UNSUPPORTED),
        (ErrorClass.SYNTAX, _SYNTAX),
    ):
        if any(word in lowered for word in words):
            return error_class
    return ErrorClass.UNSUPPORTED


def _undeclared(
    symbol: str, arguments: str | None, message: str, declared: Collection[str]
) -> tuple[ErrorClass, str, str | None]:
    """z3 says "unknown constant" for a name nobody declared, and for one applied to what it does not take."""
    given = f"({arguments.strip()})" if arguments is not None else "no arguments"
    taken = _DECLARED.findall(message)
    if taken:
        shapes = " or ".join(f"({shape})" for shape in taken)
        return ErrorClass.SORT, f"`{symbol}` takes {shapes}, and here it is given {given}", None
    if symbol in _THEORY:
        return ErrorClass.SORT, f"`{symbol}` does not take {given}", None
    what = "constant" if arguments is None else f"function of {given}"
    message = f"the {what} `{symbol}` is not declared"
    if symbol in declared:
        message = f"`{symbol}` is declared, but not for {given} or not at this point of the program"
    return ErrorClass.UNDECLARED, message, did_you_mean(symbol, {*declared, *_THEORY})


def _token_at(found: Sequence[Token], column: int | None) -> Token | None:
    """The last token that begins at or before `column` of the written command."""
    if column is None:
        return None
    written = 1
    last: Token | None = None
    for token in found:
        if written > column:
            break
        last = token
        written += len(write([token])) + 1
    return last


def _last_mention(found: Sequence[Token], symbol: str, before: Token | None) -> Token | None:
    mentions = [
        token
        for token in found
        if token.kind in {TokenKind.SYMBOL, TokenKind.QUOTED}
        and symbol_name(token) == symbol
        and (before is None or token.start <= before.start)
    ]
    return mentions[-1] if mentions else None


def _head_of(found: Sequence[Token], token: Token) -> Token | None:
    """The symbol at the head of the list that `token` closes, or stands in."""
    index = next((i for i, other in enumerate(found) if other.start == token.start), 0)
    depth = 1
    for i in range(index - 1, -1, -1):
        if found[i].kind is TokenKind.CLOSE:
            depth += 1
        elif found[i].kind is TokenKind.OPEN:
            depth -= 1
            if depth == 0:
                head = found[i + 1]
                return head if head.kind in {TokenKind.SYMBOL, TokenKind.QUOTED} else None
    return None


def _first_name(found: Sequence[Token]) -> str | None:
    return symbol_name(found[2]) if len(found) > 2 and found[2].kind in {TokenKind.SYMBOL, TokenKind.QUOTED} else None


def _sentence(message: str) -> str:
    """One line of at most 500 characters."""
    line = " ".join(message.split())
    return line if len(line) <= 500 else line[:497] + "..."


_SORTS = frozenset("Bool Int Real String Array BitVec RegLan Seq Float32 Float64 RoundingMode".split())
_THEORY = frozenset(
    """
    true false not and or xor => = distinct ite forall exists let
    + - * / div mod abs < <= > >= to_real to_int is_int divisible
    select store concat extract bvnot bvneg bvand bvor bvxor bvadd bvsub bvmul bvudiv bvurem bvsdiv bvsrem bvsmod
    bvshl bvlshr bvashr bvult bvule bvugt bvuge bvslt bvsle bvsgt bvsge zero_extend sign_extend
    rotate_left rotate_right repeat
    str.++ str.len str.at str.substr str.prefixof str.suffixof str.contains str.indexof str.replace str.replace_all
    str.to_int str.from_int str.to_code str.from_code str.in_re str.to_re str.is_digit str.< str.<=
    re.none re.all re.allchar re.++ re.union re.inter re.* re.+ re.opt re.range re.comp re.diff
    """.split()
)
