"""Two sorts of things, or two people, each with changes of its own: which of the facts matter, the question decides."""

from app.training.generators.elementary_amounts import come_and_go, shrink_and_grow, two_that_grow, two_that_shrink
from app.training.generators.elementary_vignette import Telling as T
from app.training.generators.elementary_vignette import Vignette as V

_SHRINK_ASKS = (
    ("how many {xs} [are left|did {p} have left|{p:do} {p} have left]", "f", "a - c"),
    ("how many {ys} [are left|did {p} have left|{p:do} {p} have now]", "g", "b - e"),
    ("how many {xs} and {ys} are left [altogether|in all|]", "h", "a - c + b - e"),
    ("how many {xs} and {ys} were there at first [in all|]", "t", "a + b"),
    ("how many {xs} and {ys} are gone", "l", "c + e"),
)

VIGNETTES = (
    V(
        "ledger-eaten",
        "p x y whole:kinds",
        two_that_shrink,
        (
            T(
                ("{p} had {a x} and {b y}", "{p} [lost|sold|gave away|used] {c x} and {e y}"),
                _SHRINK_ASKS,
            ),
            T(
                ("{p} had {a x} and {b y}", "{p} [lost|sold|gave away|used] {e} of the {ys} and {c} of the {xs}"),
                _SHRINK_ASKS,
            ),
            T(
                (
                    "{p} had {a x}",
                    "{p} also had {b y}",
                    "{p} gave {c} of the {xs} to {q}",
                    "{p} gave {e} of the {ys} to {r}",
                ),
                (
                    ("how many {xs} {p:do} {p} have [now|left|]", "f", "a - c"),
                    ("how many {ys} {p:do} {p} have [now|left|]", "g", "b - e"),
                    ("how many {wholes} did {p} give away", "l", "c + e"),
                ),
            ),
            T(
                ("{p} had {a x} and {b y}", "after [the sale|the party|a week], {p} had {f x} and {g y} left"),
                (
                    ("how many {xs} [were sold or lost|are gone|did {p} part with]", "c", "a - f"),
                    ("how many {ys} [were sold or lost|are gone|did {p} part with]", "e", "b - g"),
                    ("how many {wholes} are left", "h", "f + g"),
                ),
            ),
            T(
                ("{p} had some {xs} and some {ys}", "{p} gave away {c x} and {e y}", "now there are {f x} and {g y}"),
                (
                    ("how many {xs} did {p} have [at first|before|to begin with]", "a", "f + c"),
                    ("how many {ys} did {p} have [at first|before|to begin with]", "b", "g + e"),
                ),
            ),
        ),
        weight=2,
    ),
    V(
        "ledger-people",
        "p! q! x:small",
        two_that_shrink,
        (
            T(
                (
                    "{p} had {a x} and {q} had {b x}",
                    "{p.name} [lost|sold|gave away] {c}",
                    "{q.name} [lost|sold|gave away] {e}",
                ),
                (
                    ("how many {xs} {p:do} {p.name} have [now|left]", "f", "a - c"),
                    ("how many {xs} does {q.name} have [now|left]", "g", "b - e"),
                    ("how many {xs} did they have together [at first|before]", "t", "a + b"),
                    ("how many {xs} did they [lose or give away|part with] [altogether|in all]", "l", "c + e"),
                    ("how many {xs} do they have [together|altogether] now", "h", "a + b - c - e"),
                ),
            ),
            T(
                ("{p} {p:have} {f x} left after [losing|selling|giving away] {c}", "{q} has {g x}"),
                (
                    ("how many {xs} did {p.name} have [at first|before]", "a", "f + c"),
                    ("how many {xs} do {p.name} and {q.name} have now", "h", "f + g"),
                ),
            ),
        ),
        weight=1.2,
    ),
    V(
        "ledger-mixed",
        "p x:small y~x",
        shrink_and_grow,
        (
            T(
                (
                    "{p} had {a x} and {b y}",
                    "[{p} gave {q} {c x}|{q} took {c x}|{p} lost {c x}]",
                    "{p} [bought|found|got] {e} more {ys}",
                ),
                (
                    ("how many {xs} {p:do} {p} have now", "f", "a - c"),
                    ("how many {ys} {p:do} {p} have now", "g", "b + e"),
                    ("how many {xs} and {ys} {p:do} {p} have now [altogether|in all]", "h", "a - c + b + e"),
                ),
            ),
            T(
                (
                    "there were {a x} and {b y} in [a box|the drawer|a basket]",
                    "{p} [put|placed] {e} more {ys} [in|into it]",
                    "{q} took out {c x}",
                ),
                (
                    ("how many {ys} are [in it|there] now", "g", "b + e"),
                    ("how many {xs} are [in it|there] now", "f", "a - c"),
                    ("how many {xs} and {ys} are there now", "h", "a - c + b + e"),
                    ("how many {xs} and {ys} were there at first", "t", "a + b"),
                ),
            ),
        ),
        weight=1.5,
    ),
    V(
        "ledger-farm",
        "p! q! x:farm y~x",
        two_that_grow,
        (
            T(
                ("{p} {p:have} {a x} and {b y}", "{p} [bought|got] {c x} and {e y} [at the market|from {q}|at a sale]"),
                (
                    ("how many {xs} {p:do} {p.name} have now", "f", "a + c"),
                    ("how many {ys} {p:do} {p.name} have now", "g", "b + e"),
                    ("how many animals did {p.name} [buy or get|add]", "k", "c + e"),
                    ("how many animals are there now [in all|altogether]", "h", "a + c + b + e"),
                    ("how many more {xs} than {ys} are there now", "d", "a + c - (b + e)"),
                ),
            ),
        ),
        weight=0.8,
    ),
    V(
        "ledger-days",
        "p! q! x:garden",
        two_that_grow,
        (
            T(
                (
                    "on Monday, {p.name} {did} {a x} and {q.name} {did} {b}",
                    "on Tuesday, {p.name} {did} {c} and {q.name} {did} {e}",
                ),
                (
                    ("how many {xs} did {p.name} get [on the two days|in all]", "f", "a + c"),
                    ("how many {xs} did {q.name} get in all", "g", "b + e"),
                    ("how many {xs} did they get together on Tuesday", "k", "c + e"),
                    ("how many more {xs} did {p.name} get in all than {q.name}", "d", "a + c - (b + e)"),
                    ("how many {xs} is that for all of it", "h", "a + b + c + e"),
                ),
            ),
        ),
        weight=0.9,
    ),
    V(
        "ledger-come-and-go",
        "p x:small who:people",
        come_and_go,
        (
            T(
                ("{p} had {a x}", "{p} [found|bought|got] {b} more", "{p} [lost|sold|gave away] {c}"),
                (
                    ("how many more {xs} did {p} get than {p} gave up", "d", "b - c"),
                    ("how many more {xs} {p:do} {p} have now than at first", "d", "b - c"),
                    ("how many {xs} {p:do} {p} have [now|in the end]", "e", "a + b - c"),
                ),
            ),
            T(
                ("there were {a who} at {at}", "then {b} more came", "{c} left"),
                (
                    ("how many more came than left", "d", "b - c"),
                    ("how many {whos} are there now", "e", "a + b - c"),
                ),
            ),
            T(
                ("{p} [found|collected|picked up] {b x} but lost {c} of them", "{p} already had {a} at home"),
                (
                    ("how many {xs} {p:do} {p} have now", "e", "a + b - c"),
                    ("how many of the {xs} that {p} found are left", "d", "b - c"),
                    ("how many more {xs} did {p} find than lose", "d", "b - c"),
                ),
            ),
            T(
                ("a [bus|train] had {a} passengers", "[at a stop|at {at}], {c} got off and {b} got on"),
                (
                    ("how many passengers are on it now", "e", "a - c + b"),
                    ("how many more got on than got off", "d", "b - c"),
                ),
            ),
        ),
        avoid=frozenset({"people"}),
        weight=1.3,
    ),
)
