"""Translates grammar rules into clauses, as SWI-Prolog does."""

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.terms import NIL, Atom, Struct, Term, Text, Var, deref, list_of, make_list

MAX_NESTING = 100


def translate(head: Term, body: Term, budget: Budget) -> tuple[Term, Term]:
    """Head and body of the clause that `head --> body` stands for.

    Raises:
        NotCheckableError: for a head or a body that is no grammar rule, or one beyond what the checker knows.
    """
    before, after = Var(), Var()
    if isinstance(head, Struct) and head.name == "," and len(head.args) == 2:
        head, pushed_back = head.args
        items = list_of(pushed_back)
        if items is None:
            raise NotCheckableError("a grammar rule pushes back what is no list")
        between = Var()
        goals = Struct(",", (_body(body, before, between, budget, 0), _terminals(items, after, between)))
        return _extended(head, before, after), goals
    return _extended(head, before, after), _body(body, before, after, budget, 0)


def _body(body: Term, before: Var, after: Var, budget: Budget, depth: int) -> Term:
    """What a body consumes: the list `before` less the list `after`."""
    if depth > MAX_NESTING:
        raise NotCheckableError(f"a grammar rule nested more than {MAX_NESTING} deep")
    conjunction: list[Term] = []
    while isinstance(body, Struct) and body.name == "," and len(body.args) == 2:
        budget.spend(5)
        between = Var()
        conjunction.append(_body(body.args[0], before, between, budget, depth + 1))
        body, before = body.args[1], between
    goal = _single(body, before, after, budget, depth)
    for left in reversed(conjunction):
        goal = Struct(",", (left, goal))
    return goal


def _single(body: Term, before: Var, after: Var, budget: Budget, depth: int) -> Term:
    body = deref(body)
    if isinstance(body, Var):
        return Struct("phrase", (body, before, after))
    if isinstance(body, Text):
        return _terminals([ord(character) for character in body.value], before, after)
    if body == NIL:
        return Struct("=", (before, after))
    if body == Atom("!"):
        return Struct(",", (body, Struct("=", (after, before))))
    if isinstance(body, Struct):
        items = list_of(body)
        if items is not None:
            return _terminals(items, before, after)
        match body.name, body.args:
            case ";" | "|", (left, right):
                either = _body(left, before, after, budget, depth + 1), _body(right, before, after, budget, depth + 1)
                return Struct(";", either)
            case "->" | "*->", (condition, then):
                between = Var()
                first = _body(condition, before, between, budget, depth + 1)
                return Struct(body.name, (first, _body(then, between, after, budget, depth + 1)))
            case "\\+", (denied,):
                found = Struct("\\+", (_body(denied, before, Var(), budget, depth + 1),))
                return Struct(",", (found, Struct("=", (after, before))))
            case "{}", (goal,):
                return Struct(",", (goal, Struct("=", (after, before))))
            case "call", _:
                return Struct("call", (*body.args, before, after))
    return _extended(body, before, after)


def _terminals(items: list[Term], before: Var, after: Var) -> Term:
    return Struct("=", (before, make_list(items, after)))


def _extended(term: Term, before: Var, after: Var) -> Term:
    """A nonterminal with its two further arguments."""
    term = deref(term)
    if isinstance(term, Atom) and term.name != "[]":
        return Struct(term.name, (before, after))
    if isinstance(term, Struct) and term.name not in (":", "[|]", "{}"):
        return Struct(term.name, (*term.args, before, after))
    raise NotCheckableError("a grammar rule with something that is no nonterminal")
