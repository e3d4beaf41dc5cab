"""Wholes and their parts, comparisons, and things that go from hand to hand."""

from app.training.generators.elementary_amounts import (
    ages,
    chain,
    chain_down_up,
    few_multiple,
    few_triple,
    half_of,
    measured_pair,
    multiple,
    pair,
    pair_of_many,
    part_of_two,
    sum_in_groups,
    triple,
)
from app.training.generators.elementary_vignette import Telling as T
from app.training.generators.elementary_vignette import Vignette as V

_PEOPLE = frozenset({"people"})
_PRICE = frozenset({"price"})

_MEASURES = (
    ("long", "longer", "lengths", "[rope|ribbon|scarf|boat|snake|fence]"),
    ("tall", "taller", "lengths", "[tree|tower|plant|lamp|snowman]"),
    ("long", "longer", "distances", "[bus ride|way to school|trip|hike]"),
    ("wide", "wider", "lengths", "[desk|garden|room|window]"),
    ("heavy", "heavier", "weights", "[dog|cat|bag|suitcase|pumpkin]"),
)


def _measure(adjective: str, comparative: str, units: str, things: str) -> V:
    """Things of two people, one of them `comparative`."""
    first, second = f"{{p.his}} {things}", f"{{q.his}} {things}"
    be = "weighs {@ unit}" if adjective == "heavy" else f"is {{@ unit}} {adjective}"
    how = "how much does {} weigh" if adjective == "heavy" else f"how {adjective} is {{}}"
    return V(
        f"measure-{adjective}",
        f"p! q! unit:{units}",
        measured_pair,
        (
            T(
                (f"{first} {be.replace('@', 'a')}", f"{second} {be.replace('@', 'b')}"),
                (
                    (f"how much {comparative} is {{p.whose}} than {{q.whose}}", "d", "a - b"),
                    (f"how many {{units}} {comparative} is {{p.whose}}", "d", "a - b"),
                    ("how many {units} are that together", "t", "a + b"),
                ),
            ),
            T(
                (f"{second} {be.replace('@', 'b')}", f"{{p.whose}} is {{d unit}} {comparative}"),
                ((how.format("{p.whose}"), "a", "b + d"),),
            ),
            T(
                (f"{first} {be.replace('@', 'a')}, and {{q.whose}} is {{d unit}} less",),
                ((how.format("{q.whose}"), "b", "a - d"),),
            ),
        ),
        ordered=False,
        noise=("{p.name} {p:be} {v} years old", "{r} paid {u $} for {an o}"),
        weight=0.4,
    )


VIGNETTES = (
    # Parts of a whole
    V(
        "combine",
        "p x y whole:kinds",
        pair,
        (
            T(
                ("{p} [{p:have}|had|{did}] {a x} and {b y}",),
                (
                    ("how many {wholes} [did|{p:do}] {p.name} have [in all|altogether|in total]", "t", "a + b"),
                    ("how many {wholes} are there [altogether|in total]", "t", "a + b"),
                    ("how many more {xs} than {ys} [are there|{p:do} {p.name} have]", "d", "a - b"),
                    ("how many fewer {ys} than {xs} are there", "d", "a - b"),
                ),
            ),
            T(
                (
                    "{p} [{p:have}|had|{did}] {t whole}",
                    "{a} of them [are|were] {xs}",
                    "the [others|rest] are {ys}",
                ),
                (
                    ("how many {ys} [are there|are among them]", "b", "t - a"),
                    ("how many of {p.his} {wholes} are {ys}", "b", "t - a"),
                ),
            ),
            T(
                ("{p} {p:have} {t whole}", "{b} [are|of them are] {ys} and the rest are {xs}"),
                (("how many {xs} [{p:do} {p.name} have|are there]", "a", "t - b"),),
            ),
            T(
                ("{p} {p:have} {xs} and {ys}, {t} [in all|altogether|in total]", "{a} of them are {xs}"),
                (("how many {ys} [{p:do} {p} have|are there]", "b", "t - a"),),
            ),
        ),
        weight=1.6,
    ),
    V(
        "combine-three",
        "p x y j whole:kinds",
        triple,
        (
            T(
                ("{p.name} [{p:have}|{did}] {a x}, {b y}[,|] and {c j}",),
                (
                    ("how many {wholes} are there [altogether|in all|in total]", "t", "a + b + c"),
                    ("how many {wholes} that are not {js} are there", "ab", "a + b"),
                    ("how many {xs} and {js} are there [together|in all|]", "ac", "a + c"),
                    ("how many {ys} and {js} are there [together|]", "bc", "b + c"),
                    ("how many more {xs} than {ys} are there", "d", "a - b"),
                    ("how many more {xs} than {js} are there", "e", "a - c"),
                ),
            ),
            T(
                (
                    "there are {t whole} [in a {shop}|at {at}|in a box]",
                    "{a} are {xs} and {b} are {ys}",
                    "the rest are {js}",
                ),
                (("how many {js} are there", "c", "t - a - b"),),
            ),
            T(
                ("of {t whole}, {c} are {js}, {b} are {ys} and the others are {xs}",),
                (("how many {xs} are there", "a", "t - c - b"), ("how many are [not|no] {xs}", "bc", "c + b")),
            ),
        ),
        weight=1.4,
    ),
    V(
        "combine-places",
        "x:small",
        triple,
        (
            T(
                (
                    "there are {a x} in the [drawer|box|bag]",
                    "there are {b x} on the [desk|shelf|table]",
                    "{p} [put|placed] {c} more {xs} on the [desk|shelf|table]",
                ),
                (
                    ("how many {xs} are there now in [all|total]", "t", "a + b + c"),
                    ("how many {xs} are there now [that are not in the drawer, box or bag|on it]", "bc", "b + c"),
                ),
            ),
        ),
    ),
    V(
        "combine-people",
        "p! q! r! x:any y~x",
        triple,
        (
            T(
                (
                    "{p} [{p:have}|{did}] {a x}",
                    "{q} [has|{did}] {b ~x}",
                    "{r} [has|{did}] {c ~x}",
                ),
                (
                    ("how many {xs} do they have [altogether|in all|in total]", "t", "a + b + c"),
                    ("how many {xs} do {p.name} and {q.name} have together", "ab", "a + b"),
                    ("how many {xs} do {q.name} and {r.name} have [together|in all]", "bc", "b + c"),
                    ("how many {xs} do {p.name} and {r.name} have in total", "ac", "a + c"),
                    ("how many more {xs} {p:do} {p.name} have than {q.name}", "d", "a - b"),
                    ("how many fewer {xs} does {r.name} have than {p.name}", "e", "a - c"),
                ),
            ),
            T(
                ("{p} {did} {a x}", "{q} {did} {b x}", "{r} {did} {c y}"),
                (
                    ("how many {xs} are there in [all|total]", "ab", "a + b"),
                    ("how many {xs} did {p.name} and {q.name} get [together|in all]", "ab", "a + b"),
                    ("how many more {xs} did {p.name} get than {q.name}", "d", "a - b"),
                ),
            ),
            T(
                ("together, {p}, {q} and {r} have {t x}", "{q} has {b} and {r} has {c}"),
                (
                    ("how many {xs} {p:do} {p.name} have", "a", "t - b - c"),
                    ("how many {xs} do {q.name} and {r.name} have together", "bc", "b + c"),
                ),
            ),
        ),
        ordered=False,
        weight=1.6,
    ),
    V(
        "combine-two-people",
        "p! q! x:any",
        pair,
        (
            T(
                ("{p} [{p:have}|{did}] {a x}", "{q} [has|{did}] {b x}"),
                (
                    ("how many {xs} are there [altogether|in all|in total]", "t", "a + b"),
                    ("how many {xs} do {p.name} and {q.name} have together", "t", "a + b"),
                    ("how many more {xs} {p:do} {p.name} have than {q.name}", "d", "a - b"),
                    ("how many fewer {xs} does {q.name} have than {p.name}", "d", "a - b"),
                    ("how many {xs} must {q.name} get to have as many as {p.name}", "d", "a - b"),
                    ("what is the difference between the numbers of their {xs}", "d", "a - b"),
                ),
            ),
            T(
                ("{p} and {q} have {t x} [together|in all|altogether]", "{q.name} has {b} of them"),
                (("how many {xs} [{p:do} {p.name} have|are {p.his}]", "a", "t - b"),),
            ),
            T(
                ("{p} and {q} {did} {t x} together", "{p.name} {did} {a}"),
                (("how many {xs} did {q.name} [do|get]", "b", "t - a"),),
            ),
        ),
        ordered=False,
        noise=(
            "{p.name} also {p:have} {v o}",
            "{q.name} has {u o} too",
            "{u} of {p.his} {xs} are [old|new|broken|very small]",
        ),
        weight=1.6,
    ),
    V(
        "combine-days",
        "p x:any",
        triple,
        (
            T(
                (
                    "{p} {did} {b x} on Monday",
                    "<[on Tuesday|the next day], >{p} {did} {a}",
                    "on [Wednesday|Friday|Saturday], {p} {did} {c}",
                ),
                (
                    ("how many {xs} were there [in all|altogether] on these days", "t", "b + a + c"),
                    ("how many {xs} were there on Monday and Tuesday together", "ab", "b + a"),
                    ("how many more were there on [Tuesday|the second day] than on Monday", "d", "a - b"),
                ),
            ),
        ),
        weight=0.5,
    ),
    V(
        "combine-days",
        "p x:made",
        triple,
        (
            T(
                (
                    "on {day}, {p.name} {did} {a x}",
                    "{p} {did} {b} more the next day and {c} [on the day after that|on the last day]",
                ),
                (
                    ("how many {xs} is that [in all|altogether|in total]", "t", "a + b + c"),
                    ("how many {xs} were there after {day}", "bc", "b + c"),
                    ("how many more {xs} were there on {day} than on the next day", "d", "a - b"),
                ),
            ),
        ),
    ),
    V(
        "combine-years",
        "p",
        pair,
        (
            T(
                (
                    "{p} went to {a} [football games|baseball games|concerts|movies|plays|parties] this year",
                    "{p.name} went to {b} last year",
                ),
                (
                    ("how many did {p.name} go to [in all|altogether|in total]", "t", "a + b"),
                    ("how many more did {p.name} go to this year than last year", "d", "a - b"),
                ),
            ),
            T(
                ("{p} went to {a} [hockey games|concerts|movies|matches] this year", "that is {d} more than last year"),
                (("how many did {p.name} go to last year", "b", "a - d"),),
            ),
        ),
        weight=0.6,
    ),
    V(
        "combine-school",
        "one:people two:people",
        pair_of_many,
        (
            T(
                ("there were {a one} and {b two} [in the program|in the hall|at {at}]",),
                (
                    ("how many people are there [in all|altogether|in total]", "t", "a + b"),
                    ("how many more {ones} than {twos} are there", "d", "a - b"),
                    ("how many fewer {twos} than {ones} are there", "d", "a - b"),
                ),
            ),
            T(
                ("{t} people [came|went] to {at}", "{a} [of them|] were {ones}, and the [rest|others] were {twos}"),
                (
                    ("how many {twos} [came|were there]", "b", "t - a"),
                    ("how many of the people were {twos}", "b", "t - a"),
                ),
            ),
            T(
                ("there are {t} people in the [theater|stadium|hall]", "{b} are {twos}", "all the others are {ones}"),
                (("how many {ones} are there", "a", "t - b"),),
            ),
        ),
        avoid=_PEOPLE,
    ),
    V(
        "combine-spoilt",
        "p x y whole:kinds",
        part_of_two,
        (
            T(
                (
                    "{p.name} [had|{did}] {a x} and {b y}",
                    "{c} of the {wholes} [were lost|were broken|were given away|were sold|turned out to be bad]",
                ),
                (
                    ("how many {wholes} are left", "e", "a + b - c"),
                    ("how many [good |]{wholes} did {p} [still |]have", "e", "a + b - c"),
                    ("how many {wholes} were there at first", "t", "a + b"),
                ),
            ),
            T(
                ("{p.name} had {a x} and {b y}", "after [a sale|the party|a week], {e} of the {wholes} were left"),
                (("how many {wholes} were gone", "c", "a + b - e"),),
            ),
            T(
                (
                    "{p.name} had {t whole}, and {a} of them were {xs}",
                    "{p} [sold|gave away|lost] {c} of [the {wholes}|them]",
                ),
                (("how many {wholes} are left", "e", "t - c"),),
            ),
        ),
        weight=1.3,
    ),
    V(
        "subset",
        "p! q! x:small",
        triple,
        (
            T(
                ("{p} {p:have} {ab x}, and {a} of them are [torn|old|broken|from {q}]", "{r} [has|bought] {c x}"),
                (
                    ("how many {xs} do {p.name} and {r.name} have together", "t", "ab + c"),
                    ("how many of {p.his} {xs} are not like that", "b", "ab - a"),
                ),
            ),
            T(
                (
                    "{p} [had|found|{p:have}] {ab x}, and {a} of them [are|were] [torn|damaged|dirty]",
                    "{q} [bought|took] {b} of {p.his} {xs}",
                ),
                (("how many {xs} {p:do} {p.name} have now", "a", "ab - b"),),
            ),
        ),
        weight=0.8,
    ),
    V(
        "read",
        "p",
        part_of_two,
        (
            T(
                (
                    "{p.name} {p:be} reading a book [with|that has] {t} pages",
                    "{p} [{p:have} already read|read] {c} pages",
                ),
                (
                    ("how many pages [{p:do} {p} have|are] left to read", "e", "t - c"),
                    ("how many more pages {p:do} {p} [have to|need to] read to finish the book", "e", "t - c"),
                ),
            ),
            T(
                (
                    "{p.name} read {a} pages [yesterday|on Monday|last night] and {b} pages [today|on Tuesday|"
                    "this morning]",
                    "{c} of [them|these pages] were [about animals|full of pictures|boring]",
                ),
                (
                    ("how many pages did {p.name} read [in all|altogether|]", "t", "a + b"),
                    ("how many of the pages were not like that", "e", "a + b - c"),
                ),
            ),
            T(
                ("{p.name} {p:have} read {c} pages of a book", "there are {e} pages left"),
                (("how many pages does the book have", "t", "c + e"),),
            ),
        ),
        ordered=False,
        noise=("the book costs {u $}", "{p.name} bought it {v} days ago"),
        avoid=frozenset({"page"}),
    ),
    V(
        "present-absent",
        "who:people",
        pair,
        (
            T(
                (
                    "there are {t who} in the [class|choir|club|team]",
                    "{b} of them are [sick|absent|away|at home] today",
                ),
                (("how many {whos} [came|are present|are there today]", "a", "t - b"),),
            ),
            T(
                ("{a} {whos} came, and {b} did not come",),
                (
                    ("how many {whos} were [invited|expected] [in all|]", "t", "a + b"),
                    ("how many more {whos} came than stayed away", "d", "a - b"),
                ),
            ),
        ),
        avoid=_PEOPLE,
        weight=0.6,
    ),
    # Comparisons
    V(
        "compare",
        "p! q! x:small",
        pair,
        (
            T(
                ("{q} has {b x}", "{p} {p:have} {d} more {xs} than {q.name}"),
                (
                    ("how many {xs} {p:do} {p.name} have", "a", "b + d"),
                    ("how many {xs} do {p.name} and {q.name} have together", "t", "b + b + d"),
                    ("how many {xs} do {p.name} and {q.name} have in all", "t", "b + (b + d)"),
                ),
            ),
            T(
                ("{p} {p:have} {a x}", "{q} has {d} fewer {xs}[ than {p.name}|]"),
                (
                    ("how many {xs} does {q.name} have", "b", "a - d"),
                    ("how many {xs} do {p.name} and {q.name} have [together|altogether|in all]", "t", "a + (a - d)"),
                ),
            ),
            T(
                ("{p} {p:have} {a x}, [which is|that is] {d} more than {q}[ has|]",),
                (
                    ("how many {xs} does {q.name} have", "b", "a - d"),
                    ("how many {xs} do {p.name} and {q.name} have in all", "t", "a + a - d"),
                ),
            ),
            T(
                ("{q} has {b x}, {d} fewer than {p}",),
                (("how many {xs} {p:do} {p.name} have", "a", "b + d"),),
            ),
            T(
                ("{p} {did} {a x} and {q} {did} {b x}",),
                (
                    ("how many more {xs} did {p.name} have than {q.name}", "d", "a - b"),
                    ("how many more than {q.name} did {p.name} have", "d", "a - b"),
                    ("how many {xs} would {q.name} need to have as many as {p.name}", "d", "a - b"),
                ),
            ),
        ),
        noise=("{r} has {v x}", "{p.name} {p:keep} {p.own} {xs} in {u} boxes", "{q.name} is {u} years old"),
        weight=2,
    ),
    V(
        "compare-kinds",
        "x y whole:kinds",
        pair,
        (
            T(
                (
                    "there are {b y} [at {at}|in the {shop}|on the table|in a box|in the yard]",
                    "there are {d} more {xs} than {ys}",
                ),
                (
                    ("how many {xs} are there", "a", "b + d"),
                    ("how many {wholes} are there [in all|altogether]", "t", "b + b + d"),
                ),
            ),
            T(
                (
                    "there are {a x} [at {at}|in the {shop}|on the table|in a box|in the yard]",
                    "there are {d} fewer {ys} than {xs}",
                ),
                (("how many {ys} are there", "b", "a - d"),),
            ),
            T(
                ("a {shop} sold {a x} [on {day}|this week|that day]", "it sold {b y} [too|as well|]"),
                (
                    ("how many more {xs} than {ys} did it sell", "d", "a - b"),
                    ("how many {wholes} did the {shop} sell", "t", "a + b"),
                    ("how many fewer {ys} than {xs} were sold", "d", "a - b"),
                ),
            ),
        ),
        noise=("{u} of the {xs} are [new|old|dirty]", "there are {v o} as well"),
        weight=1.3,
    ),
    V(
        "compare-chain",
        "p! q! r! x:small",
        chain,
        (
            T(
                ("{p} {p:have} {a x}", "{q} has {d} more {xs} than {p.name}", "{r} has {e} more than {q.name}"),
                (
                    ("how many {xs} does {r.name} have", "c", "a + d + e"),
                    ("how many {xs} does {q.name} have", "b", "a + d"),
                    ("how many {xs} do {p.name} and {q.name} have together", "t", "a + a + d"),
                    ("how many more {xs} does {r.name} have than {p.name}", "de", "d + e"),
                ),
            ),
            T(
                ("{r} has {c x}", "{q} has {e} [fewer|less] than {r.name}", "{p} {p:have} {d} fewer than {q.name}"),
                (
                    ("how many {xs} {p:do} {p.name} have", "a", "c - e - d"),
                    ("how many {xs} does {q.name} have", "b", "c - e"),
                ),
            ),
        ),
        weight=0.9,
    ),
    V(
        "compare-chain",
        "p! q! r! x:small",
        chain_down_up,
        (
            T(
                ("{p} {p:have} {a x}", "{q} has {d} fewer {xs} than {p.name}", "{r} has {e} more than {q.name}"),
                (
                    ("how many {xs} does {r.name} have", "c", "a - d + e"),
                    ("how many {xs} does {q.name} have", "b", "a - d"),
                    ("how many {xs} do {p.name} and {q.name} have altogether", "t", "a + a - d"),
                ),
            ),
        ),
        weight=0.6,
    ),
    V(
        "age",
        "p! q!",
        ages,
        (
            T(
                ("{p} {p:be} {d} years older than {q.name}", "{q.name} is {b} [years old|]"),
                (("how old {p:be} {p.name}", "a", "b + d"), ("what is the sum of their ages", "t", "b + b + d")),
            ),
            T(
                ("{p} {p:be} {a} years old", "{q} is {d} years younger than {p.name}"),
                (("how old is {q.name}", "b", "a - d"), ("how old are they together", "t", "a + a - d")),
            ),
            T(
                ("{p} {p:be} {a} years old and {q} is {b}",),
                (
                    ("how much older {p:be} {p.name} than {q.name}", "d", "a - b"),
                    ("how many years younger is {q.name}", "d", "a - b"),
                ),
            ),
            T(
                ("{q} is {b} years old now",),
                (("how old will {q} be in {d} years", "a", "b + d"),),
            ),
            T(
                ("{p} {p:be} {a} years old now",),
                (("how old {p:was} {p} {d} years ago", "b", "a - d"),),
            ),
        ),
        ordered=False,
        avoid=frozenset({"age", "time"}),
        weight=0.9,
    ),
    *(_measure(*row) for row in _MEASURES),
    V(
        "weigh",
        "x:fruit y~x unit:weights",
        measured_pair,
        (
            T(
                ("a bag of {xs} weighs {a unit}", "a bag of {ys} weighs {b unit}"),
                (
                    ("how much [heavier are the {xs}|more do the {xs} weigh] than the {ys}", "d", "a - b"),
                    ("how many {units} do the bags weigh [together|in all]", "t", "a + b"),
                ),
            ),
            T(
                ("{p} bought {a unit} of {xs} and {b unit} of {ys}",),
                (
                    ("how many {units} of fruit and vegetables did {p} buy [in all|]", "t", "a + b"),
                    ("how many more {units} of {xs} than of {ys} did {p} buy", "d", "a - b"),
                ),
            ),
            T(
                ("{p} [{p:need}|ordered] {t unit} of {xs} and {ys}", "{b unit} of it are {ys}"),
                (("how many {units} of {xs} [are there|is that]", "a", "t - b"),),
            ),
        ),
        ordered=False,
        noise=("the {xs} cost {u $}", "{r} bought {v o}"),
        weight=0.8,
    ),
    V(
        "walked",
        "p! q! unit:distances",
        measured_pair,
        (
            T(
                (
                    "{p} [ran|walked|biked|swam] {a unit}[ on {day}| before lunch|]",
                    "{q} [ran|walked|biked|swam] {b unit}",
                ),
                (
                    ("how much farther did {p.name} go than {q.name}", "d", "a - b"),
                    ("how many {units} did they cover [together|in all]", "t", "a + b"),
                    ("how many more {units} does {q.name} need to go as far as {p.name}", "d", "a - b"),
                ),
            ),
            T(
                ("{p} {p:want} to [walk|run|hike|bike] {a unit}", "{p} {p:have} gone {b unit} [so far|already]"),
                (
                    ("how many more {units} {p:do} {p} have to go", "d", "a - b"),
                    ("how far {p:do} {p.name} still have to go", "d", "a - b"),
                ),
            ),
            T(
                ("{p} ran {a unit} and walked {b unit}",),
                (
                    ("how much farther did {p} run than walk", "d", "a - b"),
                    ("how far did {p.name} go [altogether|in all]", "t", "a + b"),
                ),
            ),
        ),
        noise=("it took {u} hours", "{r} lives {v} miles away"),
        avoid=frozenset({"distance"}),
    ),
    V(
        "recipe",
        "p stuff:ingredient other:ingredient unit:spoons x:baked",
        few_triple,
        (
            T(
                (
                    "{p} {p:be} [baking a cake|making {xs}|cooking dinner]",
                    "the recipe [calls for|needs|asks for] {ab unit} of {stuff} and {c unit} of {other}",
                    "{p} already put in {b unit} of {stuff}",
                ),
                (
                    ("how many [more |]{units} of {stuff} {p:do} {p.name} need to add", "a", "ab - b"),
                    ("how many {units} of {stuff} and {other} does the recipe need in all", "t", "ab + c"),
                ),
            ),
            T(
                (
                    "a recipe needs {ab unit} of {stuff} and {a unit} of {other}",
                    "{p} {p:have} put in {b unit} of {stuff}",
                ),
                (
                    ("how many {units} of {stuff} are still missing", "a", "ab - b"),
                    ("how many more {units} of {stuff} than of {other} are in the recipe", "b", "ab - a"),
                ),
            ),
        ),
        weight=0.9,
    ),
    V(
        "multiple",
        "p! q! x:small",
        multiple,
        (
            T(
                ("{p} {p:have} {a x}", "{q} has {m} as many[ {xs}|][ as {p.name}|]"),
                (
                    ("how many {xs} does {q.name} have", "b", "a * m"),
                    ("how many {xs} do {p.name} and {q.name} have [together|altogether|in all]", "t", "a + a * m"),
                    ("how many more {xs} does {q.name} have than {p.name}", "d", "a * m - a"),
                ),
            ),
            T(
                ("{q} has {b x}, {m} as many as {p}",),
                (
                    ("how many {xs} {p:do} {p.name} have", "a", "b / m"),
                    ("how many {xs} do {p.name} and {q.name} have together", "t", "b + b / m"),
                ),
            ),
            T(
                ("{p} {p:have} {a x}", "{q} has {m} as many[ as {p.name}|]", "{q.name} [found|got|bought] {c} more"),
                (("how many {xs} does {q.name} have now", "bc", "a * m + c"),),
            ),
            T(
                (
                    "{p} {p:have} {a x}",
                    "{q} has {m} as many[ as {p.name}|]",
                    "{q.name} [lost|sold|gave away] {c} of them",
                ),
                (("how many {xs} does {q.name} have now", "bl", "a * m - c"),),
            ),
            T(
                ("{p} {p:have} {a x}", "{q} has {b ~x}"),
                (
                    ("how many times as many {xs} does {q.name} have as {p.name}", "m", "b / a"),
                    ("how many more {xs} does {q.name} have than {p.name}", "d", "b - a"),
                    ("{q.name} has how many times as many {xs} as {p.name}", "m", "b / a"),
                ),
            ),
        ),
        written={"m": "multiple"},
        noise=("{r} has {v x}", "{p.name} {p:be} {u} years old"),
        weight=1.6,
    ),
    V(
        "multiple-more",
        "p! q! x:small",
        multiple,
        (
            T(
                ("{p} {p:have} {a x}", "{q} has {m} times more {xs} than {p.name}"),
                (("how many {xs} does {q.name} have", "b", "a * m"),),
            ),
        ),
        weight=0.4,
    ),
    V(
        "multiple-measure",
        "p! q! unit:lengths",
        few_multiple,
        (
            T(
                ("{p.his} [rope|ribbon|fence|kite] is {a unit} long", "{q.his} is {m} as long"),
                (("how long is {q.name}'s", "b", "a * m"), ("how many {units} longer is {q.name}'s", "d", "a * m - a")),
            ),
            T(
                ("{p} [ran|walked|threw a ball] {a unit}", "{q} got {m} as far"),
                (("how far did {q.name} get", "b", "a * m"), ("how far is that in all", "t", "a + a * m")),
            ),
            T(
                ("{p} {p:be} {a} years old", "{q} is {m} as old"),
                (("how old is {q.name}", "b", "a * m"), ("how many years older is {q.name}", "d", "a * m - a")),
            ),
        ),
        written={"m": "multiple"},
        avoid=frozenset({"age", "distance"}),
        weight=0.6,
    ),
    V(
        "half",
        "p! q! x:small",
        half_of,
        (
            T(
                ("{p} {p:have} {a x}", "{q} has {h} as many"),
                (
                    ("how many {xs} does {q.name} have", "b", "a * h"),
                    ("how many {xs} do they have in all", "t", "a + a * h"),
                ),
            ),
            T(
                ("{p} had {a x}", "{p} gave {h} of them to {q}"),
                (
                    ("how many {xs} did {q.name} get", "b", "a * h"),
                    ("how many {xs} {p:do} {p.name} have left", "b", "a - a * h"),
                ),
            ),
        ),
        written={"h": "fraction"},
        weight=0.6,
    ),
    # From hand to hand
    V(
        "transfer",
        "p! q! x:small",
        triple,
        (
            T(
                ("{p} {p:have} {ab x}", "{q} has {c x}", "{p.name} [{p:give}|gave] {q.name} {b}[ of {p.own} {xs}|]"),
                (
                    ("how many {xs} {p:do} {p.name} have now", "a", "ab - b"),
                    ("how many {xs} does {q.name} have now", "bc", "c + b"),
                    ("how many {xs} do {p.name} and {q.name} have together", "t", "ab + c"),
                ),
            ),
            T(
                (
                    "{p} and {q} collect {xs}",
                    "{p.name} had {a} and {q.name} had {bc}",
                    "{q.name} gave {p.name} {b} of them",
                ),
                (
                    ("how many {xs} {p:do} {p.name} have now", "ab", "a + b"),
                    ("how many {xs} does {q.name} have [left|now]", "c", "bc - b"),
                    ("how many {xs} do {p.name} and {q.name} have altogether", "t", "a + bc"),
                ),
            ),
            T(
                ("{p} {p:have} {a x} [left|] after giving {b} [of them|] to {q}",),
                (("how many {xs} did {p.name} have [at first|before]", "ab", "a + b"),),
            ),
            T(
                ("{q} [had|has] some {xs}", "after {p} gave {q.name} {b} [more|], {q.name} has {ab}"),
                (("how many {xs} did {q.name} have [before|at first|to begin with]", "a", "ab - b"),),
            ),
        ),
        noise=("{r} has {v x}", "{q.name} also has {u o}"),
        weight=1.5,
    ),
    V(
        "goal",
        "p x:small",
        pair,
        (
            T(
                ("{p.name} {p:have} {b x}",),
                (
                    ("how many more {xs} {p:do} {p} need to have {a}", "d", "a - b"),
                    ("how many more must {p} [find|buy|get] to have {a}", "d", "a - b"),
                    ("how many {xs} will {p} have if {p} {p:get} {d} more", "a", "b + d"),
                    ("{q} gives {p.him} {d} more. how many {xs} {p:do} {p} have then", "a", "b + d"),
                ),
            ),
            T(
                ("{p.name} {p:have} {a x}",),
                (
                    ("how many {xs} will {p} have left [after giving|if {p} {p:give}] {q} {d}", "b", "a - d"),
                    ("how many must {p} give away to keep {b}", "d", "a - b"),
                ),
            ),
            T(
                (
                    "{p.name} [{p:want} to collect|{p:want} to have|{p:need}] {a x}",
                    "{p} [already {p:have}|{p:have}|{p:have} already found] {b}[ of them|]",
                ),
                (
                    ("how many more {xs} {p:do} {p} need", "d", "a - b"),
                    ("{p.name} {p:need} how many more {xs}", "d", "a - b"),
                    ("how many {xs} are still missing", "d", "a - b"),
                ),
            ),
            T(
                (
                    "{p.name} {p:have} {b x}",
                    "{p} {p:need} {d} more [to fill {p.own} album|to reach {p.own} goal|to win a prize]",
                ),
                (("how many {xs} [are needed|{p:do} {p} need] [in all|altogether]", "a", "b + d"),),
            ),
        ),
        noise=("{r} has {v x}", "{p.name} started {u} weeks ago"),
    ),
    V(
        "goal-money",
        "p x:bought y~x",
        pair,
        (
            T(
                ("{p.name} {p:want} to buy {an x} that costs {a $}", "{p} {p:have} [saved |]{b $}"),
                (
                    ("how much more money {p:do} {p} need", "d", "a - b"),
                    ("how many more dollars {p:do} {p.name} need to buy the {x}", "d", "a - b"),
                ),
            ),
            T(
                ("{an x} costs {a $} and {an y} costs {b $}",),
                (
                    ("how much more does the {x} cost than the {y}", "d", "a - b"),
                    ("how much do they cost together", "t", "a + b"),
                    ("how much cheaper is the {y}", "d", "a - b"),
                ),
            ),
        ),
        ordered=False,
        avoid=_PRICE,
        noise=("{r} has {v o}",),
    ),
    V(
        "mixed-rest",
        "p x y whole:kinds",
        sum_in_groups,
        (
            T(
                ("{p.name} {p:have} {a x} and {b y}",),
                (("how many {wholes} is that [in all|altogether]", "t", "a + b"),),
            ),
        ),
        noise=("{u} of the {xs} are [new|old|heavy]", "each [{x}|{y}] cost {u $}", "{r} has {v x}"),
        weight=0.5,
    ),
)
