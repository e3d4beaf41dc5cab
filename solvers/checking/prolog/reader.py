"""Reads a program into a `Database`, a query, and the goals of a derivation, as SWI-Prolog 9 would."""

from dataclasses import dataclass

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.dcg import translate
from solvers.checking.prolog.program import PROTECTED, Clause, Database, Indicator, Operators, make_clause
from solvers.checking.prolog.syntax import Passage, Reader
from solvers.checking.prolog.terms import TRUE, Atom, Struct, Term, Var, indicator, list_of


def _default_operators() -> Operators:
    operators = Operators()
    for line in """
        1200 xfx :- --> =>
        1200 fx :- ?-
        1150 fx dynamic discontiguous initialization meta_predicate module_transparent multifile public table
        1150 fx thread_initialization thread_local volatile
        1105 xfy |
        1100 xfy ;
        1050 xfy -> *->
        1000 xfy ,
        900 fy \\+
        800 xfx :=
        700 xfx < = =.. =@= \\=@= =:= =< == =\\= > >= @< @=< @> @>= \\= \\== as is >:< :<
        600 xfy :
        500 yfx + - /\\ \\/
        400 yfx * / // mod rdiv << >> div rem xor
        200 xfx **
        200 xfy ^
        200 fy - + \\ @
        100 yfx .
        50 fx #
        1 fx $
    """.strip().splitlines():
        priority, kind, *names = line.split()
        for name in names:
            operators.add(int(priority), kind, name)
    return operators


DEFAULT_OPERATORS = _default_operators()

LIBRARY_OPERATORS: dict[str, tuple[tuple[int, str, str], ...]] = {
    "clpfd": (
        (760, "yfx", "#<==>"),
        (750, "xfy", "#==>"),
        (750, "yfx", "#<=="),
        (740, "yfx", "#\\/"),
        (730, "yfx", "#\\"),
        (720, "yfx", "#/\\"),
        (710, "fy", "#\\"),
        *((700, "xfx", name) for name in "#> #< #>= #=< #= #\\= in ins in_set".split()),
        (450, "xfx", ".."),
    ),
    "clpb": ((300, "fy", "~"), (500, "yfx", "#")),
    "wfs": ((900, "fy", "tnot"),),
}

LIBRARIES = frozenset(
    """
    lists apply aggregate assoc pairs option error debug ordsets ugraphs rbtrees heaps nb_set gensym random strings
    dicts yall dif when occurs terms varnumbers sort solution_sequences wfs date listing portray_text pprint ansi_term
    codesio charsio writef statistics backcomp dcg/basics dcg/high_order clpq clpr clpfd clpb simplex tabling
    apply_macros
    """.split()
)
"""What a program may load. Most of it is there without a directive too; `clpq`, `clpr`, `clpfd`, `clpb` and `simplex`
are not.
"""

LONGEST_TERM = 1_000_000
"""Characters of one term of an answer or a derivation."""

NEEDED_WHOLE = {"clpq", "clpr", "clpfd", "clpb", "simplex", "wfs"}


@dataclass(frozen=True, slots=True)
class _Directive:
    goal: Term


@dataclass(frozen=True, slots=True)
class _Known:
    """A clause or directive, and what it took to read it."""

    passage: Passage
    read: Clause | _Directive
    steps: int


class Memory:
    """What was read of other programs: where a program is the same, it is taken from here.

    How a clause is read depends on its text and on the directives before it, so it is looked for under these.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], list[_Known]] = {}

    def at(self, directives: str, place: int) -> list[_Known]:
        """What was read behind these directives as the clause or directive of this number; to be added to."""
        return self._known.setdefault((directives, place), [])


def read_program(text: str, budget: Budget, memory: Memory | None = None) -> Database:
    """The clauses and declarations of a program.

    Args:
        memory: of the programs that are like it. It changes nothing but the time that this takes.

    Raises:
        NotCheckableError: a clause that cannot be read or that the engine would not take, or that it takes in a way
            the checker does not know.
    """
    return _ProgramReader(text, budget, memory).read()


def read_query(text: str, database: Database, budget: Budget) -> tuple[Term, dict[str, Var]]:
    """A query put to the program, and its variables by name in the order of the text, without `_`."""
    names: dict[str, Var] = {}
    goal = _only_term(Reader(text + "\n.", database.operators, budget, database.double_quotes), names)
    if isinstance(goal, Struct) and goal.name == "?-" and len(goal.args) == 1:
        goal = goal.args[0]
    return goal, names


def read_term(text: str, database: Database, budget: Budget, names: dict[str, Var]) -> Term:
    """One term as the engine has written it, with the operators that the program leaves behind: text between double
    quotes is a string. Equal names are equal variables, also over several calls with the same `names`; `_` is always
    another.
    """
    if len(text) > LONGEST_TERM:
        raise NotCheckableError("a term that is longer than the checker reads")
    return _only_term(Reader(text + "\n.", database.operators, budget), names)


def _only_term(reader: Reader, names: dict[str, Var]) -> Term:
    term = reader.read(names)
    if term is None or not reader.at_end():
        raise NotCheckableError("one term is expected")
    return term


class _ProgramReader:
    def __init__(self, text: str, budget: Budget, memory: Memory | None) -> None:
        self._budget = budget
        self._operators = DEFAULT_OPERATORS.copy()
        self._reader = Reader(text, self._operators, budget)
        self._memory = memory
        self._directives_read = ""
        self._taken = 0
        self._clauses: dict[Indicator, list[Clause]] = {}
        self._libraries: set[str] = set()
        self._tabled: set[Indicator] = set()
        self._dynamic: set[Indicator] = set()
        self._declared: set[Indicator] = set()
        self._directives: list[tuple[int, Term]] = []

    def read(self) -> Database:
        while (found := self._next()) is not None:
            if isinstance(found, Clause):
                self._clauses.setdefault(indicator(found.head), []).append(found)
            else:
                self._directive(found.goal)
        if {"clpq", "clpr"} <= self._libraries:
            raise NotCheckableError("library(clpq) and library(clpr) in one program")
        return Database(
            self._clauses,
            frozenset(self._libraries),
            frozenset(self._tabled),
            frozenset(self._dynamic),
            frozenset(self._declared),
            self._operators,
            tuple(self._directives),
            self._reader.double_quotes,
        )

    def _next(self) -> Clause | _Directive | None:
        """The next clause or directive; None at the end."""
        if self._memory is None:
            return self._read_next()
        there = self._memory.at(self._directives_read, self._taken)
        for known in there:
            if self._reader.passes(known.passage):
                self._budget.spend(known.steps)
                break
        else:
            place, steps = self._reader.place(), self._budget.steps
            read = self._read_next()
            if read is None:
                return None
            known = _Known(self._reader.passage(*place), read, steps - self._budget.steps)
            there.append(known)
        self._taken += 1
        if isinstance(known.read, _Directive):
            self._directives_read += known.passage.text
        return known.read

    def _read_next(self) -> Clause | _Directive | None:
        term = self._reader.read({})
        if term is None:
            return None
        self._budget.spend(5)
        head: Term = term
        body: Term = TRUE
        match term:
            case Struct(":-" | "?-", (goal,)):
                return _Directive(goal)
            case Struct(":-", (left, right)):
                head, body = left, right
            case Struct("-->", (left, right)):
                head, body = translate(left, right, self._budget)
        return make_clause(head, body, self._reader.line, self._budget)

    def _directive(self, goal: Term) -> None:
        todo = [goal]
        while todo:
            self._budget.spend(5)
            goal = todo.pop()
            if isinstance(goal, Struct) and goal.name == "," and len(goal.args) == 2:
                todo.extend(reversed(goal.args))
            elif not self._declaration(goal):
                self._directives.append((self._reader.line, goal))

    def _declaration(self, goal: Term) -> bool:
        """Whether the directive is one whose effect is known; it is done if so."""
        if not isinstance(goal, Struct):
            if isinstance(goal, Atom) and goal.name in ("else", "endif"):
                raise NotCheckableError(f"line {self._reader.line}: conditional compilation")
            return False
        match goal.name, goal.args:
            case "use_module" | "ensure_loaded" | "autoload", (library,):
                return self._use(library, whole=True)
            case "use_module" | "autoload", (library, imports):
                return self._use(library, whole=imports == Atom("all"))
            case "dynamic", (names,):
                return self._declare(names, self._dynamic, self._declared)
            case "discontiguous" | "multifile", (names,):
                return self._declare(names, self._declared)
            case "table", (names,):
                return self._declare(names, self._tabled)
            case "op", (int(priority), Atom(kind), names) if not isinstance(priority, bool):
                return self._operator(priority, kind, names)
            case "set_prolog_flag", (Atom("double_quotes"), Atom(value)):
                if value not in ("codes", "chars", "atom", "string"):
                    return False
                self._reader.double_quotes = value
                return True
            case "style_check" | "license", (_,):
                return True
            case "encoding", (Atom("utf8"),):
                return True
            case "module", (Atom(), exports):
                exported = list_of(exports)
                return exported is not None and all(map(self._export, exported))
            case "if" | "elif" | "include" | "expects_dialect", (_,):
                raise NotCheckableError(f"line {self._reader.line}: the directive {goal.name}/1")
        return False

    def _use(self, library: Term, whole: bool) -> bool:
        several = list_of(library)
        if several:
            return all(self._use(each, whole) for each in several)
        if not isinstance(library, Struct) or library.name != "library" or len(library.args) != 1:
            return False
        name = _library_name(library.args[0])
        if name not in LIBRARIES or not (whole or name not in NEEDED_WHOLE):
            return False
        self._libraries.add(name)
        for priority, kind, operator in LIBRARY_OPERATORS.get(name, ()):
            self._operators.add(priority, kind, operator)
        return True

    def _declare(self, names: Term, *sets: set[Indicator]) -> bool:
        """Note the indicators in a conjunction or a list of them; False where there is something else among them."""
        found: list[Indicator] = []
        todo = [names]
        while todo:
            self._budget.spend()
            term = todo.pop()
            items = list_of(term)
            match term:
                case Struct(",", (left, right)):
                    todo += [right, left]
                case Struct("/", (Atom(name), int(arity))) if 0 <= arity < 1000:
                    found.append((name, arity))
                case Struct("//", (Atom(name), int(arity))) if 0 <= arity < 1000:
                    found.append((name, arity + 2))
                case _ if items is not None:
                    todo.extend(reversed(items))
                case _:
                    return False
        if any(each in PROTECTED for each in found):
            return False
        for each in sets:
            each.update(found)
        return True

    def _operator(self, priority: int, kind: str, names: Term) -> bool:
        for name in list_of(names) or [names]:
            if not isinstance(name, Atom) or name.name in (",", "|", "[]", "{}", "[|]") or not 0 <= priority <= 1200:
                return False
            self._operators.add(priority, kind, name.name)
        return True

    def _export(self, export: Term) -> bool:
        match export:
            case Struct("op", (int(priority), Atom(kind), names)):
                return self._operator(priority, kind, names)
            case Struct("/" | "//", (Atom(), int())):
                return True
        return False


def _library_name(term: Term) -> str:
    match term:
        case Atom(name):
            return name
        case Struct("/", (Atom(folder), Atom(name))):
            return f"{folder}/{name}"
    return ""
