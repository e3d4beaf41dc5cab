"""Made-up sentences of deductions, whole problems, and how the sentences of a published set are read by their form."""

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

import pytest

from app.problem import World
from app.reasoning.types import VerdictKind
from app.training.generators import deduction_phrases as phrases
from app.training.generators.deduction import MadeUpProblem, Style, problem, sentences, slots_of
from app.training.generators.deduction_verdict import closed_verdict, first_order_verdict
from app.training.generators.deduction_words import Pool
from app.training.proofwriter import known_forms, proofwriter_examples, read_by_form, verdict_of
from app.translator.clauses import (
    ABSTAIN,
    SOURCE_TOKENS,
    TARGET_TOKENS,
    Joint,
    Literal,
    MaskedSentence,
    Rule,
    mask,
    parse,
    rename,
    spell,
)
from app.translator.deduction import translate, understood
from app.translator.forms import Form
from app.translator.result import Abstention
from solvers import Language, Runtime


def made(seed: int, number: int):
    rng = Random(seed)
    return [sentences(rng) for _ in range(number)]


def test_the_same_seed_makes_the_same_sentences() -> None:
    assert made(3, 50) == made(3, 50)
    assert made(3, 50) != made(4, 50)


def test_a_sentence_is_written_in_tokens_that_are_known_and_says_what_it_can_say() -> None:
    known, sayable = set(SOURCE_TOKENS), set(TARGET_TOKENS)
    for example in made(1, 4_000):
        assert example.form is Form.CLAUSE
        assert set(example.source) <= known
        assert set(example.target) <= sayable
        if example.target == (ABSTAIN,):
            continue
        places = {token for token in example.source if token[0] == "w" and token[1:].isdigit()}
        masked = MaskedSentence(example.source, tuple((place,) for place in sorted(places)))
        assert spell(understood("", masked, example.target)) == example.target


def test_no_sentence_says_two_things() -> None:
    targets = defaultdict(Counter)
    examples = made(2, 12_000)
    for example in examples:
        targets[example.source][example.target] += 1
    two = sum(sum(found.values()) - max(found.values()) for found in targets.values())
    assert two <= len(examples) / 1_000


def test_a_good_part_cannot_be_said_and_every_form_comes_up() -> None:
    examples = made(5, 4_000)
    share = sum(example.target == (ABSTAIN,) for example in examples) / len(examples)
    assert 0.15 < share < 0.3
    tokens = Counter(token for example in examples for token in set(example.target))
    assert min(tokens[token] for token in ("not", ":-", "|", "^^", "+", "some", "Y", "have", "person")) >= 10


@pytest.mark.parametrize(
    ("sentence", "notation"),
    [
        ("If someone is kind and not big then they are red.", "w2 X :- w0 X , not w1 X ."),
        ("Red, cold things are round.", "w2 X :- w0 X , w1 X ."),
        ("All quiet people are not rough.", "not w1 X :- w0 X , person X ."),
        ("The bald eagle sees the dog.", "w2 w0 + w1 w3 ."),
        ("If something likes the bear then the cow does not eat the bear.", "not w3 w2 w1 :- w0 X w1 ."),
        ("If Bob is red and Bob is cold then Bob is not kind.", "not w3 w0 :- w1 w0 , w2 w0 ."),
    ],
)
def test_a_plain_sentence_is_read_by_its_form(forms, sentence: str, notation: str) -> None:
    assert read_by_form(mask(sentence).tokens, forms) == tuple(notation.split())


@pytest.fixture(scope="module")
def forms():
    return known_forms(0, 12_000)


def test_a_form_that_is_not_made_is_not_known(forms) -> None:
    assert read_by_form(mask("Bob is probably red.").tokens, forms) is None


def test_a_question_and_its_statement_say_the_same() -> None:
    pool = Pool(Random(1), made_up=0.5, reuse=0.3, named=0.5)
    for _ in range(200):
        text, statement = phrases.question(pool)
        slots = slots_of(mask(f"{text}?"), pool.forms)
        if slots is not None and len(slots) <= 20:
            assert parse(spell(rename(statement, slots))) == rename(statement, slots)


def given(made_up: MadeUpProblem):
    """Reads each sentence of the problem as it was meant."""
    meant = {}
    for sentence in (*made_up.premises, made_up.conclusion):
        masked = mask(sentence.text)
        slots = slots_of(masked, made_up.forms)
        # The words behind "does it follow that" are read without their mark.
        for tokens in (masked.tokens, masked.tokens[:-1]):
            meant[tokens] = spell(rename(sentence.reading, slots))
    return lambda asked: [(meant.get(tokens) or meant[tokens[:-1]], 0.0) for tokens in asked]


@pytest.mark.parametrize("style", list(Style))
async def test_the_engines_give_the_verdict_of_a_made_up_problem(runtime: Runtime, style: Style) -> None:
    rng, compared, verdicts = Random(7), 0, set()
    for _ in range(12):
        made_up = problem(rng, style)
        for language, world, verdict in (
            (Language.SMT, World.OPEN, made_up.open_world),
            (Language.PROLOG, World.CLOSED, made_up.closed_world),
        ):
            translation = translate(made_up.text, given(made_up), language, world)
            if isinstance(translation, Abstention) or verdict is None:
                continue
            assert await verdict_of(translation.completion, language, world, runtime) is verdict, made_up.text
            compared += 1
            verdicts.add(verdict)
    assert compared >= 6
    assert len(verdicts) >= 2


def said(notation: str) -> Rule:
    rule = parse(notation.split())
    assert isinstance(rule, Rule)
    return rule


@pytest.mark.parametrize(
    ("premises", "conclusion", "open_world", "closed_world"),
    [
        (["w0 w5 .", "w1 X :- w0 X ."], "w1 w5 .", VerdictKind.PROVED, VerdictKind.PROVED),
        (["not w1 w5 .", "w1 X :- w0 X ."], "not w0 w5 .", VerdictKind.PROVED, VerdictKind.PROVED),
        (["w0 w5 .", "not w1 X :- w0 X ."], "w1 w5 .", VerdictKind.REFUTED, VerdictKind.REFUTED),
        (["w0 w5 .", "w1 X :- not w2 X ."], "w1 w5 .", VerdictKind.UNDETERMINED, VerdictKind.PROVED),
        (["w2 X :- w0 X .", "w2 X :- w1 X .", "w0 w5 | w1 w5 ."], "w2 w5 .", VerdictKind.PROVED, None),
        (["w1 X :- not w1 X ."], "w1 w5 .", VerdictKind.PROVED, None),
        (["w0 w5 .", "not w0 w5 ."], "w0 w5 .", None, None),
    ],
)
def test_the_verdict_of_statements_is_that_of_logic(premises, conclusion, open_world, closed_world) -> None:
    statements = [said(premise) for premise in premises]
    assert first_order_verdict(statements, said(conclusion)) is open_world
    assert closed_verdict(statements, said(conclusion)) is closed_world


async def test_a_document_is_kept_where_the_solver_gives_its_label(runtime: Runtime, tmp_path: Path, forms) -> None:
    context = "Tia is red. If something is red then it is kind. Rex is probably old."
    asked = "Based on the above information, is the following statement true, false, or unknown? Tia is"
    whole = context.partition(" Rex")[0]
    records = [
        {"id": "1", "context": whole, "question": f"{asked} kind.", "answer": "A"},
        {"id": "2", "context": whole, "question": f"{asked} not kind.", "answer": "B"},
        {"id": "3", "context": whole, "question": f"{asked} kind.", "answer": "C"},
        {"id": "4", "context": context, "question": f"{asked} kind.", "answer": "A"},
        {"id": "5", "context": f"{whole} The red is big.", "question": f"{asked} kind.", "answer": "A"},
    ]
    path = tmp_path / "train.json.gz"
    path.write_bytes(gzip.compress(json.dumps(records).encode()))
    gathered = await proofwriter_examples(path, runtime, forms=forms)
    assert gathered.kept == 2
    assert len(gathered.examples) == 6
    assert sorted(gathered.dropped.values()) == [1, 1, 1]
    assert ("w1", "X", ":-", "w0", "X", ".") in {example.target for example in gathered.examples}
    few = await proofwriter_examples(path, runtime, forms=forms, most=1)
    assert few.kept == 1


def test_what_is_said_of_a_subject_is_a_literal() -> None:
    predicate = Pool(Random(2), made_up=0.0, reuse=0.0, named=1.0).adjectival()
    assert Rule(Joint((predicate.of(("bob",), negated=True),))).head.literals == (
        Literal(predicate.term, (("bob",),), negated=True),
    )
