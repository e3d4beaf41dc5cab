"""The samples' answers, worked out here a second time: by arithmetic, by trying every case, by enumerating worlds."""

from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction as F
from functools import cache
from itertools import combinations, pairwise, permutations, product

import pytest

from app.reasoning.types import Kind, Trust, Verdict, VerdictKind, World
from app.samples import answer_of, load_samples, same_answer
from solvers.types import Language

SAMPLES = {sample.id: sample for sample in load_samples()}


def only(found: Iterator[object]) -> object:
    """The one element; a puzzle with two solutions, or none, is no puzzle."""
    elements = set(found)
    assert len(elements) == 1, elements
    return elements.pop()


# Arithmetic

ARITHMETIC: dict[int, Callable[[], object]] = {
    1: lambda: 7 * 9 + 14,
    2: lambda: 210 - 5 * 24 - 2 * 24,
    3: lambda: F("3.60") / F("1.5") * 4,
    4: lambda: F(450, 6) * 10 - 300,
    5: lambda: 102 / (1 - F(15, 100)),
    6: lambda: F((13 * 60 + 5) - (9 * 60 + 40) - 25, 60) * 96,
    7: lambda: only(d for d in range(100) if 4 * d + 6 == F(5, 2) * (d + 6)),
    8: lambda: only(w * (w + 5) for w in range(1, 54) if 2 * (w + w + 5) == 54),
    9: lambda: only(x for x in range(100) if F(12 * 30, 100) + x == F(40, 100) * (12 + x)),
    10: lambda: 263 % 12,
    11: lambda: -(-(187 + 14) // 45),
    12: lambda: (1 - 2 * (F(1, 6) + F(1, 9))) / F(1, 9),
    13: lambda: 38 + (637 - 38 * 14) / F(14 * 3, 2),
    14: lambda: only(2 * ben - 20 for ben in range(460) if 2 * ben + ben + 2 * ben - 20 == 460),
    15: lambda: 100 + (F("17.60") - 12) / F("0.08"),
    16: lambda: 28 / (F(3, 5) - F(1, 4)),
    17: lambda: 18 * (1 + F(228 - 18, 18 + 24)),
    18: lambda: 2400 * F(105, 100) * F(95, 100),
    19: lambda: (1 - F(1, 6)) * (1 - F(1, 4)) / 3,
    20: lambda: only(n for n in range(47) if 20 * n + 5 * (46 - n) == 500),
    21: lambda: -(-((8 * F("2.5") - 2 * F("0.9")) * 2 / 7) // F("2.5")),
    22: lambda: F(48, 3) * 4,
    23: lambda: 55 * F("5.5") + 25 * F("5.5") * F(80, 100) - 80 * F("3.2"),
    24: lambda: sum(15 + 3 * week for week in range(8)),
    25: lambda: 90 / (F(2, 3) * F(3, 4)),
    26: lambda: only(
        10 * a + b for a in range(1, 10) for b in range(10) if a + b == 11 and 10 * b + a == 10 * a + b + 27
    ),
    27: lambda: (24 * F("4.5") + 3 * 9 + 60 + (27 - 20) * F("2.5") + 27 * 6 - F("110.5")) / 24,
    28: lambda: F(40**3 * 3, 4) / 1000,
    29: lambda: 4 + F(5 * 12 - 4 * 5, 5 + 3),
    30: lambda: -7 + 8 * F(3, 2) - 9,
}

# Entailment: worlds are enumerated over the individuals that matter; more of them could decide nothing else.


def verdict(worlds: Iterator[bool]) -> str:
    """What holds in all worlds that satisfy the premises; each is given as the truth of its conclusion."""
    found = set(worlds)
    return {frozenset(): "inconsistent", frozenset({True}): "proved", frozenset({False}): "refuted"}.get(
        frozenset(found), "undetermined"
    )


def worlds(count: int) -> Iterator[tuple[bool, ...]]:
    return product((False, True), repeat=count)


def least(facts: set[str], rules: list[tuple[set[str], str]]) -> set[str]:
    """What is derivable: all that is true in a closed world, whose negative conditions have been worked in already."""
    known = set(facts)
    while more := {head for body, head in rules if body <= known} - known:
        known |= more
    return known


ENTAILMENT: dict[int, Callable[[], str]] = {
    # boat, insured, old of the Heron
    1: lambda: verdict(not o for b, i, o in worlds(3) if (not b or i) and not (i and o) and b),
    # viola, reads, Tanner of Greta
    2: lambda: verdict(v for v, r, t in worlds(3) if (not v or r) and not (t and r) and t),
    # baker, early, coffee of Lotte and of someone else
    3: lambda: verdict(
        c for b, e, c, b2, e2, c2 in worlds(6) if (not b or e) and (not b2 or e2) and ((e and c) or (e2 and c2)) and b
    ),
    4: lambda: verdict(lamp for lamp, bright in worlds(2) if (not lamp or bright) and bright),
    # in the shop, accurate, by Orlo, expensive
    5: lambda: verdict(e for s, a, o, e in worlds(4) if (not s or a) and s and not (o and a) and o),
    6: lambda: verdict(p for p, q in worlds(2) if p != q and (not p or q) and not q),
    # copper, conducts, top shelf, within reach
    7: lambda: verdict(not c for c, e, t, r in worlds(4) if (not c or e) and (not e or t) and not (t and r) and r),
    # soup, salad, bread
    8: lambda: verdict(not b for s, d, b in worlds(3) if (s or d) and (not s or b) and (not d or b)),
    # penguin, flies
    9: lambda: verdict(p for p, f in worlds(2) if not (p and f) and not f),
    10: lambda: (
        "proved"
        if "kofi drill"
        in least(
            {"jana member", "kofi member", "jana paid"},
            [({f"{who} member", f"{who} paid"}, f"{who} drill") for who in ("jana", "kofi")],
        )
        else "refuted"
    ),
    # Nobody says that bus 4 is full, so it is not.
    11: lambda: (
        "proved" if "4 stops" in least({"4 runs", "7 runs", "7 full"}, [({"4 runs"}, "4 stops")]) else "refuted"
    ),
    # Ruth over Sven, over Tove, over Uli
    12: lambda: verdict(u for s, t, u in worlds(3) if (s or t) and (not s or u)),
}

# Constraint


def books() -> Iterator[str]:
    for row in permutations(["atlas", "biography", "cookbook", "dictionary", "essays"]):
        at = row.index
        if (
            at("cookbook") == at("atlas") + 1
            and at("dictionary") in (0, 4)
            and at("biography") != 4
            and at("essays") < at("atlas")
            and abs(at("essays") - at("biography")) != 1
        ):
            yield ", ".join(row)


def table() -> Iterator[str]:
    """Seats 0 to 5 clockwise, Anouk on 0."""
    for others in permutations(["bela", "cem", "dora", "emil", "finn"]):
        seat = dict(zip(others, range(1, 6), strict=True)) | {"anouk": 0}
        apart = lambda a, b: min((seat[a] - seat[b]) % 6, (seat[b] - seat[a]) % 6)  # noqa: B023, E731
        if (
            apart("bela", "anouk") == 3
            and (seat["anouk"] - seat["dora"]) % 6 == 1
            and apart("cem", "finn") == 1
            and apart("cem", "anouk") != 1
        ):
            yield from (who for who in seat if apart(who, "bela") == 1 and apart(who, "dora") == 1)


def number() -> Iterator[int]:
    for value in range(1000, 10_000):
        a, b, c, d = map(int, str(value))
        if len({a, b, c, d}) == 4 and a + b + c + d == 20 and a == 2 * d and b == 3 * c:
            yield value


def letters() -> Iterator[int]:
    for e, g, p, a in permutations(range(10), 4):
        page = 1000 * p + 100 * a + 10 * g + e
        if e and p and 2 * (100 * e + 11 * g) == page:
            yield page


def courses() -> Iterator[str]:
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    for row in permutations(["chess", "drama", "pottery", "rowing", "singing"]):
        at = row.index
        if (
            at("rowing") not in (0, 4)
            and at("drama") == at("singing") + 2
            and at("pottery") < at("chess")
            and abs(at("rowing") - at("chess")) == 1
            and at("chess") != 2
        ):
            yield days[at("rowing")]


def cottages() -> Iterator[str]:
    for colours, animals, people in product(
        permutations(["red", "white", "yellow"]),
        permutations(["cat", "parrot", "tortoise"]),
        permutations(["ulla", "vito", "wim"]),
    ):
        if (
            people.index("ulla") == colours.index("red")
            and people.index("vito") == animals.index("parrot")
            and colours.index("yellow") == colours.index("white") + 1
            and animals.index("tortoise") == 0
            and animals.index("cat") == colours.index("yellow")
        ):
            yield people[animals.index("cat")]


def truth() -> Iterator[str]:
    for x, y, z in worlds(3):
        if x == (not y) and y == (x == z) and z == y:
            yield ", ".join(name for name, honest in (("xenia", x), ("yara", y), ("zoe", z)) if honest)


def square() -> Iterator[int]:
    for s in permutations(range(1, 10)):
        rows = [s[0:3], s[3:6], s[6:9]]
        lines = [*rows, *zip(*rows, strict=True), s[0:9:4], s[2:7:2]]
        if len({sum(line) for line in lines}) == 1 and s[0] == 8 and s[1] < s[3]:
            yield s[6]


def nights() -> Iterator[str]:
    for row in product(["klara", "lena", "mats"], repeat=6):
        if (
            set(Counter(row).values()) == {2}
            and all(a != b for a, b in pairwise(row))
            and (row[0], row[3]) == ("klara", "lena")
            and (row[5] != "lena" and row[1] != "mats" and row[4] != "klara")
        ):
            yield ", ".join(row)


CONSTRAINT: dict[int, Callable[[], Iterator[object]]] = {
    1: books,
    2: table,
    3: number,
    4: letters,
    5: courses,
    6: cottages,
    7: truth,
    8: lambda: (c for a, b, c in combinations(range(1, 40), 3) if a * b * c == 1980 and a + b + c == 39),
    9: square,
    10: nights,
}

# Optimisation


def knapsack() -> int:
    things = [(5, 14), (7, 21), (3, 8), (2, 7), (4, 9), (6, 17)]
    chosen = (combination for size in range(7) for combination in combinations(things, size))
    return max(sum(points for _, points in some) for some in chosen if sum(weight for weight, _ in some) <= 15)


def feed() -> F:
    """The least cost lies on a corner: where two of the four conditions are just met."""
    conditions = [(6, 3, 42), (2, 4, 26), (1, 0, 0), (0, 1, 0)]
    corners = []
    for (a, b, c), (d, e, f) in combinations(conditions, 2):
        if determinant := a * e - b * d:
            oats, peas = F(c * e - b * f, determinant), F(a * f - c * d, determinant)
            if all(p * oats + q * peas >= r for p, q, r in conditions):
                corners.append(F(3, 10) * oats + F(4, 10) * peas)
    return min(corners)


@cache
def bars(long: int, short: int) -> int:
    if long <= 0 and short <= 0:
        return 0
    cuts = [(a, b) for a in range(min(2, long) + 1) for b in range(min(3, short) + 1) if 0 < 23 * a + 16 * b <= 60]
    return 1 + min(bars(long - a, short - b) for a, b in cuts)


def way() -> int:
    roads = {"AB": 7, "AC": 4, "CB": 2, "BD": 5, "CD": 9, "CE": 12, "DE": 3, "BE": 9}
    length = {frozenset(pair): km for pair, km in roads.items()}
    ways = ("A" + "".join(middle) + "E" for size in range(4) for middle in permutations("BCD", size))
    legs = ([frozenset(pair) for pair in pairwise(way)] for way in ways)
    return min(sum(length[leg] for leg in some) for some in legs if all(leg in length for leg in some))


def nurses() -> int:
    need = [3, 2, 6, 9, 7, 5]
    return min(sum(s) for s in product(range(10), repeat=6) if all(s[i] + s[i - 1] >= need[i] for i in range(6)))


MINUTES = {"A": (34, 37, 30), "B": (28, 32, 27), "C": (41, 39, 36)}

OPTIMISATION: dict[int, Callable[[], object]] = {
    1: knapsack,
    2: lambda: max(
        38 * a + 27 * b for a in range(48) for b in range(48) if 5 * a + 2 * b <= 47 and 2 * a + 3 * b <= 41
    ),
    3: feed,
    4: lambda: bars(7, 11),
    5: lambda: min(sum(MINUTES[r][d] for r, d in zip("ABC", order, strict=True)) for order in permutations(range(3))),
    6: way,
    7: lambda: min(
        a + b + c for a in range(20) for b in range(7) for c in range(6) if 5 * a + 16 * b + 23 * c == 95
    ),
    8: nurses,
}  # fmt: skip

SOLUTIONS: dict[str, Callable[[], object]] = {
    **{f"arithmetic-{n:02d}": solution for n, solution in ARITHMETIC.items()},
    **{f"entailment-{n:02d}": solution for n, solution in ENTAILMENT.items()},
    **{f"constraint-{n:02d}": (lambda solution=solution: only(solution())) for n, solution in CONSTRAINT.items()},
    **{f"optimisation-{n:02d}": solution for n, solution in OPTIMISATION.items()},
}


@pytest.mark.parametrize("identifier", SAMPLES)
def test_the_answer_of_a_sample_is_the_one_worked_out_here(identifier: str) -> None:
    sample = SAMPLES[identifier]
    assert same_answer(sample.kind, str(SOLUTIONS[identifier]()), sample.answer)


def test_there_are_as_many_samples_of_each_sort_as_promised() -> None:
    kinds = Counter(sample.kind for sample in SAMPLES.values())
    assert kinds == {Kind.ARITHMETIC: 30, Kind.ENTAILMENT: 12, Kind.CONSTRAINT: 10, Kind.OPTIMISATION: 8}
    verdicts = Counter(sample.answer for sample in SAMPLES.values() if sample.kind is Kind.ENTAILMENT)
    assert verdicts == {"undetermined": 4, "inconsistent": 2, "proved": 3, "refuted": 3}
    assert sum(sample.world is World.CLOSED for sample in SAMPLES.values()) == 2
    assert {sample.language for sample in SAMPLES.values()} == {None, *Language}
    assert len({sample.problem for sample in SAMPLES.values()}) == len(SAMPLES)


@pytest.mark.parametrize(
    ("kind", "answer", "target", "same"),
    [
        (Kind.ARITHMETIC, "48/5", "9.6", True),
        (Kind.ARITHMETIC, "18", "18.0", True),
        (Kind.ARITHMETIC, "9.600000000000001", "9.6", True),
        (Kind.ARITHMETIC, "9.61", "9.6", False),
        (Kind.ARITHMETIC, "19", "18", False),
        (Kind.ARITHMETIC, "1000001", "1000000", False),
        (Kind.ARITHMETIC, "2,394", "2394", True),
        (Kind.ARITHMETIC, "-4", "4", False),
        (Kind.ARITHMETIC, "1/0", "1", False),
        (Kind.ARITHMETIC, "eighteen", "eighteen", False),
        (Kind.ARITHMETIC, None, "18", False),
        (Kind.ENTAILMENT, "proved", "proved", True),
        (Kind.ENTAILMENT, "refuted", "proved", False),
        (Kind.CONSTRAINT, "Emil", "emil", True),
        (Kind.CONSTRAINT, "[klara,'Lena',mats]", "klara, lena, mats", True),
        (Kind.CONSTRAINT, "lena, klara, mats", "klara, lena, mats", False),
        (Kind.CONSTRAINT, "8624", "8624", True),
        (Kind.OPTIMISATION, "31/10", "3.1", True),
    ],
)
def test_answers_are_compared_by_what_they_say(kind: Kind, answer: str | None, target: str, same: bool) -> None:
    assert same_answer(kind, answer, target) is same


def test_what_is_compared_is_the_answer_or_the_verdict() -> None:
    assert answer_of(Verdict(VerdictKind.ANSWERED, "", "18", Trust.EXECUTED)) == "18"
    assert answer_of(Verdict(VerdictKind.UNDETERMINED, "", None, Trust.EXECUTED)) == "undetermined"
    assert answer_of(Verdict(VerdictKind.UNRESOLVED, "")) is None
