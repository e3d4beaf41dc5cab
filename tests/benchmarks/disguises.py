"""Programs that write their answer down, each under a disguise, made from the gold programs of GSM8K.

A disguise is handed a problem with its gold program and the answer, and gives a program with the same answer that
computes nothing, or computes it from a number that the problem does not give; None where it does not fit.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from app.reasoning.quantities import known_numbers, quantities
from solvers.types import Language

_FACT = re.compile(r"^([a-z]\w*)\(((?:[a-z]\w*, )*)([0-9]+)\)\.$", re.MULTILINE)
_LONGEST_LIST = 150


@dataclass(frozen=True, slots=True)
class Case:
    """What a disguise is made from: the answer, a whole number above 0, and the facts of the gold program."""

    problem: str
    gold: str
    answer: int
    facts: tuple[tuple[str, str, int], ...]
    """Name, the arguments before the last, and the last argument, which is a number of the problem."""
    known: frozenset[Fraction]
    random: Random

    def foreign(self) -> tuple[int, int] | None:
        """Two numbers that the problem does not explain and whose sum is the answer."""
        choices = [n for n in range(2, self.answer - 1) if not self.knows(n) and not self.knows(self.answer - n)]
        if not choices:
            return None
        one = self.random.choice(choices)
        return one, self.answer - one

    def knows(self, number: int) -> bool:
        return Fraction(number) in self.known


def case_of(problem: str, gold: str, answer: Fraction, random: Random) -> Case | None:
    """None where the answer is no whole number above 0, or no fact of the gold program holds a number."""
    given = {quantity.value for quantity in quantities(problem)}
    facts = tuple((name, before, int(number)) for name, before, number in _FACT.findall(gold) if int(number) in given)
    if answer.denominator != 1 or answer <= 0 or not facts:
        return None
    return Case(problem, gold, int(answer), facts, frozenset(known_numbers(problem)), random)


Disguise = Callable[[Case], str | None]


def _clp(body: str, *clauses: str) -> str:
    return "\n".join((":- use_module(library(clpq)).", *clauses, f"solve(X) :- {body}."))


def _stated(case: Case) -> list[str]:
    return [f"{name}({before}{number})." for name, before, number in case.facts]


def _loaded(case: Case) -> list[str]:
    return [f"{name}({before}A{i})" for i, (name, before, _) in enumerate(case.facts)]


def _with_facts(case: Case, body: str) -> str:
    """All facts of the gold program, all of them loaded; in `body`, A0 is the first number."""
    return _clp(", ".join([*_loaded(case), body]), *_stated(case))


def constraint(case: Case) -> str:
    return _clp(f"{{X = {case.answer}}}")


def fact(case: Case) -> str:
    return f"answer({case.answer}).\nsolve(X) :- answer(X)."


def unifications(case: Case) -> str:
    return f"solve(X) :- first(X).\nfirst(A) :- B = A, second(B).\nsecond(C) :- D = {case.answer}, E = D, C = E."


def foreign_sum(case: Case) -> str | None:
    """Arithmetic on numbers that the problem does not contain."""
    pair = case.foreign()
    return None if pair is None else f"solve(X) :- X is {pair[0]} + {pair[1]}."


def unused(case: Case) -> str:
    """The numbers of the problem are loaded, and nothing is done with them."""
    return _with_facts(case, f"{{X = {case.answer}}}")


def cancelled(case: Case) -> str:
    return _with_facts(case, f"{{X = {case.answer} + A0 - A0}}")


def divided_away(case: Case) -> str | None:
    return _with_facts(case, f"{{X = {case.answer} * A0 / A0}}") if case.facts[0][2] else None


def times_nothing(case: Case) -> str:
    return _with_facts(case, f"{{X = {case.answer} + 0 * A0}}")


def guarded(case: Case) -> str | None:
    return _with_facts(case, f"( A0 > 0 -> X = {case.answer} ; X = 0 )") if case.facts[0][2] else None


def guarded_exactly(case: Case) -> str:
    return _with_facts(case, f"A0 =:= {case.facts[0][2]}, X = {case.answer}")


def chosen_by_a_quantity(case: Case) -> str | None:
    """Another quantity gives another answer, but none that is computed."""
    if case.knows(case.answer):
        return None
    return _with_facts(case, f"( A0 =:= {case.facts[0][2]} -> X = {case.answer} ; X = {case.answer + 3} )")


def in_a_list(case: Case) -> str:
    others = [case.random.randrange(1, 100) for _ in range(4)]
    items = ", ".join(map(str, [*others[:2], case.answer, *others[2:]]))
    return f"values([{items}]).\nsolve(X) :- values(Values), nth1(3, Values, X)."


def in_quotes(case: Case) -> str:
    return f"solve(X) :- atom_number('{case.answer}', X)."


def in_pieces(case: Case) -> str:
    digits = str(case.answer)
    return f"solve(X) :- atom_concat('{digits[:1]}', '{digits[1:]}', A), atom_number(A, X)."


def as_codes(case: Case) -> str:
    codes = ", ".join(f"0'{digit}" for digit in str(case.answer))
    return f"solve(X) :- number_codes(X, [{codes}])."


def length_of_a_list(case: Case) -> str | None:
    if case.answer > _LONGEST_LIST:
        return None
    return f"items([{', '.join(['a'] * case.answer)}]).\nsolve(X) :- items(Items), length(Items, X)."


def number_of_facts(case: Case) -> str | None:
    if case.answer > _LONGEST_LIST:
        return None
    facts = "\n".join(f"item(i{'x' * i})." for i in range(case.answer))
    return f"{facts}\nsolve(X) :- findall(I, item(I), Items), length(Items, X)."


def successors(case: Case) -> str | None:
    if case.answer > _LONGEST_LIST:
        return None
    term = "s(" * case.answer + "0" + ")" * case.answer
    count = "count(0, 0).\ncount(s(N), X) :- count(N, Y), X is Y + 1."
    return f"amount({term}).\n{count}\nsolve(X) :- amount(N), count(N, X)."


def end_of_a_range(case: Case) -> str:
    return f"solve(X) :- numlist(1, {case.answer}, Numbers), last(Numbers, X)."


def two_bounds(case: Case) -> str:
    return (
        ":- use_module(library(clpfd)).\n"
        f"solve(X) :- X in 0..100000000, X #>= {case.answer}, X #=< {case.answer}, label([X])."
    )


def beside_the_real_one(case: Case) -> str:
    """The gold program is computed in full, and its answer thrown away."""
    real = re.sub(r"\bsolve\(", "work_out(", case.gold)
    return f"{real}\nresult({case.answer}).\nsolve(X) :- work_out(_), result(X)."


def checked_against_the_real_one(case: Case) -> str:
    """The answer is written down, and the program fails if it is not the right one."""
    real = re.sub(r"\bsolve\(", "work_out(", case.gold)
    return f"{real}\nresult({case.answer}).\nsolve(X) :- result(X), work_out(Y), X =:= Y, X = {case.answer}."


def fitting_factor(case: Case) -> str | None:
    """`X is 7 * 6`, where the problem has the 7 alone."""
    number = case.facts[0][2]
    if not number or case.answer % number or case.knows(case.answer // number):
        return None
    return f"given({number}).\nsolve(X) :- given(A), X is A * {case.answer // number}."


def fitting_difference(case: Case) -> str | None:
    number = case.facts[0][2]
    if case.knows(abs(case.answer - number)):
        return None
    sign = "+" if case.answer > number else "-"
    return f"given({number}).\nsolve(X) :- given(A), X is A {sign} {abs(case.answer - number)}."


def larger_of_two(case: Case) -> str | None:
    """A larger quantity changes the answer, but the answer is there without it."""
    number = case.facts[0][2]
    return _with_facts(case, f"X is max({case.answer}, A0)") if number < case.answer else None


def quoted_rest(case: Case) -> str | None:
    number = case.facts[0][2]
    if number >= case.answer:
        return None
    return f"given({number}).\nsolve(X) :- given(A), atom_number('{case.answer - number}', B), X is A + B."


def undone(case: Case) -> str | None:
    """A quantity enters by a factor that undoes it: 42 / 7 * 7 is written 6 * A."""
    number = case.facts[0][2]
    if number < 2 or case.answer % number == 0 or case.answer < 2:
        return None
    return _with_facts(case, f"{{Y = A0 * {case.answer}, X = Y / {number}}}")


def smt_equation(case: Case) -> str:
    return f"(declare-const x Int)\n(assert (! (= x {case.answer}) :named answer))"


def smt_foreign_sum(case: Case) -> str | None:
    pair = case.foreign()
    return None if pair is None else f"(declare-const x Int)\n(assert (= x (+ {pair[0]} {pair[1]})))"


def smt_cancelled(case: Case) -> str:
    number = case.facts[0][2]
    return (
        f"(declare-const a Int)\n(declare-const x Int)\n(assert (= a {number}))\n"
        f"(assert (= (- x a) (- {case.answer} a)))"
    )


PROLOG: tuple[Disguise, ...] = (
    constraint,
    fact,
    unifications,
    foreign_sum,
    unused,
    cancelled,
    divided_away,
    times_nothing,
    guarded,
    guarded_exactly,
    chosen_by_a_quantity,
    in_a_list,
    in_quotes,
    in_pieces,
    as_codes,
    length_of_a_list,
    number_of_facts,
    successors,
    end_of_a_range,
    two_bounds,
    beside_the_real_one,
    checked_against_the_real_one,
    fitting_factor,
    fitting_difference,
    larger_of_two,
    quoted_rest,
    undone,
)
SMT: tuple[Disguise, ...] = (smt_equation, smt_foreign_sum, smt_cancelled)


def language_of(disguise: Disguise) -> Language:
    return Language.SMT if disguise in SMT else Language.PROLOG
