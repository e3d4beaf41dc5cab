"""Checks what a certificate says of a Prolog program: that these are answers, and that there is no other.

Two things are done, and they do not rest on each other. Each derivation is checked against the program, step by step
(`derivation.py`). And the query is put to the checker's own search (`find.py`), to its end if it can be reached: the
answers found must be those claimed, no more and no fewer.

A search that ended decides alone, and a derivation then shows where the answers come from. Where it does not end, an
answer counts if its derivation does not depend on the order in which the engine took the steps, and it remains an
assumption that the engine gets there and that there is no other answer. What neither shows is not confirmed.
"""

from dataclasses import dataclass

from solvers.certificates import Certificate
from solvers.checking.budget import Budget, NotCheckableError, RefutedError
from solvers.checking.prolog.claims import Claim, read_claim, same_answer
from solvers.checking.prolog.derivation import Derived, Query, check_derivation
from solvers.checking.prolog.find import GUESSED, Finder
from solvers.checking.prolog.program import Database, make_clause
from solvers.checking.prolog.rationals import Real
from solvers.checking.prolog.reader import read_program, read_query
from solvers.checking.prolog.terms import Atom, Struct, Term, deref
from solvers.types import Answers, Derivations, Engine, Evidence, NoAnswer, NoEvidence

MAX_CLAIMS = 1_000
"""Substitutions of one certificate."""

EFFECTS = (
    *("assert", "retract", "abolish", "erase", "consult", "load_files", "redefine", "dynamic", "set_prolog_flag"),
    *("atom_c", "atomic_", "atom_s", "sub_atom", "term_to_", "term_string", "downcase_", "upcase_"),
)
"""How the names of predicates begin that change a program, and of those that could spell such a name."""

NUMBERED = ("$VAR", "numbervars")

Confirmed = tuple[str, tuple[str, ...]]
"""What was confirmed, in words, and what is assumed."""


def check_prolog(certificate: Certificate, budget: Budget) -> Confirmed:
    """Check the outcome of a Prolog program.

    Raises:
        RefutedError: the outcome or its evidence is wrong.
        NotCheckableError: neither right nor wrong could be shown.
    """
    if certificate.job.engine not in (None, Engine.PROLOG):
        raise RefutedError("another engine is said to have run a Prolog program")
    database = read_program(certificate.job.program.text, budget)
    if database.directives:
        line, _ = database.directives[0]
        raise NotCheckableError(f"line {line}: a directive whose effect the checker does not know")
    query_text = certificate.job.query or "true"
    if any(word in text for text in (certificate.job.program.text, query_text) for word in NUMBERED):
        raise NotCheckableError("the engine writes terms '$VAR'(N) as variables")
    query, names = read_query(query_text, database, budget)
    check = _Check(database, Query(query, make_clause(Atom("query"), query, 1, budget).body, names), budget)
    match certificate.outcome:
        case NoAnswer():
            return check.no_answer(certificate.evidence)
        case Answers() as answers:
            return check.answers(answers, certificate.evidence)
        case outcome:
            raise RefutedError(f"a Prolog program has no outcome of kind {type(outcome).__name__}")


@dataclass(slots=True)
class _Search:
    """What the search for the answers of the query came to.

    Args:
        found: for each claim, the values that were found; None where it was not met.
        reason: why the search did not end; None where it did.
        steps: that it took.
    """

    found: list[dict[str, Term] | None]
    reason: str | None = None
    steps: int = 0


class _Check:
    def __init__(self, database: Database, query: Query, budget: Budget) -> None:
        self.database = database
        self.query = query
        self.names = query.names
        self.budget = budget
        self.finder = Finder(database, budget)

    def no_answer(self, evidence: Evidence | None) -> Confirmed:
        match evidence:
            case None | NoEvidence() | Derivations(()):
                pass
            case _:
                raise RefutedError("there is evidence for an answer, and the outcome is that there is none")
        before = self.budget.steps
        if not self.finder.fails(self.query.body, self.budget):
            raise RefutedError("the query has an answer")
        return f"no answer ({self.finder.way} of {before - self.budget.steps} steps)", ()

    def answers(self, answers: Answers, evidence: Evidence | None) -> Confirmed:
        count = len(answers.substitutions)
        if not count:
            raise RefutedError("there is no answer among those that are claimed")
        if count > MAX_CLAIMS:
            raise NotCheckableError(f"more than {MAX_CLAIMS} answers")
        claims = [read_claim(each, list(self.names), self.database, self.budget) for each in answers.substitutions]
        derived = self._derivations(claims, evidence)
        search = self._search(claims, answers.exhausted)
        how = _how(derived, evidence, self.finder.way)
        if None in search.found:
            if search.reason is None:
                raise RefutedError("an answer is claimed that the query does not have")
            if not derived:
                raise NotCheckableError(f"{how}; {search.reason}")
            if any(each.operational for each in derived):
                raise NotCheckableError(f"{how}, which takes a search to be conclusive; {search.reason}")
            self._changes_nothing()
        how += self._exact_values(search)
        if search.reason is None and answers.exhausted:
            return f"{how}; no other answer ({self.finder.way} of {search.steps} steps)", ()
        assumed = []
        if None in search.found:
            assumed.append(f"that the engine reaches what follows from the program: {search.reason}")
        if answers.exhausted:
            assumed.append(f"that there is no other answer: {search.reason}")
        else:
            how += "; whether there are other answers is not claimed"
        return how, tuple(assumed)

    def _changes_nothing(self) -> None:
        """A derivation alone says nothing of a program that adds and removes clauses as it runs."""
        clauses = [clause for of_one in self.database.clauses.values() for clause in of_one]
        todo = [self.query.term, *(part for clause in clauses for part in (clause.head, clause.body))]
        while todo:
            self.budget.spend()
            term = deref(todo.pop())
            if isinstance(term, Atom | Struct) and term.name.startswith(EFFECTS):
                raise NotCheckableError(f"the program changes as it runs, by {term.name}")
            if isinstance(term, Struct):
                todo.extend(term.args)

    def _derivations(self, claims: list[Claim], evidence: Evidence | None) -> list[Derived]:
        """One for each claim, all of them right; none where there is no evidence."""
        if evidence is None or isinstance(evidence, NoEvidence):
            return []
        if not isinstance(evidence, Derivations):
            raise RefutedError("the evidence is not for a Prolog program")
        if len(evidence.derivations) != len(claims):
            raise RefutedError(f"there are {len(claims)} answers and {len(evidence.derivations)} derivations")
        checked = []
        for claim, derivation in zip(claims, evidence.derivations, strict=True):
            derived = check_derivation(self.database, self.query, derivation, self.finder, self.budget)
            if not same_answer(claim, derived.values, self.budget):
                raise RefutedError("a derivation is of another answer than the one claimed")
            checked.append(derived)
        return checked

    def _search(self, claims: list[Claim], exhausted: bool) -> _Search:
        """Look for the claimed answers, and with `exhausted` for any other."""
        search = _Search([None] * len(claims))
        before = self.budget.steps
        guessed = False
        try:
            for answer in self.finder.answers(self.query.body, self.budget):
                if not answer.leaves_free(self.names.values()):
                    raise NotCheckableError("constraints are left on an answer")
                known, guessed = False, guessed or answer.guessed
                for place, claim in enumerate(claims):
                    if same_answer(claim, self.names, self.budget):
                        known = True
                        search.found[place] = {name: deref(variable) for name, variable in self.names.items()}
                if guessed and (len(claims) > 1 or not known):
                    search.found = [None] * len(claims)
                    raise NotCheckableError(GUESSED)
                if exhausted and not known:
                    raise RefutedError("the query has an answer that is not among those claimed")
                if not exhausted and not guessed and None not in search.found:
                    break
        except NotCheckableError as error:
            search.reason = str(error)
            if guessed:
                search.found = [None] * len(claims)
        search.steps = before - self.budget.steps
        return search

    def _exact_values(self, search: _Search) -> str:
        """What the floats of clpr stand for."""
        exact = [
            f"{name} = {value}"
            for found in search.found
            if found is not None
            for name, value in found.items()
            if type(value) is Real and not name.startswith("_")
        ]
        return f"; exactly {', '.join(exact[:5])}" if exact else ""


def _how(derived: list[Derived], evidence: Evidence | None, way: str) -> str:
    if not derived:
        reason = f": {evidence.reason}" if isinstance(evidence, NoEvidence) else ""
        return f"by {way}, without a derivation{reason}"
    steps = sum(each.steps for each in derived)
    what = f"derivation of {steps} steps"
    if len(derived) > 1:
        what = f"{len(derived)} derivations of {steps} steps together"
    left = [reason for each in derived for reason in each.left_open]
    return f"{what}, {len(left)} of which the {way} decides ({left[0]})" if left else what
