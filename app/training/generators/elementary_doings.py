"""What people do all day: bake sales, gardens, games, parties, travel, sport, school; two steps mostly."""

from app.training.generators.elementary_amounts import (
    discount,
    dozens,
    fewer_groups,
    groups_and_more,
    groups_but_some,
    measured_pair,
    more_groups,
    part_of_two,
    purchase,
    regrouped,
    rest_in_groups,
    sum_in_groups,
    there_and_back,
    times_a_day,
    triple,
)
from app.training.generators.elementary_vignette import Telling as T
from app.training.generators.elementary_vignette import Vignette as V

_PRICE = frozenset({"price"})
_BUSY = frozenset({"people", "price", "time", "distance", "page"})

VIGNETTES = (
    V(
        "bake-sale",
        "p x:baked y~x",
        part_of_two,
        (
            T(
                (
                    "{p} [baked|made] {a x} and {b y} for [a bake sale|the school fair|a party]",
                    "[when it was over|in the evening], {p} had {e} [of them |]left",
                ),
                (
                    ("how many [treats|baked goods|things] did {p} sell", "c", "a + b - e"),
                    ("how many [treats|baked goods|things] did {p} make", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{p} [baked|made] {a x} [in the morning|yesterday] and {b} [in the afternoon|today]",
                    "{c} of them [were sold|were eaten|burned]",
                ),
                (
                    ("how many {xs} are left", "e", "a + b - c"),
                    ("how many {xs} did {p} make", "t", "a + b"),
                ),
            ),
        ),
        noise=("each {x} was sold for {u $}", "{q} brought {v o}", "the baking took {u} hours"),
    ),
    V(
        "bake-sale-packs",
        "p x:baked box:packs",
        rest_in_groups,
        (
            T(
                (
                    "{p} [baked|made] {a x} for [the bake sale|a fair|the market]",
                    "[{p.own} brother|{p.own} sister|{q}|{p.own} family] ate {b}[ of them|]",
                    "{p} put {c x} in each {box}",
                ),
                (
                    ("how many {boxs} could {p} fill", "n", "(a - b) / c"),
                    ("how many {xs} could {p} still sell", "e", "a - b"),
                ),
            ),
            T(
                ("{p} {p:want} to sell {xs} in {boxs} of {c}", "{p} baked {a}, but dropped {b}"),
                (("how many {boxs} can {p} sell", "n", "(a - b) / c"), ("how many {xs} are left", "e", "a - b")),
            ),
        ),
        noise=("each {box} is sold for {u $}", "{r} has {v o}"),
        avoid=_PRICE,
    ),
    V(
        "bouquets",
        "p x:flowers",
        rest_in_groups,
        (
            T(
                (
                    "{p} [picked|bought|cut] {a x} [for a wedding|for the tables|for a party]",
                    "{p} {p:was} making bouquets with {c} {xs} in each",
                    "{b} of them [wilted|were broken]",
                ),
                (
                    ("how many bouquets could {p} [still |]make", "n", "(a - b) / c"),
                    ("how many good {xs} were left", "e", "a - b"),
                ),
            ),
        ),
        noise=("each bouquet costs {u $}", "the wedding is in {u} days"),
        weight=0.5,
    ),
    V(
        "garden",
        "p x:orchard y:flowers",
        groups_but_some,
        (
            T(
                (
                    "{p} planted {n} rows of [seeds|{ys}|bushes]",
                    "there were {c} in each row",
                    "{b} of them [did not grow|died|were eaten by rabbits|dried up]",
                ),
                (
                    ("how many [grew|are left]", "e", "n * c - b"),
                    ("how many did {p} plant", "t", "n * c"),
                ),
            ),
            T(
                ("each of {n} [trees|bushes|plants] had {c x}", "{p} picked {b}"),
                (
                    ("how many {xs} are still on the plants", "e", "n * c - b"),
                    ("how many {xs} were there before", "t", "c * n"),
                ),
            ),
        ),
        noise=("the garden is {u} feet wide", "{p.name} works there for {u} hours a week"),
        weight=0.7,
    ),
    V(
        "party",
        "p! x:food y:toys box:packs",
        groups_and_more,
        (
            T(
                (
                    "<getting ready for a party, >{p} bought {n box} of {xs} with {c} in each",
                    "[{q} brought|{p.own} mother made|there were already] {b} more",
                ),
                (
                    ("how many {xs} are there for the party", "t", "n * c + b"),
                    ("how many {xs} did {p.name} buy", "g", "n * c"),
                ),
            ),
            T(
                ("each of {n} guests gets {c x}", "{p} {p:want} {b} extra [in case more people come|for later|]"),
                (
                    ("how many {xs} {p:do} {p.name} need", "t", "n * c + b"),
                    ("how many {xs} do the guests get", "g", "n * c"),
                ),
            ),
            T(
                ("{p.name} {p:have} {t x} for {n} guests", "{p} {p:keep} {b} and shares the rest equally"),
                (
                    ("how many {xs} does each guest get", "c", "(t - b) / n"),
                    ("how many {xs} do the guests get altogether", "g", "t - b"),
                ),
            ),
        ),
        noise=("{p.name} will be {w} years old", "the party lasts {u} hours", "there are {v y} as presents"),
        avoid=_BUSY,
        weight=1.1,
    ),
    V(
        "tickets",
        "p x:toys y:food",
        part_of_two,
        (
            T(
                (
                    "{p} won {a} tickets at [the arcade|a fair|the carnival] and {b} [more|] [the next day|in "
                    "another game]",
                    "{p} spent {c} of [them|the tickets] on {an x}",
                ),
                (
                    ("how many tickets {p:do} {p} have left", "e", "a + b - c"),
                    ("how many tickets did {p} win", "t", "a + b"),
                ),
            ),
            T(
                ("{p} had {t} tickets", "{p} used {c} [of them|] to get {an x}"),
                (("how many tickets are left", "e", "t - c"),),
            ),
        ),
        noise=("{r} won {v} tickets", "{an y} costs {u} tickets", "the arcade has {v} machines"),
        weight=0.8,
    ),
    V(
        "points",
        "p! q!",
        more_groups,
        (
            T(
                (
                    "in a game, {p} found {a} [treasures|gems|stars] on the easy level and {b} on the hard level",
                    "each is worth {c} points",
                ),
                (
                    ("what was {p.his} score", "t", "(a + b) * c"),
                    ("how many points did {p.name} get on the easy level", "ga", "a * c"),
                    ("how many did {p.name} find", "k", "a + b"),
                ),
            ),
            T(
                ("{p} made {a} baskets and {q} made {b}", "a basket is worth {c} points"),
                (
                    ("how many points did they get together", "t", "(a + b) * c"),
                    ("how many points did {q.name} get", "gb", "b * c"),
                    ("how many more points did {p.name} get than {q.name}", "d", "(a - b) * c"),
                ),
            ),
        ),
        noise=("the game took {u} hours", "{r} is {w} years old", "{r} played {u} games"),
        weight=0.8,
    ),
    V(
        "points-each",
        "p",
        sum_in_groups,
        (
            T(
                (
                    "a team scored {a} points in the morning and {b} in the afternoon",
                    "each of the {n} players scored the same number of points",
                ),
                (
                    ("how many points did each player score", "c", "(a + b) / n"),
                    ("how many points did the team score", "t", "a + b"),
                ),
            ),
            T(
                (
                    "for every {c} [pounds of paper|cans|bottles] that are recycled, {p} {p:get} a point",
                    "{p} brought {a} and {q} brought {b}",
                ),
                (
                    ("how many points do they get together", "n", "(a + b) / c"),
                    ("how many did they bring", "t", "a + b"),
                ),
            ),
            T(
                ("{a} new books and {b} old books have to be put on shelves", "each shelf [holds|has room for] {c}"),
                (("how many shelves are needed", "n", "(a + b) / c"), ("how many books are there", "t", "a + b")),
            ),
            T(
                (
                    "{p} took {a} pictures with {p.own} phone and {b} with {p.own} camera",
                    "{p} put them into {n} albums, the same number in each",
                ),
                (
                    ("how many pictures are in each album", "c", "(a + b) / n"),
                    ("how many pictures did {p} take", "t", "a + b"),
                ),
            ),
            T(
                (
                    "{p} saved {a} dollars in {month} and got {b} dollars for {p.own} birthday",
                    "{p} {p:want} to buy games that cost {c} dollars each",
                ),
                (("how many games can {p} buy", "n", "(a + b) / c"), ("how much money {p:do} {p} have", "t", "a + b")),
            ),
        ),
        noise=("{r} is {w} years old", "{r} has {v o}"),
        avoid=_PRICE,
        weight=1.5,
    ),
    V(
        "work",
        "p",
        fewer_groups,
        (
            T(
                (
                    "a building needs {k} [windows|doors|lamps]",
                    "{p} {p:have} already put in {b}[ of them|]",
                    "it takes {c} hours to put in each",
                ),
                (
                    ("how [long|many hours] will it take to put in the rest", "t", "(k - b) * c"),
                    ("how many are still missing", "n", "k - b"),
                    ("how many hours {p:have} {p} worked", "used", "b * c"),
                ),
            ),
            T(
                (
                    "{p} {p:earn} {c} dollars for each [car|window|lawn|dog]",
                    "{p} had {k} to do, but forgot {b} of them",
                ),
                (
                    ("how much did {p} earn", "t", "c * (k - b)"),
                    ("how many did {p} do", "n", "k - b"),
                    ("how much could {p} have earned in all", "all", "c * k"),
                ),
            ),
            T(
                (
                    "a box has {k} [chocolate bars|candles|calendars], and each is sold for {c} dollars",
                    "{p} sold all but {b} of them",
                ),
                (
                    ("how much [money |]did {p} make", "t", "c * (k - b)"),
                    ("how many did {p} sell", "n", "k - b"),
                    ("how much would {p} have made with the whole box", "all", "k * c"),
                ),
            ),
            T(
                (
                    "a waiter had {k} [tables|customers], and {b} of them [left|were gone]",
                    "each of the others gave {c} dollars",
                ),
                (("how much did the waiter get", "t", "(k - b) * c"), ("how many were still there", "n", "k - b")),
            ),
        ),
        noise=("{r} is {w} years old", "{r} has {v o}"),
        avoid=_BUSY,
        weight=1.5,
    ),
    V(
        "files",
        "p",
        rest_in_groups,
        (
            T(
                (
                    "{p} had {a} [files|pictures|songs|videos] on {p.own} computer",
                    "{p} deleted {b} [of them|]",
                    "{p} put the [rest|others] into folders with {c} in each",
                ),
                (
                    ("how many folders are there", "n", "(a - b) / c"),
                    ("how many did {p} put into folders", "e", "a - b"),
                ),
            ),
            T(
                ("{p} had {a} [pages|problems|exercises] of homework and did {b} at school", "{p} can do {c} an hour"),
                (
                    ("how many hours will the rest take", "n", "(a - b) / c"),
                    ("how many are left", "e", "a - b"),
                ),
            ),
            T(
                ("{p} {p:have} {b $} and {p:need} {a $}", "{p} {p:get} {c $} for each [lawn|car|bag of leaves]"),
                (
                    ("how many of these jobs must {p} do", "n", "(a - b) / c"),
                    ("how much money is missing", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{a} [chairs|books|boxes] have to be carried",
                    "{b} have been carried already",
                    "{p} can carry {c} at a time",
                ),
                (
                    ("how many more times must {p} go", "n", "(a - b) / c"),
                    ("how many still have to be carried", "e", "a - b"),
                ),
            ),
        ),
        noise=("{r} has {v o}",),
        avoid=frozenset({"page", "price", "time"}),
        weight=1.4,
    ),
    V(
        "sports",
        "p! q! unit:distances",
        measured_pair,
        (
            T(
                ("{p} ran {a unit} on Monday and {b unit} on Tuesday",),
                (
                    ("how many {units} is that [in all|altogether]", "t", "a + b"),
                    ("how much farther did {p.name} run on Monday", "d", "a - b"),
                    ("how many {units} more was it on Monday than on Tuesday", "d", "a - b"),
                ),
            ),
            T(
                ("the way from the school to {at} is {a unit} long", "{q} has walked {b unit}"),
                (("how far is it still", "d", "a - b"), ("how many {units} does {q.name} have to go", "d", "a - b")),
            ),
            T(
                ("a truck carried {a} tons of sand and {b} tons of gravel",),
                (
                    ("how many tons is that altogether", "t", "a + b"),
                    ("how many more tons of sand than gravel were there", "d", "a - b"),
                ),
            ),
            T(
                ("{p.his} [cat|dog|baby] weighed {b} pounds [last year|in spring] and weighs {a} pounds now",),
                (("how much weight did it gain", "d", "a - b"), ("how many pounds has it gained", "d", "a - b")),
            ),
            T(
                ("it [rained|snowed] {b} inches on Monday and {a} inches on Friday",),
                (
                    ("how many inches fell altogether", "t", "b + a"),
                    ("how much more fell on Friday than on Monday", "d", "a - b"),
                ),
            ),
            T(
                ("a tank holds {a} gallons", "{b} gallons are in it"),
                (
                    ("how many more gallons fit into it", "d", "a - b"),
                    ("how many gallons are missing to fill it", "d", "a - b"),
                ),
            ),
            T(
                ("a tank can hold {a} gallons", "it needs {d} more gallons to be full"),
                (("how many gallons are in it now", "b", "a - d"),),
            ),
        ),
        noise=("{r} is {w} years old", "{r} has {v o}"),
        avoid=frozenset({"distance"}),
        weight=1.4,
    ),
    V(
        "classes",
        "p",
        triple,
        (
            T(
                (
                    "there are {a} students in the morning class, {b} in the afternoon class and {c} in the evening "
                    "class",
                ),
                (
                    ("how many students are there [in all|altogether]", "t", "a + b + c"),
                    ("how many students come after noon", "bc", "b + c"),
                    ("how many more students are in the morning class than in the evening class", "e", "a - c"),
                ),
            ),
            T(
                ("of {t} students, {a} come by bus, {b} come by car and the rest walk",),
                (
                    ("how many students walk", "c", "t - a - b"),
                    ("how many students do not walk", "ab", "a + b"),
                    ("how many students do not come by bus", "bc", "t - a"),
                ),
            ),
            T(
                (
                    "a club has {ab} members",
                    "{b} of them play chess, and the others play checkers",
                    "{c} new members want to play checkers",
                ),
                (
                    ("how many members play checkers then", "ac", "ab - b + c"),
                    ("how many members does the club have then", "t", "ab + c"),
                    ("how many members played checkers at first", "a", "ab - b"),
                ),
            ),
        ),
        avoid=frozenset({"people"}),
        noise=("the school has {u} teachers", "the club meets {u} times a month"),
        weight=0.9,
    ),
    V(
        "crayons",
        "p x:stationery box:packs",
        regrouped,
        (
            T(
                ("a teacher has {a box} of {xs} with {b x} in each", "the {xs} are shared equally by {n} students"),
                (
                    ("how many {xs} does each student get", "c", "a * b / n"),
                    ("how many {xs} does the teacher have", "t", "a * b"),
                ),
            ),
            T(
                (
                    "{p} [read|wrote|solved] {b} pages a day for {a} days",
                    "{q} did the same number of pages in {n} days",
                ),
                (
                    ("how many pages did {q} do a day", "c", "a * b / n"),
                    ("how many pages did {p} do in all", "t", "a * b"),
                ),
            ),
        ),
        avoid=frozenset({"page"}),
        weight=0.6,
    ),
    V(
        "discounted",
        "p x:bought",
        discount,
        (
            T(
                ("each {x} costs {c $}", "there is a discount of {d $} on each"),
                (
                    ("how much {p:do} {p} have to pay for {an x}", "s", "c - d"),
                    ("how much {p:do} {p} have to pay for {n x}", "t", "(c - d) * n"),
                ),
            ),
            T(
                ("{p} paid {s $} for {an x} that had been {d $} more",),
                (
                    ("what was the price before", "c", "s + d"),
                    ("how much would {n} {xs} cost at the price that {p} paid", "t", "n * s"),
                ),
            ),
        ),
        avoid=_PRICE,
        weight=0.5,
    ),
    V(
        "spent",
        "p x:bought",
        purchase,
        (
            T(
                ("{p} had {e $} left after buying {an x}", "{p} had {m $} [at first|before]"),
                (("how much did the {x} cost", "t", "m - e"),),
            ),
            T(
                ("after paying {t $} for {an x}, {p} had {e $} left",),
                (("how much [money |]did {p} have at first", "m", "t + e"),),
            ),
            T(
                ("{p} {p:have} {e $} left after buying {n x} for {c $} each",),
                (
                    ("how much [money |]did {p} have [at first|before]", "m", "e + n * c"),
                    ("how much did {p} spend", "t", "n * c"),
                ),
            ),
        ),
        avoid=_PRICE,
        weight=0.8,
    ),
    V(
        "dozens",
        "p",
        dozens,
        (
            T(
                (
                    "{p} [bought|had|baked] {a} [eggs|rolls|cookies|doughnuts|oranges]",
                    "{c} of them [were used|were eaten|were broken]",
                ),
                (("how many are left", "e", "a - c"), ("how many [good ones |]{p:do} {p} have now", "e", "a - c")),
            ),
            T(
                ("{p} [picked|bought] {a} [roses|apples|pears|lemons]", "{q} [brought|picked] {c} more"),
                (
                    ("how many is that altogether", "f", "a + c"),
                    ("how many {p:do} {p} and {q.name} have", "f", "a + c"),
                ),
            ),
            T(
                ("{p} [bought|ordered] {a} [pencils|cupcakes|balloons|candles], and each cost {b $}",),
                (("how much did {p} pay", "t", "a * b"),),
            ),
        ),
        written={"a": "dozen"},
        avoid=_PRICE,
        weight=0.5,
    ),
    V(
        "times-a-day",
        "p x:food",
        times_a_day,
        (
            T(
                (
                    "{p} {p:feed} {p.own} [dogs|rabbits|horses|cats] {m} a day",
                    "each time, {p} {p:need} {c} [cups|scoops|handfuls] of food",
                ),
                (
                    ("how many are needed in {n} days", "t", "c * m * n"),
                    ("how many are needed [each day|a day]", "g", "c * m"),
                ),
            ),
            T(
                ("{p} {p:run} around {at} {m} a day", "each time it is {c} miles"),
                (
                    ("how many miles {p:do} {p} run in {n} days", "t", "m * c * n"),
                    ("how many miles {p:do} {p} run each day", "g", "m * c"),
                ),
            ),
            T(
                ("{p} {p:eat} {c} {xs} {m} a day",),
                (
                    ("how many {xs} is that in {n} days", "t", "c * m * n"),
                    ("how many {xs} {p:do} {p} eat a day", "g", "c * m"),
                ),
            ),
        ),
        written={"m": "frequency"},
        avoid=_BUSY,
        weight=0.5,
    ),
    V(
        "there-and-back",
        "p unit:distances",
        there_and_back,
        (
            T(
                ("it is {a unit} from {p.his} [house|home|office] to {at}",),
                (
                    ("how far is it there and back", "b", "2 * a"),
                    ("how many {units} {p:do} {p} [drive|go] for {n} trips there and back", "t", "2 * a * n"),
                ),
            ),
            T(
                (
                    "{p} {p:live} {a unit} from {at}",
                    "[last month|this week|in {month}], {p} went there and back {n} times",
                ),
                (("how many {units} is that", "t", "2 * a * n"),),
            ),
            T(
                (
                    "it is {a} feet from {p.his} desk to the [door|window|sink|printer]",
                    "today {p} will walk there {n} times, without counting the way back",
                ),
                (
                    ("how many feet is that", "half", "a * n"),
                    ("how many feet {p:do} {p} walk on the way there", "half", "n * a"),
                ),
            ),
        ),
        avoid=_BUSY,
        noise=("{p} {p:be} {w} years old", "{r} has {v o}"),
        weight=0.6,
    ),
)
