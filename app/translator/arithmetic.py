"""Writes the program of an arithmetic problem from the expression over its quantities.

Each quantity that the expression uses becomes a fact that cites the words around it; what is asked for is one equation.
"""

import re
from collections.abc import Sequence
from fractions import Fraction

from app.numerals import Quantity, quantities
from app.translator.expression import Constant, Expression, ExpressionError, Slot, infix, slots
from solvers.types import Language

_WORD = re.compile(r"[^\W_]+(?:['\u2019.,:/][^\W_]+)*")
_CITED_WORD = re.compile(r"[^\W_]+(?:['\u2019.,:/-][^\W_]+)*")
_BREAK = re.compile('[.?!;:,]\\s|["\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\n\r()]')
_WORDS_BEFORE, _WORDS_AFTER = 3, 4
_LONGEST_CITATION = 400
"""Characters; whoever reads citations takes 500."""
_PASSED_OVER = frozenset(
    "a an and are as at be been by each every extra for from full had has have he her his in into is it its less long"
    " many more most much new of off on only or other out over per she that the their them then there they this to was"
    " were which while who will with you your i my more fewer times".split()
)
_DANGLING = frozenset(
    "a an and are as at be been but by during each every for from had has have he her him his if in into is it its me"
    " my of on onto or our per she than that the their them then they this to us was were when which while who will"
    " with you your".split()
)
"""Words that tell nothing at the end of a citation."""
# Names that mean something to Prolog, to SMT-LIB as Z3 or cvc5 reads it, or to this program.
_TAKEN = frozenset(
    "abolish abs and append as assert asserta assertz atom atomic attvar autoload between call callable catch"
    " char check close compound consult declare define det deterministic discontiguous distinct dynamic echo erase"
    " eval exists exit export fail false float forall format get ground halt ignore import initialization int"
    " integer is ite last leash length let license list max member min mod module multifile neg nl nonvar"
    " noprofile not notrace number once or par pop print protocol protocola protocolling public push put qcompile"
    " rational read real reexport rem require result retract retractall reverse see seeing set shell shift"
    " simplify skip sleep snapshot solve sort string sum tab table tell telling throw times tnot transaction true"
    " bag concat cos div exp fp if iff implies match pi root select sep sin sqrt store tan tuple"
    " undo unsetenv untable var version visible volatile write writeln writeq xor".split()
)


def write(text: str, expression: Expression, language: Language, *, found: Sequence[Quantity] | None = None) -> str:
    """The completion, as the service's prompts ask for it, that computes `expression` over the quantities of `text`.

    Args:
        found: `quantities(text)`, if the caller has them.

    Raises:
        ExpressionError: it uses a quantity that the text does not have.
    """
    found = quantities(text) if found is None else found
    used = sorted(slots(expression))
    if used and used[-1] >= len(found):
        raise ExpressionError(f"there is no quantity n{used[-1]}")
    names = _names(text, [found[index] for index in used])
    facts = [_Fact(name, found[index], _citation(text, found[index])) for name, index in zip(names, used, strict=True)]
    wanted = _question(text)
    by_index = dict(zip(used, names, strict=True))
    if language is Language.PROLOG:
        return _prolog(facts, expression, by_index, wanted)
    return _smt(facts, expression, by_index, wanted)


class _Fact:
    def __init__(self, name: str, quantity: Quantity, citation: str) -> None:
        self.name, self.value, self.citation = name, quantity.value, citation


def _prolog(facts: Sequence[_Fact], expression: Expression, names: dict[int, str], wanted: str) -> str:
    variables = {index: name.title().replace("_", "") for index, name in names.items()}
    equation = infix(expression, [variables.get(index, "") for index in range(max(variables, default=-1) + 1)])
    body = [f"    {fact.name}({variables[index]})," for fact, index in zip(facts, names, strict=True)]
    lines = [
        ":- use_module(library(clpq)).",
        "",
        *(f'{fact.name}({_rational(fact.value)}).  % "{fact.citation}"' for fact in facts),
        "",
        "solve(Result) :-",
        *body,
        f"    {{Result = {equation}}}.",
        "",
        *(f"% {fact.name}/1: {_gloss(fact)}" for fact in facts),
        f"% solve/1: {wanted}",
        "% query: solve(Result).",
    ]
    return "\n".join(["```prolog", *lines, "```"])


def _smt(facts: Sequence[_Fact], expression: Expression, names: dict[int, str], wanted: str) -> str:
    lines = [
        *(f"(declare-const {fact.name} Real)" for fact in facts),
        "(declare-const result Real)",
        *(
            f'(assert (! (= {fact.name} {_smt_number(fact.value)}) :named given_{fact.name}))  ; "{fact.citation}"'
            for fact in facts
        ),
        f"(assert (! (= result {_smt_term(expression, names)}) :named computed))",
        *(f"; {fact.name}: {_gloss(fact)}" for fact in facts),
        f"; result: {wanted}",
        "; answer: result",
    ]
    return "\n".join(["```smt2", *lines, "```"])


def _smt_term(expression: Expression, names: dict[int, str]) -> str:
    match expression:
        case Slot(index):
            return names[index]
        case Constant(value):
            return str(value)
    return f"({expression.operator} {_smt_term(expression.left, names)} {_smt_term(expression.right, names)})"


def _rational(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def _smt_number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"(/ {value.numerator} {value.denominator})"


def _gloss(fact: _Fact) -> str:
    return f'the number in "{fact.citation}"'


def _names(text: str, found: Sequence[Quantity]) -> list[str]:
    """A name for each quantity: the first telling word behind it, numbered where that would come twice."""
    names: list[str] = []
    for quantity in found:
        word = next(
            (
                lower
                for match in _WORD.finditer(text, quantity.end, _clause_end(text, quantity.end))
                if (lower := match[0].lower()).isascii() and lower.isalpha() and lower not in _PASSED_OVER
            ),
            "quantity",
        )
        name, number = f"{word}_given" if word in _TAKEN else word, 2
        while name in names:
            name, number = f"{word}_{number}", number + 1
        names.append(name)
    return names


def _citation(text: str, quantity: Quantity) -> str:
    """The words around a quantity as they stand there, within its clause, up to one that tells something."""
    begin = max((match.end() for match in _BREAK.finditer(text, 0, quantity.start)), default=0)
    before = list(_CITED_WORD.finditer(text, begin, quantity.start))[-_WORDS_BEFORE:]
    after = list(_CITED_WORD.finditer(text, quantity.end, _clause_end(text, quantity.end)))[:_WORDS_AFTER]
    while after and after[-1][0].lower() in _DANGLING:
        after.pop()
    start = before[0].start() if before else quantity.start
    end = after[-1].end() if after else quantity.end
    if end - start > _LONGEST_CITATION:
        start, end = quantity.start, quantity.end
    # On one line, though a number may be written on two: white space counts for nothing in a citation.
    return " ".join(text[start:end].split())


def _clause_end(text: str, position: int) -> int:
    match = _BREAK.search(text, position)
    return match.start() if match else len(text)


def _question(text: str) -> str:
    """The last sentence that asks, on one line; it tells a reader what the answer stands for."""
    sentences = [part.strip() for part in re.split(r"(?<=[.?!])\s+", text.strip()) if part.strip()]
    asking = [part for part in sentences if part.endswith("?")] or sentences
    return " ".join((asking or ["what is asked for"])[-1].split())[:300]
