import gzip
import json

import pytest

from app.training import pools, proofwriter
from app.training.job import Job, TrainingError
from app.training.pools import forms_of, prepare
from app.training.recipe import read_recipe
from app.translator.forms import Form

HEAD = 'kind = "embedded"\nname = "tiny"\n[optimiser]\nlearning_rate = 0.01\n[evaluation]\nrows = 2\nupdates = 9\n'
MAWPS = "Question,Numbers,Equation,Answer\n" + "".join(
    f'"Ann has number0 {thing} and buys number1 more . How many {thing} now ?",{n} {n + 2},'
    f"+ number0 number1,{2 * n + 2}\n"
    for n, thing in enumerate(["pears", "pens", "cups", "nuts", "hats"], 3)
)
GSM8K = json.dumps(
    {
        "question": "A shelf has 4 rows of 6 jars. 5 jars are empty. How many jars are full?",
        "gold": "19",
        "steps": [
            {"expr": "4*6", "value": "24", "clp": "S1 = 4*6"},
            {"expr": "24-5", "value": "19", "clp": "S2 = S1-5"},
        ],
    }
)
MATHQA = json.dumps(
    [
        {
            "Problem": "a tin of 4 figs weighs 20 grams . what does one fig weigh ?",
            "options": "a ) 5 , b ) 6",
            "correct": "a",
            "linear_formula": "divide(n1,n0)|",
        }
    ]
)


def prepared(folder, resume=False, **sources):
    """`sources`: by name, the body of each table."""
    tables = "".join(f"[sources.{name}]\n{body}\n" for name, body in sources.items())
    mix = ", ".join(f"{name} = 1" for name in sources)
    recipe = read_recipe(f"{HEAD}{tables}[[phases]]\nupdates = 1\nmix = {{ {mix} }}\n", "tiny.toml")
    (folder / "run").mkdir(exist_ok=True)
    return prepare(Job(recipe, folder / "run", folder, resume=resume), recipe)


def counts(found, name):
    return next(dict(each.dropped) for each in found.counts if each.name == name)


def test_files_of_people_are_read_run_and_partly_held_out(tmp_path):
    wrong = '"Bob has number0 pens and buys number1 . How many ?",4 5,+ number0 number1,10\n'
    (tmp_path / "mawps.csv").write_text(MAWPS + wrong)
    (tmp_path / "gsm8k.jsonl").write_text(GSM8K + "\n")
    (tmp_path / "mathqa.json").write_text(MATHQA)
    found = prepared(
        tmp_path,
        mawps='builder = "mawps"\nfile = "mawps.csv"',
        gsm8k='builder = "gsm8k"\nfile = "gsm8k.jsonl"',
        mathqa='builder = "mathqa"\nfile = "mathqa.json"',
    )
    assert {name: pool.size for name, pool in found.pools.items()} == {"mawps": 4, "gsm8k": 1, "mathqa": 1}
    assert [len(found.held_out[name]) for name in ("mawps", "gsm8k")] == [1, 0]
    assert not {each.text for each in found.held_out["mawps"]} & {each.text for each in found.pools["mawps"].problems}
    assert counts(found, "mawps")["held out"] == 1


def test_what_is_made_up_is_kept_and_read_again(tmp_path, monkeypatch):
    made = {"elementary": 'builder = "elementary"\nrows = 6', "ordering": 'builder = "ordering"\nrows = 5'}
    found = prepared(tmp_path, **made, align='builder = "align"\nof = ["elementary"]\nrows = 4')
    assert found.pools["ordering"].size == 5
    assert found.pools["align"].size == 4
    monkeypatch.setattr(pools, "right_ones", lambda problems: pytest.fail("made a second time"))
    again = prepared(tmp_path, resume=True, **made)
    assert again.pools["elementary"].problems == found.pools["elementary"].problems
    assert again.counts == found.counts[:2]


def test_sentences_of_proofwriter_are_kept_where_the_solver_gives_the_label(tmp_path, monkeypatch):
    monkeypatch.setattr(proofwriter, "FORMS", 3_000)
    question = "Based on the above information, is the following statement true, false, or unknown? "
    documents = [
        {"id": str(n), "context": "Anne is kind.", "question": f"{question}Anne is kind.", "answer": label}
        for n, label in enumerate("AB")
    ]
    with gzip.open(tmp_path / "pw.json.gz", "wt") as file:
        json.dump(documents, file)
    found = prepared(tmp_path, proofwriter='builder = "proofwriter"\nfile = "pw.json.gz"')
    assert all(each.form is Form.CLAUSE for each in found.pools["proofwriter"].examples)
    assert counts(found, "proofwriter") == {"the label is another": 1}
    monkeypatch.setattr(proofwriter, "proofwriter_examples", lambda *_, **__: pytest.fail("gathered a second time"))
    again = prepared(tmp_path, resume=True, proofwriter='builder = "proofwriter"\nfile = "pw.json.gz"')
    assert again.pools["proofwriter"].examples == list(found.pools["proofwriter"].examples)
    assert again.counts == found.counts
    (tmp_path / "run/problems/proofwriter.jsonl").write_text("damaged\n")
    with pytest.raises(TrainingError, match="the source proofwriter"):
        prepared(tmp_path, resume=True, proofwriter='builder = "proofwriter"\nfile = "pw.json.gz"')


@pytest.mark.parametrize(
    ("mix", "forms"),
    [
        ("mawps = 1, kb = 1, align = 1", {Form.ARITHMETIC}),
        ("multistep = 1, deduction = 1", {Form.ARITHMETIC, Form.CLAUSE}),
        ("proofwriter = 1", {Form.CLAUSE}),
        ("ordering = 1", {Form.ORDERING}),
        ("kb = 1", set()),
    ],
)
def test_a_network_reads_what_its_mixes_train(mix, forms):
    sources = (
        '[sources.mawps]\nbuilder = "mawps"\nfile = "a"\n[sources.proofwriter]\nbuilder = "proofwriter"\nfile = "b"\n'
        '[sources.kb]\nbuilder = "kb"\n[sources.align]\nbuilder = "align"\nof = ["mawps"]\nrows = 2\n'
    ) + "".join(f'[sources.{name}]\nbuilder = "{name}"\nrows = 1\n' for name in ("multistep", "deduction", "ordering"))
    recipe = read_recipe(f"{HEAD}{sources}[[phases]]\nupdates = 1\nmix = {{ {mix} }}\n", "tiny.toml")
    assert forms_of(recipe) == forms


def test_a_source_that_is_cut_off_or_gives_nothing_is_told(tmp_path):
    (tmp_path / "cut.gz").write_bytes(gzip.compress(GSM8K.encode() * 500)[:-20])
    (tmp_path / "none.csv").write_text("Question,Numbers,Equation,Answer\n")
    (tmp_path / "other.json").write_text("{}")
    for builder, file in (("gsm8k", "cut.gz"), ("mawps", "none.csv"), ("mathqa", "other.json"), ("mawps", "cut.gz")):
        with pytest.raises(TrainingError, match="the source mine"):
            prepared(tmp_path, mine=f'builder = "{builder}"\nfile = "{file}"')


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ({"ordering": 'builder = "ordering"\nrows = 5', "align": 'builder = "align"\nof = ["ordering"]\nrows = 4'},
         "pairs cannot be made of ordering"),
        ({"rows": 'builder = "rows"\nfile = "pools.jsonl"'}, "is not trained on rows"),
    ],
)  # fmt: skip
def test_a_source_of_which_nothing_can_be_made_is_told(tmp_path, sources, message):
    (tmp_path / "pools.jsonl").write_text("")
    with pytest.raises(TrainingError, match=message):
        prepared(tmp_path, **sources)
