"""Takes the clauses of a program as rules of Datalog: bodies as alternatives of literals, predicates in strata.

Raises `NotCheckableError` for every clause that is no such rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.program import Clause, Database, Indicator
from solvers.checking.prolog.terms import Struct, Term, Var, deref, indicator, variables

MAX_GOALS = 60
"""In one body, and alternatives that its disjunctions stand for."""
MAX_NESTING = 40
"""Of brackets in a body."""
MAX_DENIALS = 4
"""Of negations within negations."""

Node = tuple[Indicator, Indicator | None]
"""A predicate. `neg/1` stands for one predicate for each that it denies, which is the second part; None there: it is
another predicate, or what it denies is not known.
"""

TESTS = {(name, 2) for name in "= \\= == \\== is =:= =\\= < > =< >= dif member".split()} | {("functor", 3)}
"""What is decided without facts, unless the program has a predicate of that name."""


class Kind(Enum):
    FACT = auto()
    TEST = auto()
    NOT = auto()
    CALL = auto()
    """A goal that is known only when it is reached: in a query alone, when every predicate is complete."""


@dataclass(slots=True, eq=False)
class Literal:
    """One goal of a body.

    Args:
        inner: for `NOT`, the alternatives of what is denied.
    """

    kind: Kind
    goal: Term
    inner: "list[Body]" = field(default_factory=list)


Body = list[Literal]


@dataclass(slots=True, eq=False)
class Rule:
    """`recursive`: the places in the body of facts from the rule's own stratum."""

    head: Term
    body: Body
    line: int
    node: Node
    recursive: list[int] = field(default_factory=list)


def node_of(goal: Term) -> Node:
    name, arity = indicator(goal)
    if (name, arity) != ("neg", 1):
        return (name, arity), None
    goal = deref(goal)
    assert isinstance(goal, Struct), "it has an argument"
    denied = deref(goal.args[0])
    return ("neg", 1), None if isinstance(denied, Var) else indicator(denied)


class Rules:
    """The rules of a program, in strata.

    Args:
        strata: rules by stratum, the lowest first.
        nodes: every node that some rule has for its head.
    """

    def __init__(self, database: Database, budget: Budget) -> None:
        self._database = database
        self._budget = budget
        if database.directives:
            raise NotCheckableError(f"the directive in line {database.directives[0][0]}")
        rules = [rule for clauses in database.clauses.values() for clause in clauses for rule in self._rules(clause)]
        self.nodes = {rule.node for rule in rules}
        self.strata = self._stratified(rules)

    def bodies(self, goal: Term, in_query: bool = False, depth: int = 0) -> list[Body]:
        """The alternatives of a goal. `dif/2` goes to the end of each: it waits there for its arguments."""
        if depth > MAX_NESTING:
            raise NotCheckableError(f"goals nested more than {MAX_NESTING} deep")
        alternatives: list[Body] = [[]]
        todo = [goal]
        while todo:
            self._budget.spend(2)
            goal = deref(todo.pop())
            if isinstance(goal, Struct) and goal.name == "," and len(goal.args) == 2:
                todo.extend(reversed(goal.args))
                continue
            either = self._alternatives(goal, in_query, depth)
            alternatives = [[*body, *more] for body in alternatives for more in either]
            if len(alternatives) > MAX_GOALS or any(len(body) > MAX_GOALS for body in alternatives):
                raise NotCheckableError(f"a body of more than {MAX_GOALS} goals or alternatives")
        for body in alternatives:
            body.sort(key=lambda literal: literal.kind is Kind.TEST and indicator(literal.goal) == ("dif", 2))
        return alternatives

    def _alternatives(self, goal: Term, in_query: bool, depth: int) -> list[Body]:
        """Of a goal that is no conjunction."""
        name, arity = indicator(goal)
        args = goal.args if isinstance(goal, Struct) else ()
        if name == "call" and arity == 1:
            called = deref(args[0])
            if not isinstance(called, Var):
                return self.bodies(called, in_query, depth + 1)
            if in_query:
                return [[Literal(Kind.CALL, called)]]
            raise NotCheckableError("a rule that calls what it is given")
        match (name, arity), args:
            case ("true", 0), _:
                return [[]]
            case ("fail" | "false", 0), _:
                return []
            case (";", 2), _:
                return [body for part in _disjuncts(goal) for body in self.bodies(part, in_query, depth + 1)]
            case ("\\+" | "not", 1), (denied,):
                return [[_negation(goal, self.bodies(denied, in_query, depth + 1))]]
            case ("forall", 2), (first, then) if not self._database.defines("forall", 2):
                denied = Struct(",", (first, Struct("\\+", (then,))))
                return [[_negation(goal, self.bodies(denied, in_query, depth + 1))]]
            case ("catch", 3), _ if in_query:
                return [[Literal(Kind.CALL, goal)]]
        if self._database.defines(name, arity):
            return [[Literal(Kind.FACT, goal)]]
        if (name, arity) in TESTS:
            return [[Literal(Kind.TEST, goal)]]
        raise NotCheckableError(f"{name}/{arity} is neither a predicate of the program nor one that a model has")

    def _rules(self, clause: Clause) -> Iterator[Rule]:
        if clause.has_cut:
            raise NotCheckableError(f"line {clause.line}: a cut")
        node = node_of(clause.head)
        if node == (("neg", 1), None):
            raise NotCheckableError(f"line {clause.line}: a rule that denies what it is given")
        for body in self.bodies(clause.body):
            bound = {variable for literal in body if _binds(literal) for variable in variables(literal.goal)}
            if not bound.issuperset(variables(clause.head)):
                raise NotCheckableError(f"line {clause.line}: a rule that says something of everything")
            yield Rule(clause.head, body, clause.line, node)

    def _stratified(self, rules: list[Rule]) -> list[list[Rule]]:
        """The rules by stratum: what a rule denies is complete in a lower one."""
        edges = {(rule.node, *edge) for rule in rules for edge in self._edges(rule.body, False)}
        stratum = dict.fromkeys(self.nodes, 0)
        changed = True
        while changed:
            changed = False
            for node, needed, denied in edges:
                self._budget.spend()
                least = stratum.get(needed, 0) + denied
                if stratum[node] < least:
                    if least > len(self.nodes):
                        (name, arity), _ = node
                        raise NotCheckableError(f"{name}/{arity} depends on its own negation")
                    stratum[node] = least
                    changed = True
        strata: list[list[Rule]] = [[] for _ in range(max(stratum.values(), default=0) + 1)]
        for rule in rules:
            own = stratum[rule.node]
            rule.recursive = [
                place
                for place, literal in enumerate(rule.body)
                if literal.kind is Kind.FACT and any(stratum[node] == own for node in self.nodes_of(literal.goal))
            ]
            strata[own].append(rule)
        return strata

    def nodes_of(self, goal: Term) -> list[Node]:
        """The nodes of a program whose facts a goal may be; none where it has no rules."""
        node = node_of(goal)
        if node == (("neg", 1), None):
            return sorted(each for each in self.nodes if each[0] == ("neg", 1))
        return [node] if node in self.nodes else []

    def _edges(self, body: Body, denied: bool) -> Iterator[tuple[Node, bool]]:
        """The nodes that a body asks about, and whether it denies them."""
        for literal in body:
            if literal.kind is Kind.FACT:
                for node in self.nodes_of(literal.goal):
                    yield node, denied
            for inner in literal.inner:
                yield from self._edges(inner, True)


def _negation(goal: Term, inner: list[Body]) -> Literal:
    """Raises `NotCheckableError` where they are nested too deep: their evaluation recurses."""
    denials, level = 0, inner
    while level:
        denials += 1
        if denials > MAX_DENIALS:
            raise NotCheckableError(f"more than {MAX_DENIALS} negations within each other")
        level = [body for bodies in level for literal in bodies for body in literal.inner]
    return Literal(Kind.NOT, goal, inner)


def _disjuncts(goal: Term) -> list[Term]:
    """What stands between the semicolons."""
    found: list[Term] = []
    goal = deref(goal)
    while isinstance(goal, Struct) and goal.name == ";" and len(goal.args) == 2:
        found.append(goal.args[0])
        goal = deref(goal.args[1])
    return [*found, goal]


def _binds(literal: Literal) -> bool:
    """Whether the variables of a literal have values when it holds; of `=` that depends, and is found out later."""
    return literal.kind is Kind.FACT or (
        literal.kind is Kind.TEST and indicator(literal.goal) in {("=", 2), ("is", 2), ("member", 2), ("functor", 3)}
    )
