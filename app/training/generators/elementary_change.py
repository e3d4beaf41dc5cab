"""Stories in which an amount changes, once or several times: the end, the start or one of the changes is asked for."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.training.generators.elementary_amounts import Amounts, amounts, many, measured, some
from app.training.generators.elementary_cast import draw_cast
from app.training.generators.elementary_telling import Tale
from app.training.generators.elementary_vignette import with_spare

Event = tuple[str, str]
"""What happens, `@` for its amount, and the question for that amount."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Where something changes.

    Args:
        start: what there is at first, `@` for the amount; `end` what there is in the end.
        ask_end, ask_start: the questions for them; ask_gained, ask_lost: for the sum of several changes.
        size: how much there may be: `some`, `many`, `measured`, `money`, `few`.
    """

    name: str
    cast: str
    start: tuple[str, ...]
    gains: tuple[Event, ...]
    losses: tuple[Event, ...]
    end: tuple[str, ...]
    ask_end: tuple[str, ...]
    ask_start: tuple[str, ...]
    ask_gained: tuple[str, ...] = ()
    ask_lost: tuple[str, ...] = ()
    size: str = "some"
    noise: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()
    weight: float = 1.0


SETTINGS = (
    Setting(
        "change-own",
        "p x:small",
        (
            "{p} had {@ x}",
            "{p} had {@ x}[ in {p.own} collection| in {p.own} bag| at home| in {p.own} room| in {p.own} drawer|]",
            "{p} {p:start} with {@ x}",
            "{p} {p:have} {@ x}",
            "<[at first|in the beginning|this morning|yesterday|last week], >{p} had {@ x}",
            "{p} started [out|the day] with {@ x}",
        ),
        (
            (
                "{p} [found|bought|got|received|won] {@} more [{xs}|]<[ later| the next day| on {day}|]>",
                "how many {xs} did {p} get",
            ),
            ("{q} gave {p.him} {@} more[ {xs}|]", "how many {xs} did {q} give {p.him}"),
            (
                "<[then |later |after that, |]>{p} bought {@} [more|new ones|more {xs}] [at the store|at {at}|]",
                "how many {xs} did {p} buy",
            ),
            ("{p} got {@} more {xs} from {q}", "how many {xs} did {p} get from {q}"),
            ("{p} {p:was} given {@} [more|more {xs}] [by {q}|for {p.own} birthday]", "how many {xs} {p:was} {p} given"),
            ("{p} added {@} more {xs} to {p.own} [collection|pile|supply]", "how many {xs} did {p} add"),
            (
                "{p.own} [mother|father|aunt|uncle|sister|cousin] gave {p.him} {@} more",
                "how many did {p} get from {p.own} family",
            ),
            (
                "{p} found {@} more {xs} [under the bed|at {at}|in a drawer|on the way home]",
                "how many {xs} did {p} find",
            ),
        ),
        (
            ("{p} gave {@} of them [away|to {q}|to a friend]", "how many {xs} did {p} give away"),
            ("{p} gave {q} {@} of {p.own} {xs}", "how many {xs} did {p} give {q}"),
            ("{p} lost {@} of them [at {at}|on the way home|in the afternoon|]", "how many {xs} did {p} lose"),
            (
                "<[then |later |]>{p} sold {@} of them<[ at a garage sale| to {q}| at {at}|]>",
                "how many {xs} did {p} sell",
            ),
            ("{q} [took|borrowed] {@} of {p.his} {xs}", "how many {xs} did {q} take"),
            ("{p} [threw away|broke|gave away|donated|dropped|misplaced] {@} {xs}", "how many {xs} did {p} get rid of"),
            ("{p} [traded away|handed out] {@} of the {xs}", "how many {xs} did {p} trade or hand out"),
            (
                "{@} of {p.his} {xs} [got lost|disappeared|were stolen|got wet and were thrown away]",
                "how many {xs} were gone",
            ),
            ("{p} shared {@} of {p.own} {xs} with {q}", "how many {xs} did {p} share"),
        ),
        (
            "now {p} {p:have} {@ x}",
            "{p} now {p:have} {@ x}",
            "<in the end, >{p} had {@ x}",
            "<[after that|afterwards], >{p} had {@ x}",
            "{p} [{p:was} left|ended up] with {@ x}",
        ),
        (
            "how many {xs} {p:do} {p} have [now|]",
            "how many {p:do} {p} have [now|]",
            "how many {xs} {p:do} {p} have in [all|total] now",
            "how many {xs} will {p} have [then|in the end|]",
            "how many {xs} would {p} have",
            "how many {xs} {p:do} {p} end up with",
            "what is the number of {xs} that {p} {p:have} now",
            "find how many {xs} {p} {p:have} now.",
            "now {p} {p:have} how many {xs}",
        ),
        (
            "how many {xs} did {p} have [to begin with|at first|before|in the beginning|to start with|originally]",
            "how many {xs} did {p} start with",
        ),
        ("how many {xs} did {p} get in [all|total]",),
        ("how many {xs} did {p} [part with|lose or give away] in [all|total]",),
        weight=4,
        noise=(
            "{r} has {v x}",
            "{u} of the {xs} are [old|new|broken]",
            "{p} {p:keep} {p.own} {xs} in {u} boxes",
            "{p} also had {v o}",
            "{r} wants to have {v x}",
        ),
    ),
    Setting(
        "change-place",
        "x:small box:containers",
        (
            "there [are|were] {@ x} in [the {box}|{an box}]",
            "[{an box}|the {box}] [has|holds|contains|contained|held] {@ x}",
            "{p} put {@ x} [in|into] {an box}",
            "the {box} had {@ x} in it",
        ),
        (
            ("{p} [puts|put|placed|dropped] {@} more {xs} [in|inside|into] the {box}", "how many {xs} did {p} put in"),
            ("{@} more {xs} [are|were] added[ to the {box}|]", "how many {xs} were added"),
            ("{q} added {@} [more|more {xs}]", "how many {xs} did {q} add"),
        ),
        (
            ("{p} [takes|took] {@} {xs} out[ of the {box}|]", "how many {xs} did {p} take out"),
            (
                "{@} [of them|of the {xs}|{xs}] [are|were] [taken out|removed|thrown away]",
                "how many {xs} were taken out",
            ),
            ("{q} [took|used|borrowed] {@} of [the {xs}|them]", "how many {xs} did {q} take"),
        ),
        (
            "now there are {@ x} in the {box}",
            "the {box} now [has|holds|contains] {@ x}",
            "then {@ x} were in the {box}",
        ),
        (
            "how many {xs} are [now |]in the {box}",
            "how many {xs} [are there|are] in the {box} [now|]",
            "how many {xs} does the {box} [hold|contain|have] now",
            "how many {xs} would be in the {box}",
            "what is the number of {xs} in the {box} now",
        ),
        ("how many {xs} were in the {box} [at first|before|to begin with|originally]",),
        ("how many {xs} were added [altogether|in all]",),
        ("how many {xs} were taken out [altogether|in all]",),
        weight=2.5,
        noise=(
            "{v x} were on the floor",
            "there were {v o} in it too",
            "{r} has {v x}",
            "there are {u} such {boxs} in the room",
        ),
    ),
    Setting(
        "change-shop",
        "x:goods",
        (
            "a {shop} [had|has] {@ x} [in stock|on its shelves|for sale|]",
            "[the|a] {shop} [started|opened] the day with {@ x}",
            "there were {@ x} [for sale|in stock] at the {shop}",
        ),
        (
            ("the {shop} [got|received|ordered|bought] {@} more [{xs}|]", "how many {xs} did the {shop} get"),
            ("{@} more {xs} were delivered", "how many {xs} were delivered"),
            ("a truck brought {@} more", "how many {xs} did the truck bring"),
        ),
        (
            ("the {shop} sold {@} of them[ on {day}| that day| before noon|]", "how many {xs} did the {shop} sell"),
            ("customers bought {@} {xs}", "how many {xs} did customers buy"),
            (
                "{@} [of the {xs}|{xs}] were [sold|returned to the maker|damaged and thrown out]",
                "how many {xs} were gone",
            ),
            ("{p} bought {@} of them", "how many {xs} did {p} buy"),
        ),
        ("<[at the end of the day|in the evening], >there were {@ x} [left|in stock]", "now the {shop} has {@ x}"),
        (
            "how many {xs} [does|did] the {shop} have [then|in the end|at the end]",
            "how many {xs} are in stock at the {shop} now",
            "how many {xs} would the {shop} have",
            "how many {xs} remain in the {shop}",
        ),
        ("how many {xs} did the {shop} [have|start with|have in stock] [at the beginning|at first|originally]",),
        ("how many {xs} did the {shop} get altogether",),
        ("how many {xs} were sold or gone in all",),
        size="many",
        weight=1.5,
        noise=(
            "[another|a different] {shop} had {v x}",
            "each {x} cost {u $}",
            "the {shop} also had {v o}",
            "{w} customers came in",
        ),
    ),
    Setting(
        "change-riders",
        "who:people ride:teams",
        (
            "there [were|are] {@ who} on [a|the] [bus|train|ferry|tram|boat]",
            "[a|the] [bus|train|ferry|tram|boat] was carrying {@ who}",
            "{@ who} [were riding on|got on] [the|a] [bus|train|tram|boat]",
        ),
        (
            ("<[at the next stop, |at {at}, |then |]>{@} more [{whos}|people] got on", "how many got on"),
            ("{@} more [{whos}|] [got on|came on board|boarded]", "how many {whos} came on board"),
        ),
        (
            ("<[at the next stop, |at {at}, |then |]>{@} [{whos}|of them|people] got off", "how many {whos} got off"),
            ("{@} [{whos}|of them] [left|got off|went home]", "how many {whos} got off"),
        ),
        ("then there were {@ who} [left|] on board", "now there are {@ who} on board"),
        (
            "how many [{whos}|people] [are|were] on board [now|then|]",
            "how many {whos} were still riding",
            "how many {whos} are there now",
        ),
        ("how many {whos} were [on board|riding] [at first|before|at the start]",),
        ("how many {whos} got on in all",),
        ("how many {whos} got off in all",),
        avoid=frozenset({"people"}),
        noise=(
            "the ride takes {u} hours",
            "a ticket costs {u $}",
            "another bus was carrying {v who}",
        ),
    ),
    Setting(
        "change-crowd",
        "who:people",
        (
            "there were {@ who} [at {at}|in the room|in line|in the club|in the building]",
            "{@ who} were [playing|waiting|working|sitting|standing in line|having lunch] at {at}",
            "{@ who} [came|went] to {at}",
        ),
        (
            ("{@} more {whos} [came|joined them|arrived|showed up]", "how many {whos} came"),
            ("then {@} more arrived", "how many more {whos} arrived"),
            ("{@} other {whos} joined [in|them]", "how many {whos} joined"),
        ),
        (
            ("{@} of them [left|went home|got tired and left|had to leave]", "how many of the {whos} left"),
            ("{@} {whos} [quit|gave up|left early|went inside]", "how many {whos} left"),
        ),
        ("<[in the end|at noon|an hour later], >there were {@ who}", "then {@ who} [were there|were left]"),
        (
            "how many {whos} [are|were] there [now|then|in the end]",
            "how many {whos} remained there",
            "how many {whos} would be there",
        ),
        ("how many {whos} were there [at first|before|to begin with|originally]",),
        ("how many {whos} came later, in all",),
        ("how many {whos} left in all",),
        avoid=frozenset({"people"}),
        noise=(
            "{v who} did not come",
            "they had {v o} with them",
            "{u} of the {whos} wore hats",
        ),
    ),
    Setting(
        "change-animals",
        "x:animals",
        (
            "there were {@ x} [at {at}|in the field|by the water|in a cage|behind the house]",
            "{@ x} [were resting|were sitting|lived|gathered] [in the yard|under a tree|near {at}]",
            "{p} saw {@ x} [at {at}|in the field|near the river]",
        ),
        (
            ("{@} more [{xs}|] [came|arrived|joined them|showed up]", "how many {xs} came"),
            ("then {@} more {xs} were brought there", "how many {xs} were brought"),
        ),
        (
            ("{@} [of them|{xs}|of the {xs}] [ran away|left|hid|moved away|disappeared]", "how many {xs} went away"),
            ("{q} [caught|took home|scared away] {@} of them", "how many {xs} did {q} chase, catch or take"),
        ),
        ("now there are {@ x}", "<in the end, >{@ x} were there", "then {p} counted {@ x}"),
        (
            "how many {xs} [are|were] [there now|there in the end|left there]",
            "how many {xs} are there now",
            "how many {xs} would there be",
            "how many {xs} remain",
        ),
        ("how many {xs} were there [at first|before|in the beginning|to start with]",),
        ("how many {xs} came in all",),
        ("how many {xs} went away in all",),
        noise=(
            "{r} has {v x} at home",
            "{u} of the {xs} were very young",
            "there were {v o} nearby",
        ),
    ),
    Setting(
        "change-trees",
        "x:trees",
        (
            "there are {@} {xs} [currently|] in {at}",
            "{at} [has|had] {@ x}",
            "{p} [{p:have}|had] {@ x} on [the|a] farm",
        ),
        (
            (
                "[workers|gardeners|the town workers] [will plant|planted|are going to plant] {@} more [{xs}|] "
                "[today|this week|in the spring|]",
                "how many {xs} will the workers plant",
            ),
            ("{p} [planted|{p:be} going to plant] {@} more", "how many {xs} did {p} plant"),
        ),
        (
            (
                "[workers|the town workers] [cut down|removed|moved] {@} [{xs}|of them] [that were damaged|that "
                "were sick|]",
                "how many {xs} were cut down",
            ),
            ("a storm [knocked down|broke] {@} of the {xs}", "how many {xs} were lost in the storm"),
        ),
        ("there will be {@ x} [when the work is done|then]", "in the end there were {@ x}"),
        (
            "how many {xs} will there be [when they are finished|when the work is done|]",
            "how many {xs} are there now",
            "how many {xs} stand there [now|in the end]",
        ),
        ("how many {xs} were there [before|at first|to begin with]",),
        ("how many {xs} were planted altogether",),
        ("how many {xs} were lost altogether",),
        size="many",
        weight=0.7,
        noise=(
            "the trees are {u} years old",
            "there are {v} benches too",
            "the work takes {u} days",
        ),
    ),
    Setting(
        "change-food",
        "p x:meals",
        (
            "{p} [baked|made|cooked|prepared] {@ x}[ for the party| for the bake sale| for {p.own} friends| in "
            "the morning|]",
            "there were {@ x} on [the|a] [plate|table|tray]",
            "{p} [bought|brought] {@ x} [to school|to the picnic|for lunch|]",
        ),
        (
            ("{p} [made|baked|prepared] {@} more", "how many {xs} did {p} add"),
            ("{q} brought {@} more {xs}", "how many {xs} did {q} bring"),
        ),
        (
            ("{p} ate {@} of them", "how many {xs} did {p} eat"),
            ("{q} [ate|had|took] {@} [of them|of the {xs}]", "how many {xs} did {q} eat"),
            ("{@} [of them|of the {xs}] were [eaten|burnt|sold|given away]", "how many {xs} were gone"),
            ("the dog ate {@} {xs}", "how many {xs} did the dog eat"),
            ("[the guests|the children|{p.own} friends] ate {@} of them", "how many {xs} were eaten"),
        ),
        ("now there are {@ x} [left|]", "{@ x} [were left|remained]", "{p} still had {@ x}"),
        (
            "how many {xs} are [left|there now]",
            "how many {xs} remain",
            "how many {xs} are [there|left] in the end",
            "how many {xs} would [be left|{p} have]",
        ),
        ("how many {xs} were there [at first|in the beginning|before]",),
        ("how many more {xs} were made or brought in all",),
        ("how many {xs} were eaten or given away in all",),
        weight=1.3,
        noise=(
            "{r} had {v o}",
            "each {x} had cost {u $}",
            "{q} wanted {u x}",
        ),
    ),
    Setting(
        "change-money",
        "p x:bought y~x",
        (
            "{p} had {@ $} [in {p.own} wallet|in {p.own} piggy bank|in {p.own} bank account|]",
            "{p} [{p:have} saved|had saved|saved] [up |]{@ $}",
            "{p} started [the week|the day] with {@ $}",
        ),
        (
            (
                "{p} [earned|made|got] {@ $} [for washing cars|for mowing lawns|for walking dogs|by selling old "
                "{ys}|by babysitting]",
                "how much did {p} earn",
            ),
            ("{p.own} [grandmother|aunt|uncle|father|mother] gave {p.him} {@ $}", "how much money {p:was} {p} given"),
            ("{p} [received|got] {@ $} for {p.own} [birthday|allowance]", "how much did {p} get"),
            ("{p} found {@ $}", "how much money did {p} find"),
        ),
        (
            ("{p} spent {@ $} on [{an x}|{an y}|{xs}]", "how much did {p} spend"),
            ("{p} [bought|paid for] {an x} that cost {@ $}", "how much did the {x} cost"),
            ("{p} lost {@ $}", "how much money did {p} lose"),
            ("{p} gave {q} {@ $}", "how much did {p} give {q}"),
            ("{p} paid {@ $} for {an y}", "how much was the {y}"),
        ),
        ("now {p} {p:have} {@ $}[ left|]", "{p} ended up with {@ $}", "<in the end, >{p} had {@ $}"),
        (
            "how much money {p:do} {p} have [now|]",
            "how much [money |]did {p} have in the end",
            "how many dollars {p:do} {p} have [now|]",
            "how much would {p} have",
        ),
        ("how much money did {p} have [at first|before|to begin with]", "how much [money |]did {p} start with"),
        ("how much did {p} take in altogether",),
        ("how much did {p} [spend or lose|part with] in all",),
        size="money",
        avoid=frozenset({"price"}),
        weight=2,
        noise=(
            "{r} had {v $}",
            "{q} paid {u $} for {an o}",
            "{p} had been saving for {u} weeks",
        ),
    ),
    Setting(
        "change-stuff",
        "p stuff:substance unit:volumes",
        (
            "[a|the] [tank|barrel|pot|bucket] [held|had|contained] {@ unit} of {stuff}",
            "{p} [had|poured|measured] {@ unit} of {stuff}",
            "{p} filled a [tank|barrel|pot] with {@ unit} of {stuff}",
        ),
        (
            ("{p} [added|poured in|put in] {@} more {units}", "how many {units} were added"),
            ("{@} more {units} of {stuff} were added", "how many {units} of {stuff} were added"),
        ),
        (
            ("{p} [used|poured out|took out] {@ unit}", "how many {units} did {p} use"),
            ("{@ unit} [leaked|ran|spilled] out", "how many {units} were spilled"),
            ("{q} used {@ unit} of it", "how many {units} did {q} use"),
        ),
        ("now there are {@ unit} of {stuff}", "{@ unit} [remained|were left]"),
        (
            "how many {units} of {stuff} are [there now|left]",
            "how much {stuff} is there now",
            "how many {units} of {stuff} {p:do} {p} have now",
        ),
        ("how many {units} of {stuff} were there [at first|before]", "how much {stuff} was there in the beginning"),
        size="measured",
        weight=0.8,
        noise=(
            "another one held {v unit} of {stuff}",
            "this took {u} minutes",
        ),
    ),
    Setting(
        "change-length",
        "p stuff:stuff unit:lengths",
        (
            "[a|{p.his}] piece of {stuff} was {@ unit} long",
            "{p} had {@ unit} of {stuff}",
            "{p} bought {@ unit} of {stuff}",
        ),
        (
            ("{p} bought {@} more {units}", "how many {units} did {p} buy"),
            ("{q} gave {p.him} {@ unit} more", "how many {units} did {q} give {p.him}"),
        ),
        (
            ("{p} cut off {@ unit}", "how many {units} did {p} cut off"),
            ("{p} used {@ unit} [for a kite|for a present|for a costume|]", "how many {units} did {p} use"),
            ("{p} gave {q} {@ unit} of it", "how many {units} did {p} give {q}"),
        ),
        ("now there are {@ unit} [left|of it]", "{p} had {@ unit} [left|in the end]"),
        (
            "how many {units} of {stuff} are left",
            "how much {stuff} {p:do} {p} have now",
            "how many {units} of {stuff} {p:do} {p} have [now|in the end]",
        ),
        ("how many {units} of {stuff} were there [at first|before]", "how long was the {stuff} at first"),
        size="measured",
        weight=0.8,
        noise=(
            "{r} had {v unit} of {stuff}",
            "it had cost {u $}",
        ),
    ),
    Setting(
        "change-points",
        "p",
        (
            "{p} had {@} points [in a game|in a video game|after the opening round|in a quiz]",
            "{p} {p:was} playing a [video |board |]game and had {@} points",
            "{p} [scored|won] {@} points [in the opening round|at the start of the game|]",
        ),
        (
            (
                "{p} [scored|won|got] {@} more [points|] [in the next round|on the next level|later|]",
                "how many points did {p} win",
            ),
            ("{p} earned {@} bonus points", "how many bonus points did {p} get"),
        ),
        (
            (
                "{p} lost {@} [points|of them] [in the next round|in the last round|on a hard level|for cheating|]",
                "how many points did {p} lose",
            ),
            ("a mistake cost {p.him} {@} points", "how many points did the mistake cost"),
        ),
        ("<[in the end|at the end], >{p} had {@} points", "{p} finished with {@} points"),
        (
            "how many points did {p} have [at the end of the game|in the end]",
            "what was {p.his} score in the end",
            "how many points {p:do} {p} have now",
        ),
        ("how many points did {p} have [at first|before|to begin with]",),
        ("how many points did {p} gain [later|in all]",),
        ("how many points did {p} lose in all",),
        weight=0.9,
        noise=(
            "{r} had {v} points",
            "the game had {u} rounds",
            "{p} played for {w} minutes",
        ),
    ),
    Setting(
        "change-phone",
        "p",
        ("{p} had {@} [pictures|photos|files|songs|messages|apps] on {p.own} [phone|computer|camera|tablet]",),
        (
            ("{p} [added|downloaded|saved] {@} more", "how many did {p} add"),
            ("{p} put {@} new ones on it", "how many new ones did {p} put on it"),
        ),
        (
            ("{p} deleted {@} of them", "how many did {p} delete"),
            ("{p} [erased|removed] {@} [old ones|of them]", "how many did {p} erase"),
        ),
        ("now {p} {p:have} {@}", "{p} had {@} in the end"),
        ("how many {p:do} {p} have [now|on it now|]", "how many are on it [now|in the end]", "how many would {p} have"),
        ("how many did {p} have [at first|before|to begin with]",),
        ("how many did {p} add in all",),
        ("how many did {p} delete in all",),
        weight=0.6,
        noise=(
            "{r} has {v} on {r.own} phone",
            "it took {u} minutes",
        ),
    ),
    Setting(
        "change-harvest",
        "p x:garden",
        (
            "{p} [picked|harvested|gathered] {@ x} [from the garden|in the orchard|on {day}|in the morning|]",
            "{p} had {@ x} from {p.own} garden",
        ),
        (
            ("{p} [picked|harvested] {@} more [the next day|in the afternoon|later|]", "how many more did {p} pick"),
            ("{q} [picked|gathered] {@} more {xs} for {p.him}", "how many {xs} did {q} pick for {p.him}"),
        ),
        (
            ("{p} threw out {@} of them", "how many did {p} throw out"),
            ("{@} of them [were rotten|had worms|wilted|were crushed]", "how many {xs} were bad"),
            ("{p} [gave|sold] {@} of [them|the {xs}] to {q}", "how many {xs} did {q} get"),
            ("[rabbits|birds|the neighbors] ate {@} of the {xs}", "how many {xs} were eaten"),
        ),
        ("now {p} {p:have} {@ x}", "{p} had {@} good {xs} [left|] in the end"),
        (
            "how many {xs} {p:do} {p} have [now|]",
            "how many {p:do} {p} have [now|]",
            "how many [good |]{xs} would {p} have",
            "how many good {xs} [are left|are there now]",
        ),
        ("how many {xs} were there [at first|to begin with]",),
        ("how many {xs} were added later in all",),
        ("how many {xs} were gone in all",),
        noise=(
            "{r} has {v o}",
            "{p} also had {v o}",
            "the garden has {u} rows",
        ),
    ),
    Setting(
        "change-tasks",
        "p job:subject",
        (
            "{p} had {@} [worksheets|tests|essays|letters|emails|reports] to [check|grade|read|answer|go through]",
            "there were {@} {job} problems on {p.his} list",
            "{p} had to [wash|fold|sort|iron] {@} shirts",
        ),
        (
            ("another {@} [came in|were added|were handed in]", "how many were added"),
            ("{@} more [came in|were turned in|arrived] [later|the next day|]", "how many more came in"),
        ),
        (
            ("{p} [finished|did] {@} [of them|] [before lunch|on {day}|in the morning|]", "how many did {p} finish"),
            ("{q} [did|took care of] {@} of them", "how many did {q} do"),
        ),
        ("{p} still {p:have} {@} to do", "now {@} are left to do"),
        ("how many {p:do} {p} [still |]have to do", "how many are left to do", "how many would {p} still have to do"),
        ("how many did {p} have to do [at first|to begin with]",),
        ("how many came in later altogether",),
        ("how many were done in all",),
        noise=(
            "each takes {u} minutes",
            "{r} had {v} to do",
        ),
    ),
    Setting(
        "change-parked",
        "x:vehicles",
        (
            "there were {@ x} [in the parking lot|in the garage|on the street|at the repair shop]",
            "{@ x} were parked [at {at}|in front of the school|behind the hotel]",
        ),
        (
            ("{@} more [{xs}|] [came|arrived|were parked there]", "how many {xs} came"),
            ("<[then |at noon, |]>{@} more {xs} came in", "how many more {xs} came in"),
        ),
        (
            ("{@} [of them|of the {xs}|{xs}] [left|drove away|were towed away]", "how many {xs} left"),
            ("{p} [repaired and gave back|moved away] {@} of them", "how many {xs} did {p} take care of"),
        ),
        ("now there are {@ x}", "<in the evening, >there were {@ x}"),
        ("how many {xs} are there now", "how many {xs} [were|are] there in the end", "how many {xs} would be there"),
        ("how many {xs} were there [at first|in the morning|before]",),
        ("how many {xs} came in all",),
        ("how many {xs} went in all",),
        size="few",
        noise=("parking costs {u $} an hour", "{u} of the {xs} were [red|new|dirty]", "there is room for {v x}"),
        avoid=frozenset({"price"}),
        weight=0.8,
    ),
    Setting(
        "change-library",
        "p x:reading",
        (
            "[a library|a school|a club] [had|has] {@ x}",
            "there were {@ x} [on a shelf|in the library|in the classroom|on the cart]",
        ),
        (
            ("{p} [donated|brought|gave] {@} more[ {xs}|]", "how many {xs} did {p} bring"),
            ("{@} {xs} were [returned|brought back|delivered]", "how many {xs} were brought back"),
            ("{@} new {xs} [came|were bought]", "how many new {xs} came"),
        ),
        (
            (
                "{@} [of them|of the {xs}] were [borrowed|checked out|taken out|thrown out]",
                "how many {xs} were borrowed or thrown out",
            ),
            ("{q} borrowed {@} of them", "how many {xs} did {q} borrow"),
            ("students borrowed {@} {xs}", "how many {xs} did students borrow"),
        ),
        ("now there are {@ x}", "<at the end of the week, >there were {@ x}"),
        ("how many {xs} are there now", "how many {xs} are [there|left] in the end", "how many {xs} would there be"),
        ("how many {xs} were there [at first|before|to begin with]",),
        ("how many {xs} came in all",),
        ("how many {xs} were borrowed or thrown out in all",),
        size="many",
        noise=("{w} students came in", "each of the {xs} has {u} pictures", "{r} has read {u} of them"),
        avoid=frozenset({"page"}),
        weight=0.8,
    ),
    Setting(
        "change-temperature",
        "",
        (
            "<[in the morning|at noon|yesterday], >it was {@} degrees",
            "the temperature was {@} degrees [at sunrise|on {day}|in the morning]",
        ),
        (
            ("it [got|became] {@} degrees warmer", "by how many degrees did it get warmer"),
            ("the temperature rose by {@} degrees", "by how many degrees did the temperature rise"),
        ),
        (
            ("it got {@} degrees colder", "by how many degrees did it get colder"),
            ("the temperature [fell|dropped] by {@} degrees", "by how many degrees did the temperature fall"),
        ),
        ("now it is {@} degrees", "<in the end, >it was {@} degrees"),
        ("how many degrees is it now", "how warm [is it now|was it in the end]", "what is the temperature now"),
        ("how many degrees was it [at first|before]", "what was the temperature [at first|before]"),
        ("by how many degrees did it get warmer in all",),
        ("by how many degrees did it get colder in all",),
        size="few",
        noise=("it rained for {u} hours", "{p} looked out {u} times"),
        avoid=frozenset({"weather"}),
        weight=0.5,
    ),
    Setting(
        "change-weight",
        "p unit:weights",
        ("{p} weighed {@ unit}", "<[last year|in {month}], >{p.his} [dog|cat|pig|calf] weighed {@ unit}"),
        (
            ("<[later |then |]>there came {@} {units} on top", "how many {units} came on top"),
            ("there was a gain of {@ unit}", "how many {units} were gained"),
        ),
        (
            ("there was a loss of {@ unit}", "how many {units} were lost"),
            ("{@ unit} were lost [by running|in summer|during an illness|]", "how many {units} were lost"),
        ),
        ("now the weight is {@ unit}", "<in the end, >the scale showed {@ unit}"),
        ("what is the weight now, in {units}", "how many {units} is that now"),
        ("what was the weight at first, in {units}", "how many {units} was that at first"),
        size="few",
        noise=("the scale had cost {u $}", "{r} weighs {w unit}"),
        avoid=frozenset({"weight"}),
        weight=0.3,
    ),
    Setting(
        "change-balloons",
        "p x:toys",
        (
            "{p} {p:have} {@} balloons [for a party|for {q}|in the yard|]",
            "{p} blew up {@} balloons [in the morning|for the fair|]",
            "there were {@} balloons [at the party|on the ceiling|at {at}]",
        ),
        (
            ("{q} blew up {@} more[ balloons|]", "how many balloons did {q} blow up"),
            ("{@} more were brought by {r}", "how many balloons did {r} bring"),
        ),
        (
            ("{@} of them [popped|burst|flew away|lost their air]", "how many of the balloons were lost"),
            ("the wind carried off {@}", "how many balloons did the wind carry off"),
            ("{p} gave {@} balloons to {q}", "how many balloons did {q} get"),
        ),
        ("now there are {@} balloons", "{@} balloons are left"),
        ("how many balloons are [left|there now]", "how many balloons {p:do} {p} have now", "how many are left"),
        ("how many balloons were there [at first|before]",),
        ("how many balloons were added in all",),
        ("how many balloons were lost or given away in all",),
        noise=("{u} of the balloons are [red|blue|yellow]", "{p} also {p:have} {v x}", "the party lasts {u} hours"),
        weight=0.5,
    ),
    Setting(
        "change-distance",
        "p unit:distances",
        (
            "{p.his} [truck|car|bicycle] had gone {@ unit} [before the trip|so far|]",
            "the trip meter showed {@} {units}",
        ),
        (
            ("{p} [drove|rode] {@} more {units} [on {day}|to {at}|]", "how many {units} did {p} add"),
            ("{p} went {@} {units} farther", "how many {units} farther did {p} go"),
        ),
        (),
        ("now it is {@ unit}", "<in the end, >it was {@ unit}"),
        ("how many {units} is that now", "what did the meter show in the end"),
        ("how many {units} was it [at first|before]", "what did the meter show at first"),
        ("how many {units} did {p} add in all",),
        size="few",
        noise=("the gas cost {u $}", "it took {u} hours"),
        avoid=frozenset({"distance", "time"}),
        weight=0.3,
    ),
)
_WEIGHTS = [setting.weight for setting in SETTINGS]


def change(rng: random.Random) -> Tale:
    setting = rng.choices(SETTINGS, _WEIGHTS)[0]
    gains = _signs(rng) if setting.losses else (True,) * rng.randint(1, 2)
    values = _amounts(rng, setting.size, gains)
    names = [*"abc"[: len(gains)]]
    events: list[Event] = []
    for gain in gains:
        pool = [event for event in (setting.gains if gain else setting.losses) if event not in events]
        events.append(rng.choice(pool or (setting.gains if gain else setting.losses)))
    start = _put(rng.choice(setting.start), "start")
    end = _put(rng.choice(setting.end), "end")
    told = [_put(event[0], name) for event, name in zip(events, names, strict=True)]
    signed = [("+" if gain else "-", name) for gain, name in zip(gains, names, strict=True)]
    unknown = rng.random()
    facts: Sequence[str]
    if unknown < 0.55:
        facts, ask, answer = (start, *told), rng.choice(setting.ask_end), "end"
        formula = "start" + "".join(f" {sign} {name}" for sign, name in signed)
    elif unknown < 0.73:
        begin = _untold(rng.choice(setting.start))
        facts = (begin, *told, end)
        ask, answer = rng.choice(setting.ask_start), "start"
        formula = "end" + "".join(f" {'-' if sign == '+' else '+'} {name}" for sign, name in signed)
    elif unknown < 0.88:
        which = rng.randrange(len(names))
        hidden = _untold(events[which][0])
        facts = (start, *told[:which], hidden, *told[which + 1 :], end)
        ask, answer = events[which][1], names[which]
        others = signed[:which] + signed[which + 1 :]
        plus, minus = ("end", "start") if gains[which] else ("start", "end")
        turn = {"+": "-", "-": "+"} if gains[which] else {"+": "+", "-": "-"}
        formula = f"{plus} - {minus}" + "".join(f" {turn[sign]} {name}" for sign, name in others)
    else:
        return _of_changes(rng, setting, values, (start, *told), signed)
    return _tale(rng, setting, values, facts, ask, formula, answer)


def _of_changes(
    rng: random.Random, setting: Setting, values: Amounts, facts: Sequence[str], signed: Sequence[tuple[str, str]]
) -> Tale:
    """Asked is what came, or what went, in all; where there is nothing to add up, the end."""
    for sign, asks, answer in rng.sample([("+", setting.ask_gained, "gained"), ("-", setting.ask_lost, "lost")], 2):
        names = [name for with_sign, name in signed if with_sign == sign]
        if len(names) > 1 and asks:
            return _tale(rng, setting, values, facts, rng.choice(asks), " + ".join(names), answer)
    formula = "start" + "".join(f" {sign} {name}" for sign, name in signed)
    return _tale(rng, setting, values, facts, rng.choice(setting.ask_end), formula, "end")


def _tale(
    rng: random.Random, setting: Setting, values: Amounts, facts: Sequence[str], ask: str, formula: str, answer: str
) -> Tale:
    cast = draw_cast(rng, setting.cast)
    spared = with_spare(rng, values)
    return Tale(
        setting.name, cast, spared, tuple(facts), ask, formula, answer, noise=setting.noise, avoid=setting.avoid
    )


def _put(template: str, name: str) -> str:
    return template.replace("{@", "{" + name)


def _untold(template: str) -> str:
    """The clause without its amount."""
    template = template.replace("{@ $}", "some money").replace("another {@}", "some")
    return re.sub(r"\{@ (\w+)\}", r"some {\1s}", template).replace("{@}", "some")


def _signs(rng: random.Random) -> tuple[bool, ...]:
    """Which of the changes are gains."""
    chance = rng.random()
    count = 1 if chance < 0.4 else 2 if chance < 0.88 else 3
    return tuple(rng.random() < 0.45 for _ in range(count))


def _amounts(rng: random.Random, size: str, gains: Sequence[bool]) -> Amounts:
    """start, the changes a, b, c and the end; at no time is there less than nothing."""
    cents = size == "money" and rng.random() < 0.25
    changes = [_amount(rng, size, cents) for _ in gains]
    least = level = Fraction(0)
    for gain, amount in zip(gains, changes, strict=True):
        level += amount if gain else -amount
        least = min(least, level)
    start = _amount(rng, size, cents) - least
    gained = sum((amount for gain, amount in zip(gains, changes, strict=True) if gain), Fraction(0))
    lost = sum((amount for gain, amount in zip(gains, changes, strict=True) if not gain), Fraction(0))
    named = dict(zip("abc", changes, strict=False))
    return amounts(start=start, end=start + level, gained=gained, lost=lost, **named)


def _amount(rng: random.Random, size: str, cents: bool) -> Fraction:
    if size == "measured":
        return measured(rng)
    if size == "few":
        return Fraction(rng.randint(2, 40))
    return Fraction(many(rng) if size == "many" else some(rng)) + (Fraction(rng.randint(1, 99), 100) if cents else 0)
