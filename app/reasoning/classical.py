"""The classical reading of an entailment: what a formalisation says in first-order logic, whatever is derived from it.

An open-world Prolog program says for each clause that its head holds of all individuals of whom its body holds, and
`neg(p)` says that p does not hold; the contrapositives that Prolog also needs say nothing new and are left out. There
may be individuals without a name, as in SMT-LIB, so a query with variables asks whether there is somebody.

Two names are two individuals in Prolog. Only `dif/2` looks at that, and without it nothing that follows depends on it.
So a Prolog reading may be granted that its names are distinct, and states it only where it uses `dif/2`.

What the prompt has a program suppose of a made-up `anyone`, to ask about all, becomes the condition of the conclusion.

Prolog derives less than what follows classically: readings that say the same may come to different verdicts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from app.reasoning.first_order import (
    ClassicalReading,
    Formula,
    Premise,
    Role,
    Symbol,
    declarations,
    distinctness,
    naming,
    premises_of,
)
from app.reasoning.types import Formalisation, World
from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.prolog.program import CONTROL, Clause
from solvers.checking.prolog.reader import NEEDED_WHOLE, read_program, read_query
from solvers.checking.prolog.terms import TRUE, Atom, Struct, Term, Var, deref, variables
from solvers.checking.smt import terms as smt
from solvers.checking.smt.scripts import Script, read_expressions, read_script
from solvers.smt.entailment import assertions_only
from solvers.types import Job, Language, Program

SECONDS = 1.0
STEPS = 500_000
MAX_CHARACTERS = 60_000
MAX_DEPTH = 60
"""Of formulas, apart from conjunctions in conjunctions and the like."""

_SHOWN = 120
_NAME = re.compile(r"[^\\|?\x00-\x1f\x7f][^\\|\x00-\x1f\x7f]{0,199}")
_CONNECTIVES = frozenset("and or not => xor = distinct ite".split())


class NotClassicalError(Exception):
    """The formalisation has no classical reading, or none that is known here, for this reason."""


def classical_reading(formalisation: Formalisation, world: World = World.OPEN) -> ClassicalReading | None:
    """What the formalisation of an entailment says; None where `read_classically` would say why not."""
    try:
        return read_classically(formalisation, world)
    except NotClassicalError:
        return None


def read_classically(formalisation: Formalisation, world: World = World.OPEN) -> ClassicalReading:
    """What the formalisation of an entailment says.

    Raises:
        NotClassicalError: Prolog beyond clauses about named individuals with `neg/1`, `dif/2`, `,` and `;`, or of a
            closed world; SMT-LIB beyond declared sorts, individuals, predicates, quantifiers and equality; whatever
            cannot be read, or not soon.
    """
    texts = (formalisation.program.text, formalisation.query, formalisation.complement or "")
    if sum(map(len, texts)) > MAX_CHARACTERS:
        raise NotClassicalError(f"the formalisation has more than {MAX_CHARACTERS} characters")
    budget = Budget(SECONDS, STEPS)
    try:
        if formalisation.program.language is Language.SMT:
            return _SmtReading(formalisation, budget).reading()
        if world is World.CLOSED:
            raise NotClassicalError("in a closed world a program also says what it leaves out")
        return _PrologReading(formalisation, budget).reading()
    except NotCheckableError as error:
        raise NotClassicalError(str(error)) from error


def classical_consistency_job(reading: ClassicalReading) -> Job:
    """The job that is satisfiable if the premises are consistent, whatever Prolog derives from them."""
    names = naming(reading.symbols())
    premises = premises_of(reading, names) + (distinctness(reading, names) if reading.uses_distinct_names else [])
    lines = [*declarations(names), *(f"(assert {text})" for text in premises)]
    return Job(Program(Language.SMT, "\n".join(lines)), "(check-sat)", evidence=True)


def _symbol(role: Role, name: str, sorts: tuple[str, ...] = ()) -> Symbol:
    if not _NAME.fullmatch(name):
        raise NotClassicalError(f"the name {name[:40]!r} cannot be written in SMT-LIB")
    return Symbol(role, name, sorts)


def _joined(operator: str, parts: Sequence[Formula], neutral: str) -> Formula:
    """`(operator part part)`, or the one part there is, or what no part comes to."""
    if len(parts) < 2:
        return parts[0] if parts else (neutral,)
    pieces: list[str | Symbol] = [f"({operator}"]
    for part in parts:
        pieces += [" ", *part]
    return (*pieces, ")")


def _bound(binder: str, names: Sequence[str], sorts: Sequence[str], formula: Formula) -> Formula:
    if not names:
        return formula
    pieces: list[str | Symbol] = [f"({binder} ("]
    for name, sort in zip(names, sorts, strict=True):
        pieces += [f"({name} ", Symbol(Role.SORT, sort), ")"]
    return (*pieces, ") ", *formula, ")")


def _gloss(formalisation: Formalisation) -> tuple[tuple[str, str], ...]:
    return tuple((gloss.symbol, gloss.words) for gloss in formalisation.gloss)


# Prolog

_THING = "Thing"
_TRANSPARENT = {(",", 2), (";", 2), ("neg", 1)}
_Names = dict[Term, Formula]
"""What stands for each variable, and for the individuals that are only supposed."""


class _PrologReading:
    def __init__(self, formalisation: Formalisation, budget: Budget) -> None:
        self._formalisation = formalisation
        self._budget = budget
        self._database = read_program(formalisation.program.text, budget)
        self._uses_distinct_names = False

    def reading(self) -> ClassicalReading:
        if self._database.directives or self._database.libraries & NEEDED_WHOLE:
            raise NotClassicalError("a directive or a library whose effect is not known here")
        query, _ = read_query(self._formalisation.query, self._database, self._budget)
        complement = None
        if self._formalisation.complement is not None:
            complement, _ = read_query(self._formalisation.complement, self._database, self._budget)
        clauses = [clause for found in self._database.clauses.values() for clause in found]
        clauses.sort(key=lambda clause: clause.line)
        supposed = self._supposed(query, complement)
        rest: list[Clause] = []
        suppositions: list[Clause] = []
        for clause in clauses:
            about = supposed and supposed & self._individuals(clause.head, clause.body)
            (suppositions if about else rest).append(clause)
        return ClassicalReading(
            premises=tuple(self._premises(rest)),
            conclusion=self._conclusion(query, suppositions, supposed),
            complement=None if complement is None else self._complement(complement, supposed),
            distinct_names=True,
            uses_distinct_names=self._uses_distinct_names,
            gloss=_gloss(self._formalisation),
        )

    def _premises(self, clauses: Sequence[Clause]) -> Iterator[Premise]:
        lines = self._formalisation.program.text.splitlines()
        seen: set[object] = set()
        for clause in clauses:
            names = self._variables(Struct(":-", (clause.head, clause.body)))
            formula = self._literal(clause.head, names)
            if deref(clause.body) != TRUE:
                formula = _joined("=>", [self._formula(clause.body, names), formula], "true")
            key = _literals(clause, self._budget)
            if key is None or key not in seen:  # otherwise a contrapositive, or the same again
                seen.add(key)
                line = lines[clause.line - 1].strip() if clause.line <= len(lines) else ""
                text = f"line {clause.line}: {line}"
                text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
                yield Premise(self._closed("forall", names, formula), text)

    def _conclusion(self, query: Term, suppositions: Sequence[Clause], supposed: frozenset[Atom]) -> Formula:
        """That somebody is as the query says; of the individuals that are only supposed, that it is so of all."""
        anyone: _Names = {atom: (f"?anyone{number}",) for number, atom in enumerate(sorted(supposed, key=_name), 1)}
        names = self._variables(query)
        asked = self._closed("exists", names, self._formula(query, {**names, **anyone}))
        conditions = []
        for clause in suppositions:
            if deref(clause.body) != TRUE or variables(clause.head, self._budget):
                raise NotClassicalError(f"line {clause.line}: a rule about somebody who is only supposed")
            conditions.append(self._literal(clause.head, anyone))
        if conditions:
            asked = _joined("=>", [_joined("and", conditions, "true"), asked], "true")
        return self._closed("forall", anyone, asked)

    def _complement(self, complement: Term, supposed: frozenset[Atom]) -> Formula:
        """As the query: but that somebody is none of those who are only supposed goes without saying."""
        names = self._variables(complement)
        return self._closed("exists", names, self._formula(complement, names, supposed))

    def _variables(self, term: Term) -> _Names:
        return {variable: (f"?x{number}",) for number, variable in enumerate(variables(term, self._budget), 1)}

    def _closed(self, binder: str, names: _Names, formula: Formula) -> Formula:
        return _bound(binder, [str(name) for (name,) in names.values()], [_THING] * len(names), formula)

    def _supposed(self, query: Term, complement: Term | None) -> frozenset[Atom]:
        """Individuals of the query that the complement excludes: `a(X), dif(X, anyone), neg(b(X))`."""
        excluded: set[Atom] = set()
        for goal in self._goals(() if complement is None else (complement,)):
            if isinstance(goal, Struct) and goal.name == "dif":
                args = [deref(arg) for arg in goal.args]
                if any(isinstance(arg, Var) for arg in args):
                    excluded |= {arg for arg in args if isinstance(arg, Atom)}
        return frozenset(excluded & self._individuals(query))

    def _individuals(self, *bodies: Term) -> set[Atom]:
        """The names that stand as arguments of predicates."""
        structs = [goal for goal in self._goals(bodies) if isinstance(goal, Struct)]
        args = [deref(arg) for goal in structs for arg in goal.args]
        self._budget.spend(len(args))
        return {arg for arg in args if isinstance(arg, Atom)}

    def _goals(self, bodies: Sequence[Term]) -> Iterator[Term]:
        """All that is asked or denied."""
        todo = list(bodies)
        while todo:
            self._budget.spend(5)
            goal = deref(todo.pop())
            if isinstance(goal, Struct) and (goal.name, len(goal.args)) in _TRANSPARENT:
                todo.extend(goal.args)
            else:
                yield goal

    def _formula(self, body: Term, names: _Names, besides: frozenset[Atom] = frozenset(), depth: int = 0) -> Formula:
        """`besides`: individuals that everybody spoken of differs from."""
        body = deref(body)
        if depth > MAX_DEPTH:
            raise NotClassicalError("a body is nested too deeply")
        for functor, operator, neutral in ((",", "and", "true"), (";", "or", "false")):
            if isinstance(body, Struct) and body.name == functor and len(body.args) == 2:
                parts = [self._formula(part, names, besides, depth + 1) for part in self._parts(body, functor)]
                return _joined(operator, parts, neutral)
        return self._literal(body, names, besides, asked=True)

    def _parts(self, body: Term, functor: str) -> Iterator[Term]:
        todo = [body]
        while todo:
            self._budget.spend(5)
            part = deref(todo.pop())
            if isinstance(part, Struct) and part.name == functor and len(part.args) == 2:
                todo.extend(reversed(part.args))
            else:
                yield part

    def _literal(
        self, goal: Term, names: _Names, besides: frozenset[Atom] = frozenset(), *, asked: bool = False
    ) -> Formula:
        """`asked`: in a body, so not in a head, where a goal must be one of the program's own."""
        goal = deref(goal)
        match goal:
            case Struct("neg", (denied,)):
                return ("(not ", *self._atom(deref(denied), names, asked=False), ")")
            case Atom("true") if asked:
                return ("true",)
            case Atom("fail" | "false") if asked:
                return ("false",)
            case Struct("dif", (left, right)) if asked and not self._database.defines("dif", 2):
                pair = {deref(left), deref(right)}
                if pair & besides and any(isinstance(part, Var) for part in pair):
                    return ("true",)
                self._uses_distinct_names = True
                return ("(not (= ", *self._individual(left, names), " ", *self._individual(right, names), "))")
            case _:
                return self._atom(goal, names, asked=asked)

    def _atom(self, goal: Term, names: _Names, *, asked: bool) -> Formula:
        if not isinstance(goal, Atom | Struct):
            raise NotClassicalError("a goal or what neg/1 denies is no predicate")
        args = goal.args if isinstance(goal, Struct) else ()
        meaningful = (goal.name, len(args)) in {*CONTROL, ("neg", 1), ("dif", 2), ("true", 0), ("fail", 0), ("!", 0)}
        if meaningful or (asked and not self._database.defines(goal.name, len(args))):
            raise NotClassicalError(f"{goal.name[:40]}/{len(args)} is no predicate of the program")
        predicate = _symbol(Role.PREDICATE, goal.name, (_THING,) * len(args))
        if not args:
            return (predicate,)
        pieces: list[str | Symbol] = ["(", predicate]
        for arg in args:
            self._budget.spend()
            pieces += [" ", *self._individual(arg, names)]
        return (*pieces, ")")

    def _individual(self, term: Term, names: _Names) -> Formula:
        term = deref(term)
        if isinstance(term, Var | Atom) and term in names:
            return names[term]
        if not isinstance(term, Atom) or term.name in ("[]", "{}"):
            raise NotClassicalError("an argument is neither a variable nor a name")
        return (_symbol(Role.INDIVIDUAL, term.name, (_THING,)),)


def _name(atom: Atom) -> str:
    return atom.name


def _literals(clause: Clause, budget: Budget) -> object:
    """The literals of a clause, of which one holds, whatever their order and the names of variables.

    Alike for a clause and its contrapositives; None for a body that is no conjunction.
    """
    found: list[tuple[bool, str, tuple[Term, ...]]] = []
    todo: list[tuple[Term, bool]] = [(clause.body, False), (clause.head, True)]
    while todo:
        budget.spend(5)
        goal, holds = todo.pop()
        goal = deref(goal)
        match goal:
            case Struct("," | ";" as functor, (left, right)):
                if functor == ";":
                    return None
                todo += [(right, holds), (left, holds)]
            case Struct("neg", (denied,)) if isinstance(deref(denied), Struct | Atom):
                todo.append((denied, not holds))
            case Struct(name, args):
                found.append((holds, name, tuple(deref(arg) for arg in args)))
            case Atom(name) if goal != TRUE:
                found.append((holds, name, ()))
    found.sort(key=lambda literal: (*literal[:2], [arg.name if isinstance(arg, Atom) else "" for arg in literal[2]]))
    numbers: dict[Term, int] = {}
    for _, _, args in found:
        for arg in args:
            if isinstance(arg, Var):
                numbers.setdefault(arg, len(numbers))
            elif not isinstance(arg, Atom):
                return None
    return tuple((holds, name, tuple(numbers.get(arg, arg) for arg in args)) for holds, name, args in found)


# SMT-LIB


class _SmtReading:
    def __init__(self, formalisation: Formalisation, budget: Budget) -> None:
        self._formalisation = formalisation
        self._budget = budget
        self._bound = 0
        self._script: Script = read_script(f"{assertions_only(formalisation.program.text)}\n(check-sat)", budget)

    def reading(self) -> ClassicalReading:
        expressions = read_expressions(self._formalisation.query, self._budget)
        if len(expressions) != 1:
            raise NotClassicalError("one formula is expected as the conclusion")
        conclusion = self._script.reader.read(expressions[0], smt.BOOL)
        return ClassicalReading(
            premises=tuple(
                Premise(self._formula(assertion.term, {}), assertion.text) for assertion in self._script.assertions
            ),
            conclusion=self._formula(conclusion, {}),
            gloss=_gloss(self._formalisation),
        )

    def _formula(self, term: smt.Term, names: Mapping[smt.Term, Formula], depth: int = 0) -> Formula:
        """The term with definitions written out, and names for the bound variables that nothing else has."""
        if depth > MAX_DEPTH:
            raise NotClassicalError("a formula is nested too deeply")
        match term.op:
            case "literal" if term.sort is smt.BOOL:
                return ("true" if term.data else "false",)
            case "variable":
                return names[term]
            case "forall" | "exists":
                inner = dict(names)
                fresh = []
                for variable in term.data:
                    self._bound += 1
                    fresh.append(f"?x{self._bound}")
                    inner[variable] = (fresh[-1],)
                sorts = [self._sort(variable.sort) for variable in term.data]
                return _bound(term.op, fresh, sorts, self._formula(term.args[0], inner, depth + 1))
            case "apply":
                return self._applied(term.data, [self._formula(arg, names, depth + 1) for arg in term.args], depth)
            case op if op in _CONNECTIVES:
                pieces: list[str | Symbol] = [f"({op}"]
                for arg in term.args:
                    part = self._formula(arg, names, depth + 1)
                    self._budget.spend(len(part))
                    pieces += [" ", *part]
                return (*pieces, ")")
        raise NotClassicalError(f"{term.op[:40]} is beyond individuals and predicates")

    def _applied(self, function: smt.Function, args: Sequence[Formula], depth: int) -> Formula:
        if function.recursive:
            raise NotClassicalError(f"{function.name[:40]} is defined by itself")
        if function.body is not None:
            return self._formula(function.body, dict(zip(function.params, args, strict=True)), depth + 1)
        sorts = tuple(map(self._sort, function.domain))
        if function.range is smt.BOOL:
            head = _symbol(Role.PREDICATE, function.name, sorts)
        elif not sorts:
            head = _symbol(Role.INDIVIDUAL, function.name, (self._sort(function.range),))
        else:
            raise NotClassicalError(f"{function.name[:40]} is a function of individuals, and no predicate")
        if not args:
            return (head,)
        pieces: list[str | Symbol] = ["(", head]
        for arg in args:
            self._budget.spend(len(arg))
            pieces += [" ", *arg]
        return (*pieces, ")")

    def _sort(self, sort: smt.Sort) -> str:
        if sort.args or sort.indices or not self._script.signature.declared_sort(sort):
            raise NotClassicalError(f"{sort.name[:40]} is no declared sort of individuals")
        return _symbol(Role.SORT, sort.name).name
