"""Writes the program of a deduction whose sentences are understood: Prolog for an open or a closed world, or SMT-LIB.

What is written has the form that the service's prompts ask for, and cites the sentence behind each clause.

Open world, Prolog: a conditional is written with its contrapositives, as the prompt asks, so that what follows from the
text is found unless it takes reasoning by cases; that is what the text says. `contrapositives=False` writes each rule
in its own direction alone. ProofWriter's labels are made so: of 2,912 problems of its training set that were read,
rules in their own direction gave the label of all; with contrapositives 2,857 (98.1 %) had their label, 41 "unknown"
ones were decided, as first-order logic decides them, and the premises of 14 came out as contradictory.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.problem import World
from app.translator.clauses import (
    Connective,
    Existence,
    Joint,
    Literal,
    Rule,
    Statement,
    Term,
    is_variable,
    literals_of,
    variables_of,
)
from solvers.types import Language

Predicate = tuple[Term, int]
"""Its words, and how many arguments it has."""

_TAKEN = frozenset(
    # Built into SWI-Prolog with one or two arguments, or an operator.
    "abolish append assert asserta assertz atom atomic attvar blob call callable clause close compound consult det"
    " deterministic discontiguous dynamic erase export float format freeze frozen get getenv ground halt ignore import"
    " initialization instance integer is keysort length memberchk msort multifile name neg nl nonground nonvar"
    " noprofile not notrace number once print profiler prompt protocol protocola protocolling public put rational read"
    " recorda recorded recordz reexport retract retractall see seeing setenv shell shift skip sleep sort statistics"
    " string succ tab table tell telling throw tnot unsetenv var visible volatile when write writeln writeq dif mod rem"
    " div xor rdiv true false fail if member last rule license apply named anyone"
    # Of SMT-LIB and of z3.
    " and or ite let forall exists par distinct select store abs as const map union seq set int real bool array lambda"
    " match min max sum root repeat extract concat pi bag relation subset complement intersection difference implies"
    " iff conclusion thing bv power".split()
)
_NOT_A_NAME = re.compile(r"[^a-z0-9]+")


class NotSayableError(ValueError):
    """This language cannot say it, or there is more than one way to; the message is for people."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a sentence says, in words of the document; `text` is the sentence as it stands there."""

    text: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class Deduction:
    """
    Args:
        shown: of each word of a statement, how it is written in the text.
    """

    premises: tuple[Said, ...]
    conclusion: Said
    shown: Mapping[str, str]


def write(deduction: Deduction, language: Language, world: World = World.OPEN, *, contrapositives: bool = True) -> str:
    """The completion for `deduction`.

    Raises:
        NotSayableError: this language cannot say it in this world.
    """
    if language is Language.SMT:
        if world is World.CLOSED:
            raise NotSayableError("a closed world is written in Prolog")
        return _Smt(deduction).write()
    if world is World.CLOSED:
        return _ClosedProlog(deduction).write()
    return _OpenProlog(deduction, contrapositives).write()


# Names


class _Names:
    """A name for each predicate and each individual; of a compound that some statement speaks of in part, none."""

    def __init__(self, deduction: Deduction) -> None:
        self._taken: set[str] = set()
        self.predicates: dict[Predicate, str] = {}
        self.individuals: dict[Term, str] = {}
        self.shown = deduction.shown
        for said in (*deduction.premises, deduction.conclusion):
            for literal in literals_of(said.statement):
                for argument in literal.arguments:
                    if not is_variable(argument) and argument not in self.individuals:
                        self.individuals[argument] = self._new(argument, "itself")
        for said in (*deduction.premises, deduction.conclusion):
            for literal in literals_of(said.statement):
                key = (literal.predicate, len(literal.arguments))
                if key not in self.predicates:
                    self.predicates[key] = self._new(literal.predicate, "holds")

    def _new(self, words: Term, suffix: str) -> str:
        parts = [_ascii(self.shown.get(word, word)) for word in words]
        if words[0] == "have":
            parts[0] = "has"
        name = "_".join(part for part in parts if part)
        if not name or not name[0].isalpha():
            name = f"word_{name}".rstrip("_")
        if name in _TAKEN or re.fullmatch(r"sentence_\d+|somebody_\d+|x|y", name):
            name = f"{name}_{suffix}"
        return self.fresh(name)

    def fresh(self, name: str) -> str:
        wanted, number = name, 2
        while name in self._taken:
            name, number = f"{wanted}_{number}", number + 1
        self._taken.add(name)
        return name

    def gloss(self, words: Term) -> str:
        return " ".join(self.shown.get(word, word) for word in words).replace("have ", "has ", 1)

    def atom(self, literal: Literal, comma: str = ", ") -> str:
        name = self.predicates[(literal.predicate, len(literal.arguments))]
        return f"{name}({comma.join(self.term(argument) for argument in literal.arguments)})"

    def term(self, term: Term) -> str:
        return term[0] if is_variable(term) else self.individuals[term]


def _ascii(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower()).encode("ascii", "ignore").decode()
    return _NOT_A_NAME.sub("_", plain.replace("'", "")).strip("_")


def _cited(sentence: str) -> str:
    return " ".join(sentence.replace('"', "").replace("\u201c", "").replace("\u201d", "").split()).rstrip(" .?!;:,")


# Prolog


Clause = tuple[Literal, tuple[Literal, ...]]
"""Head and body; a head that is negated is a clause of `neg/1`."""


def opposite(literal: Literal) -> Literal:
    return Literal(literal.predicate, literal.arguments, not literal.negated)


def bodies(rule: Rule) -> list[tuple[Literal, ...]]:
    """Each way in which the condition of `rule` can hold."""
    if rule.body is None:
        return [()]
    if rule.body.connective is Connective.AND:
        return [rule.body.literals]
    return [(literal,) for literal in rule.body.literals]


def clauses_of(rule: Rule) -> list[Clause]:
    """`rule` in its own direction. Of a disjunction: what holds where the others do not."""
    found: list[Clause] = []
    head = rule.head
    for body in bodies(rule):
        for literal in head.literals:
            others = tuple(opposite(other) for other in head.literals if other != literal)
            match head.connective:
                case Connective.AND:
                    found.append((literal, body))
                case Connective.OR:
                    found.append((literal, (*body, *others)))
                case Connective.XOR:
                    found.append((literal, (*body, *others)))
                    found += [(opposite(literal), (*body, opposite(other))) for other in others]
    return found


def contrapositives_of(clause: Clause) -> Iterator[Clause]:
    head, body = clause
    for number, literal in enumerate(body):
        yield opposite(literal), (*body[:number], *body[number + 1 :], opposite(head))


class _Prolog:
    def __init__(self, deduction: Deduction) -> None:
        self.deduction = deduction
        self.names = _Names(deduction)
        self.lines: list[tuple[str, str, str]] = []
        """Predicate, clause and sentence: clauses of one predicate stand together."""
        self.extra: list[tuple[str, str]] = []
        """Further predicates, with their gloss."""

    def add(self, head: str, body: Sequence[str], sentence: str) -> None:
        clause = f"{head} :- {', '.join(body)}." if body else f"{head}."
        if not any(clause == line[1] for line in self.lines):
            self.lines.append((head.split("(")[0], clause, sentence))

    def reply(self, query: str, complement: str) -> str:
        predicates = [f"{name}/{arity}" for (_, arity), name in self.names.predicates.items()]
        declared = ", ".join([*predicates, *(name for name, _ in self.extra), "neg/1"])
        order = {name: number for number, name in enumerate(dict.fromkeys(line[0] for line in self.lines))}
        lines = sorted(self.lines, key=lambda line: order[line[0]])
        return "\n".join(
            [
                "```prolog",
                f":- dynamic {declared}.",
                f":- table {declared}.",
                "",
                *(f'{clause}  % "{_cited(sentence)}"' if sentence else clause for _, clause, sentence in lines),
                "",
                *(
                    f"% {name}/{arity}: {self.names.gloss(words)}"
                    for (words, arity), name in self.names.predicates.items()
                ),
                *(f"% {name}: {gloss}" for name, gloss in self.extra),
                f"% query: {query}.",
                f"% complement: {complement}.",
                "```",
            ]
        )


class _OpenProlog(_Prolog):
    """What does not hold is a clause of `neg/1`."""

    def __init__(self, deduction: Deduction, contrapositives: bool) -> None:
        super().__init__(deduction)
        self.contrapositives = contrapositives

    def write(self) -> str:
        for said in self.deduction.premises:
            match said.statement:
                case Existence(literals):
                    somebody: Term = (self.names.fresh("somebody_1"),)
                    self.names.individuals[somebody] = somebody[0]
                    for literal in literals:
                        self.add(self.literal(_instance(literal, {("X",): somebody})), (), said.text)
                case Rule() as rule:
                    for clause in self.clauses(rule):
                        self.add(self.literal(clause[0]), [self.literal(part) for part in clause[1]], said.text)
        return self.reply(*self.asked())

    def clauses(self, rule: Rule) -> list[Clause]:
        forward = clauses_of(rule)
        if not self.contrapositives:
            return forward
        return list(dict.fromkeys([*forward, *(back for clause in forward for back in contrapositives_of(clause))]))

    def literal(self, literal: Literal) -> str:
        atom = self.names.atom(literal)
        return f"neg({atom})" if literal.negated else atom

    def joint(self, joint: Joint, denied: bool = False) -> str:
        literals = [self.literal(opposite(literal) if denied else literal) for literal in joint.literals]
        if len(literals) == 1:
            return literals[0]
        if joint.connective is Connective.XOR:
            raise NotSayableError("whether one of two holds and not both is asked in SMT-LIB")
        both = (joint.connective is Connective.AND) != denied
        return f"({(', ' if both else ' ; ').join(literals)})"

    def asked(self) -> tuple[str, str]:
        said = self.deduction.conclusion
        match said.statement:
            case Existence():
                raise NotSayableError("that nobody is such cannot be a query of open-world Prolog: SMT-LIB can ask it")
            case Rule(head, body) as rule:
                if variables_of(rule):
                    return self.asked_of_all(rule, said.text)
                if body is None:
                    return self.joint(head), self.joint(head, denied=True)
                if len(head.literals) > 1 or body.connective is not Connective.AND:
                    raise NotSayableError("a conclusion with so many conditions is asked in SMT-LIB")
                then, condition = self.joint(head), Joint(body.literals)
                denied = " ; ".join(self.literal(opposite(literal)) for literal in body.literals)
                return f"({denied} ; {then})", f"({self.inner(condition)}, {self.joint(head, denied=True)})"

    def inner(self, joint: Joint) -> str:
        return ", ".join(self.literal(literal) for literal in joint.literals)

    def asked_of_all(self, rule: Rule, sentence: str) -> tuple[str, str]:
        """About somebody of whom only the condition is known."""
        if variables_of(rule) != ("X",) or len(rule.head.literals) > 1:
            raise NotSayableError("a conclusion about all pairs, or of several parts, is asked in SMT-LIB")
        if rule.body is not None and rule.body.connective is not Connective.AND:
            raise NotSayableError("a conclusion with alternatives is asked in SMT-LIB")
        literals = rule.body.literals if rule.body is not None else ()
        anyone: Term = (self.names.fresh("anyone"),)
        self.names.individuals[anyone] = anyone[0]
        for literal in literals:
            if ("X",) not in literal.arguments:
                raise NotSayableError("a conclusion with a condition on somebody else is asked in SMT-LIB")
            self.add(self.literal(_instance(literal, {("X",): anyone})), (), sentence)
        (head,) = rule.head.literals
        against = [*(self.literal(literal) for literal in literals), "dif(X, anyone)", self.literal(opposite(head))]
        return self.literal(_instance(head, {("X",): anyone})), f"({', '.join(against)})"


class _ClosedProlog(_Prolog):
    r"""What cannot be derived does not hold: `\+`. What the text denies is a clause of `neg/1` all the same."""

    def write(self) -> str:
        for said in self.deduction.premises:
            match said.statement:
                case Existence():
                    raise NotSayableError("that there is somebody, unnamed, does not fit a closed world")
                case Rule(head) as rule:
                    if head.connective is not Connective.AND and len(head.literals) > 1:
                        raise NotSayableError('a choice ("or") in what holds does not fit a closed world')
                    for literal, body in clauses_of(rule):
                        atom = self.names.atom(literal)
                        bound = {part for condition in body if not condition.negated for part in condition.arguments}
                        # An unbound variable in the head stands for everybody, who is named in a closed world.
                        loose = [part for part in literal.arguments if is_variable(part) and part not in bound]
                        self.add(f"neg({atom})" if literal.negated else atom, self.body(body, loose), said.text)
        self.check_stratified()
        query, complement = self.asked()
        self.add_named()
        return self.reply(query, complement)

    def body(self, literals: Sequence[Literal], loose: Iterable[Term] = ()) -> list[str]:
        """The conditions that bind come first; a variable that none binds stands for a named individual."""
        positive = [literal for literal in literals if not literal.negated]
        negative = [literal for literal in literals if literal.negated]
        bound = {argument for literal in positive for argument in literal.arguments}
        free = [part for literal in negative for part in literal.arguments if is_variable(part) and part not in bound]
        found: list[str] = []
        for variable in dict.fromkeys((*loose, *free)):
            if not self.extra:
                self.extra.append((f"{self.names.fresh('named')}/1", "is named in the text"))
            found.append(f"{self.extra[0][0].removesuffix('/1')}({variable[0]})")
        found += [self.names.atom(literal) for literal in positive]
        return [*found, *(f"\\+ {self.names.atom(literal)}" for literal in negative)]

    def add_named(self) -> None:
        if self.extra:
            name = self.extra[0][0].removesuffix("/1")
            for individual in self.names.individuals.values():
                self.add(f"{name}({individual})", (), "")

    def check_stratified(self) -> None:
        """No predicate may depend on its own failure.

        Raises:
            NotSayableError: one does.
        """
        needs: dict[Predicate, set[Predicate]] = {}
        denials: set[tuple[Predicate, Predicate]] = set()
        for said in self.deduction.premises:
            if isinstance(said.statement, Rule):
                for head, body in clauses_of(said.statement):
                    for literal in body:
                        if not head.negated:
                            needs.setdefault(_key(head), set()).add(_key(literal))
                            if literal.negated:
                                denials.add((_key(head), _key(literal)))
        for head_key, denied in denials:
            reached, waiting = set[Predicate](), [denied]
            while waiting:
                if (key := waiting.pop()) not in reached:
                    reached.add(key)
                    waiting += needs.get(key, ())
            if head_key in reached:
                raise NotSayableError(
                    f'whether "{self.names.gloss(head_key[0])}" holds depends on that it does not: no closed world fits'
                )

    def asked(self) -> tuple[str, str]:
        match self.deduction.conclusion.statement:
            case Existence(literals):
                goal = f"({', '.join(self.body(literals))})"
                return goal, f"\\+ {goal}"
            case Rule(head, body) as rule:
                if body is None and not variables_of(rule) and len(head.literals) == 1:
                    (literal,) = head.literals
                    atom = self.names.atom(literal)
                    return (f"\\+ {atom}", atom) if literal.negated else (atom, f"\\+ {atom}")
                if len(head.literals) > 1 and (head.connective is Connective.XOR or variables_of(rule)):
                    raise NotSayableError("a conclusion of several parts about all is not asked in a closed world")
                if body is not None and body.connective is not Connective.AND:
                    raise NotSayableError("a conclusion with alternatives is not asked in a closed world")
                if len(head.literals) > 1:
                    if body is not None:
                        raise NotSayableError("a conclusion of several parts with a condition is not asked")
                    join = ", " if head.connective is Connective.AND else " ; "
                    goal = f"({join.join(part for literal in head.literals for part in self.body([literal]))})"
                    return goal, f"\\+ {goal}"
                against = f"({', '.join(self.body([*(body.literals if body else ()), opposite(head.literals[0])]))})"
                return f"\\+ {against}", against


def _key(literal: Literal) -> Predicate:
    return literal.predicate, len(literal.arguments)


def _instance(literal: Literal, values: Mapping[Term, Term]) -> Literal:
    arguments = tuple(values.get(argument, argument) for argument in literal.arguments)
    return Literal(literal.predicate, arguments, literal.negated)


# SMT-LIB


class _Smt:
    def __init__(self, deduction: Deduction) -> None:
        self.deduction = deduction
        self.names = _Names(deduction)

    def write(self) -> str:
        names = self.names
        conclusion = self.deduction.conclusion
        return "\n".join(
            [
                "```smt2",
                "(declare-sort Thing 0)",
                *(f"(declare-const {name} Thing)" for name in names.individuals.values()),
                *(
                    f"(declare-fun {name} ({' '.join(['Thing'] * arity)}) Bool)"
                    for (_, arity), name in names.predicates.items()
                ),
                *(
                    f'(assert (! {self.formula(said.statement)} :named sentence_{number}))  ; "{_cited(said.text)}"'
                    for number, said in enumerate(self.deduction.premises, 1)
                ),
                f'(define-fun conclusion () Bool {self.formula(conclusion.statement)})  ; "{_cited(conclusion.text)}"',
                *(f"; {name}: {names.gloss(words)}" for words, name in names.individuals.items()),
                *(f"; {name}: {names.gloss(words)}" for (words, _), name in names.predicates.items()),
                f"; conclusion: {_cited(conclusion.text)}",
                "; query: conclusion",
                "```",
            ]
        )

    def formula(self, statement: Statement) -> str:
        quantifier = "forall"
        match statement:
            case Existence(literals):
                quantifier, inner = "exists", self.joint(Joint(literals))
            case Rule(head, None):
                inner = self.joint(head)
            case Rule(head, Joint() as body):
                inner = f"(=> {self.joint(body)} {self.joint(head)})"
        variables = "".join(f"({variable.lower()} Thing)" for variable in variables_of(statement))
        return f"({quantifier} ({variables}) {inner})" if variables else inner

    def joint(self, joint: Joint) -> str:
        literals = [self.literal(literal) for literal in joint.literals]
        if len(literals) == 1:
            return literals[0]
        return f"({_SMT_CONNECTIVES[joint.connective]} {' '.join(literals)})"

    def literal(self, literal: Literal) -> str:
        name = self.names.predicates[(literal.predicate, len(literal.arguments))]
        arguments = " ".join(
            argument[0].lower() if is_variable(argument) else self.names.term(argument)
            for argument in literal.arguments
        )
        return f"(not ({name} {arguments}))" if literal.negated else f"({name} {arguments})"


_SMT_CONNECTIVES = {Connective.AND: "and", Connective.OR: "or", Connective.XOR: "xor"}
