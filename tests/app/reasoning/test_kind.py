import pytest

from app.reasoning.kind import decide_kind, decide_language
from app.reasoning.types import Kind, Problem, World
from app.samples import load_samples
from solvers.types import Language


def test_the_kind_of_every_sample_is_found_from_its_text() -> None:
    wrong = {
        sample.id: decide_kind(sample.as_problem(decide=True))
        for sample in load_samples()
        if decide_kind(sample.as_problem(decide=True)) is not sample.kind
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A pen costs 2 dollars and a book 7. How much do three pens and a book cost?", Kind.ARITHMETIC),
        ("At least 5 of the 30 chairs are broken, at most 8. 7 are. How many can be used?", Kind.ARITHMETIC),
        ("The minimum wage is 12 dollars. She works 8 hours for it. What does she earn?", Kind.ARITHMETIC),
        ("Each of 4 different boxes weighs 3 kg. What do they weigh together?", Kind.ARITHMETIC),
        ("Of those who went, half left early. How many of the 30 who went stayed?", Kind.ARITHMETIC),
        ("Every wumpus is a tumpus. Max is a wumpus. True or false: Max is a tumpus.", Kind.ENTAILMENT),
        ("All cats purr. Tom is a cat. Therefore, does Tom purr?", Kind.ENTAILMENT),
        ("Premises: all cats purr; Tom is a cat.\nConclusion: Tom purrs.", Kind.ENTAILMENT),
        ("All cats purr. Tom is a cat. Prove that Tom purrs.", Kind.ENTAILMENT),
        ("If it rains, the road is wet. It rains. Is the road wet?", Kind.ENTAILMENT),
        ("Ana sits left of Bo, and Bo left of Cy. Who sits in the middle?", Kind.CONSTRAINT),
        ("SEND + MORE = MONEY. Each letter stands for a different digit. What is MONEY?", Kind.CONSTRAINT),
        ("Two cars are parked, a red one left of a blue one. Which of these is true?\nA) x\nB) y", Kind.CONSTRAINT),
        ("Five runners finish one after the other. Bo is before Al. In what order do they finish?", Kind.CONSTRAINT),
        ("Maximise 3x + 2y subject to x + y <= 4.", Kind.OPTIMISATION),
        ("A bag holds 10 kg. What is the greatest value that can be packed?", Kind.OPTIMISATION),
        ("What is the cheapest way to buy 7 rolls if they come in bags of 3 and 5?", Kind.OPTIMISATION),
        ("How many chairs can the carpenter make at most?", Kind.OPTIMISATION),
        ("", Kind.ARITHMETIC),
        ("?", Kind.ARITHMETIC),
    ],
)  # fmt: skip
def test_the_rules_are_sensible_beyond_the_samples(text: str, kind: Kind) -> None:
    assert decide_kind(Problem(text)) is kind


def test_what_the_problem_says_it_is_goes_before_any_rule() -> None:
    assert decide_kind(Problem("How many?", Kind.ENTAILMENT)) is Kind.ENTAILMENT


def test_a_long_text_costs_little() -> None:
    for unit in ("who ", "can at most ", "largest can ", "a\n", "? ", "how many "):
        decide_kind(Problem(unit * (32_000 // len(unit))))


@pytest.mark.parametrize(
    ("kind", "world", "language"),
    [
        (Kind.ARITHMETIC, World.OPEN, Language.PROLOG),
        (Kind.ENTAILMENT, World.OPEN, Language.SMT),
        (Kind.ENTAILMENT, World.CLOSED, Language.PROLOG),
        (Kind.CONSTRAINT, World.OPEN, Language.PROLOG),
        (Kind.OPTIMISATION, World.OPEN, Language.SMT),
    ],
)
def test_each_kind_has_a_language_unless_the_problem_wishes_one(kind: Kind, world: World, language: Language) -> None:
    assert decide_language(Problem("?", world=world), kind) is language
    for wished in Language:
        assert decide_language(Problem("?", language=wished, world=world), kind) is wished
