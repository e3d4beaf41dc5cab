"""Chooses how z3 solves a script, by what the script mentions. Standard library only.

z3's own choice would cost more than most programs take: it builds a tree of every tactic, and runs some of them against
a time-out, which takes a thread, which no child may start. What is chosen here is what z3's choice comes down to in the
end. It cannot change what is true: tactics differ in how long they take and in when they give up.

Source: the default tactic of z3 5.4, and its parameters `tactic.default_tactic` and `smt.auto_config`.
"""

from dataclasses import dataclass

from solvers.smt.policy import Script


@dataclass(frozen=True, slots=True)
class Strategy:
    """How z3 solves.

    Args:
        tactic: in z3's notation; empty: z3 chooses.
        automatic: z3 configures itself by the formulas it is given. With quantifiers that makes it read a library of
            patterns, each time, which takes longer than the rest together.
    """

    tactic: str
    automatic: bool


_GENERAL = "smt"
_BITS = "(then simplify (if is-qfbv qfbv (if is-qfaufbv qfaufbv (if is-qffp qffp smt))))"
_REALS = "(then simplify (if is-qfnra qfnra-nlsat smt))"
_QUANTIFIED_REALS = "(then simplify (if is-nra (or-else nlqsat smt) smt))"

COMMON_STRATEGIES = (Strategy(_GENERAL, automatic=True), Strategy(_GENERAL, automatic=False))
"""What nearly every script comes to: without quantifiers, and with them."""

_QUANTIFIERS = frozenset({"forall", "exists"})
_PRODUCTS = frozenset({"*", "/", "^"})
_BIT_SORTS = frozenset({"BitVec", "FloatingPoint", "Float16", "Float32", "Float64", "Float128", "RoundingMode"})


def strategy_for(script: Script) -> Strategy:
    """The strategy for a script."""
    if script.logic == "HORN":
        return Strategy("", automatic=True)
    quantified = not script.mentions.isdisjoint(_QUANTIFIERS)
    return Strategy(_tactic(script, quantified), automatic=not quantified)


def _tactic(script: Script, quantified: bool) -> str:
    if script.has_bit_literals or not script.mentions.isdisjoint(_BIT_SORTS):
        return _BITS
    if "Real" in script.mentions and not script.mentions.isdisjoint(_PRODUCTS):
        return _QUANTIFIED_REALS if quantified else _REALS
    return _GENERAL
