"""Ways to say a word problem otherwise: other names, things, numbers, spellings, a sentence that does not matter, the
question first, statements in another order.

Each gives the changed problem, or None where it cannot be done safely. What a change might make ambiguous or false is
not done: a wrong row teaches more than a missing one.
"""

import random
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

from app.numerals import Quantity, quantities
from app.training.generators.words import GROUPS, MEN, WOMEN, Noun
from app.training.rewriting import Exchanged, Kept, Piece, rewritten, with_edits
from app.training.rows import ArithmeticProblem
from app.translator.expression import Constant, Expression, Operation, Slot, evaluate

Variation = Callable[[ArithmeticProblem, Sequence[ArithmeticProblem], random.Random], ArithmeticProblem | None]

_SENTENCE = re.compile(r"\S(?:[^.?!]|\.(?=\d)|(?<=\bMrs)\.|(?<=\b[MD]r)\.|(?<=\bMs)\.)*[.?!]+[\"\u201d']?")
_WORD = re.compile(r"[^\W\d_]+")
_BACKWARD = re.compile(
    r"\b(?:he|she|they|it|his|her|hers|him|their|theirs|them|its|this|that|these|those|former|latter|other|others|"
    r"another|rest|remaining|each|then|later|after|afterwards|next|also|same|again|total|both|half|so)\b",
    re.IGNORECASE,
)
"""Words that say more together with the sentence before."""
_FUNCTION_WORDS = frozenset(
    "a about after all also altogether am an and are as at away be been before began between both but by can could cost"
    " costs did do does each end every first for from gave get gets give given go goes got had has have he her here him"
    " his how if in into is it its last left many money more most much must my need needs new next no not now of off on"
    " one only or other our out over own per put she so some start started still than that the their them then there"
    " these they this those time times to together total up us use used was we week were what when where which while"
    " who will with would year you your day days hour hours minute minutes weeks years".split()
)

# Names


def names(problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random) -> ArithmeticProblem | None:
    """Other first names, women's for women's and men's for men's, each for one."""
    present = {word for word in _WORD.findall(problem.text) if word[0].isupper()}
    within = set(re.findall(r"(?<=[a-z,] )[A-Z][a-z]+", problem.text))
    exchanged: dict[str, str] = {}
    for table in (WOMEN, MEN):
        known = [name for name in table if name in present and (name in within or name.lower() not in _WORDS_TOO)]
        new = rng.sample([name for name in table if name not in present], len(known))
        exchanged |= dict(zip(known, new, strict=True))
    if not exchanged:
        return None
    edits = [
        (match.start(), match.end(), exchanged[match[0]])
        for match in _WORD.finditer(problem.text)
        if match[0] in exchanged
    ]
    return rewritten(problem, with_edits(problem, edits))


_WORDS_TOO = frozenset(
    "will mark rose grace may june april faith hope joy bill drew jack art violet ruby amber daisy lily ivy olive"
    " ginger pat frank sue chase grant dean dale cliff rich bob nick rob gene ray dawn eve holly hazel iris pearl penny"
    " sky summer autumn melody harmony charity christian don guy hunter mason miles pierce reed rod rusty sandy star"
    " stone ward wade wren".split()
)
"""Names that are words as well, and may be one where a sentence begins."""

# Things


def things(problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random) -> ArithmeticProblem | None:
    """Other things of the same sort, throughout: plums for pears."""
    text = problem.text.lower()
    exchanged: dict[Noun, Noun] = {}
    for many in dict.fromkeys(_MANY.findall(text)):
        noun, alike = _BY_PLURAL[many]
        free = [
            other
            for other in alike
            if other not in exchanged.values()
            and " " not in other.one
            and not re.search(rf"\b(?:{re.escape(other.one)}|{re.escape(other.many)})\b", text)
        ]
        if free:
            exchanged[noun] = rng.choice(free)
    edits: list[tuple[int, int, str]] = []
    for noun, other in exchanged.items():
        for match in re.finditer(
            rf"\b(?P<article>an? )?(?:(?P<many>{re.escape(noun.many)})|(?P<one>{re.escape(noun.one)}))\b",
            problem.text,
            re.IGNORECASE,
        ):
            if match["one"] and not match["article"] and not _DETERMINED.search(problem.text[: match.start()]):
                return None  # "pizza" in general, or "apple" of apple trees
            if (match["many"] or match["one"])[0].isupper() and problem.text[: match.start()].rstrip()[
                -1:
            ] not in _STOPS:
                return None  # a name
            new = other.many if match["many"] else other.one
            if match["article"]:
                new = f"{match['article'][0]}{'n' if new[0] in 'aeiou' else ''} {new}"
            elif match[0][0].isupper():
                new = new.capitalize()
            edits.append((match.start(), match.end(), new))
    if not edits or any(one[1] > two[0] for one, two in pairwise(sorted(edits))):
        return None
    return rewritten(problem, with_edits(problem, edits))


_DETERMINED = re.compile(r"\b(?:the|each|every|per|one|1|another|this|that|his|her|their) $", re.IGNORECASE)
_STOPS = ("", ".", "?", "!")
# Words that also are verbs, colours or measures; cards and pages that are counted in their own way; eggs by the dozen.
_NOT_ALWAYS_THINGS = frozenset(
    "orange rose book play watch ring light stamp plant glass line note fly bat duck square ruler coin quarter dime"
    " nickel penny dollar ball fish ticket card page paper egg block".split()
)
_BY_PLURAL = {
    noun.many.lower(): (noun, group.things)
    for group in GROUPS
    for noun in group.things
    if noun.one not in _NOT_ALWAYS_THINGS and noun.one != noun.many and " of " not in noun.one
}
# The longest first: "baseball cards" are none of the "cards".
_MANY = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_BY_PLURAL, key=len, reverse=True)))})\b")

# Numbers


def numbers(problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random) -> ArithmeticProblem | None:
    """Other sizes of numbers. Whole stays whole, positive positive, larger larger; sums and products that the text
    states go on holding; and so for every number on the way to the answer.
    """
    found = quantities(problem.text)
    free = sorted({item.value for item in found if _may_change(item, problem.text)})
    fixed = {item.value for item in found if not _may_change(item, problem.text)}
    free = [value for value in free if value not in fixed]
    if not free:
        return None
    ways = _on_the_way(problem.expression)
    before = [evaluate(way, [item.value for item in found]) for way in ways]
    relations = _relations(sorted({*free, *fixed}))
    for _try in range(40):
        new = {value: value for value in fixed} | {value: _another(value, rng) for value in free}
        if not _is_alike(new, relations):
            continue
        values = {index: new[item.value] for index, item in enumerate(found) if item.value in free}
        after_all = [new[item.value] for item in found]
        after = [_value(way, after_all) for way in ways]
        if any(one is None or not _is_sensible(two, one) for one, two in zip(after, before, strict=True)):
            continue
        if len(set(after)) != len(set(before)) and rng.random() < 0.9:
            continue  # 8 - 4 is 4: rather one where every number is told from the others
        pieces: list[Piece] = []
        last = 0
        for index, item in enumerate(found):
            if index in values:
                pieces += [Kept(last, item.start), Exchanged(index, _like(item, values[index]))]
                last = item.end
        return rewritten(problem, [*pieces, Kept(last, len(problem.text))], values=values)
    return None


_CALENDAR_VALUES = frozenset(map(Fraction, (7, 12, 24, 30, 31, 52, 60, 100, 365)))
_LISTED = re.compile(
    r"[\s-]{0,2}(?:friends?|siblings?|brothers?|sisters?|cousins?|roommates?|kinds?|types?|sorts?|colou?rs?|sides?|"
    r"parts?|names?|ways?|people|persons?|kids?|children|of them|others?|legs?|wheels?|weekdays?|seasons?|of which)\b",
    re.IGNORECASE,
)
_BEFORE_A_NAME = re.compile(
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|No\.|number|grade|chapter|"
    r"page|route|room|level|class|#)[\s-]*$",
    re.IGNORECASE,
)
"""What stands before a number that is a name or a date."""


def _may_change(item: Quantity, text: str) -> bool:
    """Whether it is a plain number in digits whose size does not matter for the words around it."""
    written = item.text.lstrip("$€£")
    if not re.fullmatch(r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?", written) or item.is_ordinal or item.form != "number":
        return False
    if item.unit == "percent" or item.value in (0, 1) or (item.value < 2 and item.value.denominator == 1):
        return False
    if item.value in _CALENDAR_VALUES and item.unit in ("minute", "hour", "day", "week", "month", "year", "second"):
        return False
    if 1_800 <= item.value <= 2_100 and "," not in written:
        return False  # a year
    if text[item.end : item.end + 1] == "%" or re.match(r"(?:st|nd|rd|th)\b", text[item.end :]):
        return False
    if _BEFORE_A_NAME.search(text[: item.start]):
        return False
    return not (item.value <= 10 and _LISTED.match(text, item.end))


def _another(value: Fraction, rng: random.Random) -> Fraction:
    """A number of the same kind and about the same size, with as many decimals; round numbers stay round."""
    scale = next(10**digits for digits in range(12) if (value * 10**digits).denominator == 1)
    whole = int(value * scale)
    step = next(step for step in (1_000, 100, 50, 10, 5, 1) if whole % step == 0 and (whole >= 2 * step or step == 1))
    if step > 1 and rng.random() < 0.3:
        step = 1 if scale == 1 else 5
    low, high = max(2, whole // 3), max(12, whole * 5 // 2)
    return Fraction(max(2, round(rng.randint(low, high) / step) * step), scale)


def _relations(values: Sequence[Fraction]) -> tuple[tuple[Fraction, Fraction, Fraction, str], ...]:
    """Which numbers of the text are sums or products of two others."""
    found: list[tuple[Fraction, Fraction, Fraction, str]] = []
    for one, two in combinations(values, 2):
        if one + two in values:
            found.append((one, two, one + two, "+"))
        if 1 not in (one, two) and one * two in values:
            found.append((one, two, one * two, "*"))
    return tuple(found)


def _is_alike(new: dict[Fraction, Fraction], relations: Sequence[tuple[Fraction, Fraction, Fraction, str]]) -> bool:
    ordered = [new[value] for value in sorted(new)]
    if any(one >= two for one, two in pairwise(ordered)):
        return False
    return all(
        (new[one] + new[two] if sign == "+" else new[one] * new[two]) == new[both] for one, two, both, sign in relations
    )


def _on_the_way(expression: Expression) -> list[Expression]:
    """Every operation of it, the whole last."""
    match expression:
        case Operation(_, left, right):
            return [*_on_the_way(left), *_on_the_way(right), expression]
        case Slot() | Constant():
            return []


def _value(expression: Expression, values: Sequence[Fraction]) -> Fraction | None:
    try:
        return evaluate(expression, values)
    except ValueError:
        return None


def _is_sensible(before: Fraction, after: Fraction | None) -> bool:
    """Whole if it was, a decimal if it was, and on the same side of nought and one."""
    if after is None or (before.denominator == 1 and after.denominator != 1):
        return False
    if (before > 0, before < 0, before < 1) != (after > 0, after < 0, after < 1):
        return False
    return 1_000 % before.denominator != 0 or 1_000 % after.denominator == 0


def _like(item: Quantity, value: Fraction) -> str:
    """`value` as `item` is written: with its currency, decimals, and commas."""
    currency = item.text[0] if item.text[0] in "$€£" else ""
    written = item.text[len(currency) :]
    decimals = len(written.partition(".")[2])
    if decimals:
        return f"{currency}{float(value):.{decimals}f}"
    return f"{currency}{int(value):,}" if "," in written else f"{currency}{int(value)}"


# Digits and words

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
_UNITS += "seventeen eighteen nineteen".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def spelling(
    problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random
) -> ArithmeticProblem | None:
    """Some numbers in words instead of digits, or in digits instead of words."""
    found = quantities(problem.text)
    new: dict[int, str] = {}
    for index, item in enumerate(found):
        if item.is_ordinal or item.form != "number" or item.parts or item.value.denominator != 1:
            continue
        around = problem.text[max(0, item.start - 1) : item.start] + problem.text[item.end : item.end + 1]
        if not 2 <= item.value <= 100 or not set(around) <= set(" .,;?!"):
            continue
        word = _in_words(int(item.value))
        if item.text == str(item.value):
            starts = not problem.text[: item.start].strip() or problem.text[: item.start].rstrip()[-1] in ".?!"
            new[index] = word.capitalize() if starts else word
        elif item.text.lower() == word:
            new[index] = str(item.value)
    if not new:
        return None
    chosen = [index for index in new if rng.random() < 0.6] or [rng.choice(list(new))]
    pieces: list[Piece] = []
    last = 0
    for index in chosen:
        pieces += [Kept(last, found[index].start), Exchanged(index, new[index])]
        last = found[index].end
    return rewritten(problem, [*pieces, Kept(last, len(problem.text))])


def _in_words(number: int) -> str:
    if number == 100:
        return "one hundred"
    if number < 20:
        return _UNITS[number]
    tens, units = divmod(number, 10)
    return _TENS[tens - 2] + (f"-{_UNITS[units]}" if units else "")


# A sentence that does not matter


def distraction(
    problem: ArithmeticProblem, others: Sequence[ArithmeticProblem], rng: random.Random
) -> ArithmeticProblem | None:
    """A statement of another problem, with its numbers, somewhere between the first sentence and the question.

    It shares no word with the problem that says what is talked about, and no pronoun can be taken to mean it.
    """
    sentences = list(_SENTENCE.finditer(problem.text))
    if len(sentences) < 2 or not others or not sentences[-1][0].endswith("?"):
        return None
    words = _content(problem.text)
    if not _content(sentences[-1][0]) & _content(problem.text[: sentences[-1].start()]):
        return None  # "How many are left?" would ask for either
    has_person = re.search(r"\b(?:he|she|they|his|her|their|them|him)\b", problem.text, re.IGNORECASE) is not None
    for _try in range(12):
        other = others[rng.randrange(len(others))]
        if _style(other.text) != _style(problem.text):
            continue
        statements = [match[0] for match in _SENTENCE.finditer(other.text) if match[0].endswith(".")]
        if not statements:
            continue
        statement = rng.choice(statements)
        count = len(quantities(statement))
        if not 1 <= count <= 3 or len(statement.split()) > 18 or not statement[0].isalpha():
            continue
        if _BACKWARD.search(statement) or re.match(
            r"(?:if|suppose|when|find|calculate|let)\b", statement, re.IGNORECASE
        ):
            continue
        if words & _content(statement) or (
            has_person and re.search(r"(?<!^)\b[A-Z]|^(?!There\b|The\b|An?\b)", statement)
        ):
            continue
        if "$" in statement and "$" in problem.text:
            continue
        places = [place for place in range(1, len(sentences)) if not _BACKWARD.search(sentences[place][0])]
        if not places:
            continue
        start = sentences[rng.choice(places)].start()
        pieces: list[Piece] = [Kept(0, start), f"{statement} ", Kept(start, len(problem.text))]
        if (changed := rewritten(problem, pieces, added=count)) is not None:
            return changed
    return None


_NO_STATEMENT = re.compile(
    r"(?:if|suppose|when|find|calculate|let|but|and|so|however|unfortunately|meanwhile|first|finally|instead)\b",
    re.IGNORECASE,
)


def _style(text: str) -> tuple[bool, bool]:
    """Whether blanks stand before the marks, and whether it is all lower case."""
    return " ." in text or " ?" in text, text.islower()


def _content(text: str) -> frozenset[str]:
    words = (word.lower() for word in _WORD.findall(text))
    return frozenset(word.rstrip("s") for word in words if word not in _FUNCTION_WORDS and len(word) > 1)


# The question first

_QUESTION = re.compile(r"(?:how many|how much|what is)\b", re.IGNORECASE)
_CONDITION = re.compile(r"if (?P<condition>.+?)\s?, (?P<question>how (?:many|much)\b.+?)\s?\?", re.IGNORECASE)
_OPENERS = frozenset(
    "the a an there in on at each every for one two three four five six seven eight nine ten his her their my our some"
    " all during last this after yesterday today".split()
)


def question_first(
    problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random
) -> ArithmeticProblem | None:
    """ "Ida has 3 figs. How many figs ...?" as "How many figs ..., if Ida has 3 figs?"; and "If ..., how many ...?" so.

    Only where the statements are one or two and the question needs no word of theirs to be understood.
    """
    text = problem.text.strip()
    sentences = list(_SENTENCE.finditer(problem.text))
    if not sentences or sentences[-1].end() != len(problem.text.rstrip()):
        return None
    blank = " " if _style(text)[0] else ""
    if len(sentences) == 1 and (match := _CONDITION.fullmatch(problem.text)):
        if re.search(r"\bif\b|\?", match["condition"], re.IGNORECASE) or _PRONOUN.search(match["question"]):
            return None
        start = match.start("question")
        first = problem.text[start].upper() if problem.text[0].isupper() else problem.text[start]
        condition = Kept(*match.span("condition"))
        return rewritten(
            problem, [first, Kept(start + 1, match.end("question")), f"{blank}, if ", condition, f"{blank}?"]
        )
    question = sentences[-1]
    statements = sentences[:-1]
    if not 1 <= len(statements) <= 2 or not _QUESTION.match(question[0]) or not question[0].endswith("?"):
        return None
    if _PRONOUN.search(question[0]) or re.search(r"\bif\b|\bwhen\b|,", question[0], re.IGNORECASE):
        return None
    pieces: list[Piece] = [
        Kept(question.start(), question.start() + len(question[0].rstrip("?").rstrip())),
        f"{blank}, if ",
    ]
    for number, statement in enumerate(statements):
        if not statement[0].endswith(".") or re.match(r"(?:if|suppose|when|then|so)\b", statement[0], re.IGNORECASE):
            return None
        if number:
            pieces.append(" and ")
        opener = _WORD.match(statement[0])
        start = statement.start()
        if opener is None:
            return None
        if opener[0].lower() in _OPENERS:
            if any(item.start == start for item in quantities(problem.text)):
                return None
            pieces.append(opener[0][0].lower())
            start += 1
        elif opener[0] not in WOMEN and opener[0] not in MEN and not opener[0].islower():
            return None
        pieces.append(Kept(start, statement.start() + len(statement[0].rstrip(".").rstrip())))
    return rewritten(problem, [*pieces, f"{blank}?"])


_PRONOUN = re.compile(
    r"\b(?:he|she|they|it|his|her|him|their|them|its|this|that|these|those|the|other|rest|remaining|another|each|left|"
    r"one|both|all|total|together|altogether|there)\b",
    re.IGNORECASE,
)
"""What a question has that leans on the sentences before it; "the" too: nothing has been named yet."""

# Another order

_STATE = re.compile(
    r"\b(?:has|have|is|are|costs?|holds?|weighs?|contains?|needs?|charges?|earns?|sells?|requires?|uses?|works?|lives?|"
    r"takes|pays|drives|walks|reads|eats|drinks|runs|makes)\b"
)
_EVENT = re.compile(
    r"\b(?:now|left|start\w*|begin\w*|began|end|ended|then|after|before|later|first|second|third|last|next|finally|"
    r"still|was|were|had|did|will|would|if|when|(?!(?:need|bed|red|seed|feed|speed|shed|hundred)\b)\w+ed|gave|got|took|bought|sold|lost|found|made|spent|ate|went|same)\b",
    re.IGNORECASE,
)
_LEANING = re.compile(
    r"\b(?:he|she|they|it|his|her|him|their|them|its|this|that|these|those|the|other|others|another|rest|remaining|both|"
    r"also|too|so|but|however|all|each other|in total|altogether)\b|\b(?:more|fewer|less)\b(?!.*\bthan\b)",
    re.IGNORECASE,
)


def order(problem: ArithmeticProblem, _: Sequence[ArithmeticProblem], rng: random.Random) -> ArithmeticProblem | None:
    """Two neighbouring statements in the other order.

    Only of what is so at the same time: told events would happen in another order.
    """
    sentences = list(_SENTENCE.finditer(problem.text))
    if len(sentences) < 3 or _EVENT.search(sentences[-1][0]):
        return None
    places = []
    for place in range(len(sentences) - 2):
        pair, following = sentences[place : place + 2], sentences[place + 2][0]
        if any(not item[0].endswith(".") or _EVENT.search(item[0]) or not _STATE.search(item[0]) for item in pair):
            continue
        if not _LEANING.search(pair[1][0]) and not _LEANING.match(pair[0][0]) and not _PERSON.search(following):
            places.append(place)
    if not places:
        return None
    one, two = sentences[(place := rng.choice(places))], sentences[place + 1]
    return rewritten(
        problem,
        [
            Kept(0, one.start()),
            Kept(*two.span()),
            Kept(one.end(), two.start()),
            Kept(*one.span()),
            Kept(two.end(), len(problem.text)),
        ],
    )


_PERSON = re.compile(r"\b(?:he|she|they|it|his|her|their|its|him|them|these|those|this)\b", re.IGNORECASE)

VARIATIONS: dict[str, Variation] = {
    "names": names,
    "things": things,
    "numbers": numbers,
    "spelling": spelling,
    "distraction": distraction,
    "question-first": question_first,
    "order": order,
}
