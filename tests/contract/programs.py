"""The same intent in each language: what every engine must answer alike."""

from dataclasses import dataclass

from solvers import ErrorClass, Job, Language, Program, Wanted


@dataclass(frozen=True, slots=True)
class Programs:
    """One program for each promise.

    Args:
        answers: has the single answer 42.
        number: the same, asked for as a number.
        not_a_number: has an answer that is none.
        inconsistent: has no answer or model.
        endless: never ends, by its own doing.
        hungry: takes all memory there is.
        talkative: prints without end, or as much as a text can hold.
        prints: prints `hello`, and is `answers` besides.
        misspelt: uses `totl` where there is `total`; `misspelt_class` is the class of that fault.
        unreadable: has a syntax error on its second line.
        deep: nests 100,000 levels.
        poison: leaves behind in the engine whatever can be left behind; finishes.
    """

    answers: Job
    number: Job
    not_a_number: Job
    inconsistent: Job
    endless: Job
    hungry: Job
    talkative: Job
    prints: Job
    misspelt: Job
    misspelt_class: ErrorClass
    unreadable: Job
    deep: Job
    poison: Job


def _prolog(text: str, query: str = "solve(X)", wanted: Wanted = Wanted.ANY) -> Job:
    return Job(Program(Language.PROLOG, text), query, wanted)


def _smt(text: str, answer: str | None = None, wanted: Wanted = Wanted.ANY) -> Job:
    return Job(Program(Language.SMT, text), None, wanted, answer)


# Pigeons in holes: short to say, and beyond any solver's patience.
_PIGEONS = "\n".join(
    [
        *(f"(declare-const p{pigeon}_{hole} Bool)" for pigeon in range(13) for hole in range(12)),
        *(f"(assert (or {' '.join(f'p{pigeon}_{hole}' for hole in range(12))}))" for pigeon in range(13)),
        *(
            f"(assert (or (not p{first}_{hole}) (not p{second}_{hole})))"
            for hole in range(12)
            for first in range(13)
            for second in range(first)
        ),
        "(check-sat)",
    ]
)

# Each term is twice the one before and bit-blasted to the last bit.
_HUGE = "\n".join(
    [
        "(declare-const x (_ BitVec 4096))",
        "(declare-const y (_ BitVec 4096))",
        "(assert (= (bvmul x y) (bvadd (bvudiv x y) #b" + "1" * 4096 + ")))",
        "(check-sat)",
    ]
)

PROGRAMS = {
    Language.PROLOG: Programs(
        answers=_prolog("solve(X) :- X is 6 * 7."),
        number=_prolog("solve(X) :- X is 6 * 7.", wanted=Wanted.NUMBER),
        not_a_number=_prolog("solve(X) :- X = 6 * 7.", wanted=Wanted.NUMBER),
        inconsistent=_prolog("solve(X) :- X = 1, X = 2.", wanted=Wanted.ONE),
        endless=_prolog("solve(X) :- solve(X)."),
        hungry=_prolog("grow(L) :- grow([L, L | L]).\nsolve(_) :- grow([])."),
        talkative=_prolog("solve(_) :- repeat, write('0123456789'), fail."),
        prints=_prolog("solve(42) :- write(hello)."),
        misspelt=_prolog("total(42).\nsolve(X) :- totl(X)."),
        misspelt_class=ErrorClass.EXISTENCE,
        unreadable=_prolog("a(1).\nsolve(X) :- X is (1 + .\nb(2)."),
        deep=_prolog(f"solve({'f(' * 100_000}1{')' * 100_000})."),
        poison=_prolog(
            ":- op(700, xfx, is).\n:- dynamic total/1.\n"
            "solve(1) :- assertz(total(13)), nb_setval(left, behind), b_setval(left, too)."
        ),
    ),
    Language.SMT: Programs(
        answers=_smt("(declare-const x Int)\n(assert (= (* 2 x) 84))\n(check-sat)", "x"),
        number=_smt("(declare-const x Int)\n(assert (= (* 2 x) 84))\n(check-sat)", "x", Wanted.NUMBER),
        not_a_number=_smt("(declare-const x Bool)\n(assert x)\n(check-sat)", "x", Wanted.NUMBER),
        inconsistent=_smt("(declare-const x Int)\n(assert (< x 0))\n(assert (> x 0))\n(check-sat)", None, Wanted.ONE),
        endless=_smt(_PIGEONS),
        hungry=_smt(_HUGE),
        talkative=_smt('(echo "0123456789")\n' * 20_000),
        prints=_smt('(echo "hello")\n(declare-const x Int)\n(assert (= x 42))\n(check-sat)', "x"),
        misspelt=_smt("(declare-const total Int)\n(assert (= totl 1))\n(check-sat)"),
        misspelt_class=ErrorClass.UNDECLARED,
        unreadable=_smt("(declare-const x Int)\n(assert (= x 1)))\n(check-sat)"),
        deep=_smt(f"(assert {'(not ' * 100_000}true{')' * 100_000})\n(check-sat)"),
        poison=_smt(
            "(set-option :produce-unsat-cores true)\n(declare-const x Int)\n(define-fun total () Int 13)\n"
            "(assert (! (= x 1) :named one))\n(push 1)\n(assert false)\n(check-sat)"
        ),
    ),
}
