"""Equal groups: packs, rows, pages, teams, trips; and such with something more, or less, or of what is left."""

from app.training.generators.elementary_amounts import (
    fewer_groups,
    fraction_of,
    groups,
    groups_and_more,
    groups_but_some,
    more_groups,
    nested,
    regrouped,
    rest_in_groups,
    shared_with_rest,
    sum_in_groups,
    two_sorts_of_groups,
)
from app.training.generators.elementary_vignette import Telling as T
from app.training.generators.elementary_vignette import Vignette as V

_PEOPLE = frozenset({"people"})
_PAGE = frozenset({"page"})
_TIME = frozenset({"time"})

VIGNETTES = (
    V(
        "groups",
        "p x:goods box:packs",
        groups,
        (
            T(
                (
                    "[there are|{p} [{p:have}|bought|packed|ordered]] {n box} of {xs}",
                    "each {box} [has|holds|contains] {c x}",
                ),
                (
                    ("how many {xs} are there [in all|altogether|in total]", "t", "n * c"),
                    ("how many {xs} {p:do} {p.name} have [in all|altogether|in total|]", "t", "n * c"),
                ),
            ),
            T(
                ("there are {c x} in [each|every|a] {box}",),
                (
                    ("how many {xs} are [there in|in] {n} {boxs}", "t", "c * n"),
                    ("{p.name} {p:have} {n} {boxs}. how many {xs} is that", "t", "n * c"),
                ),
            ),
            T(
                (
                    "{p.name} [{p:have}|{did}] {t x}",
                    "{p} [{p:put}|put|{p:pack}] {c} [{xs}|of them] [in|into] each {box}",
                ),
                (
                    ("how many {boxs} [are there|{p:do} {p} need|will {p} fill|can {p} fill]", "n", "t / c"),
                    ("how many {boxs} are [needed|filled]", "n", "t / c"),
                ),
            ),
            T(
                (
                    "{p.name} [{p:have}|put|packed] {t x} in {n} {boxs}",
                    "[every|each] {box} has the same number of {xs}",
                ),
                (("how many {xs} are in [each|every|a] {box}", "c", "t / n"),),
            ),
            T(
                ("{t x} are [packed|divided|split|sorted] [equally|evenly] into {n} {boxs}",),
                (
                    ("how many {xs} are in each {box}", "c", "t / n"),
                    ("how many {xs} does each {box} hold", "c", "t / n"),
                ),
            ),
            T(
                ("{boxs} of {xs} come with {c} in [each|a {box}]", "{p} [bought|{p:need}] {t} of the {xs}"),
                (("how many {boxs} [is that|{p:do} {p} have to buy]", "n", "t / c"),),
            ),
        ),
        noise=(
            "a {box} weighs {u} pounds",
            "{r} has {v o}",
            "each {box} costs {u} dollars",
            "{p.name} used {u} hours for this",
        ),
        avoid=frozenset(),
        weight=2.6,
    ),
    V(
        "groups-held",
        "x:any hold:holders",
        groups,
        (
            T(
                ("there are {n hold}[ in a {shop}| at {at}|]", "[each|every] {hold} [holds|has] {c x}"),
                (("how many {xs} are [there|on the {holds}] [in all|altogether|]", "t", "n * c"),),
            ),
            T(
                ("{t x} [are|were] [arranged|placed|lined up|spread out] [equally|evenly] on {n hold}",),
                (("how many {xs} are on each {hold}", "c", "t / n"),),
            ),
            T(
                ("{p} [arranged|placed|sorted] {t x} with {c} on each {hold}",),
                (("how many {holds} did {p.name} use", "n", "t / c"), ("how many {holds} are there", "n", "t / c")),
            ),
        ),
        weight=1.1,
    ),
    V(
        "groups-heaped",
        "x:any hold:heaps",
        groups,
        (
            T(
                ("there are {n hold}[ in a {shop}| at {at}|]", "[each|every] {hold} [holds|has] {c x}"),
                (("how many {xs} are [there|in the {holds}] [in all|altogether|]", "t", "n * c"),),
            ),
            T(
                ("{t x} [are|were] [arranged|placed|lined up|spread out] [equally|evenly] in {n hold}",),
                (("how many {xs} are in each {hold}", "c", "t / n"),),
            ),
            T(
                ("{p} [arranged|placed|sorted] {t x} with {c} in each {hold}",),
                (("how many {holds} did {p.name} use", "n", "t / c"), ("how many {holds} are there", "n", "t / c")),
            ),
        ),
        weight=0.8,
    ),
    V(
        "groups-people",
        "who:people team:teams",
        groups,
        (
            T(
                (
                    "{t who} are going [to {at}|on a trip|to a match]",
                    "[each|every] {team} [can hold|holds|takes|has room for] {c ~who}",
                ),
                (
                    ("how many {teams} [are needed|do they need|will be needed]", "n", "t / c"),
                    ("how many {teams} do {t} {whos} need", "n", "t / c"),
                ),
            ),
            T(
                ("{n team} with {c who} each [took part|came|were ready]",),
                (("how many {whos} [were there|took part|came] [in all|altogether|]", "t", "n * c"),),
            ),
            T(
                ("{t who} [were|are] [split|divided|put] into {n} equal {teams}",),
                (("how many {whos} are in each {team}", "c", "t / n"), ("how many were in a {team}", "c", "t / n")),
            ),
            T(
                ("{p} {p:divide} {t who} into {teams} of {c}",),
                (("how many {teams} are there", "n", "t / c"), ("how many {teams} {p:do} {p.name} get", "n", "t / c")),
            ),
        ),
        avoid=_PEOPLE,
        noise=("they will be away for {u} hours", "{at} is {v} miles away", "a ticket costs {u $}"),
        weight=1.4,
    ),
    V(
        "share",
        "p x:small who:people",
        groups,
        (
            T(
                (
                    "{p.name} {p:have} {t x}",
                    "{p} {p:share} them [equally|evenly|] among {n} [friends|children|students|classmates|people|"
                    "neighbors]",
                ),
                (
                    ("how many {xs} does each [of them|person] get", "c", "t / n"),
                    ("how many will each [of them|] get", "c", "t / n"),
                ),
            ),
            T(
                ("there are {n who} and {t x}", "the {xs} are divided [equally|evenly] among the {whos}"),
                (("how many {xs} does each {who} get", "c", "t / n"), ("how many does each get", "c", "t / n")),
            ),
            T(
                ("{n who} [share|shared] {t x} [equally|evenly|fairly]",),
                (
                    ("how many {xs} does each {who} get", "c", "t / n"),
                    ("how many {xs} are there for each of them", "c", "t / n"),
                ),
            ),
            T(
                ("{p} [gave|{p:give}] {c x} to each of {n who}",),
                (
                    ("how many {xs} [{p:do} {p} need|is that] [in all|]", "t", "c * n"),
                    ("how many {xs} did {p.name} hand out", "t", "n * c"),
                ),
            ),
            T(
                ("{p.name} {p:have} {t x} and gives each {who} {c}",),
                (
                    ("how many {whos} get [some|something|{xs}]", "n", "t / c"),
                    ("for how many {whos} is that enough", "n", "t / c"),
                ),
            ),
            T(
                ("[each|every] {who} [has|gets|needs|brought] {c x}", "there are {n who}"),
                (("how many {xs} are there [in total|altogether|in all]", "t", "c * n"),),
            ),
        ),
        avoid=_PEOPLE,
        noise=("there are also {v o}", "{p.name} {p:have} {v o}", "{r} has {u o} as well"),
        weight=1.9,
    ),
    V(
        "leftover",
        "p x:small box:packs who:people",
        shared_with_rest,
        (
            T(
                (
                    "{p.name} [had|{p:have}] {t x}",
                    "{p} [gave|{p:give}] {c} to each of {n} [friends|children|classmates|students]",
                ),
                (
                    ("how many {xs} [are left|{p:do} {p} have left]", "e", "t - c * n"),
                    ("how many {xs} did {p} give away", "g", "n * c"),
                ),
            ),
            T(
                ("{p} [filled|packed] {n box} with {c x} each", "{e} {xs} [were left over|did not fit]"),
                (
                    ("how many {xs} [were there|did {p} have] [at first|in all|]", "t", "n * c + e"),
                    ("how many {xs} are in the {boxs}", "g", "n * c"),
                ),
            ),
            T(
                ("{p} had {t x} and put {c} into each of {n} {boxs}",),
                (("how many {xs} are not in the {boxs}", "e", "t - n * c"),),
            ),
            T(
                ("{p} shared {t x} equally among {n who} and kept {e}",),
                (
                    ("how many {xs} did each {who} get", "c", "(t - e) / n"),
                    ("how many {xs} did the {whos} get together", "g", "t - e"),
                ),
            ),
        ),
        noise=("{q} had {v o}", "each of the {xs} cost {u $}"),
        weight=1.6,
    ),
    V(
        "groups-and-more",
        "p x:goods box:packs",
        groups_and_more,
        (
            T(
                ("{p.name} {p:have} {b x}",),
                (
                    ("how many {xs} will {p} have after buying {n box} of {c}", "t", "b + n * c"),
                    (
                        "if {q} gives {p.him} {n box} with {c} {xs} in each, how many {p:do} {p} have then",
                        "t",
                        "b + n * c",
                    ),
                ),
            ),
            T(
                (
                    "{p.name} [{p:have}|bought|got] {n box} of {xs} with {c} in each",
                    "{p} [also {p:have}|found|got] {b} [more|loose {xs}|more {xs}]",
                ),
                (
                    ("how many {xs} {p:do} {p.name} have [in all|altogether|now|]", "t", "n * c + b"),
                    ("how many {xs} were in the {boxs}", "g", "n * c"),
                ),
            ),
            T(
                ("{p.name} already had {b x}", "{p} bought {n box} with {c} {xs} in each"),
                (
                    ("how many {xs} {p:do} {p.name} have [now|in all|altogether]", "t", "b + n * c"),
                    ("how many {xs} did {p.name} buy", "g", "n * c"),
                ),
            ),
            T(
                (
                    "{p.name} {p:have} {t x}",
                    "{b} of them are [loose|on the table|at school], and the others are in {n box}, the same "
                    "number in each",
                ),
                (
                    ("how many {xs} are in each {box}", "c", "(t - b) / n"),
                    ("how many {xs} are in {boxs}", "g", "t - b"),
                ),
            ),
            T(
                (
                    "there are {n} rows of {c x} [in front|on the left|at {at}] and {b} more [behind them|on the "
                    "right|in a corner]",
                ),
                (
                    ("how many {xs} are there [in all|altogether]", "t", "n * c + b"),
                    ("how many {xs} stand in rows", "g", "n * c"),
                ),
            ),
            T(
                ("every day {p} [{p:make}|{p:finish}|{p:sell}] {c x}", "{p} {p:have} {b} [already|from before]"),
                (("how many {xs} will there be after {n} [more |]days", "t", "b + c * n"),),
            ),
        ),
        noise=("each {box} cost {u $}", "{r} has {v o}"),
        weight=1.8,
    ),
    V(
        "groups-but-some",
        "p x:small box:packs who:people",
        groups_but_some,
        (
            T(
                ("{p.name} {p:have} {n box} of {c x} each",),
                (
                    ("how many {xs} are left [after {p} gives away {b}|if {p} loses {b}]", "e", "n * c - b"),
                    ("if {b} {xs} [are used|are sold|get lost], how many are left", "e", "n * c - b"),
                ),
            ),
            T(
                (
                    "{p.name} [bought|had|{p:have}] {n box} of {xs} with {c} in each",
                    "{p} [used|gave away|sold|lost|threw away] {b} of [the {xs}|them]",
                ),
                (
                    ("how many {xs} [are left|{p:do} {p} have left|{p:do} {p.name} have now]", "e", "n * c - b"),
                    ("how many {xs} were there at first", "t", "n * c"),
                ),
            ),
            T(
                (
                    "there are {n} rows of {c} [seats|chairs|desks] [in the theater|in the hall|at {at}]",
                    "{b} [of them|] are [taken|broken]",
                ),
                (("how many are [free|still good|not]", "e", "n * c - b"), ("how many are there in all", "t", "n * c")),
            ),
            T(
                (
                    "an album has {n} pages with room for {c} [stamps|pictures|cards|stickers] on each page",
                    "{p} {p:have} [filled|used] {b} [places|spots]",
                ),
                (
                    ("how many [places|spots] are [free|empty]", "e", "n * c - b"),
                    ("how many pictures fit into the album", "t", "n * c"),
                ),
            ),
            T(
                ("{p} [made|set up|planted] {n} rows of {c x}", "[after a storm|in the end|later], {e} were left"),
                (("how many were [gone|lost]", "b", "n * c - e"), ("how many {xs} were there at first", "t", "c * n")),
            ),
            T(
                ("{n who} [have|had] {c x} each", "together they [used|lost|sold] {b}"),
                (
                    ("how many {xs} do they have [left|now]", "e", "n * c - b"),
                    ("how many {xs} did they have at first", "t", "n * c"),
                ),
            ),
        ),
        noise=("each {box} cost {u $}", "{r} has {v o}"),
        weight=1.6,
    ),
    V(
        "fewer-groups",
        "p x:food box:packs",
        fewer_groups,
        (
            T(
                (
                    "{p.name} [bought|had] {k box} of {xs}",
                    "{p} gave {b} [of them|{boxs}] to {q}",
                    "[each|every] {box} [has|holds|contains] {c x}",
                ),
                (
                    ("how many {xs} {p:do} {p.name} [still have|have now|have left]", "t", "(k - b) * c"),
                    ("how many {boxs} {p:do} {p.name} have now", "n", "k - b"),
                    ("how many {xs} did {q.name} get", "used", "b * c"),
                    ("how many {xs} were there [at first|in all]", "all", "k * c"),
                ),
            ),
            T(
                (
                    "{p} invited {k} [friends|children|people|classmates] [to a party|for dinner|to a picnic], "
                    "but {b} could not come",
                    "[everybody|each guest] who came [got|ate] {c x}",
                ),
                (
                    ("how many {xs} did the guests get [altogether|in all]", "t", "(k - b) * c"),
                    ("how many [guests|people] came", "n", "k - b"),
                    ("how many {xs} [did {p} need|were needed]", "t", "c * (k - b)"),
                ),
            ),
            T(
                (
                    "in a game, each [monster|enemy|coin|star] is worth {c} points",
                    "a level has {k} of them, and {p} got all but {b}",
                ),
                (
                    ("how many points did {p.name} [get|earn]", "t", "c * (k - b)"),
                    ("how many did {p.name} get", "n", "k - b"),
                    ("how many points did {p} miss", "used", "b * c"),
                ),
            ),
            T(
                (
                    "{p} {p:have} to [paint|clean|fix|grade|cook|check] {k} [rooms|cars|tests|potatoes|chairs|windows]",
                    "{p} {p:have} done {b} [already|so far|]",
                    "each takes {c} minutes",
                ),
                (
                    ("how [long|many minutes] will the rest take", "t", "(k - b) * c"),
                    ("how many are left to do", "n", "k - b"),
                    ("how many minutes {p:have} {p.name} worked [so far|already]", "used", "b * c"),
                ),
            ),
            T(
                (
                    "{p.name} had {k x}, but {b} of them [were broken|were not good|did not work]",
                    "{p} sold the [others|good ones|rest] for {c} dollars each",
                ),
                (
                    ("how much [money |]did {p} [get|earn|make]", "t", "(k - b) * c"),
                    ("how many {xs} did {p.name} sell", "n", "k - b"),
                ),
            ),
            T(
                (
                    "{k} players [joined|were playing] an online game, but {b} [quit|left]",
                    "each player [left|who stayed] has {c} lives",
                ),
                (
                    ("how many lives do they have [in total|together|altogether]", "t", "c * (k - b)"),
                    ("how many players are left", "n", "k - b"),
                ),
            ),
        ),
        avoid=frozenset({"people", "time", "price"}),
        noise=("{r} is {v} years old", "{r} has {v o}"),
        weight=2,
    ),
    V(
        "more-groups",
        "p x:goods box:packs day:day",
        more_groups,
        (
            T(
                (
                    "{p.name} [filled|packed|bought] {a box} on {day} and {b} [more|] the next day",
                    "[each|every] {box} [has|holds|contains] {c x}",
                ),
                (
                    ("how many {xs} [is that|are there] [in all|altogether|]", "t", "(a + b) * c"),
                    ("how many {boxs} are there", "k", "a + b"),
                    ("how many more {xs} were there on {day} than on the next day", "d", "(a - b) * c"),
                    ("how many {xs} are in the {boxs} from {day}", "ga", "a * c"),
                ),
            ),
            T(
                (
                    "{p} {p:have} {a box} of {xs}, and {q} has {b}",
                    "[there are {c} {xs} in each {box}|each {box} contains {c x}]",
                ),
                (
                    ("how many {xs} do they have [together|in all|altogether]", "t", "(a + b) * c"),
                    ("how many {xs} {p:do} {p.name} have", "ga", "a * c"),
                    ("how many {xs} does {q.name} have", "gb", "b * c"),
                    ("how many more {xs} {p:do} {p.name} have than {q.name}", "d", "a * c - b * c"),
                ),
            ),
            T(
                (
                    "{p} had {a} pages of math homework and {b} pages of reading homework",
                    "each page had {c} problems[ on it|]",
                ),
                (
                    ("how many problems did {p} have to [do|solve] [in all|altogether|]", "t", "(a + b) * c"),
                    ("how many math problems did {p} have", "ga", "a * c"),
                    ("how many more math problems than reading problems were there", "d", "(a - b) * c"),
                    ("how many pages is that", "k", "a + b"),
                ),
            ),
            T(
                (
                    "{p} rode the [roller coaster|carousel|ferris wheel] {a} times and the [bumper cars|slide|"
                    "swings] {b} times",
                    "each ride [costs|cost] {c} tickets",
                ),
                (
                    ("how many tickets did {p} use [in all|]", "t", "(a + b) * c"),
                    ("how many rides did {p} take", "k", "a + b"),
                    (
                        "how many rides were there altogether",
                        "k",
                        "a + b",
                    ),
                ),
            ),
            T(
                (
                    "{a} [boys|women|adults] and {b} [girls|men|children] [were|sat] at each table",
                    "there were {c} tables",
                ),
                (
                    ("how many people were there [in all|altogether]", "t", "(a + b) * c"),
                    ("how many people were at each table", "k", "a + b"),
                    (
                        "how many people were at {c} tables",
                        "t",
                        "c * (a + b)",
                    ),
                ),
            ),
            T(
                (
                    "{p} bought {a} [chairs|lamps|shelves] and {b} [tables|beds|desks]",
                    "{p} spent {c} minutes on each piece, putting it together",
                ),
                (
                    ("how many minutes did it take [in all|]", "t", "c * (a + b)"),
                    ("how many pieces of furniture did {p.name} buy", "k", "a + b"),
                ),
            ),
            T(
                (
                    "{a} [players|children|friends] were playing, and {b} more joined them",
                    "everybody [got|had|brought] {c x}",
                ),
                (
                    ("how many {xs} [did they have|were there] [altogether|in all]", "t", "c * (a + b)"),
                    ("how many were playing then", "k", "a + b"),
                ),
            ),
        ),
        avoid=frozenset({"people", "time"}),
        noise=("{r} has {v o}", "each {box} costs {u $}"),
        weight=2,
    ),
    V(
        "two-sorts-of-groups",
        "p x:goods y~x box:packs hold:packs",
        two_sorts_of_groups,
        (
            T(
                (
                    "{p} [bought|{p:have}|packed] {a box} of {xs} and {c hold} of {ys}",
                    "there are {b x} in each {box} of {xs}",
                    "there are {e y} in each {hold} of {ys}",
                ),
                (
                    ("how many {xs} are there", "gx", "a * b"),
                    ("how many {ys} {p:do} {p.name} have", "gy", "c * e"),
                    ("how many {xs} and {ys} are there [altogether|in all]", "t", "a * b + c * e"),
                    ("how many more {xs} than {ys} are there", "d", "a * b - c * e"),
                ),
            ),
            T(
                (
                    "there are {a} small tables and {c} large tables [in a room|at {at}|in the hall]",
                    "each small table has {b} chairs and each large table has {e}",
                ),
                (
                    ("how many chairs are there [in all|altogether]", "t", "a * b + c * e"),
                    ("how many chairs are at the small tables", "gx", "a * b"),
                    ("how many tables are there", "k", "a + c"),
                ),
            ),
            T(
                (
                    "{p} [ran|read|practiced|worked] {b} [minutes|hours] a day for {a} days",
                    "[after that|then|later], {p} did {e} a day for {c} days",
                ),
                (
                    ("how many was that [in all|altogether]", "t", "a * b + c * e"),
                    ("for how many days did {p.name} do that", "k", "a + c"),
                ),
            ),
            T(
                ("{p} {p:have} {a} rows of {b x}", "{q} has {c} rows of {e x}"),
                (
                    ("how many {xs} do they have together", "t", "a * b + c * e"),
                    ("how many more {xs} {p:do} {p.name} have than {q.name}", "d", "a * b - c * e"),
                    ("how many {xs} does {q.name} have", "gy", "c * e"),
                ),
            ),
        ),
        avoid=_TIME,
        weight=1.2,
    ),
    V(
        "rest-in-groups",
        "p x:goods box:packs who:people team:teams",
        rest_in_groups,
        (
            T(
                (
                    "{p.name} [had|{did}] {a x}",
                    "[{p} gave {b} of them to {q}|{p} lost {b} of them|{b} of them were bad]",
                ),
                (
                    ("how many {boxs} of {c} can {p} fill with the rest", "n", "(a - b) / c"),
                    ("into how many {boxs} with {c} {xs} each can {p} put the others", "n", "(a - b) / c"),
                    ("how many {xs} are left", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{p.name} [had|{did}] {a x}",
                    "{p} [sold|gave away|used|lost|threw out] {b} of them",
                    "{p} [put|packed] the [rest|others|remaining {xs}] into {boxs}, {c} in each[ {box}|]",
                ),
                (
                    ("how many {boxs} did {p} [need|use|fill]", "n", "(a - b) / c"),
                    ("how many {xs} were [packed|put into {boxs}]", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{p.name} [had|{did}] {a x}, but {b} [of them|] [were broken|got lost|were bad|went to {q}]",
                    "{p} divided the rest [equally|evenly] [among] {n} {boxs}",
                ),
                (
                    ("how many {xs} are in each {box}", "c", "(a - b) / n"),
                    ("how many {xs} did {p} divide", "e", "a - b"),
                ),
            ),
            T(
                (
                    "a {shop} had {a x}",
                    "{b} [were sold|of them were sold|were sold that day]",
                    "the rest were put on shelves, {c} on each[ shelf|]",
                ),
                (
                    ("how many shelves [were used|were needed|did they use]", "n", "(a - b) / c"),
                    ("how many {xs} were put on shelves", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{a who} [wanted to|tried to] [join a team|take part|go on a trip], but {b} [were not chosen|"
                    "were too late|got sick]",
                    "the others were put into {teams} of {c}",
                ),
                (("how many {teams} were there", "n", "(a - b) / c"), ("how many {whos} were chosen", "e", "a - b")),
            ),
            T(
                (
                    "{p} {p:have} to [read|solve|write|fold|wash] {a} [pages|problems|cards|letters|towels]",
                    "{p} {p:have} done {b}",
                    "{p} {p:do} {c} [each day|every hour|an hour|a day]",
                ),
                (
                    ("how many [hours or days|more days or hours] will the rest take", "n", "(a - b) / c"),
                    ("how many are left", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{p} [{p:want}|{p:need}] {a x} and {p:have} {b}",
                    "{p} [{p:get}|{p:find}|{p:make}|{p:buy}] {c} [every day|each week|every week|a day]",
                ),
                (
                    ("how [long|many days or weeks] will it take", "n", "(a - b) / c"),
                    ("how many {xs} are missing", "e", "a - b"),
                ),
            ),
        ),
        avoid=frozenset({"people", "time", "page"}),
        noise=("{r} has {v o}", "each of the {xs} weighs {u} ounces"),
        weight=2.2,
    ),
    V(
        "sum-in-groups",
        "p x y whole:kinds box:packs who:people two:people team:teams",
        sum_in_groups,
        (
            T(
                ("{p.name} [{p:have}|{did}] {a x} and {b y}",),
                (
                    ("how many {boxs} of {c} can {p} fill with all of them", "n", "(a + b) / c"),
                    (
                        "if {p} {p:put} {c} {wholes} into each {box}, how many {boxs} {p:do} {p} need",
                        "n",
                        "(a + b) / c",
                    ),
                    (
                        "if {n} [people|children|friends] share all of them, how many {wholes} are there for each",
                        "c",
                        "(a + b) / n",
                    ),
                ),
            ),
            T(
                (
                    "{p.name} [{p:have}|{did}] {a x} and {b y}",
                    "{p} [{p:put}|{p:pack}|{p:sort}] [them|all of them|the {wholes}] into {boxs}, {c} in each[ {box}|]",
                ),
                (
                    ("how many {boxs} [{p:do} {p} need|are there|can {p} fill]", "n", "(a + b) / c"),
                    ("how many {wholes} are there [in all|altogether]", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{p.name} [{p:have}|{did}] {a x} and {b y}",
                    "{p} [{p:divide}|{p:share}|{p:split}] [them|all the {wholes}] equally among {n} [friends|"
                    "children|people|bags]",
                ),
                (
                    ("how many {wholes} does each [of them|] get", "c", "(a + b) / n"),
                    ("how many {wholes} {p:do} {p.name} have", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{a who} and {b two} [are going|want to go] [on a trip|to {at}]",
                    "each {team} [holds|has room for|takes] {c} people",
                ),
                (
                    ("how many {teams} [are needed|do they need]", "n", "(a + b) / c"),
                    ("how many people [are going|want to go]", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{p} can carry {c} [trays|plates|books|chairs] at a time",
                    "there are {a} in [the hall|a room] and {b} [in the kitchen|upstairs]",
                ),
                (
                    ("how many trips {p:do} {p.name} have to make", "n", "(a + b) / c"),
                    ("how many have to be carried [in all|]", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{p} [won|got] {a} tickets [playing darts|in a game of luck] and {b} tickets [by throwing "
                    "rings|at the arcade]",
                    "{an x} costs {c} tickets",
                ),
                (
                    ("how many {xs} can {p} buy", "n", "(a + b) / c"),
                    ("how many tickets {p:do} {p.name} have", "t", "a + b"),
                ),
            ),
            T(
                (
                    "a washing machine [can wash|holds] {c} [pieces|pieces of clothing] at a time",
                    "{p} {p:have} to wash {a} [shirts|socks] and {b} [sweaters|towels]",
                ),
                (
                    ("how many loads [is that|{p:do} {p} have to do]", "n", "(a + b) / c"),
                    ("how many pieces have to be washed", "t", "a + b"),
                ),
            ),
            T(
                ("{p} {did} {a x} and {q} {did} {b ~x}", "they put them into {boxs} of {c}"),
                (
                    ("how many {boxs} can they fill", "n", "(a + b) / c"),
                    ("how many {xs} did they have together", "t", "a + b"),
                ),
            ),
        ),
        avoid=_PEOPLE,
        noise=("{r} has {v o}", "a {box} costs {u $}"),
        weight=2.2,
    ),
    V(
        "regrouped",
        "p x:goods box:packs",
        regrouped,
        (
            T(
                (
                    "{p} {p:have} {a box} with {b x} in each",
                    "{p} [{p:repack}|{p:divide}|{p:distribute}] [all of them|all the {xs}] equally [into|over] "
                    "{n} [bags|boxes|baskets]",
                ),
                (
                    ("how many {xs} are in each of the new ones", "c", "a * b / n"),
                    ("how many {xs} are there", "t", "a * b"),
                ),
            ),
            T(
                ("there are {a} rows with {b x} in each row", "somebody arranges them in rows of {c}"),
                (("how many rows are there then", "n", "a * b / c"), ("how many {xs} are there", "t", "a * b")),
            ),
            T(
                (
                    "{a} [friends|workers|children] [made|picked|brought] {b x} each",
                    "[all of them|the {xs}] were shared equally among {n} families",
                ),
                (("how many {xs} did each family get", "c", "a * b / n"), ("how many {xs} were there", "t", "a * b")),
            ),
        ),
        weight=0.8,
    ),
    V(
        "nested",
        "p x:small box:packs hold:holders",
        nested,
        (
            T(
                ("{p} {p:have} {a hold} with {b box} on each", "each {box} [holds|contains] {c x}"),
                (
                    ("how many {xs} are there [in all|altogether]", "t", "a * b * c"),
                    ("how many {boxs} are there", "ab", "a * b"),
                    ("how many {xs} are on each {hold}", "bc", "b * c"),
                ),
            ),
            T(
                ("{a} classes have {b} students each", "each student [has|brings|needs] {c x}"),
                (
                    ("how many {xs} [is that|are there] altogether", "t", "a * b * c"),
                    ("how many students are there", "ab", "a * b"),
                    ("how many {xs} does a class have", "bc", "b * c"),
                ),
            ),
            T(
                ("{p} [{p:make}|{p:sell}|{p:paint}] {c x} an hour, {b} hours a day",),
                (
                    ("how many {xs} is that in {a} days", "t", "a * b * c"),
                    ("how many {xs} is that a day", "bc", "b * c"),
                ),
            ),
        ),
        weight=0.7,
    ),
    V(
        "fraction",
        "p x:small",
        fraction_of,
        (
            T(
                ("{p.name} [had|{p:have}] {a x}", "{f} of them are [red|broken|old|new]"),
                (("how many {xs} is that", "b", "a * f"), ("how many {xs} are not like that", "e", "a - a * f")),
            ),
            T(
                ("{p.name} had {a x}", "{p} [gave|sold] {f} of them to {q}"),
                (
                    ("how many {xs} {p:do} {p.name} have left", "e", "a - a * f"),
                    ("how many {xs} did {q} get", "b", "a * f"),
                ),
            ),
            T(
                ("a book has {a} pages", "{p} read {f} of it on {day}"),
                (("how many pages did {p} read on {day}", "b", "f * a"), ("how many pages are left", "e", "a - f * a")),
            ),
        ),
        written={"f": "fraction"},
        avoid=_PAGE,
        weight=0.7,
    ),
)
