"""Finds in a program what would make its verdict unsound, before anything is run."""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.reasoning.extract import prolog_code
from app.reasoning.types import Formalisation, Kind, World
from solvers.smt.policy import PolicyError, read_term
from solvers.smt.sexpr import Lines, SexprError, Token, TokenKind, commands, symbol_name, tokens
from solvers.types import Diagnostic, ErrorClass, Language, Part

# Besides negation itself: what cannot be collected, what a cut leaves out, what a filter drops.
_FAILURE = re.compile(
    r"\\\+|->|!|\b(?:not|tnot|not_exists|forall|findall|findnsols|aggregate_all|bagof|setof|exclude|partition|subtract)"
    r"\s*\("
)
_QUOTED_FAILURE = re.compile(r"'(?:\\\\\+|not|tnot|not_exists|->|\*->|!|forall|findall|aggregate_all)'")
_TWICE_DENIED = re.compile(r"\bneg\s*\(\s*neg\s*\(")

_TAKEN_BACK = {
    "pop": "takes back what was asserted since `push`",
    "reset": "takes everything back that stands before it",
    "reset-assertions": "takes everything back that was asserted before it",
}
_NO_PREMISE = {
    "assert-soft": "states a wish and no premise",
    "minimize": "asks for a best value, and a conclusion has none",
    "maximize": "asks for a best value, and a conclusion has none",
}


def faults(formalisation: Formalisation, kind: Kind, world: World) -> tuple[Diagnostic, ...]:
    """Diagnostics, empty where nothing is wrong; of class `logical`, but for a conclusion that cannot be read.

    SMT-LIB: assertions that do not count in the end, since they are taken back or only assumed, and several best values
    at once. In an entailment also a conclusion that is itself asserted, or its negation, so that the premises would
    decide it by themselves.

    Prolog, entailments: a conclusion that is its own complement, and in an open world negation as failure, which takes
    "not derivable" for "false".
    """
    if formalisation.program.language is Language.PROLOG:
        return _prolog(formalisation, world) if kind is Kind.ENTAILMENT else ()
    try:
        if kind is Kind.ENTAILMENT:
            read_term(formalisation.query)
        found = [list(command) for command in commands(tokens(formalisation.program.text)) if len(command) > 2]
    except PolicyError as error:
        return error.diagnostics  # several conclusions, or none, or half of one
    except SexprError:
        return ()  # the run says what is wrong with it, and where
    return _forgotten(formalisation, found) or (
        _asserted_conclusion(formalisation, found) if kind is Kind.ENTAILMENT else ()
    )


# Prolog


def _prolog(formalisation: Formalisation, world: World) -> tuple[Diagnostic, ...]:
    query, complement = formalisation.query, formalisation.complement or ""
    if "".join(query.split()) == "".join(complement.split()):
        message = "the complement is the conclusion itself: name what holds if the conclusion is false"
        return (Diagnostic(ErrorClass.LOGICAL, message, part=Part.QUERY),)
    if world is World.CLOSED:
        return ()
    message = (
        "reads what cannot be derived as false, which an open world does not allow: "
        "state what does not hold with neg(...), and that two individuals differ with dif(X, Y)"
    )
    twice = "says the same as its inner argument, and no rule knows that: leave both out"
    for part, text in (
        (Part.PROGRAM, formalisation.program.text),
        (Part.QUERY, query),
        (Part.QUERY, complement),
    ):
        code = prolog_code(text)
        if match := _FAILURE.search(code) or _QUOTED_FAILURE.search(text):
            return (_at(text, match, message, part),)
        if match := _TWICE_DENIED.search(code):
            return (_at(text, match, twice, part),)
    return ()


def _at(text: str, match: re.Match[str], message: str, part: Part) -> Diagnostic:
    line, column = Lines(text).at(match.start())
    symbol = match.group().rstrip("( \t\n")
    return Diagnostic(ErrorClass.LOGICAL, f"{symbol} {message}", line, column, symbol, part=part)


# SMT-LIB


def _forgotten(formalisation: Formalisation, found: Sequence[Sequence[Token]]) -> tuple[Diagnostic, ...]:
    """Commands after which the assertions are not all there, or which hold what no assertion says."""
    asserted = False
    for command in found:
        name, texts = symbol_name(command[1]), [token.text for token in command]
        asserted = asserted or name.startswith("assert")
        if name in _TAKEN_BACK and asserted and texts[2:3] != ["0"]:
            why = f"`{name}` {_TAKEN_BACK[name]}: leave it out and assert once what holds"
        elif name == "check-sat-assuming":
            why = "`check-sat-assuming` assumes for one check alone: assert what holds"
        elif texts[2:3] == [":opt.priority"] and texts[3:4] != ["lex"]:
            why = f"`{texts[3]}` gives each objective a best choice of its own: say which objective counts first"
        else:
            continue
        line, column = Lines(formalisation.program.text).at(command[0].start)
        return (Diagnostic(ErrorClass.LOGICAL, why, line, column, name),)
    return ()


def _asserted_conclusion(formalisation: Formalisation, found: Sequence[Sequence[Token]]) -> tuple[Diagnostic, ...]:
    """Looks for the name of the conclusion, or of something defined by it, in an assertion.

    A conclusion written out may be a premise as well.
    """
    meant = re.fullmatch(r"\(not (\|[^|]*\||[^\s()|]+)\)", formalisation.query)
    name = (meant[1] if meant else formalisation.query).strip("|")
    definitions = dict(_definitions(found))
    names = _names_that_mention(name, definitions)
    lines = Lines(formalisation.program.text)
    for command in found:
        token, why = command[1], ""
        if command[1].text in _NO_PREMISE:
            why = f"`{command[1].text}` {_NO_PREMISE[command[1].text]}: leave it out, and assert what the text says"
        elif command[1].text == "assert":
            for token in command[2:]:
                if token.kind in (TokenKind.SYMBOL, TokenKind.QUOTED) and symbol_name(token) in names:
                    why = (
                        f"the conclusion `{symbol_name(token)}` stands in an assertion: neither it nor its negation is "
                        "a premise. Leave the assertion out; the solver is asked about the conclusion by itself"
                    )
                    break
        elif command[1].text.startswith("declare-") and symbol_name(command[2]) == name == "conclusion":
            token = command[2]
            why = "`conclusion` is declared and means nothing: define it, as in `(define-fun conclusion () Bool ...)`"
        if why:
            return (Diagnostic(ErrorClass.LOGICAL, why, *lines.at(token.start), symbol_name(token)),)
    return ()


def _definitions(found: Sequence[Sequence[Token]]) -> Iterator[tuple[str, frozenset[str]]]:
    """Each name that the program defines, with the symbols of its definition."""
    for command in found:
        if command[1].text.startswith("define-") and command[1].text != "define-sort":
            symbols = [symbol_name(t) for t in command[2:] if t.kind in (TokenKind.SYMBOL, TokenKind.QUOTED)]
            if symbols:
                yield symbols[0], frozenset(symbols[1:])


def _names_that_mention(name: str, definitions: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """`name`, and what is defined by it, directly or not."""
    names = {name}
    while more := {other for other, symbols in definitions.items() if symbols & names} - names:
        names |= more
    return frozenset(names)
