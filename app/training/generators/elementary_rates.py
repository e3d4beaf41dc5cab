"""Prices, wages, speeds, other rates, conversions and per cent."""

from app.training.generators.elementary_amounts import (
    budget,
    converted,
    discount,
    percent_of,
    proportion,
    purchase,
    saving,
    trip,
    two_prices,
    two_purchases,
)
from app.training.generators.elementary_vignette import Telling as T
from app.training.generators.elementary_vignette import Vignette as V

_PRICE = frozenset({"price"})
_RATE = frozenset({"price", "time", "distance"})

VIGNETTES = (
    V(
        "price",
        "p x:bought",
        purchase,
        (
            T(
                ("{xs} are sold for {c $} [apiece|each|a piece]",),
                (
                    ("how much do {n x} cost", "t", "n * c"),
                    ("how much change {p:do} {p} get from {m $} for {n x}", "e", "m - n * c"),
                    ("how many {xs} can {p} buy with {t $}", "n", "t / c"),
                    ("{p} {p:have} {t $}. how many {xs} can {p} buy", "n", "t / c"),
                ),
            ),
            T(
                ("{p} [bought|{p:want} to buy|{p:need}] {n x}", "[each|every] {x} [costs|cost] {c $}"),
                (
                    ("how much [money |]do [they|the {xs}] cost [in all|altogether]", "t", "n * c"),
                    ("how much {p:do} {p.name} have to pay", "t", "n * c"),
                    ("what is the total [cost|price]", "t", "n * c"),
                ),
            ),
            T(
                ("{p} [bought|paid for|ordered] {n x} [at {c $} each|for {c $} each|that cost {c $} each]",),
                (
                    ("how much did {p.name} [spend|pay] [in all|altogether|in total|]", "t", "n * c"),
                    ("how much money was that", "t", "n * c"),
                ),
            ),
            T(
                ("{p} [bought|{p:want}] {n x} for {c $} each and [paid|pays] with {m $}",),
                (("how much change {p:do} {p} get", "e", "m - n * c"), ("how much do the {xs} cost", "t", "n * c")),
            ),
            T(
                ("{p} {p:have} {m $}", "{p} {p:buy} {n x} that cost {c $} each"),
                (
                    ("how much [money |]{p:do} {p.name} have left", "e", "m - n * c"),
                    ("how much {p:do} {p.name} spend", "t", "n * c"),
                ),
            ),
            T(
                ("{p} [paid|spent] {t $} for {n x}", "all of them had the same price"),
                (
                    ("how much [did|does] each {x} cost", "c", "t / n"),
                    ("what was the price of each {x}", "c", "t / n"),
                ),
            ),
            T(
                ("{n x} cost {t $}[ altogether|]",),
                (("how much is {an x}", "c", "t / n"), ("what does each {x} cost", "c", "t / n")),
            ),
            T(
                ("{an x} costs {c $}", "{p} {p:have} {t $}"),
                (
                    ("how many {xs} can {p} [buy|afford]", "n", "t / c"),
                    ("how many {xs} can {p.name} buy with [the|all that] money", "n", "t / c"),
                ),
            ),
            T(
                ("{p} [sold|{p:sell}] {n x} for {c $} each",),
                (
                    ("how much [money |][did|{p:do}] {p} [make|earn|get]", "t", "n * c"),
                    ("how much [is|was] that [in all|altogether]", "t", "n * c"),
                ),
            ),
            T(
                ("{p} sold {xs} for {c $} each and [made|earned|got] {t $}",),
                (("how many {xs} did {p} sell", "n", "t / c"),),
            ),
        ),
        avoid=_PRICE,
        noise=(
            "{r} has {v x}",
            "the shop has {v x}",
            "{p.name} {p:be} {u} years old",
            "the {xs} weigh {u} pounds",
            "{p.name} waited in line for {u} minutes",
        ),
        weight=2.4,
    ),
    V(
        "two-prices",
        "p x:bought y~x",
        two_prices,
        (
            T(
                ("{p} [bought|paid for|got] {an x} for {a $} and {an y} for {b $}",),
                (
                    ("how much did {p.name} spend [in all|altogether|in total|]", "t", "a + b"),
                    ("how much more did the {x} cost than the {y}", "d", "a - b"),
                    ("how much cheaper was the {y}", "d", "a - b"),
                ),
            ),
            T(
                (
                    "{p} spent {a $} on {an x}",
                    "{p} [also bought|bought] {an y} for {b $}",
                    "{p} [had|took along] {m $}",
                ),
                (
                    ("how much [money |]{p:do} {p.name} have left", "e", "m - a - b"),
                    ("how much did {p.name} spend [altogether|]", "t", "a + b"),
                    ("how much more was the {x} than the {y}", "d", "a - b"),
                ),
            ),
            T(
                (
                    "{p} [bought|chose] {an x} for {a $}",
                    "{an y} would have cost {b $}",
                    "{p} paid with {m $}",
                ),
                (
                    ("how much change did {p.name} get", "ea", "m - a"),
                    ("how much could {p} have saved with the {y}", "d", "a - b"),
                ),
            ),
            T(
                ("{an x} and {an y} cost {t $} together", "the {x} costs {a $}"),
                (
                    ("how much is the {y}", "b", "t - a"),
                    ("what is the price of the {y}", "b", "t - a"),
                ),
            ),
            T(
                ("{an y} costs {b $}", "{an x} costs {d $} more"),
                (("how much is the {x}", "a", "b + d"), ("how much do they cost together", "t", "b + b + d")),
            ),
        ),
        avoid=_PRICE,
        noise=(
            "{p} [bought|saw] {u o} too",
            "{p} {p:was} in the shop for {u} minutes",
            "{q} paid {u $} for [a bus ticket|parking]",
        ),
        weight=1.7,
    ),
    V(
        "two-purchases",
        "p x:bought y~x",
        two_purchases,
        (
            T(
                ("{an x} costs {b $} and {an y} costs {e $}",),
                (
                    ("how much do {a x} and {c y} cost [altogether|in all|together]", "t", "a * b + c * e"),
                    ("how much more do {a x} cost than {c y}", "d", "a * b - c * e"),
                    ("{p} bought {a x} and {c y}. how much did {p} spend", "t", "a * b + c * e"),
                ),
            ),
            T(
                (
                    "{p} bought {a x} and {c y}",
                    "[each|every] {x} [costs|cost] {b $}",
                    "[each|every] {y} [costs|cost] {e $}",
                ),
                (
                    ("how much did {p.name} spend [in all|altogether|]", "t", "a * b + c * e"),
                    ("how much did the {xs} cost [together|]", "gx", "a * b"),
                    ("how much did {p.name} pay for the {ys}", "gy", "c * e"),
                    ("how much more did {p} spend on {xs} than on {ys}", "d", "a * b - c * e"),
                ),
            ),
            T(
                ("{p} bought {a x} at {b $} each and {c y} at {e $} each", "{p} [had|paid with] {m $}"),
                (
                    ("how much [is left|money {p:do} {p} have left|{p:do} {p} get back]", "f", "m - a * b - c * e"),
                    ("how much did {p.name} spend", "t", "a * b + c * e"),
                ),
            ),
            T(
                (
                    "tickets cost {b $} for adults and {e $} for children",
                    "{a} adults and {c} children [are going|went] to {at}",
                ),
                (
                    ("how much do they pay [in all|altogether]", "t", "a * b + c * e"),
                    (
                        "how much do the tickets for the adults cost",
                        "gx",
                        "a * b",
                    ),
                    ("how many people is that", "k", "a + c"),
                ),
            ),
        ),
        avoid=frozenset({"price", "people"}),
        noise=("{r} has {v o}",),
        weight=1.2,
    ),
    V(
        "budget",
        "p x:bought y~x",
        budget,
        (
            T(
                ("{p} had {a $}", "{p} spent {b $} on {an y}"),
                (
                    ("how many {c} dollar {xs} can {p} buy with the money that is left", "n", "(a - b) / c"),
                    ("how many {xs} at {c $} each can {p} buy with the rest", "n", "(a - b) / c"),
                    ("how much money {p:do} {p} have left", "e", "a - b"),
                ),
            ),
            T(
                ("{p} had {b $} and [earned|got] {e $} more",),
                (("how much [money |]{p:do} {p} have now", "a", "b + e"),),
            ),
            T(
                ("{p} had {a $}", "{p} spent {b $} on {an y}", "{an x} costs {c $}"),
                (
                    ("how many {xs} can {p} buy with the rest", "n", "(a - b) / c"),
                    ("how much money is left", "e", "a - b"),
                    ("how many {xs} can {p.name} buy with the money that is left", "n", "(a - b) / c"),
                ),
            ),
            T(
                ("{p} had {a $} and bought {n x}", "now {p} {p:have} {b $} left"),
                (
                    ("how much did each {x} cost", "c", "(a - b) / n"),
                    ("how much did {p.name} spend", "e", "a - b"),
                ),
            ),
            T(
                ("{p} paid {a $} for {n x} and {an y}", "the {y} [cost|was] {b $}"),
                (
                    ("how much did each {x} cost", "c", "(a - b) / n"),
                    ("how much did the {xs} cost together", "e", "a - b"),
                ),
            ),
            T(
                (
                    "{p} [{p:have} saved|{p:have}] {b $}",
                    "{p} {p:want} [a bicycle|a phone|a camera|a guitar] for {a $}",
                    "{p} [can save|{p:earn}|{p:get}] {c $} [each|every|per] week",
                ),
                (
                    ("how many weeks [will it take|{p:do} {p} have to wait|will {p} need]", "n", "(a - b) / c"),
                    (
                        "how much money {p:do} {p.name} still need",
                        "e",
                        "a - b",
                    ),
                ),
            ),
        ),
        avoid=frozenset({"price"}),
        noise=("{r} has {v o}", "{p} went there {u} days ago"),
        weight=1.6,
    ),
    V(
        "saving",
        "p",
        saving,
        (
            T(
                ("{p} [{p:earn}|{p:save}|{p:get}] {c $} [a|every|each] week", "{p} already {p:have} {have $}"),
                (("how much will {p} have after {n} more weeks", "a", "have + n * c"),),
            ),
            T(
                ("{p} saved {c $} a week for {n} weeks",),
                (
                    ("how much did {p} save", "e", "c * n"),
                    ("{p.name} already had {have $}. how much {p:do} {p} have now", "a", "have + c * n"),
                ),
            ),
        ),
        avoid=_PRICE,
        weight=0.6,
    ),
    V(
        "discount",
        "p x:bought",
        discount,
        (
            T(
                (
                    "{an x} [costs|usually costs|normally costs] {c $}",
                    "[today|this week|now] it is {d $} [cheaper|off|less]",
                ),
                (
                    ("how much does {an x} cost [now|today]", "s", "c - d"),
                    ("how much do {n} {xs} cost now", "t", "(c - d) * n"),
                    ("how much {p:do} {p} pay for {n} {xs} [now|]", "t", "n * (c - d)"),
                    ("how much {p:do} {p} save on {n} {xs}", "saved", "d * n"),
                ),
            ),
            T(
                ("{p} {p:have} a coupon for {d $} off each {x}", "{an x} costs {c $}", "{p} {p:buy} {n x}"),
                (
                    ("how much {p:do} {p.name} pay", "t", "(c - d) * n"),
                    ("how much {p:do} {p.name} save", "saved", "d * n"),
                    ("how much would the {xs} cost without the coupon", "full", "c * n"),
                ),
            ),
        ),
        avoid=_PRICE,
        weight=0.8,
    ),
    V(
        "wage",
        "p day:day other:day",
        trip,
        (
            T(
                (
                    "{p} [{p:earn}|{p:make}|{p:get}] {c $} [an|per|each] hour[ washing cars| at a {shop}| "
                    "babysitting| walking dogs|]",
                    "{p} [{p:work}|worked] {n} hours",
                ),
                (
                    ("how much [money |]did {p.name} [earn|make]", "t", "c * n"),
                    ("how much [{p:do}|will] {p.name} earn", "t", "n * c"),
                ),
            ),
            T(
                ("{p} [made|earned] {t $} [in|by working] {n} hours",),
                (
                    ("how much did {p.name} [make|earn] [per|an|each] hour", "c", "t / n"),
                    ("what is {p.his} [hourly pay|pay per hour]", "c", "t / n"),
                ),
            ),
            T(
                ("{p} [{p:make}|{p:earn}] {c $} [an|per] hour", "{p} {p:want} to [make|earn] {t $}"),
                (("how many hours {p:do} {p.name} have to work", "n", "t / c"),),
            ),
            T(
                ("{p} {p:earn} {c $} an hour", "{p} worked {n} hours on {day} and {k} hours on {other}"),
                (
                    ("how many hours did {p.name} work [in all|]", "h", "n + k"),
                    ("how much did {p} earn on {day}", "t", "c * n"),
                ),
            ),
            T(
                (
                    "{p} {p:get} {c $} for each [lawn|car|dog|window] and {f $} for each [fence|room|garden|garage]",
                    "{p} [did|finished] {n} of the former and {k} of the latter",
                ),
                (("how much did {p.name} [earn|make] [altogether|in all]", "all", "c * n + f * k"),),
            ),
        ),
        avoid=frozenset({"price", "time"}),
        noise=("{p.name} {p:be} {v} years old", "{r} has {u o}", "{p.name} {p:have} had this job for {u} months"),
        weight=1.4,
    ),
    V(
        "wage-with-tips",
        "p",
        saving,
        (
            T(
                ("{p} [{p:make}|{p:earn}] {c $} an hour", "{p} worked {n} hours and got {have $} in tips"),
                (
                    ("how much [money |]did {p} make [altogether|in all|]", "a", "c * n + have"),
                    ("how much did {p.name} make without tips", "e", "c * n"),
                ),
            ),
            T(
                (
                    "{p} made {a $}, of which {have $} were tips",
                    "{p} worked {n} hours",
                ),
                (
                    ("how much {p:do} {p} earn an hour without tips", "c", "(a - have) / n"),
                    ("how much did {p.name} earn without tips", "e", "a - have"),
                ),
            ),
        ),
        avoid=_RATE,
        weight=0.6,
    ),
    V(
        "speed",
        "p! q! unit:distances",
        trip,
        (
            T(
                ("{p} [drove|rode|biked|traveled|sailed] {n} hours at {c unit} [per|an] hour",),
                (("how far did {p} [go|get]", "t", "n * c"), ("how many {units} is that", "t", "n * c")),
            ),
            T(
                ("it took {p} {n} hours to [drive|walk|bike] to {q.his} house", "{p.self} went {c unit} [per|an] hour"),
                (
                    (
                        "how far is it from {p.name}'s house to {q.name}'s house",
                        "t",
                        "n * c",
                    ),
                ),
            ),
            T(
                ("{p} [drove|flew|sailed|biked] {t unit} at {c unit} per hour",),
                (
                    ("how [long did it take|many hours did it take]", "n", "t / c"),
                    ("how long did {p.name} need", "n", "t / c"),
                ),
            ),
            T(
                ("{p} [drove|biked|traveled] {t unit} in {n} hours",),
                (
                    ("how fast did {p} go", "c", "t / n"),
                    ("how many {units} per hour is that", "c", "t / n"),
                    ("what was {p.his} speed in {units} per hour", "c", "t / n"),
                ),
            ),
            T(
                ("{p} drove {n} hours at {c unit} per hour and [then|after that] {k} hours at {f unit} per hour",),
                (
                    ("how far did {p} drive [in all|altogether|]", "all", "n * c + k * f"),
                    ("how many hours did {p} drive", "h", "n + k"),
                ),
            ),
            T(
                ("{p} {p:walk} {c unit} [every|each] day",),
                (
                    ("how [far|many {units}] {p:do} {p} walk in {n} days", "t", "c * n"),
                    ("after how many days {p:have} {p.name} walked {t unit}", "n", "t / c"),
                ),
            ),
        ),
        avoid=_RATE,
        noise=(
            "{p.name} {p:be} {v} years old",
            "the gas cost {u $}",
            "{r} came along with {v o}",
            "{p.name} stopped {u} times",
        ),
        weight=1.5,
    ),
    V(
        "rate",
        "p x:made",
        trip,
        (
            T(
                (
                    "[a machine|{p}|a factory|a worker] [makes|can make|finishes|packs] {c x} [an hour|per hour|"
                    "every hour]",
                ),
                (
                    ("how many {xs} [is that|are made|will be ready] in {n} hours", "t", "c * n"),
                    ("how many hours does it take for {t x}", "n", "t / c"),
                ),
            ),
            T(
                ("{p} [made|finished|baked|painted] {t x} in {n} [hours|days]",),
                (
                    (
                        "how many {xs} is that in each of them",
                        "c",
                        "t / n",
                    ),
                    ("at this speed, how many {xs} were made each time", "c", "t / n"),
                ),
            ),
            T(
                ("each {x} takes {c} minutes to make",),
                (
                    ("how many minutes {p:do} {p} need for {n x}", "t", "c * n"),
                    ("how many {xs} can {p} make in {t} minutes", "n", "t / c"),
                ),
            ),
            T(
                ("{p} {p:read} {c} pages [a|every|each] [day|night]",),
                (
                    ("how many pages {p:do} {p} read in {n} days", "t", "c * n"),
                    ("how many days {p:do} {p} need for a book with {t} pages", "n", "t / c"),
                ),
            ),
            T(
                ("a book has {t} pages", "{p} {p:want} to finish it in {n} [days|nights]"),
                (
                    (
                        "how many pages [{p:do} {p} have to|must {p}] read on each of them",
                        "c",
                        "t / n",
                    ),
                ),
            ),
            T(
                ("each batch [needs|takes] {c} cups of [flour|milk|sugar|water]",),
                (
                    ("how many cups {p:do} {p} need for {n} batches", "t", "c * n"),
                    ("how many batches can {p} make with {t} cups", "n", "t / c"),
                ),
            ),
        ),
        avoid=frozenset({"time", "page"}),
        noise=("{r} has {v o}", "{p.name} {p:be} {v} years old"),
        weight=1.5,
    ),
    V(
        "proportion",
        "p x:goods",
        proportion,
        (
            T(
                ("{b x} cost {a $}",),
                (("how much do {c x} cost", "t", "a / b * c"), ("what is the price of {c x}", "t", "a / b * c")),
            ),
            T(
                ("[a machine|{p}|a factory] [makes|fills|packs] {a x} in {b} [hours|minutes]",),
                (
                    (
                        "how many {xs} is that if the work goes on for {c} in all",
                        "t",
                        "a / b * c",
                    ),
                ),
            ),
            T(
                ("{p} drove {a} miles with {b} gallons of gas",),
                (
                    ("how far can {p} drive with {c} gallons", "t", "a / b * c"),
                    ("how many gallons are needed for {t} miles", "c", "t / (a / b)"),
                ),
            ),
            T(
                ("{p} [{p:read}|{p:type}|{p:swim}] {a} [pages|lines|laps] in {b} minutes",),
                (
                    ("how many is that in {c} minutes", "t", "a / b * c"),
                    ("how many is that each minute", "rate", "a / b"),
                ),
            ),
            T(
                ("for {b x}, {p} {p:need} {a} [eggs|beads|ounces of clay|feet of rope]",),
                (
                    ("how many are needed for {c x}", "t", "a / b * c"),
                    ("how many are needed for each {x}", "rate", "a / b"),
                ),
            ),
        ),
        avoid=_RATE,
        weight=0.9,
    ),
    V(
        "units",
        "p! x:small",
        converted,
        (
            T(
                ("{p} [exercised|practiced|read|worked] {c} hours a day",),
                (
                    ("how many hours is that in {n} weeks", "weeks", "c * 7 * n"),
                    ("how many hours is that in a week", "week", "c * 7"),
                ),
            ),
            T(
                ("{p} [{p:was} away|stayed at the farm|{p:was} on a ship] for {n} weeks",),
                (("how many days is that", "days", "n * 7"),),
            ),
            T(
                ("{p} {p:have} {n} feet of rope",),
                (("how many inches is that", "inches", "n * 12"),),
            ),
            T(
                ("{p} slept for {n} hours",),
                (("how many minutes is that", "minutes", "n * 60"),),
            ),
            T(
                ("{p}, {q} and {r} each have {c x}",),
                (("how many {xs} do they have [in all|altogether]", "three", "3 * c"),),
            ),
            T(
                ("a {shop} sells {sold x} a week",),
                (("how many {xs} is that on an average day", "c", "sold / 7"),),
            ),
        ),
        avoid=frozenset({"time"}),
        weight=0.7,
    ),
    V(
        "percent",
        "p x:bought",
        percent_of,
        (
            T(
                ("{an x} costs {a} dollars", "[today|this week] it is {k} off"),
                (("how much is it now", "e", "a - a * k / 100"), ("how much {p:do} {p} save", "b", "a * k / 100")),
            ),
            T(
                ("{p} had {a x}", "{p} [sold|gave away] {k} of them"),
                (
                    ("how many {xs} are left", "e", "a - a * k / 100"),
                    ("how many {xs} did {p} [sell or give away|part with]", "b", "a * k / 100"),
                ),
            ),
            T(
                ("{k} of the {a} [students|workers|members] [came by bus|wear glasses|play chess]",),
                (("how many of them do not", "e", "a - a * k / 100"), ("how many is that", "b", "a * k / 100")),
            ),
            T(
                ("a meal costs {a} dollars", "{p} {p:add} a tip of {k}"),
                (
                    ("how much {p:do} {p} pay [in all|altogether]", "f", "a + a * k / 100"),
                    ("how much is the tip", "b", "a * k / 100"),
                ),
            ),
        ),
        written={"k": "percent"},
        avoid=_PRICE,
        weight=0.6,
    ),
)
