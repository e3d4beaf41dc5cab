"""Finds in an entailment's program what would make its verdict unsound, before anything is run."""

import re

from app.reasoning.extract import prolog_code
from app.reasoning.types import Formalisation, Kind, World
from solvers.smt.sexpr import Lines, SexprError, TokenKind, commands, symbol_name, tokens
from solvers.types import Diagnostic, ErrorClass, Language, Part

_FAILURE = re.compile(r"\\\+|\b(?:not|tnot)\s*\(|->|\bforall\s*\(")


def faults(formalisation: Formalisation, kind: Kind, world: World) -> tuple[Diagnostic, ...]:
    """Diagnostics of class `logical`, empty where nothing is wrong.

    Prolog in an open world: negation as failure, which takes "not derivable" for "false". SMT-LIB: a conclusion that is
    itself asserted, or its negation, so that the premises would decide it by themselves.
    """
    if kind is not Kind.ENTAILMENT:
        return ()
    if formalisation.program.language is Language.PROLOG:
        return _negation_as_failure(formalisation) if world is World.OPEN else ()
    return _asserted_conclusion(formalisation)


def _negation_as_failure(formalisation: Formalisation) -> tuple[Diagnostic, ...]:
    message = (
        "reads what cannot be derived as false, which an open world does not allow: "
        "state what does not hold with neg(...), and that two individuals differ with dif(X, Y)"
    )
    texts = (
        (Part.PROGRAM, formalisation.program.text),
        (Part.QUERY, formalisation.query),
        (Part.QUERY, formalisation.complement or ""),
    )
    for part, text in texts:
        if match := _FAILURE.search(prolog_code(text)):
            line, column = Lines(text).at(match.start())
            symbol = match.group().rstrip("( \t\n")
            return (Diagnostic(ErrorClass.LOGICAL, f"{symbol} {message}", line, column, symbol, part=part),)
    return ()


def _asserted_conclusion(formalisation: Formalisation) -> tuple[Diagnostic, ...]:
    """Looks for the name of the conclusion in an assertion; a conclusion written out may be a premise as well."""
    text, name = formalisation.program.text, formalisation.query.strip("|")
    try:
        found = tokens(text)
        for command in commands(found):
            if len(command) < 3 or command[1].text != "assert":
                continue
            for token in command[2:]:
                if token.kind in (TokenKind.SYMBOL, TokenKind.QUOTED) and symbol_name(token) == name:
                    line, column = Lines(text).at(token.start)
                    message = (
                        f"the conclusion `{name}` stands in an assertion: neither it nor its negation is a premise. "
                        "Leave the assertion out; the solver is asked about the conclusion by itself"
                    )
                    return (Diagnostic(ErrorClass.LOGICAL, message, line, column, name),)
    except SexprError:
        return ()  # the run says what is wrong with it, and where
    return ()
