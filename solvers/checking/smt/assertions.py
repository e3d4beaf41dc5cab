"""Reads what a script asserts at its one check, with definitions and `let` written out.

Constructors and selectors of datatypes are read as functions of which nothing is known: whatever contradicts itself
then, contradicts itself. Of an enumeration it is known that its elements are distinct and that there is no other.

Source: SMT-LIB 2.6, "Commands".
"""

from solvers.checking.budget import Budget, NotCheckableError
from solvers.checking.smt.formulas import BOOL, Term, Terms
from solvers.checking.smt.reading import BUILT_IN, Reader, Sexpr, new_symbol, read_sexprs, symbol
from solvers.smt import sexpr
from solvers.smt.sexpr import SexprError

_NO_PART = frozenset(
    """
    set-logic set-option set-info echo minimize maximize assert-soft
    get-model get-value get-unsat-core get-unsat-assumptions get-objectives get-info get-option
    """.split()
)


class Script:
    """What is asserted when the script's `check-sat` is reached."""

    def __init__(self, budget: Budget) -> None:
        self.terms = Terms({}, budget)
        self.reader = Reader(self.terms)
        self.assertions: list[Term] = []
        self.known: list[Term] = []
        """What holds of the sorts that are declared."""
        self._levels: list[int] = []

    def declare(self, name: str, domain: tuple[str, ...], result: str) -> None:
        self._new_name(name)
        self.terms.signature[name] = (domain, result)

    def _new_name(self, name: str) -> None:
        if self.reader.is_taken(name):
            raise NotCheckableError(f"the name {name} is declared twice")

    def run(self, command: Sexpr) -> bool:
        """Read one command. Returns whether it was the check."""
        reader = self.reader
        match command:
            case ["check-sat"]:
                return True
            case ["assert", formula]:
                term = reader.term(formula, {})
                if term.sort != BOOL or term.free:
                    raise NotCheckableError("what is asserted is no formula, or holds a variable that nothing binds")
                self.assertions.append(term)
            case ["declare-const", str(name), sort]:
                self.declare(new_symbol(name), (), reader.sort(sort))
            case ["declare-fun", str(name), list(domain), sort]:
                self.declare(new_symbol(name), tuple(map(reader.sort, domain)), reader.sort(sort))
            case ["declare-sort", str(name)] | ["declare-sort", str(name), "0"]:
                self._sort(symbol(name), symbol(name))
            case ["define-sort", str(name), [], sort]:
                self._sort(symbol(name), reader.sort(sort))
            case ["define-fun", str(name), parameters, sort, body]:
                self._define(new_symbol(name), reader.variables(parameters), reader.sort(sort), body)
            case ["define-const", str(name), sort, body]:
                self._define(new_symbol(name), [], reader.sort(sort), body)
            case ["declare-datatypes", list(sorts), list(declarations)] if len(sorts) == len(declarations):
                self._datatypes(sorts, declarations)
            case ["declare-datatypes", [], list(declarations)]:
                # z3's older way, which names each sort before its constructors.
                older = [item for item in declarations if isinstance(item, list) and item]
                if len(older) != len(declarations):
                    raise NotCheckableError("a datatype is declared in a way that the checker does not know")
                self._datatypes([[item[0], "0"] for item in older], [item[1:] for item in older])
            case ["declare-datatype", str(name), declaration]:
                self._datatypes([[name, "0"]], [declaration])
            case ["push"] | ["push", str()]:
                self._levels += [len(self.assertions)] * _levels(command)
            case ["pop"] | ["pop", str()]:
                for _ in range(_levels(command)):
                    if not self._levels:
                        raise NotCheckableError("more levels are popped than were pushed")
                    del self.assertions[self._levels.pop() :]
            case [str(name), *_] if name in _NO_PART:
                pass
            case [str(name), *_]:
                raise NotCheckableError(f"the checker of proofs does not know the command {name[:40]}")
            case _:
                raise NotCheckableError("the script holds something that is no command")
        return False

    def _sort(self, name: str, meaning: str) -> None:
        if name in self.reader.sorts or name in BUILT_IN:
            raise NotCheckableError(f"the sort {name} is declared twice, or has a meaning already")
        self.reader.sorts[name] = meaning

    def _define(self, name: str, parameters: list[Term], sort: str, body: Sexpr) -> None:
        self._new_name(name)
        if len({parameter.name for parameter in parameters}) != len(parameters):
            raise NotCheckableError(f"{name} has two parameters of one name")
        scope = {parameter.name: parameter for parameter in parameters}
        meaning = self.terms.fitted(self.reader.term(body, scope), sort)
        if not meaning.free <= set(parameters):
            raise NotCheckableError(f"the definition of {name} holds a variable that nothing binds")
        if parameters:
            self.reader.definitions[name] = (tuple(parameters), meaning)
        else:
            self.reader.named[name] = meaning

    def _datatypes(self, sorts: list[Sexpr], declarations: list[Sexpr]) -> None:
        names: list[str] = []
        for item in sorts:
            match item:
                case [str(name), "0"]:
                    self._sort(symbol(name), symbol(name))
                    names.append(name)
                case _:
                    raise NotCheckableError("a datatype with parameters is not known to the checker")
        for name, declaration in zip(names, declarations, strict=True):
            if not isinstance(declaration, list):
                raise NotCheckableError("a datatype is declared in a way that the checker does not know")
            constructors: list[list[Sexpr]] = [[item] if isinstance(item, str) else item for item in declaration]
            for constructor in constructors:
                self._constructor(name, constructor)
            if constructors and all(len(constructor) == 1 for constructor in constructors):
                self._enumeration(name, [self.terms.make(symbol(constructor[0]), ()) for constructor in constructors])

    def _enumeration(self, sort: str, elements: list[Term]) -> None:
        terms = self.terms
        variable = terms.variable("element", sort)
        equations = [terms.make("=", (variable, element)) for element in elements]
        listed = terms.make("or", equations) if len(elements) > 1 else equations[0]
        self.known.append(terms.bind("forall", [variable], listed))
        if len(elements) > 1:
            self.known.append(terms.make("distinct", elements))

    def _constructor(self, sort: str, constructor: list[Sexpr]) -> None:
        domain = []
        for selector in constructor[1:]:
            match selector:
                case [str(name), field]:
                    domain.append(self.reader.sort(field))
                    self.declare(new_symbol(name), (sort,), domain[-1])
                case _:
                    raise NotCheckableError("a datatype is declared in a way that the checker does not know")
        self.declare(new_symbol(constructor[0] if constructor else []), tuple(domain), sort)


def _levels(command: list[Sexpr]) -> int:
    number = command[1] if len(command) == 2 else "1"
    if not isinstance(number, str) or not number.isdecimal() or len(number) > 4:
        raise NotCheckableError("push and pop take a number of levels")
    return int(number)


def read_assertions(text: str, budget: Budget) -> Script:
    """The script as it stands at its check.

    Raises `NotCheckableError` where it has not exactly one `check-sat`, or holds something that is not known here.
    """
    try:
        sexpr.tokens(text)
    except SexprError as error:
        raise NotCheckableError(f"the script cannot be read: {error.message}") from error
    script = Script(budget)
    checked = False
    for command in read_sexprs(text, budget):
        if command == ["exit"]:
            break
        if checked:
            match command:
                case [str(name), *_] if name in _NO_PART:
                    continue
            raise NotCheckableError("the script goes on after its check")
        checked = script.run(command)
    if not checked:
        raise NotCheckableError("the script has no (check-sat)")
    return script
