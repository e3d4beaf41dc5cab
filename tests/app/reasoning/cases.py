"""Problems with right formalisations of every kind, language and world, and what each verdict is."""

from dataclasses import dataclass

from app.reasoning.types import Budget, Kind, Problem, Trust, VerdictKind, World
from solvers.types import Language
from tests.app.reasoning.scripted import prolog, smt

PROLOG, SMT = Language.PROLOG, Language.SMT


@dataclass(frozen=True)
class Case:
    name: str
    problem: Problem
    program: str
    verdict: VerdictKind
    answer: str | None = None
    trust: Trust = Trust.CERTIFIED

    @property
    def reply(self) -> str:
        return prolog(self.program) if self.problem.language is PROLOG else smt(self.program)


# One number

BAGS = "Anna buys 4 bags with 6 rolls each and eats 5 of them. How many rolls are left?"
ARITHMETIC_PROLOG = """
:- use_module(library(clpq)).
bags(4).
rolls_per_bag(6).
eaten(5).
solve(Left) :- bags(B), rolls_per_bag(R), eaten(E), {Left = B * R - E}.
% query: solve(Left).
"""
ARITHMETIC_SMT = """
(declare-const bags Int)
(declare-const rolls Int)
(declare-const eaten Int)
(declare-const left Int)
(assert (= bags 4))
(assert (= rolls 6))
(assert (= eaten 5))
(assert (= left (- (* bags rolls) eaten)))
; answer: left
"""

# The best value

WORKSHOP = (
    "A workshop makes chairs and tables. A chair takes 2 hours, a table 3 hours, and there are 12 hours. It sells at "
    "most 4 chairs. A chair earns 5 euros, a table 7 euros. What is the most it can earn?"
)
BEST_PROLOG = """
:- use_module(library(clpfd)).
hours(12). hours_per_chair(2). hours_per_table(3). most_chairs(4). euros_per_chair(5). euros_per_table(7).
earn(E) :-
    hours(H), hours_per_chair(HC), hours_per_table(HT), most_chairs(M), euros_per_chair(EC), euros_per_table(ET),
    C in 0..4, T in 0..12, C #=< M, HC * C + HT * T #=< H, E #= EC * C + ET * T,
    once(labeling([max(E)], [C, T])).
% query: earn(E).
"""
BEST_SMT = """
(declare-const chairs Int)
(declare-const tables Int)
(declare-const earned Int)
(assert (>= chairs 0))
(assert (>= tables 0))
(assert (<= (+ (* 2 chairs) (* 3 tables)) 12))
(assert (<= chairs 4))
(assert (= earned (+ (* 5 chairs) (* 7 tables))))
(maximize earned)
; answer: earned
"""

# A puzzle

QUEUE = (
    "Ida, Jon and Lea stand in a queue. Ida is not first. Jon stands somewhere behind Ida. Lea is not last. "
    "Who is first?"
)
PUZZLE_PROLOG = """
:- use_module(library(clpfd)).
first(Name) :-
    Places = [Ida, Jon, Lea],
    Places ins 1..3,
    all_different(Places),
    Ida #\\= 1,
    Jon #> Ida,
    Lea #\\= 3,
    label(Places),
    nth1(Index, Places, 1),
    nth1(Index, [ida, jon, lea], Name).
% query: first(Name).
"""
PUZZLE_SMT = """
(declare-datatypes ((Person 0)) (((ida) (jon) (lea))))
(declare-fun place (Person) Int)
(assert (forall ((p Person)) (<= 1 (place p) 3)))
(assert (distinct (place ida) (place jon) (place lea)))
(assert (not (= (place ida) 1)))
(assert (> (place jon) (place ida)))
(assert (not (= (place lea) 3)))
(declare-const first Person)
(assert (= (place first) 1))
; answer: first
"""

# What follows

_THINGS = "Bob is round. What is round is old. Nothing old is red. "
_RULES_PROLOG = """
:- dynamic round/1, old/1, red/1, blue/1, neg/1.
:- table round/1, old/1, red/1, blue/1, neg/1.
round(bob).
old(X) :- round(X).
neg(round(X)) :- neg(old(X)).
neg(red(X)) :- old(X).
neg(old(X)) :- red(X).
"""
_RULES_SMT = """
(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
(declare-fun red (Thing) Bool)
(declare-fun blue (Thing) Bool)
(assert (round bob))
(assert (forall ((x Thing)) (=> (round x) (old x))))
(assert (forall ((x Thing)) (=> (old x) (not (red x)))))
"""
ASKED = {
    VerdictKind.PROVED: ("Is Bob old?", "old"),
    VerdictKind.REFUTED: ("Is Bob red?", "red"),
    VerdictKind.UNDETERMINED: ("Is Bob blue?", "blue"),
}
_ANIMALS = "Animals that do not bark are calm. Rex and Tia are animals. Rex barks. "
_CLOSED = """
:- dynamic animal/1, barks/1, calm/1, neg/1.
:- table animal/1, barks/1, calm/1, neg/1.
animal(rex).
animal(tia).
barks(rex).
calm(X) :- animal(X), \\+ barks(X).
"""


def _follows(language: Language, verdict: VerdictKind) -> Case:
    question, name = ASKED[verdict]
    program = (
        f"{_RULES_PROLOG}% query: {name}(bob).\n% complement: neg({name}(bob))."
        if language is PROLOG
        else f"{_RULES_SMT}(define-fun conclusion () Bool ({name} bob))\n; query: conclusion"
    )
    problem = Problem(_THINGS + question, Kind.ENTAILMENT, language)
    return Case(f"{verdict.value} in {language.value}", problem, program, verdict)


def _closed(who: str, verdict: VerdictKind) -> Case:
    problem = Problem(f"{_ANIMALS}Is {who.title()} calm?", Kind.ENTAILMENT, PROLOG, World.CLOSED)
    program = f"{_CLOSED}% query: calm({who}).\n% complement: \\+ calm({who})."
    return Case(f"{verdict.value} in a closed world", problem, program, verdict)


def _inconsistent(language: Language) -> Case:
    text = _THINGS + "Bob is red. Is Bob blue?"
    program = (
        f"{_RULES_PROLOG}red(bob).\n% query: blue(bob).\n% complement: neg(blue(bob))."
        if language is PROLOG
        else f"{_RULES_SMT}(assert (red bob))\n(define-fun conclusion () Bool (blue bob))\n; query: conclusion"
    )
    problem = Problem(text, Kind.ENTAILMENT, language)
    name = f"inconsistent in {language.value}"
    return Case(name, problem, program, VerdictKind.INCONSISTENT, trust=Trust.EXECUTED)


CASES = (
    Case("a number in prolog", Problem(BAGS, Kind.ARITHMETIC, PROLOG), ARITHMETIC_PROLOG, VerdictKind.ANSWERED, "19"),
    Case("a number in smt", Problem(BAGS, Kind.ARITHMETIC, SMT), ARITHMETIC_SMT, VerdictKind.ANSWERED, "19"),
    Case("an optimum in prolog", Problem(WORKSHOP, Kind.OPTIMISATION, PROLOG), BEST_PROLOG, VerdictKind.ANSWERED, "29"),
    Case("an optimum in smt", Problem(WORKSHOP, Kind.OPTIMISATION, SMT), BEST_SMT, VerdictKind.ANSWERED, "29"),
    Case("a puzzle in prolog", Problem(QUEUE, Kind.CONSTRAINT, PROLOG), PUZZLE_PROLOG, VerdictKind.ANSWERED, "lea"),
    Case("a puzzle in smt", Problem(QUEUE, Kind.CONSTRAINT, SMT), PUZZLE_SMT, VerdictKind.ANSWERED, "lea"),
    *(_follows(language, verdict) for language in (PROLOG, SMT) for verdict in ASKED),
    _closed("tia", VerdictKind.PROVED),
    _closed("rex", VerdictKind.REFUTED),
    _inconsistent(PROLOG),
    _inconsistent(SMT),
)

# Two that are often turned into something else

ONCE = Budget(attempts=1)
ROLLS = Problem("Two rolls cost 3 euros each. How many euros do they cost together?", Kind.ARITHMETIC)
SIX = prolog("rolls(2).\nprice(3).\nsolve(X) :- rolls(N), price(P), X is N * P.\n% query: solve(X).")
FOLLOWS = Problem("Bob is round. What is round is old. Is Bob old?", Kind.ENTAILMENT, Language.SMT)
THINGS = """(declare-sort Thing 0)
(declare-const bob Thing)
(declare-fun round (Thing) Bool)
(declare-fun old (Thing) Bool)
(assert (round bob))
"""
RULE = "(assert (forall ((x Thing)) (=> (round x) (old x))))\n"


def entailed(premises: str, conclusion: str = "(old bob)") -> str:
    return smt(f"{THINGS}{premises}(define-fun conclusion () Bool {conclusion})\n; query: conclusion")


def case(name: str) -> Case:
    return next(case for case in CASES if case.name == name)
