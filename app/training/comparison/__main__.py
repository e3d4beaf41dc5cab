"""`python -m app.training.comparison`: trains both recipes with several seeds, and writes the page.

    all   --data FOLDER --out FOLDER [--page docs/comparison.md]   everything; the same command goes on where it ended
    run   RECIPE --seed N --data FOLDER --out FOLDER               one run
    page  --out FOLDER --page docs/comparison.md                   the page again, from the runs that are there

Exit status 0: done. 1: not; the sentence says why.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.errors import QuodError
from app.training.comparison.page import write_page
from app.training.comparison.results import collect
from app.training.comparison.runs import embedded_recipe, folder_of, run_one, same_solving
from app.training.comparison.schedule import Command, run_commands
from app.training.comparison.sets import read_sets
from app.training.job import TrainingError
from app.training.progress import say
from app.training.sources import require_files

RECIPES = ("compare-solve-only", "compare-cocktail")
SEEDS = (1, 2, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    try:
        if asked.what == "run":
            run_one(replace(embedded_recipe(asked.recipe), seed=asked.seed), asked.data, asked.out, read_sets)
            return 0
        alone, cocktail = (embedded_recipe(each) for each in asked.recipes)
        if differ := same_solving(alone, cocktail):
            raise TrainingError(f"the recipes differ in more than what the second one adds: {', '.join(differ)}")
        if asked.what == "all":
            # Whatever is missing is said before anything is trained.
            require_files(alone, asked.data)
            require_files(cocktail, asked.data)
            read_sets(asked.data)
            run_commands(_commands(asked), asked.at_once)
        if asked.page is not None:
            write_page(collect(asked.out, alone.name, cocktail.name, asked.seeds), (alone, cocktail), asked.page)
            say(f"written: {asked.page}")
    except QuodError as error:
        say(str(error))
        return 1
    return 0


def _commands(asked: argparse.Namespace) -> list[Command]:
    """A seed's two runs one behind the other, so that whoever ends it early has pairs."""
    return [
        Command(
            name=f"{recipe.name}, seed {seed}",
            folder=folder_of(asked.out, recipe.name, seed),
            argv=(
                *(sys.executable, "-m", "app.training.comparison", "run", named, "--seed", str(seed)),
                *("--data", str(asked.data), "--out", str(asked.out)),
            ),
        )
        for seed in asked.seeds
        for named, recipe in ((each, embedded_recipe(each)) for each in asked.recipes)
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app.training.comparison", description=(__doc__ or "").split("\n")[0]
    )
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("all", "run", "page"):
        command = what.add_parser(name)
        command.add_argument("--out", type=Path, required=True, help="folder of all runs")
        if name != "page":
            command.add_argument("--data", type=Path, required=True, help="folder of the training files and test sets")
        if name == "run":
            command.add_argument("recipe", help="a TOML file, or one that ships")
            command.add_argument("--seed", type=int, required=True)
            continue
        command.add_argument(
            "--page", type=Path, required=name == "page", help="Markdown file; its plot lies beside it"
        )
        command.add_argument("--recipes", nargs=2, default=RECIPES, metavar=("SOLVE", "COCKTAIL"))
        command.add_argument("--seeds", nargs="+", type=int, default=SEEDS)
        if name == "all":
            command.add_argument(
                "--at-once",
                type=int,
                choices=range(1, 65),
                metavar="N",
                default=2,
                help="runs at the same time, each with one thread",
            )
    return parser


if __name__ == "__main__":
    sys.exit(main())
