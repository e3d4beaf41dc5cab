"""Compares a formalisation with the words of its problem: citations, quantities, polarity, unit.

All of it is for a reader to judge. None of it raises trust: a program can cite every word and still say something else.
English only; what is not plain is left open (None) and never guessed.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from app.reasoning.citations import Statement, cited_statements
from app.reasoning.extract import comments
from app.reasoning.literals import Literal
from app.reasoning.polarity import has_opposite, polarity_of_query, polarity_of_statement
from app.reasoning.quantities import Quantity
from app.reasoning.texts import Texts
from app.reasoning.types import Formalisation, Kind, Problem
from app.reasoning.units import compare_units, unit_asked, unit_stated
from solvers.types import Language

_SHOWN = 50
"""Entries of a list at most."""
_SHOWN_WORDS = 120
_SHORT = 2_500
"""Characters of a problem and its program together, for which it takes milliseconds."""
_SMALL = frozenset("two three four five six seven eight nine ten both pair couple twins double".split())


def translation_evidence(
    problem: Problem, kind: Kind, formalisation: Formalisation, texts: Texts | None = None
) -> dict[str, object]:
    """What can be said about how `formalisation` stands to the text of `problem`, as plain data.

    Args:
        texts: of the two, if they are there already.

    Returns:
        citations: each with the words cited, its line in the program, and `spans` of the problem's text.
        false_citations: words cited that the problem does not have.
        uncited: facts and assertions that cite nothing; None where the program cites nothing at all.
        uncited_quantities: those of the problem that no citation covers; without citations, those that no number of the
            program stands for. `in_program`: whether some number does, or in a puzzle or an entailment some name.
        unexplained_numbers: numbers of the program that neither the problem nor common knowledge gives.
        polarity, unit: whether they agree, or None where that is not plain.
        warnings: what a reader should look at, in words.

    A long list is cut, and its last entry says how many more there are.
    """
    texts = texts or Texts(problem, formalisation)
    statements = cited_statements(problem.text, formalisation.program, texts.clauses)
    written = [literal for literal in texts.literals if not literal.quoted]
    cites = any(statement.citations for statement in statements)
    words = _words(formalisation) if kind in (Kind.ENTAILMENT, Kind.CONSTRAINT) else frozenset()
    missing = _uncited_quantities(texts.readings, statements, written, words)
    strange = _unexplained(texts.known_numbers, written)
    uncited = [statement for statement in statements if _needs_citation(statement, kind)]
    false = [
        {"words": _short(citation.words), "line": citation.line}
        for statement in statements
        for citation in statement.citations
        if not citation.spans
    ]
    evidence: dict[str, object] = {
        "citations": _cut(
            {"words": _short(citation.words), "line": citation.line, "spans": [list(span) for span in citation.spans]}
            for statement in statements
            for citation in statement.citations
            if citation.spans
        ),
        "false_citations": _cut(false),
        "uncited": _cut({"text": _short(item.text), "line": item.line} for item in uncited) if cites else None,
        "uncited_quantities": _cut(missing),
        "unexplained_numbers": _cut(str(number) for number in strange),
        "polarity": _polarity(problem, kind, formalisation),
        "unit": _unit(problem, formalisation) if kind in (Kind.ARITHMETIC, Kind.OPTIMISATION) else None,
    }
    evidence["warnings"] = _warnings(evidence, kind)
    return evidence


def is_quick(problem: Problem, formalisation: Formalisation) -> bool:
    """Whether `translation_evidence` takes a few milliseconds: the texts are short, and no two units differ, for which
    a library may have to be loaded.
    """
    if len(problem.text) + len(formalisation.program.text) > _SHORT:
        return False
    stated = unit_stated(_gloss_of_answer(formalisation) or "")
    asked = None if stated is None else unit_asked(problem.text)
    return asked is None or asked.unit == stated


# Quantities and numbers


def _words(formalisation: Formalisation) -> frozenset[str]:
    """The words and figures that the names of a program are made of: `bus_4` has two."""
    program = formalisation.program
    code = list(program.text)
    for start, end in comments(program.text, program.language):
        code[start:end] = " " * (end - start)
    return frozenset(re.findall(r"[a-z]+|[0-9]+", "".join(code).lower()))


def _uncited_quantities(
    found: Mapping[Quantity, frozenset[Fraction]],
    statements: Sequence[Statement],
    written: Sequence[Literal],
    words: frozenset[str],
) -> list[dict[str, object]]:
    numbers = {abs(literal.value) for whole in written for literal in (whole, *whole.halves)}
    spans = sorted(span for item in statements for citation in item.citations for span in citation.spans)
    starts = [start for start, _ in spans]
    reach: list[int] = []
    for _, end in spans:
        reach.append(max(end, reach[-1] if reach else 0))
    in_program: dict[tuple[object, ...], bool] = {}
    missing: list[dict[str, object]] = []
    for item, readings in found.items():
        if item.is_ordinal or (item.value == 1 and item.text.isalpha()):
            continue  # "the first", "once", "one of them"
        behind = bisect_right(starts, item.end - 1)
        if behind and reach[behind - 1] > item.start:
            continue
        key = (item.value, item.unit, item.form, item.parts)
        if key not in in_program:
            in_program[key] = not numbers.isdisjoint(readings) or item.text.lower() in words
        if spans or not in_program[key]:
            missing.append({"text": item.text, "span": [item.start, item.end], "in_program": in_program[key]})
    return missing


def _unexplained(known: Mapping[Fraction, str], written: Sequence[Literal]) -> list[Fraction]:
    """Numbers that nothing gives: of a fraction, if neither it is given nor both of its halves are."""
    return sorted(
        {
            abs(literal.value)
            for literal in written
            if abs(literal.value) not in known
            and not (literal.halves and all(abs(half.value) in known for half in literal.halves))
        }
    )


def _needs_citation(statement: Statement, kind: Kind) -> bool:
    """A fact or an assertion without citation; in an entailment a rule too, since it is a premise."""
    if statement.citations:
        return False
    return statement.is_fact or kind is Kind.ENTAILMENT


# Polarity


def _polarity(problem: Problem, kind: Kind, formalisation: Formalisation) -> dict[str, object] | None:
    if kind not in (Kind.ENTAILMENT, Kind.CONSTRAINT):
        return None
    text = polarity_of_statement(problem.text)
    if kind is Kind.CONSTRAINT:
        # "Which of them is false?" is answered by a value, which has no polarity: a reader is shown the words.
        words = [text.start, text.end]
        asks = text.sign == "negative"
        return {"text": "negative", "query": None, "agrees": None, "words": words} if asks else None
    query = polarity_of_query(formalisation)
    agrees: bool | None = None
    if text.sign is not None and query is not None:
        agrees = text.sign == query
        if not agrees and text.sign == "positive":
            symbols = f"{formalisation.program.text} {formalisation.query}"
            agrees = None if has_opposite(problem.text, symbols) else False
    return {"text": text.sign, "query": query, "agrees": agrees, "words": [text.start, text.end]}


# Unit


def _unit(problem: Problem, formalisation: Formalisation) -> dict[str, object] | None:
    stated = unit_stated(_gloss_of_answer(formalisation) or "")
    asked = None if stated is None else unit_asked(problem.text)
    if asked is None or stated is None:
        return None
    comparison = compare_units(asked.unit, stated)
    factor = None if comparison.factor is None else str(comparison.factor)
    return {
        "asked": asked.unit,
        "stated": stated,
        "relation": comparison.relation,
        "factor": factor,
        "words": [asked.start, asked.end],
    }


def _gloss_of_answer(formalisation: Formalisation) -> str | None:
    query = formalisation.query.strip()
    name = query.partition("(")[0].strip() if formalisation.program.language is Language.PROLOG else query
    for item in formalisation.gloss:
        if item.symbol.partition("/")[0].strip("|") == name.strip("|"):
            return item.words
    return None


# Words


def _warnings(evidence: Mapping[str, object], kind: Kind) -> list[str]:
    found: list[str] = []
    for item in _dicts(evidence["false_citations"]):
        found.append(f'line {item["line"]} cites "{item["words"]}", which the problem does not say')
    if kind is Kind.ENTAILMENT:
        for item in _dicts(evidence["uncited"]):
            found.append(f"line {item['line']} states {item['text']} and cites no words of the problem for it")
    for item in _dicts(evidence["uncited_quantities"]):
        if not item["in_program"] and kind is not Kind.ENTAILMENT and not _is_small_word(str(item["text"])):
            found.append(f'nothing in the program stands for "{item["text"]}" of the problem')
    strange = evidence["unexplained_numbers"]
    if kind is Kind.ARITHMETIC and isinstance(strange, list):
        for number in strange[:_SHOWN]:
            found.append(f"the number {number} of the program is neither given by the problem nor commonly known")
    match evidence["polarity"]:
        case {"agrees": False, "text": text, "query": query}:
            found.append(f"the problem asks about a {text} statement, and the query is {query}")
    match evidence["unit"]:
        case {"relation": "incompatible", "asked": asked, "stated": stated}:
            found.append(f"the question asks for {asked}, and the answer is stated in {stated}")
        case {"relation": "convertible", "asked": asked, "stated": stated, "factor": factor}:
            found.append(f"the question asks for {asked}, and the answer is stated in {stated} ({factor} {asked} each)")
    return found


def _is_small_word(text: str) -> bool:
    """Whether it is one of the words that often count what a program names: "two trains", "three cousins"."""
    return text.lower() in _SMALL


def _dicts(entries: object) -> list[dict[str, object]]:
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _cut(entries: Iterable[object]) -> list[object]:
    """The first entries of a list; of a longer one the last says how many more there are."""
    every = list(entries)
    return every if len(every) <= _SHOWN else [*every[:_SHOWN], f"and {len(every) - _SHOWN} more"]


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_WORDS else f"{text[: _SHOWN_WORDS - 3]}..."
