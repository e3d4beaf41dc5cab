"""Random Prolog programs that end: what the checker's interpreter is compared with the engine on."""

from random import Random

ATOMS = ["a", "b", "c"]
LISTS = ["[]", "[1]", "[1, 2, 3]", "[a, b, a]", "[3, 1, 2, 1]", "[a, 1, f(a)]", "[1-a, 2-b, 1-c]"]


class Writer:
    """Writes one program. A predicate calls those of a lower number only."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def program(self) -> str:
        clauses = ["len([], 0).", "len([_|T], N) :- len(T, M), N is M + 1."]
        clauses += ["rev([], A, A).", "rev([X|Xs], A, R) :- rev(Xs, [X|A], R)."]
        for number in range(4):
            for _ in range(self.random.randint(1, 3)):
                clauses.append(self.clause(number))
        return "\n".join(clauses) + "\n"

    def clause(self, number: int) -> str:
        head = f"p{number}({self.pattern()}, {self.pattern()})"
        goals = [self.goal(number, 2) for _ in range(self.random.randint(0, 3))]
        return f"{head} :- {', '.join(goals)}." if goals else f"{head}."

    def variable(self) -> str:
        return self.random.choice("XYZ")

    def constant(self) -> str:
        return self.random.choice([*ATOMS, *LISTS, "0", "1", "2", "7", "-3", "2.5", "f(a)", '"s"'])

    def pattern(self) -> str:
        return self.random.choice(
            [self.variable(), self.variable(), self.constant(), f"[{self.variable()}|{self.variable()}]", "f(X)"]
        )

    def term(self) -> str:
        return self.random.choice([self.variable(), self.variable(), self.constant()])

    def number(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.4:
            return self.random.choice(["0", "1", "2", "3", "7", "-4", "2.5", self.variable(), self.variable()])
        operator = self.random.choice(["+", "-", "*", "/", "//", "mod", "min", "max", "**", "abs"])
        left, right = self.number(depth - 1), self.number(depth - 1)
        if operator in ("min", "max"):
            return f"{operator}({left}, {right})"
        if operator == "abs":
            return f"abs({left})"
        return f"({left} {operator} {right})"

    def body(self, number: int, depth: int) -> str:
        return "(" + ", ".join(self.goal(number, depth) for _ in range(self.random.randint(1, 2))) + ")"

    def goal(self, number: int, depth: int) -> str:
        choices = [self.simple] * 4 + [self.listed] * 3
        if number:
            choices += [self.own] * 4
        if depth:
            choices += [self.control] * 3
        goal = self.random.choice(choices)
        return goal(number, depth)

    def own(self, number: int, depth: int) -> str:
        return f"p{self.random.randrange(number)}({self.term()}, {self.term()})"

    def simple(self, number: int, depth: int) -> str:
        pick = self.random.choice
        return pick(
            [
                f"{self.variable()} = {pick([self.term(), self.pattern()])}",
                f"{self.term()} \\= {self.term()}",
                f"{self.term()} {pick(['==', '@<', '@>='])} {self.constant()}",
                f"{self.variable()} is {self.number()}",
                f"{self.number(1)} {pick(['<', '>', '=<', '>=', '=:='])} {self.number(1)}",
                f"{pick(['var', 'nonvar', 'atom', 'number', 'is_list', 'integer', 'ground'])}({self.term()})",
                f"functor({self.term()}, {self.variable()}, {self.variable()})",
                f"{self.term()} =.. {self.variable()}",
                f"copy_term({self.term()}, {self.variable()})",
                "true",
                "!",
            ]
        )

    def listed(self, number: int, depth: int) -> str:
        one, two, three = self.term(), self.variable(), self.variable()
        whole = self.random.choice([*LISTS, self.variable()])
        return self.random.choice(
            [
                f"member({one}, {whole})",
                f"member({two}, {whole})",
                f"append({two}, {three}, {self.random.choice(LISTS)})",
                f"append({whole}, {self.random.choice(LISTS)}, {three})",
                f"select({one}, {self.random.choice(LISTS)}, {two})",
                f"nth0({two}, {self.random.choice(LISTS)}, {three})",
                f"nth1({self.random.randint(0, 3)}, {whole}, {three})",
                f"length({whole}, {self.random.randint(0, 3)})",
                f"length({self.random.choice(LISTS)}, {two})",
                f"reverse({self.random.choice(LISTS)}, {two})",
                f"last({self.random.choice(LISTS)}, {two})",
                f"sum_list({self.random.choice(LISTS)}, {two})",
                f"max_list({self.random.choice(LISTS)}, {two})",
                f"msort({whole}, {two})",
                f"sort(0, @>=, {whole}, {two})",
                f"list_to_set({whole}, {two})",
                f"permutation({self.random.choice(LISTS[:4])}, {two})",
                f"subtract({self.random.choice(LISTS)}, {self.random.choice(LISTS)}, {two})",
                f"delete({self.random.choice(LISTS)}, {one}, {two})",
                f"exclude([E]>>(E == {self.constant()}), {whole}, {two})",
                f"maplist([E, F]>>(F = g(E)), {whole}, {two})",
                f"foldl([E, A, B]>>(B = [E|A]), {self.random.choice(LISTS)}, [], {two})",
                f"pairs_keys_values([1-a, 2-b], {two}, {three})",
                f"between(1, 3, {two})",
                f"rev({self.random.choice(LISTS)}, [], {two})",
                f"len({self.random.choice(LISTS)}, {two})",
                f"memberchk({one}, {self.random.choice(LISTS)})",
                f"atom_length({one}, {two})",
                f"atomic_list_concat([a, 1, {one}], {two})",
                f"numlist(1, 3, {two})",
                f"max_member({two}, {self.random.choice(LISTS)})",
                f"predsort([O, E, F]>>compare(O, E, F), {self.random.choice(LISTS)}, {two})",
            ]
        )

    def control(self, number: int, depth: int) -> str:
        left, right = self.body(number, depth - 1), self.body(number, depth - 1)
        third, variable = self.body(number, depth - 1), self.variable()
        return self.random.choice(
            [
                f"({left} ; {right})",
                f"({left} -> {right} ; {third})",
                f"({left} -> {right})",
                f"({left} *-> {right} ; {third})",
                f"\\+ {left}",
                f"once({left})",
                f"ignore({left})",
                f"call({left})",
                f"forall({left}, {right})",
                f"findall({self.variable()}, {left}, {variable})",
                f"aggregate_all(count, {left}, {variable})",
                f"aggregate_all(max({self.variable()}), {left}, {variable})",
                f"aggregate_all(bag({self.variable()}), {left}, {variable})",
                f"setof({self.variable()}, {left}, {variable})",
                f"bagof({self.variable()}, {self.variable()}^{left}, {variable})",
                f"catch(({left}, throw(oops({self.variable()}))), oops({variable}), {right})",
                f"not({left})",
            ]
        )
