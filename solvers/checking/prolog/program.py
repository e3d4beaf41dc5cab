"""The clauses of a program, as the checker has read them, and what its directives declare.

A body is as the engine compiles it: a variable goal is `call/1` of it, and `|` is `;`. One thing is different:
`p(X) :- X = f(Y), q(Y).` stays as written here, while the engine's `clause/2` shows it as `p(f(Y)) :- q(Y).`
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.terms import Atom, Struct, Term, Var, deref, indicator, variables

Indicator = tuple[str, int]

MAX_NESTING = 100
"""Of control structures in a body, apart from conjunctions, disjunctions and the like along the right."""

CONTROL = {(",", 2), (";", 2), ("->", 2), ("*->", 2), ("\\+", 1), ("|", 2)}
"""What the compiler looks into for goals."""

PROTECTED = frozenset(
    (name, int(arity))
    for name, _, arities in (
        word.rpartition("/")
        for word in """
    !/0 *->/2 ,/2 -->/2 ->/2 :/2 :-/1,2 ;/2 </2 =/2 =../2 =:=/2 =</2 ==/2 =>/2 =\\=/2 >/2 >=/2 ?-/1 @</2 @=</2 @>/2
    @>=/2 []/0 [|]/2 \\+/1 \\=/2 \\==/2 abolish/1 acyclic_term/1 arg/3 asserta/1 assertz/1 at_end_of_stream/0,1 atom/1
    atom_chars/2 atom_codes/2 atom_concat/3 atom_length/2 atomic/1 bagof/3 call/1,2,3,4,5,6,7,8 callable/1 catch/3
    char_code/2 char_conversion/2 clause/2 close/1,2 compare/3 compound/1 copy_term/2 current_char_conversion/2
    current_input/1 current_op/3 current_output/1 current_predicate/1 current_prolog_flag/2 discontiguous/1
    dynamic/1 end_of_file/0 exception/3 expand_query/4 fail/0 false/0 findall/3 float/1 flush_output/0,1 functor/3
    get_byte/1,2 get_char/1,2 get_code/1,2 goal_expansion/2,4 ground/1 halt/0,1 initialization/1 integer/1 is/2
    keysort/2 length/2 message_hook/3 message_queue_create/2 message_queue_destroy/1 message_queue_property/2
    multifile/1 mutex_create/2 mutex_destroy/1 mutex_lock/1 mutex_property/2 mutex_trylock/1 mutex_unlock/1 nl/0,1
    nonvar/1 not/1 number/1 number_chars/2 number_codes/2 numbervars/3 once/1 op/3 open/3,4 peek_byte/1,2
    peek_char/1,2 peek_code/1,2 phrase/2,3 portray/1 predicate_property/2 prolog_load_file/2 put_byte/1,2
    put_char/1,2 put_code/1,2 read/1,2 read_term/2,3 repeat/0 retract/1 retractall/1 set_input/1 set_output/1
    set_prolog_flag/2 set_stream_position/2 setof/3 sort/2 stream_property/2 sub_atom/5 subsumes_term/2
    term_expansion/2,4 term_variables/2 thread_create/3 thread_detach/1 thread_get_message/1,2,3
    thread_peek_message/1,2 thread_property/2 thread_self/1 thread_send_message/2 thread_signal/2 throw/1 true/0
    unify_with_occurs_check/2 var/1 with_mutex/2 write/1,2 write_canonical/1,2 write_term/2,3 writeq/1,2 {}/1 |/2
    """.split()
    )
    for arity in arities.split(",")
)
"""What a program may not define, as the engine has it, or what changes how a program is read, and so is not checked.
Any other predicate of the engine gives way to the program's own.
"""


@dataclass(slots=True, eq=False)
class Clause:
    """`line`: of the program, from 1, where the clause begins. `has_cut`: its body has a cut that cuts the clause."""

    head: Term
    body: Term
    line: int
    has_cut: bool
    _recipe: "_Recipe | None" = field(default=None, repr=False)

    def rename(self) -> tuple[Term, Term]:
        """Head and body with fresh variables."""
        if self._recipe is None:
            self._recipe = _Recipe(self.head, self.body)
        return self._recipe.make()


@dataclass(slots=True, eq=False)
class Database:
    """What a program says.

    Args:
        clauses: of each predicate, in order.
        libraries: those of its `use_module` directives, as `clpfd` or `dcg/basics`.
        tabled, dynamic: what such directives name.
        declared: predicates that fail instead of raising an error where they have no clause: those that a `dynamic`,
            `discontiguous` or `multifile` directive names.
        operators, double_quotes: as they are after the last clause, for the query; the second says what text between
            double quotes is: `string`, `codes`, `chars` or `atom`.
        directives: goals with their lines that the reader does not know the effect of, those of `initialization` among
            them. Whoever relies on the clauses alone must make sure that none of them matters.
    """

    clauses: dict[Indicator, list[Clause]]
    libraries: frozenset[str]
    tabled: frozenset[Indicator]
    dynamic: frozenset[Indicator]
    declared: frozenset[Indicator]
    operators: "Operators"
    directives: tuple[tuple[int, Term], ...] = ()
    double_quotes: str = "string"

    def defines(self, name: str, arity: int) -> bool:
        """Whether the predicate is the program's own, with clauses or without."""
        return (name, arity) in self.clauses or (name, arity) in self.declared


class Operators:
    """Of each name that is an operator, what priority it has and what it takes as operands."""

    __slots__ = ("infix", "postfix", "prefix")

    def __init__(self) -> None:
        self.prefix: dict[str, tuple[int, int]] = {}
        """Priority, and the highest of its operand."""
        self.infix: dict[str, tuple[int, int, int]] = {}
        """Priority, and the highest of its left and its right operand."""
        self.postfix: dict[str, tuple[int, int]] = {}

    def add(self, priority: int, kind: str, name: str) -> None:
        """As `op/3`."""
        below = priority - 1
        if kind in ("xfx", "xfy", "yfx"):
            left = priority if kind == "yfx" else below
            right = priority if kind == "xfy" else below
            self.infix[name] = (priority, left, right)
            table: dict[str, tuple[int, int]] | dict[str, tuple[int, int, int]] = self.infix
        elif kind in ("fy", "fx"):
            self.prefix[name] = (priority, priority if kind == "fy" else below)
            table = self.prefix
        elif kind in ("xf", "yf"):
            self.postfix[name] = (priority, priority if kind == "yf" else below)
            table = self.postfix
        else:
            raise NotCheckableError(f"no kind of operator: {kind}")
        if priority == 0:
            del table[name]

    def copy(self) -> "Operators":
        copied = Operators()
        copied.prefix, copied.infix, copied.postfix = self.prefix.copy(), self.infix.copy(), self.postfix.copy()
        return copied


class _Recipe:
    """How to make a clause with fresh variables: what each compound term with variables is made of, inner ones first.

    Everything that is needed has a place: the variables first, then the compound terms, then what has none in it.
    """

    __slots__ = ("_body", "_head", "_places", "_rest", "_variables")

    def __init__(self, head: Term, body: Term) -> None:
        names: dict[Var, int] = {}
        compound: list[Struct] = []  # outer ones first
        todo = [body, head]
        while todo:
            term = todo.pop()
            if type(term) is Struct:
                compound.append(term)
                todo += term.args
            elif type(term) is Var and term not in names:
                names[term] = len(names)
        made: dict[int, int] = {}  # by identity
        inner_first: list[Struct] = []  # of those with variables
        for term in reversed(compound) if names else ():
            for part in term.args:
                if (type(part) is Var or id(part) in made) and id(term) not in made:
                    made[id(term)] = len(names) + len(made)
                    inner_first.append(term)
        constants: list[Term] = []

        def place(term: Term) -> int:
            if type(term) is Var:
                return names[term]
            if id(term) in made:
                return made[id(term)]
            constants.append(term)
            return len(names) + len(made) + len(constants) - 1

        self._places = [(term.name, [place(part) for part in term.args]) for term in inner_first]
        self._head, self._body = place(head), place(body)
        self._variables = [variable.name for variable in names]
        self._rest: list[Any] = [None] * len(made) + constants

    def make(self) -> tuple[Term, Term]:
        slots: list[Any] = [Var(name) for name in self._variables]
        slots += self._rest
        place = len(self._variables)
        for name, places in self._places:
            slots[place] = Struct(name, tuple([slots[part] for part in places]))
            place += 1
        return slots[self._head], slots[self._body]


def make_clause(head: Term, body: Term, line: int, budget: Budget) -> Clause:
    """A clause as the engine compiles it.

    Raises:
        NotCheckableError: for what the engine would not take, or takes in its own way.
    """
    head = deref(head)
    if not isinstance(head, Atom | Struct):
        raise NotCheckableError(f"line {line}: the head of a clause is no predicate")
    name, arity = indicator(head)
    if (name, arity) in PROTECTED:
        raise NotCheckableError(f"line {line}: a clause for {name}/{arity}, which is the engine's own")
    plain, has_cut = _look(body, line, budget)
    if not plain:
        body = _compiled(body, set(variables(head)), line, budget)
    return Clause(head, body, line, has_cut)


def _look(body: Term, line: int, budget: Budget) -> tuple[bool, bool]:
    """Whether the body can stay as it is, and whether it has a cut."""
    plain = True
    has_cut = False
    todo = [(body, True)]
    while todo:
        budget.spend()
        goal, cuts = todo.pop()
        goal = deref(goal)
        if type(goal) is Var:
            plain = False
        elif type(goal) is Atom:
            has_cut = has_cut or (cuts and goal.name == "!")
        elif type(goal) is not Struct:
            raise NotCheckableError(f"line {line}: a goal that is neither an atom nor a compound term")
        elif (goal.name, len(goal.args)) in CONTROL:
            plain = plain and goal.name != "|"
            inner = cuts and goal.name != "\\+"
            condition = inner and goal.name not in ("->", "*->")
            todo.append((goal.args[0], condition))
            todo.extend((part, inner) for part in goal.args[1:])
    return plain, has_cut


def _compiled(body: Term, bound: set[Var], line: int, budget: Budget, depth: int = 0) -> Term:
    """`call/1` around variable goals, `;` for `|`. `bound`: the variables of the text so far."""
    if depth > MAX_NESTING:
        raise NotCheckableError(f"line {line}: control structures nested more than {MAX_NESTING} deep")

    def goal_of(goal: Term) -> Term:
        goal = deref(goal)
        if type(goal) is Var:
            if goal not in bound:
                raise NotCheckableError(f"line {line}: a goal that is a variable which nothing binds")
            return Struct("call", (goal,))
        if type(goal) is Struct and (goal.name, len(goal.args)) in CONTROL:
            return _compiled(goal, bound, line, budget, depth + 1)
        bound.update(variables(goal))
        return goal

    return along_the_right(body, goal_of, budget)


def along_the_right(body: Term, goal_of: Callable[[Term], Term], budget: Budget) -> Term:
    """A body with each goal replaced, where a control structure is followed along its last argument."""
    left: list[tuple[str, tuple[Term, ...]]] = []
    body = deref(body)
    while type(body) is Struct and (body.name, len(body.args)) in CONTROL:
        budget.spend()
        name = ";" if body.name == "|" else body.name
        left.append((name, tuple(goal_of(part) for part in body.args[:-1])))
        body = deref(body.args[-1])
    last = goal_of(body)
    for name, parts in reversed(left):
        last = Struct(name, (*parts, last))
    return last
