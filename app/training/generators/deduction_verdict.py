"""What follows from statements, decided by trying it out over the individuals they name. For checking, and for small
texts: there is no quantifier over anything unnamed, and nothing exists that has no name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from app.reasoning.types import VerdictKind
from app.translator.clauses import (
    VARIABLES,
    Connective,
    Joint,
    Literal,
    Rule,
    Statement,
    Term,
    is_variable,
    literals_of,
    variables_of,
)

_PERSON = ("person",)
_ANYBODY: Term = ("anybody",)
Ground = tuple[Term, tuple[Term, ...]]
GroundClause = frozenset[tuple[Ground, bool]]
"""A disjunction: atoms, each with whether it is to hold."""


def first_order_verdict(premises: Sequence[Statement], conclusion: Statement) -> VerdictKind | None:
    """Whether `conclusion` follows in an open world; None where the premises cannot all hold.

    Without existences over one name at least, and somebody unnamed, it is enough to look at the individuals named.
    """
    individuals = [*_individuals((*premises, conclusion)), _ANYBODY]
    given = [clause for statement in premises for clause in _clauses(statement, individuals)]
    if not satisfiable(given):
        return None
    stated = list(_clauses(conclusion, individuals))
    if all(not satisfiable([*given, *(frozenset([(atom, not holds)]) for atom, holds in clause)]) for clause in stated):
        return VerdictKind.PROVED
    if not satisfiable([*given, *stated]):
        return VerdictKind.REFUTED
    return VerdictKind.UNDETERMINED


def satisfiable(clauses: Sequence[GroundClause]) -> bool:
    """Davis, Putnam, Logemann and Loveland's way: what must hold is fixed, then one atom is tried both ways."""
    clauses = list(clauses)
    while True:
        if any(not clause for clause in clauses):
            return False
        unit = next((clause for clause in clauses if len(clause) == 1), None)
        if unit is None:
            break
        (literal,) = unit
        clauses = _assigned(clauses, *literal)
    if not clauses:
        return True
    shortest = min(clauses, key=lambda clause: len(clause))
    atom, holds = next(iter(shortest))
    return satisfiable(_assigned(clauses, atom, holds)) or satisfiable(_assigned(clauses, atom, not holds))


def _assigned(clauses: Iterable[GroundClause], atom: Ground, holds: bool) -> list[GroundClause]:
    return [clause - {(atom, not holds)} for clause in clauses if (atom, holds) not in clause]


def closed_verdict(premises: Sequence[Statement], conclusion: Statement) -> VerdictKind | None:
    """The verdict where only what can be derived holds; None where it leaves a choice, goes round in a denial, or
    contradicts what the text denies.
    """
    individuals = _individuals((*premises, conclusion))
    rules = [ground for statement in premises for ground in _closed_rules(statement, individuals)]
    if any(rule is None for rule in rules):
        return None
    derived = _least_model([rule for rule in rules if rule is not None and rule[0][1]])
    if derived is None:
        return None
    for rule in rules:
        if rule is not None and not rule[0][1] and _holds(rule[1], derived) and rule[0][0] in derived:
            return None
    holds = all(any((atom in derived) == wanted for atom, wanted in c) for c in _clauses(conclusion, individuals))
    return VerdictKind.PROVED if holds else VerdictKind.REFUTED


_GroundRule = tuple[tuple[Ground, bool], tuple[tuple[Ground, bool], ...]]


def _holds(body: Iterable[tuple[Ground, bool]], derived: set[Ground]) -> bool:
    return all((atom in derived) == wanted for atom, wanted in body)


def _least_model(rules: Sequence[_GroundRule]) -> set[Ground] | None:
    """Layer by layer: a denial is looked at when what it denies is settled. None: it never is."""
    layer: dict[Term, int] = {}
    predicates = {atom[0] for head, body in rules for atom, _ in (head, *body)}
    for _ in range(len(predicates) + 1):
        changed = False
        for (head, _), body in rules:
            least = max((layer.get(atom[0], 0) + (not wanted) for atom, wanted in body), default=0)
            if layer.get(head[0], 0) < least:
                layer[head[0]], changed = least, True
        if not changed:
            break
    else:
        return None
    derived: set[Ground] = set()
    for level in range(max(layer.values(), default=0) + 1):
        grew = True
        while grew:
            grew = False
            for (head, _), body in rules:
                if layer.get(head[0], 0) == level and head not in derived and _holds(body, derived):
                    derived.add(head)
                    grew = True
    return derived


def _closed_rules(statement: Statement, individuals: Sequence[Term]) -> Iterator[_GroundRule | None]:
    if not isinstance(statement, Rule) or (
        statement.head.connective is not Connective.AND and len(statement.head.literals) > 1
    ):
        yield None
        return
    statement = _without_person(statement)
    for values in _values(statement, individuals):
        for head in statement.head.literals:
            for body in _bodies(statement.body):
                yield _ground(head, values), tuple(_ground(literal, values) for literal in body)


def _bodies(body: Joint | None) -> list[tuple[Literal, ...]]:
    if body is None:
        return [()]
    return [body.literals] if body.connective is Connective.AND else [(literal,) for literal in body.literals]


def _clauses(statement: Statement, individuals: Sequence[Term]) -> Iterator[GroundClause]:
    assert isinstance(statement, Rule), "nothing exists here that has no name"
    statement = _without_person(statement)
    for values in _values(statement, individuals):
        heads = [_ground(literal, values) for literal in statement.head.literals]
        for body in _bodies(statement.body):
            denied = frozenset((atom, not holds) for atom, holds in (_ground(literal, values) for literal in body))
            for clause in _head_clauses(heads, statement.head.connective):
                whole = clause | denied
                if not any((atom, not holds) in whole for atom, holds in whole):
                    yield whole


def _head_clauses(heads: Sequence[tuple[Ground, bool]], connective: Connective) -> Iterator[GroundClause]:
    match connective:
        case Connective.AND:
            yield from (frozenset([head]) for head in heads)
        case Connective.OR:
            yield frozenset(heads)
        case Connective.XOR:
            yield frozenset(heads)
            yield frozenset((atom, not holds) for atom, holds in heads)


def _without_person(rule: Rule) -> Rule:
    """People are all there are, since no text made here says who is one."""
    if rule.body is None:
        return rule
    literals = tuple(literal for literal in rule.body.literals if literal.predicate != _PERSON)
    return Rule(rule.head, Joint(literals, rule.body.connective) if literals else None)


def _individuals(statements: Iterable[Statement]) -> list[Term]:
    return list(
        dict.fromkeys(
            argument
            for statement in statements
            for literal in literals_of(statement)
            for argument in literal.arguments
            if not is_variable(argument)
        )
    )


def _values(statement: Statement, individuals: Sequence[Term]) -> Iterator[Mapping[Term, Term]]:
    variables = [(name,) for name in VARIABLES if name in variables_of(statement)]
    for chosen in product(individuals, repeat=len(variables)):
        yield dict(zip(variables, chosen, strict=True))


def _ground(literal: Literal, values: Mapping[Term, Term]) -> tuple[Ground, bool]:
    arguments = tuple(values.get(argument, argument) for argument in literal.arguments)
    return (literal.predicate, arguments), not literal.negated
