"""A program and a goal through the checker's own search."""

from solvers.checking.budget import Budget
from solvers.checking.prolog.constraints import Constraints
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.search import solutions
from solvers.checking.prolog.terms import Trail
from solvers.checking.prolog.writer import text_of


def search(program: str, query: str, name: str = "X", seconds: float = 5.0, steps: int = 1_000_000) -> list[str]:
    """What `name` is in each answer, as text."""
    budget = Budget(seconds, steps)
    database = read_program(program, budget)
    goal, names = read_query(query, database, budget)
    trail = Trail()
    constraints = Constraints(trail, budget, "clpr" in database.libraries)
    return [
        text_of(names[name], budget=budget) if name in names else "true"
        for _ in solutions(database, goal, trail, constraints, budget)
    ]
