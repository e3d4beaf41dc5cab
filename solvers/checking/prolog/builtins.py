"""Built-in predicates of the search that hold in at most one way, or in ways that an iterator gives.

A function here is given the machine and the arguments. What the engine answers with an error is `NotCheckableError`;
where it is not sure whether the engine raises one, too.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction

from solvers.checking.budget import NotCheckableError
from solvers.checking.prolog.arithmetic import compare_numbers, evaluate
from solvers.checking.prolog.collect import list_or_partial
from solvers.checking.prolog.machine import Frame, Handler, Scope, Search
from solvers.checking.prolog.rationals import Real
from solvers.checking.prolog.terms import (
    NIL,
    Atom,
    Struct,
    Term,
    Text,
    Var,
    compare,
    copy,
    deref,
    list_of,
    make_list,
    same,
    unify,
    variables,
)

Args = tuple[Term, ...]
Test = Callable[[Search, Args], bool]
Ways = Callable[[Search, Args], Iterator[None]]

MAX_PARTS = 100_000
"""Of a list or a term that one goal makes."""


def handler_of_test(test: Test) -> Handler:
    def handler(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        if test(search, args) and (not search.trail.bound or search.woken()):
            return rest
        return None

    return handler


def handler_of_ways(ways: Ways) -> Handler:
    def handler(search: Search, args: Args, barrier: int, scope: Scope, rest: Frame) -> Frame | None:
        return search.iterate(ways(search, args), rest)

    return handler


# What arguments must be


def integer(term: Term) -> int:
    term = deref(term)
    if type(term) is not int:
        raise NotCheckableError("an integer is expected")
    return term


def proper_list(search: Search, term: Term) -> list[Term]:
    items = list_of(term, search.budget)
    if items is None:
        raise NotCheckableError("a list is expected")
    return items


def make_room(search: Search, parts: int) -> None:
    """Called before a term of so many parts is made at once."""
    if parts > MAX_PARTS:
        raise NotCheckableError(f"a term of more than {MAX_PARTS} parts, made at once, is beyond the check")
    search.budget.spend(3 * parts)


def unlocked(search: Search, *terms: Term) -> None:
    """Make sure that the engine has the same variables bound: a test that is true of a variable and false of its value
    depends on how early a constraint solver finds the value. Between constraints over integers and the next
    labelling, every integer may be such a value.
    """
    if not search.posted:
        return
    for term in terms:
        found, numbers = _parts(search, term)
        if search.constrained(found) or (search.propagated and numbers):
            raise NotCheckableError("whether a variable has a value yet is asked while constraints are undecided")


def _parts(search: Search, term: Term) -> tuple[list[Var], bool]:
    """The variables of a term, and whether there is an integer in it."""
    found, numbers, todo = [], False, [term]
    while todo:
        search.budget.spend()
        part = deref(todo.pop())
        if isinstance(part, Struct):
            todo.extend(part.args)
        elif isinstance(part, Var):
            found.append(part)
        elif type(part) is int:
            numbers = True
    return found, numbers


# Unification and comparison


def _unify(search: Search, args: Args) -> bool:
    return unify(args[0], args[1], search.trail, search.budget)


def _differ(search: Search, args: Args) -> bool:
    """`\\=`/2"""
    unlocked(search, *args)
    mark = search.trail.mark()
    unified = search.unify(*args) and (not search.trail.bound or search.woken())
    search.trail.undo(mark)
    return not unified


def _occurs_check(search: Search, args: Args) -> bool:
    if not search.unify(*args):
        return False
    copy(args[0], {}, search.budget)  # raises for a term that contains itself
    return True


def _same(search: Search, args: Args) -> bool:
    unlocked(search, *args)
    return same(args[0], args[1], search.budget)


def _not_same(search: Search, args: Args) -> bool:
    return not _same(search, args)


def _ordered(accept: Callable[[int], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        unlocked(search, *args)
        return accept(compare(args[0], args[1], search.budget))

    return test


def _compare(search: Search, args: Args) -> bool:
    unlocked(search, args[1], args[2])
    order = deref(args[0])
    if not isinstance(order, Var) and order not in (Atom("<"), Atom("="), Atom(">")):
        raise NotCheckableError("no order")
    return search.unify(order, Atom("<=>"[compare(args[1], args[2], search.budget) + 1]))


# Arithmetic


def _is(search: Search, args: Args) -> bool:
    return search.unify(args[0], evaluate(args[1], search.budget))


def _arithmetic(accept: Callable[[int], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        return accept(compare_numbers(evaluate(args[0], search.budget), evaluate(args[1], search.budget)))

    return test


def _succ(search: Search, args: Args) -> bool:
    before, after = deref(args[0]), deref(args[1])
    if isinstance(before, Var):
        if integer(after) < 0:
            raise NotCheckableError("succ of a negative number")
        return integer(after) > 0 and search.unify(before, integer(after) - 1)
    if integer(before) < 0 or not (isinstance(after, Var) or integer(after) >= 0):
        raise NotCheckableError("succ of a negative number")
    return search.unify(after, integer(before) + 1)


def _plus(search: Search, args: Args) -> bool:
    left, right, total = map(deref, args)
    if isinstance(total, Var):
        return search.unify(total, integer(left) + integer(right))
    if isinstance(right, Var):
        return search.unify(right, integer(total) - integer(left))
    return search.unify(left, integer(total) - integer(right))


def _between(search: Search, args: Args) -> Iterator[None]:
    low, high, value = integer(args[0]), deref(args[1]), deref(args[2])
    endless = high in (Atom("inf"), Atom("infinite"))
    last = low if endless else integer(high)
    if not isinstance(value, Var):
        if low <= integer(value) and (endless or integer(value) <= last):
            yield
        return
    while endless or low <= last:
        search.budget.spend()
        search.trail.bind(value, low)
        yield
        low += 1


# Kinds of terms


def _kind(accept: Callable[[Term], bool]) -> Test:
    def test(search: Search, args: Args) -> bool:
        unlocked(search, args[0])
        return accept(deref(args[0]))

    return test


def is_number(term: Term) -> bool:
    return isinstance(term, int | Fraction | float)


def _is_list(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return list_of(args[0], search.budget) is not None


def _ground(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return not variables(args[0], search.budget)


# Terms taken apart


def _functor(search: Search, args: Args) -> bool:
    term = deref(args[0])
    if isinstance(term, Struct):
        return search.unify(args[1], Atom(term.name)) and search.unify(args[2], len(term.args))
    if not isinstance(term, Var):
        return search.unify(args[1], term) and search.unify(args[2], 0)
    name, arity = deref(args[1]), integer(args[2])
    if arity == 0 and not isinstance(name, Var | Struct):
        return search.unify(term, name)
    if arity < 1 or not isinstance(name, Atom) or name == NIL:
        raise NotCheckableError("functor/3 of what makes no term")
    make_room(search, arity)
    return search.unify(term, Struct(name.name, tuple(Var() for _ in range(arity))))


def _arg(search: Search, args: Args) -> Iterator[None]:
    place, term = deref(args[0]), deref(args[1])
    if not isinstance(term, Struct):
        raise NotCheckableError("arg/3 of what is not compound")
    if not isinstance(place, Var):
        if integer(place) < 0:
            raise NotCheckableError("arg/3 with a negative place")
        if 1 <= integer(place) <= len(term.args) and search.unify(args[2], term.args[integer(place) - 1]):
            yield
        return
    mark = search.trail.mark()
    for index, argument in enumerate(term.args, 1):
        search.budget.spend()
        if search.unify(place, index) and search.unify(args[2], argument):
            yield
        else:
            search.trail.undo(mark)


def _univ(search: Search, args: Args) -> bool:
    term = deref(args[0])
    list_or_partial(search, args[1])
    if not isinstance(term, Var):
        parts = [Atom(term.name), *term.args] if isinstance(term, Struct) else [term]
        if search.unify(args[1], make_list(parts)):
            return True
        items = list_of(args[1], search.budget)
        if not items or not isinstance(deref(items[0]), Var | Atom):
            raise NotCheckableError("=../2 with what is perhaps no list, or begins with no name")
        return False
    items = proper_list(search, args[1])
    name = deref(items[0]) if items else Var()
    if isinstance(name, Struct | Var) or (len(items) > 1 and (not isinstance(name, Atom) or name == NIL)):
        raise NotCheckableError("=../2 of what makes no term")
    if len(items) == 1:
        return search.unify(term, name)
    return isinstance(name, Atom) and search.unify(term, Struct(name.name, tuple(items[1:])))


def _copy_term(search: Search, args: Args) -> bool:
    renaming: dict[Var, Term] = {}
    copied = copy(args[0], renaming, search.budget)
    if search.constrained(renaming):
        raise NotCheckableError("a term with variables is copied while constraints are undecided")
    return search.unify(args[1], copied)


def _term_variables(search: Search, args: Args) -> bool:
    unlocked(search, args[0])
    return search.unify(args[1], make_list(variables(args[0], search.budget)))


# Output, which nobody reads


def _written(search: Search, args: Args) -> bool:
    return True


def _tab(search: Search, args: Args) -> bool:
    integer(evaluate(args[0], search.budget))
    return True


def _format(search: Search, args: Args) -> bool:
    """Only what cannot raise an error."""
    text = deref(args[0])
    if not isinstance(text, Atom | Text):
        raise NotCheckableError("format/2 without a text")
    given = list_of(args[1], search.budget) if len(args) == 2 else []
    values = [args[1]] if given is None else given
    parts = (text.name if isinstance(text, Atom) else text.value).split("~")[1:]
    for part in parts:
        search.budget.spend()
        if part[:1] in ("w", "p", "q", "d", "a"):
            value = deref(values.pop(0)) if values else Var()
            if (part[0] == "d" and type(value) is not int) or (part[0] == "a" and not isinstance(value, Atom | Text)):
                raise NotCheckableError("format/2 with an argument that does not fit")
            if isinstance(value, Var):
                raise NotCheckableError("format/2 with too few arguments, or a variable")
        elif part[:1] != "n":
            raise NotCheckableError("a directive of format/2 that is unknown to the checker")
    if values:
        raise NotCheckableError("format/2 with too many arguments")
    return True


TESTS: dict[tuple[str, int], Test] = {
    ("=", 2): _unify,
    ("\\=", 2): _differ,
    ("unify_with_occurs_check", 2): _occurs_check,
    ("==", 2): _same,
    ("\\==", 2): _not_same,
    ("@<", 2): _ordered(lambda order: order < 0),
    ("@>", 2): _ordered(lambda order: order > 0),
    ("@=<", 2): _ordered(lambda order: order <= 0),
    ("@>=", 2): _ordered(lambda order: order >= 0),
    ("compare", 3): _compare,
    ("is", 2): _is,
    ("=:=", 2): _arithmetic(lambda order: order == 0),
    ("=\\=", 2): _arithmetic(lambda order: order != 0),
    ("<", 2): _arithmetic(lambda order: order < 0),
    (">", 2): _arithmetic(lambda order: order > 0),
    ("=<", 2): _arithmetic(lambda order: order <= 0),
    (">=", 2): _arithmetic(lambda order: order >= 0),
    ("succ", 2): _succ,
    ("plus", 3): _plus,
    ("var", 1): _kind(lambda term: isinstance(term, Var)),
    ("nonvar", 1): _kind(lambda term: not isinstance(term, Var)),
    ("atom", 1): _kind(lambda term: isinstance(term, Atom) and term != NIL),
    ("number", 1): _kind(is_number),
    ("integer", 1): _kind(lambda term: type(term) is int),
    ("float", 1): _kind(lambda term: type(term) is float or type(term) is Real),
    ("rational", 1): _kind(lambda term: type(term) is int or type(term) is Fraction),
    ("atomic", 1): _kind(lambda term: not isinstance(term, Var | Struct)),
    ("compound", 1): _kind(lambda term: isinstance(term, Struct)),
    ("callable", 1): _kind(lambda term: isinstance(term, Struct) or (isinstance(term, Atom) and term != NIL)),
    ("string", 1): _kind(lambda term: isinstance(term, Text)),
    ("is_list", 1): _is_list,
    ("ground", 1): _ground,
    ("functor", 3): _functor,
    ("=..", 2): _univ,
    ("copy_term", 2): _copy_term,
    ("term_variables", 2): _term_variables,
    ("nl", 0): _written,
    ("write", 1): _written,
    ("writeln", 1): _written,
    ("print", 1): _written,
    ("writeq", 1): _written,
    ("write_canonical", 1): _written,
    ("flush_output", 0): _written,
    ("tab", 1): _tab,
    ("format", 1): _format,
    ("format", 2): _format,
}

WAYS: dict[tuple[str, int], Ways] = {
    ("between", 3): _between,
    ("arg", 3): _arg,
}
