"""What is read once for all is what each reader would find by itself."""

import pytest

from app.reasoning.citations import cited_statements
from app.reasoning.literals import literals, prolog_clauses, prolog_tokens
from app.reasoning.quantities import explains, known_numbers, quantities, readings
from app.reasoning.texts import Texts
from app.reasoning.types import Formalisation, Problem
from solvers.types import Language, Program

PROBLEM = "Ida, Jon and Kim work from 9:40 a.m. to 11:10 a.m. for $1.50 an hour, then 20 % longer. What do they earn?"
PROLOG = 'hours(1.5). % "9:40 a.m. to 11:10 a.m."\nsolve(X) :- hours(H), X is 3 * H * 15 / 10 * (1 + 20 / 100).'
SMT = '(declare-const x Real)\n(assert (= x (+ 6 (/ 3 4) -2))) ; "$1.50 an hour"'


@pytest.mark.parametrize(
    ("program", "language"), [(PROLOG, Language.PROLOG), (SMT, Language.SMT)], ids=["prolog", "smt"]
)
def test_each_part_is_what_its_reader_finds_by_itself(program: str, language: Language) -> None:
    formalisation = Formalisation(Program(language, program), "solve(X)" if language is Language.PROLOG else "x")
    texts = Texts(Problem(PROBLEM), formalisation)
    assert texts.quantities == quantities(PROBLEM) != ()
    assert texts.readings == {item: readings(item) for item in quantities(PROBLEM)}
    for number, explaining in texts.explained.items():
        assert list(explaining) == [item for item in quantities(PROBLEM) if explains(item, number)]
    assert texts.known_numbers == known_numbers(PROBLEM)
    assert texts.literals == literals(formalisation) != ()
    alone = cited_statements(PROBLEM, formalisation.program)
    assert cited_statements(PROBLEM, formalisation.program, texts.clauses) == alone != ()


def test_a_prolog_program_has_clauses_and_an_smt_program_none() -> None:
    def clauses(text: str, language: Language) -> object:
        return Texts(Problem(PROBLEM), Formalisation(Program(language, text), "x")).clauses

    assert clauses(PROLOG, Language.PROLOG) == tuple(prolog_clauses(prolog_tokens(PROLOG)))
    assert clauses(SMT, Language.SMT) == ()


def test_what_was_read_is_not_read_again() -> None:
    texts = Texts(Problem(PROBLEM), Formalisation(Program(Language.PROLOG, PROLOG), "solve(X)"))
    for part in ("quantities", "readings", "explained", "known_numbers", "literals", "clauses"):
        assert getattr(texts, part) is getattr(texts, part)
