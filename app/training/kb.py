"""The knowledge that a translator begins with: rules of mathematics in `knowledge/`, one file a domain.

A file says its `domain` and its `[[rules]]`; `Rule` says what stands in one. `rows` makes them into lessons for a
language model, `examples` into lessons for the embedded translator. What is loaded is well formed; that each rule gives
its answer is for the tests to say, since that takes an engine.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from random import Random

from app.errors import QuodError
from app.numerals import Quantity
from app.problem import Kind, Problem
from app.training.rows import Row, Task
from app.translator import expression as arithmetic
from app.translator.expression import CONSTANTS, OPERATORS, Expression, ExpressionError
from app.translator.forms import Example, Form
from app.translator.masking import EVERY_WORD, mask
from solvers.types import Language

SOURCE = "kb"

LIBRARIES = ("clpq", "clpfd", "lists", "apply", "aggregate", "yall")
_STRINGS = ("head", "statement", "gloss", "rule", "query", "answer")
_OPTIONAL = {"phrases", "libraries", "helpers", "expression"}

_HEAD = re.compile(r"([a-z][a-z0-9_]*)\((.+)\)")
_VARIABLE = re.compile(r"[A-Z][A-Za-z0-9]*")
_PLACE_HOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_CLAUSE = re.compile(r"^([a-z]\w*)(\(|[ .])", re.MULTILINE)
_INPUT = re.compile(r"-?\d+(?:/\d+)?|\[.*\]|[a-z]\w*")

_PROMPTS = (
    "{statement} Write this as a Prolog rule, say what its predicates and arguments mean, and ask it for {phrase}.",
    "State in Prolog, with the meaning of each predicate in a comment: {statement} The query asks for {phrase}.",
    "Which Prolog rule gives {phrase}? {statement} Annotate what the rule stands for, and add the query.",
    "Teach Prolog the following, with a line on what each predicate stands for. {statement}"
    " Then let it compute {phrase}.",
)
_OPENINGS = ("{}", "{} ?", "what is {} ?", "find {} .", "calculate {} .", "compute {}")
_PI = ("3.14", "22/7")


class KnowledgeError(QuodError):
    """An entry of `knowledge/` is not well formed: says the file, the entry and what is wrong."""

    def __init__(self, file: str, entry: str, fault: str) -> None:
        super().__init__(f"{file}: {entry}: {fault}")
        self.file, self.entry, self.fault = file, entry, fault


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, its meaning and one query with its answer.

    Args:
        name: of the predicate; `arguments`: the variables of its head, in order.
        statement: the concept or formula, in one English sentence.
        gloss: what the arguments stand for, each by its name.
        helpers: `name/arity` of each further predicate that `rule` defines, with what it stands for.
        libraries: of SWI-Prolog, without which `rule` does not run.
        phrases: ways to ask for the argument that is computed; `{base_area}` is the place of the argument `BaseArea`.
        inputs: the value of each other argument in `query`, as Prolog writes it; its keys are place-holders.
        answer: what `query` gives, exact.
        expression: tokens of the same formula in prefix notation over the place-holders; None where it is no such
            formula.
    """

    name: str
    domain: str
    arguments: tuple[str, ...]
    statement: str
    gloss: str
    helpers: tuple[tuple[str, str], ...]
    rule: str
    libraries: tuple[str, ...]
    phrases: tuple[str, ...]
    query: str
    inputs: Mapping[str, str]
    answer: Fraction
    expression: tuple[str, ...] | None

    @property
    def program(self) -> str:
        """The rule with what it loads: runs by itself."""
        directives = "".join(f":- use_module(library({library})).\n" for library in self.libraries)
        return f"{directives}\n{self.rule}\n" if directives else f"{self.rule}\n"

    @property
    def annotated(self) -> str:
        """The program with its meaning and its query in comment lines, as the prompts ask for it."""
        meanings = ((f"{self.name}/{len(self.arguments)}", self.gloss), *self.helpers)
        lines = "".join(f"% {symbol}: {words}\n" for symbol, words in meanings)
        return f"{self.program}\n{lines}% query: {self.query}.\n"

    def over(self, slots: Mapping[str, str]) -> Expression:
        """Its expression with the quantity `n0`, `n1`, ... of each place-holder.

        Raises:
            ExpressionError: it has none.
        """
        return arithmetic.parse([slots.get(token, token) for token in self.expression or ()])

    def value(self) -> Fraction:
        """What its expression gives for the inputs of `query`.

        Raises:
            ExpressionError: it has none, or no value.
        """
        slots = {name: f"n{index}" for index, name in enumerate(self.inputs)}
        return arithmetic.evaluate(self.over(slots), [Fraction(value) for value in self.inputs.values()])


@cache
def load() -> tuple[Rule, ...]:
    """All rules, by file and in the order of each file.

    Raises:
        KnowledgeError: an entry is not well formed, or too like another.
    """
    return read(entry for entry in (files(__package__) / "knowledge").iterdir() if entry.name.endswith(".toml"))


def read(sources: Iterable[Traversable]) -> tuple[Rule, ...]:
    """The rules of these files, which are sorted by name first.

    Raises:
        KnowledgeError: an entry is not well formed, or too like another.
    """
    found: list[Rule] = []
    taken: dict[str, str] = {}
    for source in sorted(sources, key=lambda file: file.name):
        for rule in _read_file(source):
            # The same question with two expressions would teach neither.
            for what in (rule.name, rule.statement, rule.rule, *(_PLACE_HOLDER.sub("{}", p) for p in rule.phrases)):
                if (other := taken.setdefault(what, rule.name)) != rule.name:
                    raise KnowledgeError(source.name, rule.name, f"{what!r} is also said of {other}")
            if any(rule.name == before.name for before in found):
                raise KnowledgeError(source.name, rule.name, "the name is taken")
            found.append(rule)
    return tuple(found)


def rows() -> Iterator[Row]:
    """For a language model: each phrase of each rule, to the annotated rule."""
    for place, rule in enumerate(load()):
        for index, phrase in enumerate(rule.phrases):
            asked = _asked(rule, phrase)
            yield Row(
                task=Task.KB,
                problem=Problem(f"What is {asked}?", Kind.ARITHMETIC, Language.PROLOG),
                completion=f"```prolog\n{rule.annotated}```\n",
                answer=str(rule.answer),
                source=SOURCE,
                id=rule.name,
                prompt=_PROMPTS[(place + index) % len(_PROMPTS)].format(statement=rule.statement, phrase=asked),
            )


def examples(rng: Random) -> Iterator[Example]:
    """For the embedded translator: each phrase of each formula with numbers put in, to its expression.

    The numbers and how the question is opened are drawn; another round with the same `rng` gives others.

    Raises:
        KnowledgeError: the numbers of a phrase are not read as they were written.
    """
    for rule in load():
        if rule.expression is not None:
            for phrase in rule.phrases:
                yield _example(rule, phrase, rng)


def _asked(rule: Rule, phrase: str) -> str:
    """The phrase with the values of the rule's own query."""
    return _PLACE_HOLDER.sub(lambda match: _in_words(rule.inputs[match[1]]), phrase)


def _example(rule: Rule, phrase: str, rng: Random) -> Example:
    text, spans = "", []
    position = 0
    opened = rng.choice(_OPENINGS).format(phrase)
    for match in _PLACE_HOLDER.finditer(opened):
        text += opened[position : match.start()]
        written = _number(match[1], rng)
        spans.append((match[1], Fraction(written), len(text)))
        text += written
        position = match.end()
    text += opened[position:]
    masked = mask(text, EVERY_WORD)
    slots: dict[str, str] = {}
    for name, value, start in spans:
        slot = next((f"n{n}" for n, each in enumerate(masked.numbers) if _is_read(each, value, start)), None)
        if slot is None or slot in slots.values():
            raise KnowledgeError(rule.domain, rule.name, f"the numbers of {text!r} are not read as they are written")
        slots[name] = slot
    target = arithmetic.spell(arithmetic.canonical(rule.over(slots)))
    return Example(Form.RULE, masked.tokens, target, SOURCE)


def _is_read(quantity: Quantity, value: Fraction, start: int) -> bool:
    return quantity.start <= start < quantity.end and quantity.value == value


def _number(name: str, rng: Random) -> str:
    if name == "pi":
        return rng.choice(_PI)
    if rng.random() < 0.15:
        return f"{rng.randint(1, 99)}.{rng.choice((25, 5, 75))}"
    return str(rng.randint(2, 99) if rng.random() < 0.7 else rng.randint(100, 9_999))


def _in_words(value: str) -> str:
    """`[4, 8, 9]` as `4, 8 and 9`, anything else as it stands."""
    if not value.startswith("["):
        return value
    *first, last = (item.strip() for item in value.strip("[]").split(","))
    return f"{', '.join(first)} and {last}" if first else last


# Reading


def _read_file(source: Traversable) -> Iterator[Rule]:
    try:
        content = tomllib.loads(source.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KnowledgeError(source.name, "the file", f"is no TOML: {error}") from None
    domain, entries = content.get("domain"), content.get("rules")
    if not isinstance(domain, str) or not isinstance(entries, list) or content.keys() != {"domain", "rules"}:
        raise KnowledgeError(source.name, "the file", "has a `domain`, `[[rules]]` and nothing else")
    for index, entry in enumerate(entries):
        head = entry.get("head")
        name = head.partition("(")[0] if isinstance(head, str) else f"entry {index + 1}"
        try:
            yield _read_rule(domain, entry)
        except (ValueError, ExpressionError) as error:
            raise KnowledgeError(source.name, name, str(error)) from None


def _read_rule(domain: str, entry: dict[str, object]) -> Rule:
    """One entry.

    Raises:
        ValueError: what is wrong with it.
    """
    if unknown := sorted(entry.keys() - {*_STRINGS, *_OPTIONAL}):
        raise ValueError(f"nobody knows {', '.join(unknown)}")
    texts: dict[str, str] = {}
    for key in _STRINGS:
        value = entry.get(key)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"`{key}` is missing or no text")
        texts[key] = value.strip()
    name, arguments = _head(texts["head"])
    inputs = _inputs(name, arguments, texts["query"])
    rule = Rule(
        name=name,
        domain=domain,
        arguments=arguments,
        statement=texts["statement"],
        gloss=texts["gloss"],
        helpers=_helpers(entry.get("helpers", {})),
        rule=texts["rule"],
        libraries=_texts("libraries", entry.get("libraries", ["clpq"])),
        phrases=_texts("phrases", entry.get("phrases")),
        query=texts["query"],
        inputs=inputs,
        answer=_fraction(texts["answer"]),
        expression=_expression(entry.get("expression"), inputs),
    )
    _check(rule)
    return rule


def _head(head: str) -> tuple[str, tuple[str, ...]]:
    match = _HEAD.fullmatch(head)
    arguments = tuple(argument.strip() for argument in match[2].split(",")) if match else ()
    if match is None or not all(_VARIABLE.fullmatch(argument) for argument in arguments):
        raise ValueError("`head` is no name with variables, such as `area(Length, Width, Area)`")
    if len(set(arguments)) < len(arguments):
        raise ValueError("two arguments of `head` have the same name")
    return match[1], arguments


def _inputs(name: str, arguments: tuple[str, ...], query: str) -> dict[str, str]:
    """The place-holder and the value of each argument that `query` gives."""
    match = _HEAD.fullmatch(query)
    given = [part.strip() for part in re.split(r",(?![^\[]*\])", match[2])] if match else []
    if match is None or match[1] != name or len(given) != len(arguments):
        raise ValueError(f"`query` does not call {name}/{len(arguments)}")
    inputs = {
        _place_holder(argument): value
        for argument, value in zip(arguments, given, strict=True)
        if not _VARIABLE.fullmatch(value)
    }
    if len(inputs) != len(arguments) - 1:
        raise ValueError("`query` leaves not exactly one argument to be computed")
    if asked := [value for value in given if _VARIABLE.fullmatch(value) and value not in arguments]:
        raise ValueError(f"`query` asks for {asked[0]}, which `head` does not have")
    if odd := [value for value in inputs.values() if not _INPUT.fullmatch(value)]:
        raise ValueError(f"`query` has {odd[0]!r} for an argument: an integer, a fraction, a name or a list is wanted")
    return inputs


def _place_holder(argument: str) -> str:
    """`BaseArea` as `base_area`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", argument).lower()


def _helpers(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not all(isinstance(words, str) for words in value.values()):
        raise ValueError('`helpers` is no table such as { "step/2" = "..." }')
    if odd := [symbol for symbol in value if not re.fullmatch(r"[a-z]\w*/\d", symbol)]:
        raise ValueError(f"`helpers`: {odd[0]!r} is no name/arity")
    return tuple(value.items())


def _texts(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ValueError(f"`{key}` is missing or no list of texts")
    return tuple(value)


def _fraction(text: str) -> Fraction:
    if not re.fullmatch(r"-?\d+(?:/[1-9]\d*)?", text) or str(Fraction(text)) != text:
        raise ValueError(f"`answer` {text!r} is no integer and no fraction in lowest terms")
    return Fraction(text)


def _expression(value: object, inputs: Mapping[str, str]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("`expression` is no text")
    tokens = tuple(value.split())
    if unknown := sorted({*tokens} - {*inputs, *OPERATORS, *CONSTANTS}):
        raise ValueError(f"`expression` has {unknown[0]!r}, which is no operator, place-holder or constant")
    if unused := sorted(inputs.keys() - {*tokens}):
        raise ValueError(f"`expression` does not use {unused[0]}")
    return tokens


def _check(rule: Rule) -> None:
    """What the parts of a rule must be to each other.

    Raises:
        ValueError: what is wrong.
    """
    if not rule.statement.endswith(".") or not rule.statement[0].isupper() or ". " in rule.statement:
        raise ValueError("`statement` is not one sentence")
    if not 2 <= len(set(rule.phrases)) == len(rule.phrases) <= 4:
        raise ValueError("two to four different `phrases` are wanted")
    for phrase in rule.phrases:
        names = _PLACE_HOLDER.findall(phrase)
        if not phrase.startswith("the ") or sorted(names) != sorted(rule.inputs):
            raise ValueError(
                f"{phrase!r} does not begin with `the` or does not have each of {', '.join(rule.inputs)} once"
            )
    if missing := [argument for argument in rule.arguments if not re.search(rf"\b{argument}\b", rule.gloss)]:
        raise ValueError(f"`gloss` does not say what {missing[0]} is")
    if unknown := [library for library in rule.libraries if library not in LIBRARIES]:
        raise ValueError(f"`libraries`: {unknown[0]!r} is none of {', '.join(LIBRARIES)}")
    defined = {match[1] for match in _CLAUSE.finditer(rule.rule)}
    explained = {rule.name, *(symbol.partition("/")[0] for symbol, _ in rule.helpers)}
    if defined != explained:
        raise ValueError(f"`rule` defines {', '.join(sorted(defined))}, explained are {', '.join(sorted(explained))}")
    if rule.expression is not None and rule.value() != rule.answer:
        raise ValueError(f"`expression` gives {rule.value()}, `answer` is {rule.answer}")
