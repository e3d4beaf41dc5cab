"""A recipe is read strictly, and written with every default."""

import json
from dataclasses import replace

import pytest

from app.training.recipe import (
    EmbeddedRecipe,
    FromFile,
    LoraRecipe,
    Precision,
    RecipeError,
    differences,
    load_recipe,
    read_recipe,
    shipped_recipes,
    write_recipe,
)

LORA = """
kind = "lora"
name = "mine"
[tasks]
solve = 2
[sources.mine]
builder = "rows"
file = "rows.jsonl"
[training]
epochs = 1
[optimiser]
learning_rate = 1e-4
"""
EMBEDDED = """
kind = "embedded"
name = "small"
[sources.made]
builder = "elementary"
rows = 10
[[phases]]
updates = 5
mix = { made = 1 }
[optimiser]
learning_rate = 0.001
"""


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_recipe_that_ships_is_read_and_written_and_read_again(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert read_recipe(write_recipe(recipe), "again.toml") == recipe


def test_these_recipes_ship():
    embedded = ("embedded", "embedded-problems", "embedded-sentences")
    assert shipped_recipes() == (
        "cocktail-lora",
        "compare-cocktail",
        "compare-solve-only",
        *embedded,
        "solve-only-lora",
    )
    assert isinstance(load_recipe("embedded"), EmbeddedRecipe)


def test_the_cocktail_differs_from_solve_alone_in_the_other_two_tasks_and_nothing_else():
    cocktail, alone = load_recipe("cocktail-lora"), load_recipe("solve-only-lora")
    assert isinstance(cocktail, LoraRecipe)
    assert (alone.tasks.kb, alone.tasks.align) == (0, 0)
    assert {key.split(".")[0] for key in differences(cocktail, alone)} == {"name", "tasks", "sources"}
    assert alone.tasks.solve == cocktail.tasks.solve
    solving = {name: source for name, source in cocktail.sources.items() if source.builder not in ("kb", "align")}
    assert solving == alone.sources


def test_every_default_is_written():
    written = write_recipe(read_recipe(LORA, "mine.toml"))
    for line in ("seed = 1", "rank = 32", 'schedule = "cosine"', 'precision = "auto"', "keep = 2", "# updates: none"):
        assert line in written.splitlines()


def test_what_is_hard_to_write_in_toml_comes_back():
    recipe = read_recipe(LORA, "mine.toml")
    strange = 'a "b" \\ \n\t\x7f\x01 é \U0001d54f'
    recipe = replace(recipe, sources={"a b.c": FromFile("rows", strange, licence="x"), "": FromFile("rows", "")})
    assert read_recipe(write_recipe(recipe), "again.toml") == recipe


def test_a_file_is_read_by_its_path(tmp_path):
    (tmp_path / "mine.toml").write_text(LORA)
    assert load_recipe(str(tmp_path / "mine.toml")).model.precision is Precision.AUTO


def changed(text, old, new):
    assert text.count(old) == 1
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (changed(LORA, "solve = 2", "solv = 2"), "mine.toml: tasks.solv: there is no such key; did you mean 'solve'?"),
        (changed(LORA, "[tasks]", "[task]"), "mine.toml: task: there is no such key; did you mean 'tasks'?"),
        (changed(LORA, "[tasks]", "[zzz]"), "zzz: there is no such key; there are kind, name, sources, tasks"),
        (changed(LORA, '"lora"', '"lorra"'), "kind: one of embedded, lora, not 'lorra'; did you mean 'lora'?"),
        (changed(LORA, 'kind = "lora"', ""), "kind: it is missing; one of embedded, lora"),
        (changed(LORA, 'name = "mine"', ""), "mine.toml: name: it is missing"),
        (changed(LORA, '"mine"', '"../mine"'), "name: '../mine' is no name"),
        (changed(LORA, "solve = 2", "solve = 2.5"), "tasks.solve: a whole number is wanted, not 2.5"),
        (changed(LORA, "solve = 2", "solve = true"), "tasks.solve: a whole number is wanted, not true"),
        (changed(LORA, "solve = 2", "solve = 0"), "tasks.solve: 0 is less than 1"),
        (changed(LORA, "1e-4", '"1e-4"'), "optimiser.learning_rate: a number is wanted, not '1e-4'"),
        (changed(LORA, "1e-4", "0"), "optimiser.learning_rate: 0 is not above 0"),
        (changed(LORA, "1e-4", "2"), "optimiser.learning_rate: 2 is more than 1"),
        (changed(LORA, "1e-4", "nan"), "optimiser.learning_rate: nan is not finite"),
        (changed(LORA, "1e-4", "inf"), "optimiser.learning_rate: inf is not finite"),
        (changed(LORA, '"rows"', '"row"'), "sources.mine.builder: one of rows, mawps"),
        (changed(LORA, 'builder = "rows"', 'builder = "kb"'), "sources.mine.file: there is no such key"),
        (changed(LORA, 'builder = "rows"', ""), "sources.mine.builder: it is missing"),
        (changed(LORA, "epochs = 1", ""), "training: give either `epochs` or `updates`"),
        (changed(LORA, "epochs = 1", "epochs = 1\nupdates = 1"), "training: give either `epochs` or `updates`"),
        (LORA + '[lora]\ntargets = "all"', "lora.targets: one of all-linear, not 'all'"),
        (LORA + "[lora]\ntargets = [1]", "lora.targets[0]: a text is wanted, not 1"),
        (LORA + "[lora]\ntargets = 3", "lora.targets: one of all-linear, not 3"),
        (LORA + "[lora]\ntargets = {}", "lora.targets: one of all-linear, not a table"),
        (LORA + "[model]\nprecision = 'fp8'", "model.precision: one of auto, float32, bfloat16, not 'fp8'"),
        (LORA + "[sources.pairs]\nbuilder='align'\nof=['min']\nrows=9", "no source 'min'; did you mean 'mine'?"),
        (LORA + "[sources.k]\nbuilder='kb'\n[sources.p]\nbuilder='align'\nof=['k']\nrows=9", "'k' has no problems"),
        (LORA + "lora = 3", "optimiser.lora: there is no such key"),
        (changed(EMBEDDED, "made = 1", "maid = 1"), "phases[0].mix: there is no source 'maid'; did you mean 'made'?"),
        (changed(EMBEDDED, "made = 1", "made = 0"), "phases[0].mix.made: 0 is not above 0"),
        (
            changed(EMBEDDED, "{ made = 1 }", "{ made = 1 }\nbeside = { maid = 1 }"),
            "phases[0].beside: there is no source",
        ),
        (
            changed(EMBEDDED, "{ made = 1 }", "{ made = 1 }\nbeside = { made = 0 }"),
            "phases[0].beside.made: 0 is not above",
        ),
        (changed(EMBEDDED, "updates = 5", "updates = -5"), "phases[0].updates: -5 is less than 1"),
        (EMBEDDED + "[network]\nwidth = 100\nheads = 3", "network.width: it must be a multiple of twice the heads"),
        (EMBEDDED + "[tasks]\nsolve = 1", "tasks: there is no such key"),
        ("", "kind: it is missing"),
        ("kind = ", "it is not TOML"),
        ("kind = 'lora'\nkind = 'lora'", "it is not TOML"),
        ("sources = 3\n" + LORA.replace("[sources.mine]", "[mine]"), "mine: there is no such key"),
    ],
)
def test_a_fault_names_the_file_the_key_and_what_was_meant(text, message):
    with pytest.raises(RecipeError) as caught:
        read_recipe(text, "mine.toml")
    assert str(caught.value).startswith("mine.toml: ")
    assert message in str(caught.value)


def test_a_table_where_a_value_belongs_and_the_other_way_about():
    for text, message in (
        (changed(LORA, 'name = "mine"', "name = {}"), "name: a text is wanted, not a table"),
        ("kind = 'lora'\nname = 'x'\nsources = []", "sources: a table is wanted, not a list"),
        ("kind = 'lora'\nname = 'x'\nsources = {a = 3}", "sources.a: a table is wanted, not 3"),
        ("kind = 'lora'\nname = 'x'\nsources = {}\ntasks = 3", "tasks: a table is wanted, not 3"),
        ("kind = 'embedded'\nname = 'x'\nsources = {}\nphases = {}", "phases: a list is wanted, not a table"),
    ):
        with pytest.raises(RecipeError) as caught:
            read_recipe(text, "mine.toml")
        assert message in str(caught.value)


def test_no_source_and_no_phase_are_refused():
    with pytest.raises(RecipeError, match="sources: there is none"):
        read_recipe("kind='lora'\nname='x'\nsources={}\ntasks={solve=1}\ntraining={epochs=1}\n"
                    "optimiser={learning_rate=0.1}", "x.toml")  # fmt: skip
    with pytest.raises(RecipeError, match="phases: there is none"):
        read_recipe("kind='embedded'\nname='x'\nphases=[]\noptimiser={learning_rate=0.1}\n"
                    "[sources.a]\nbuilder='kb'", "x.toml")  # fmt: skip


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    with pytest.raises(
        RecipeError, match=r"no such file, and no recipe of this name ships.*did you mean 'cocktail-lora'"
    ):
        load_recipe("coktail-lora")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="not UTF-8 text: byte 0"):
        load_recipe(str(tmp_path / "binary.toml"))
    with pytest.raises(RecipeError, match="cannot be read"):
        load_recipe(str(tmp_path))


def test_what_differs_is_named_by_its_key():
    one, other = read_recipe(LORA, "a"), read_recipe(changed(LORA, "1e-4", "2e-4") + "[sources.kb]\nbuilder='kb'", "b")
    assert differences(one, one) == ()
    assert differences(one, other) == ("optimiser.learning_rate", "sources.kb.builder")


def test_a_whole_number_where_a_number_is_wanted_is_one():
    recipe = read_recipe(LORA + "[lora]\nalpha = 16", "mine.toml")
    assert recipe.lora.alpha == 16
    assert isinstance(recipe.lora.alpha, float)
    assert json.dumps(recipe.lora.alpha) == "16.0"
