"""Writes declarations of datatypes as cvc5 reads them, or its proofs can do without them. Standard library only.

Many programs still have the older `(declare-datatypes () ((Colour red green)))`. And the Alethe format knows no
datatypes, but an enumeration is as well a sort whose elements are listed and distinct.
"""

from collections.abc import Sequence

from solvers.smt import sexpr
from solvers.smt.sexpr import Node, Sexpr, SexprError, Token, TokenKind


def modernise(command: Sequence[Token]) -> Sequence[Token]:
    """The command, or the same in SMT-LIB 2.6."""
    if len(command) < 5 or command[1].text != "declare-datatypes" or command[3].text != ")":
        return command
    try:
        (read,) = sexpr.build(command)
    except SexprError:
        return command
    match read:
        case Node((head, Node(()), Node(declarations)), start, end):
            sorts: list[Sexpr] = []
            bodies: list[Sexpr] = []
            for declaration in declarations:
                match declaration:
                    case Node((Token() as name, *constructors)):
                        sorts.append(Node((name, Token(TokenKind.NUMERAL, "0", start)), start, end))
                        made = (item if isinstance(item, Node) else Node((item,), start, end) for item in constructors)
                        bodies.append(Node(tuple(made), start, end))
                    case _:
                        return command
            both = Node(tuple(sorts), start, end), Node(tuple(bodies), start, end)
            return sexpr.flatten(Node((head, *both), start, end))
    return command


def without_enumerations(commands: Sequence[Sequence[Token]]) -> list[Sequence[Token]] | None:
    """The same commands with enumerations as sorts and what is known of them asserted; None where there is another
    datatype, or no datatype at all.
    """
    found: list[Sequence[Token]] = []
    changed = False
    for command in commands:
        if not command[1].text.startswith("declare-datatype"):
            found.append(command)
            continue
        enumerations = _enumerations(command)
        if enumerations is None:
            return None
        changed = True
        lines = []
        for sort, elements in enumerations:
            lines += [f"(declare-sort {sort} 0)", *(f"(declare-const {element} {sort})" for element in elements)]
            if len(elements) > 1:
                lines.append(f"(assert (distinct {' '.join(elements)}))")
            equations = " ".join(f"(= element {element})" for element in elements)
            listed = f"(or {equations})" if len(elements) > 1 else equations
            lines.append(f"(assert (forall ((element {sort})) {listed}))")
        found += sexpr.commands(sexpr.tokens("\n".join(lines)))
    return found if changed else None


def _enumerations(command: Sequence[Token]) -> list[tuple[str, list[str]]] | None:
    try:
        (read,) = sexpr.build(modernise(command))
    except SexprError:
        return None
    match read:
        case Node((_, Node(sorts), Node(bodies))) if len(sorts) == len(bodies):
            pairs = list(zip(sorts, bodies, strict=True))
        case Node((_, Token() as name, body)):
            pairs = [(Node((name, Token(TokenKind.NUMERAL, "0", 0)), 0, 0), body)]
        case _:
            return None
    found = []
    for sort, body in pairs:
        match sort, body:
            case Node((Token() as name, Token(_, "0"))), Node((_, *_) as constructors):
                elements = []
                for constructor in constructors:
                    match constructor:
                        case Token(_, text) | Node((Token(_, text),)):
                            elements.append(text)
                        case _:
                            return None
                found.append((name.text, elements))
            case _:
                return None
    return found
