"""Posts the goals of a conjunction one after the other, as a search does that knows constraints alone."""

from solvers.checking.budget import Budget
from solvers.checking.prolog.constraints import BEST, LABELS, Constraints, branches
from solvers.checking.prolog.reader import read_program, read_term
from solvers.checking.prolog.terms import Struct, Trail, Var, deref, indicator, list_of, unify

LIBRARIES = ":- use_module(library(clpfd)).\n:- use_module(library(clpq)).\n"


def read(text):
    """The goals of a conjunction, and its variables by name."""
    budget, names = Budget(), {}
    term = read_term(text, read_program(LIBRARIES, budget), budget, names)
    goals = []
    while isinstance(term, Struct) and (term.name, len(term.args)) == (",", 2):
        goals.append(term.args[0])
        term = deref(term.args[1])
    return [*goals, term], names


def every(goals, constraints, best_only=False):
    """Each way to make the goals true."""
    if not goals:
        if constraints.settle():
            yield
        return
    goal, *rest = goals
    trail = constraints.trail
    key = indicator(goal)
    if key in LABELS or key in BEST:
        for _ in constraints.solve(goal, best_only):
            yield from every(rest, constraints, best_only)
        return
    for way in branches(goal, constraints.budget):
        mark = trail.mark()
        if key == ("=", 2):
            right = unify(*way.args, trail, constraints.budget) and constraints.wake()
        else:
            right = constraints.post(way)
        if right:
            yield from every(rest, constraints, best_only)
        trail.undo(mark)


def shown(term):
    term = deref(term)
    if isinstance(term, Var):
        return "_"
    items = list_of(term)
    return term if items is None else [shown(item) for item in items]


def solutions(text, budget=None, best_only=False, reals=False):
    """What the variables are in each solution; an unbound one is "_"."""
    goals, names = read(text)
    constraints = Constraints(Trail(), budget or Budget(), reals)
    return [{name: shown(var) for name, var in names.items()} for _ in every(goals, constraints, best_only)]


def store_after(text):
    """The store after the only way to make the goals true, and the variables; None where there is none."""
    goals, names = read(text)
    constraints = Constraints(Trail(), Budget())
    for _ in every(goals, constraints):
        return constraints, names
    return None
