"""`quod train` as its users run it, the rows it gathers, and what it leaves behind."""

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from app.problem import Kind, Problem, World
from app.training.card import Card, Result, SourceCount, write_card
from app.training.curves import Losses, Point, curves_svg, read_losses
from app.training.execute import Right, execute_all
from app.training.job import Job, TrainingError
from app.training.mix import count_shown, count_updates, hold_out, mix
from app.training.recipe import TaskRows, load_recipe, read_recipe, write_recipe
from app.training.row_files import RowFileError, from_json, hash_rows, read_rows, to_json, write_rows
from app.training.rows import Row, Task
from app.training.sources import collect
from app.training.train import build_rows
from solvers.types import Language

SOLVED = """```prolog
:- use_module(library(clpq)).

had(3).  % "3 apples"
picked(2).  % "2 more"

solve(N) :- had(A), picked(B), {N = A + B}.

% had/1: apples at first
% picked/1: apples picked
% solve/1: apples now
% query: solve(N).
```"""


def solve_row(number, completion=SOLVED, answer="5"):
    text = f"Ann has 3 apples and picks 2 more, says Tom ({'very ' * number}sure). How many has she?"
    return Row(Task.SOLVE, Problem(text, Kind.ARITHMETIC, Language.PROLOG), completion, answer, "made", str(number))


def other_row(task, number):
    return Row(task, Problem(f"problem {number}"), "yes", None, task.value, str(number), prompt=f"question {number}")


ROWS = [
    *map(solve_row, range(20)),
    *(other_row(Task.KB, n) for n in range(3)),
    *(other_row(Task.ALIGN, n) for n in range(5)),
]

RECIPE = """kind = "lora"
name = "mine"
[model]
path_or_id = "/nowhere"
[tasks]
solve = 2
[sources.made]
builder = "rows"
file = "rows.jsonl"
[training]
updates = 2
[optimiser]
learning_rate = 0.01
"""


@pytest.fixture
def data(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/rows.jsonl").write_text("".join(write_rows(ROWS[:20])))
    (tmp_path / "mine.toml").write_text(RECIPE)
    return tmp_path / "data"


@pytest.fixture
def quod(tmp_path, monkeypatch, capfd):
    """Runs a command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUOD_DATABASE_URL", f"sqlite:///{tmp_path}/quod.db")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["quod", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        with pytest.raises(SystemExit) as raised:
            main()
        out, err = capfd.readouterr()
        return raised.value.code or 0, out, err

    return run


# The command


def test_a_recipe_with_a_typo_is_wrong_usage_and_says_what_was_meant(quod, tmp_path):
    (tmp_path / "mine.toml").write_text(RECIPE.replace("updates = 2", "update = 2"))
    status, out, err = quod("train", "mine.toml")
    assert (status, out) == (2, "")
    assert "mine.toml: training.update: there is no such key; did you mean 'updates'?" in err
    assert not (tmp_path / "runs").exists()


def test_with_json_a_fault_is_one_document(quod):
    status, out, _ = quod("train", "embeded", "--json")
    assert status == 2
    assert "did you mean 'embedded'" in json.loads(out)["detail"]
    assert out.count("\n") == 1


def test_data_that_are_not_there_are_named_before_anything_is_done(quod, tmp_path):
    status, _, err = quod("train", "cocktail-lora", "--model", "/nowhere")
    assert status == 1
    assert "needs files that are not there" in err
    assert "- gsm8k: gsm8k/train_clpq_derived.jsonl.gz" in err
    assert "- mawps: mawps/fold0_train.csv" in err
    assert "--data says in which folder they are" in err
    (tmp_path / "empty").mkdir()
    status, _, err = quod("train", "embedded", "--data", "empty")
    assert status == 1
    assert "empty does not have them" in err
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["embedded", "--model", "x"], "--model belongs to recipes that fine-tune"),
        (["mine.toml", "--data", "nowhere"], "--data nowhere is not a folder"),
        (["mine.toml", "--device", "tpu"], "--device is cpu, cuda or cuda:N, not 'tpu'"),
        (["mine.toml", "--max-steps", "0"], "--max-steps"),
        (["mine.toml", "--seed", "-1"], "--seed"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(quod, data, arguments, message):
    status, _, err = quod("train", *arguments)
    assert status == 2
    assert message in err


def test_there_is_nothing_to_resume_where_no_run_is(quod, data):
    status, _, err = quod("train", "mine.toml", "--data", data, "--resume")
    assert status == 1
    assert "there is no run in runs/mine-1 to go on with" in err


def test_a_run_is_not_resumed_with_another_recipe(quod, data, tmp_path):
    run = tmp_path / "runs/mine-1"
    run.mkdir(parents=True)
    (run / "recipe.toml").write_text(write_recipe(read_recipe(RECIPE.replace("0.01", "0.02"), "x")))
    status, _, err = quod("train", "mine.toml", "--data", data, "--resume")
    assert status == 1
    assert "begun with another recipe: they differ in optimiser.learning_rate" in err


def test_a_model_is_trained_by_the_command_and_again_from_where_it_was_ended(quod, data, tmp_path):
    pytest.importorskip("trl", reason="trl is not installed: `make setup` installs it")
    from tests.app.training.tiny import make_model

    make_model(tmp_path / "lm")
    asked = ["train", "mine.toml", "--data", data, "--model", tmp_path / "lm", "--device", "cpu", "--json"]
    status, out, err = quod(*asked, "--max-steps", 1, "--seed", 7)
    assert status == 0, err
    first = json.loads(out)
    assert (first["out"], first["updates"]) == ("runs/mine-7", 1)
    assert "made: 20 rows" in err
    status, out, err = quod(*asked, "--seed", 7, "--resume")
    assert status == 0, err
    assert json.loads(out)["updates"] == 2
    assert Path(json.loads(out)["model"], "card.md").is_file()
    assert (tmp_path / "cache/quod/executions").is_file()
    status, out, _ = quod(*asked, "--seed", 7)
    assert status == 1
    assert "runs/mine-7 holds a run already: go on with it by --resume" in json.loads(out)["detail"]


def test_help_needs_neither_torch_nor_an_engine():
    script = "import sys, app.cli; print([m for m in ('torch', 'trl', 'z3', 'matplotlib') if m in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=True)
    assert ended.stdout.strip() == b"[]"


# Rows


def test_rows_become_lines_and_come_back():
    strange = replace(
        solve_row(1), problem=Problem("x\u2028\n\x00é", Kind.ENTAILMENT, Language.SMT, World.CLOSED), answer=None
    )
    for row in (*ROWS, strange):
        assert from_json(json.loads(json.dumps(to_json(row)))) == row


def test_an_export_of_traces_is_read():
    line = {
        "messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "c"}],
        "problem": "p", "kind": "arithmetic", "language": "prolog", "answer": "1", "trace_id": "01",
    }  # fmt: skip
    problem = Problem("p", Kind.ARITHMETIC, Language.PROLOG)
    assert from_json(line) == Row(Task.SOLVE, problem, "c", "1", "traces", "01")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("[]", "line 2: no row: it is not an object"),
        ("{", "line 2: no row"),
        ('{"task": "sing"}', "'task' is one of kb, solve, align, not 'sing'"),
        ('{"completion": "x"}', "'problem' is missing"),
        ('{"completion": 3, "problem": "x", "id": "1"}', "'completion' is not a text"),
        ('{"problem": "x", "id": "1"}', "neither 'completion' nor 'messages'"),
        ('{"messages": [{"role": "user", "content": "x"}], "problem": "x"}', "not the assistant's"),
        ('{"completion": "x", "problem": "x", "id": "1", "task": "kb"}', "'kb' needs its prompt"),
        ('{"completion": "x", "problem": "x", "id": "1", "kind": ["a"]}', "'kind' is one of"),
        ('{"completion": "\xff"}', "no row"),
        ("[" * 100_000, "no row"),
    ],
)
def test_a_line_that_is_no_row_is_told_with_its_number(tmp_path, line, message):
    file = tmp_path / "rows.jsonl"
    file.write_bytes("".join(write_rows(ROWS[:1])).encode() + line.encode("latin-1") + b"\n")
    with pytest.raises(RowFileError, match=re.escape(str(file))) as caught:
        list(read_rows(file))
    assert message in str(caught.value)


def test_a_row_whose_program_does_not_give_its_answer_is_dropped_and_counted(tmp_path):
    wrong = solve_row(30, answer="6")
    broken = solve_row(31, completion=SOLVED.replace("{N = A + B}", "{N = A + "))
    (tmp_path / "rows.jsonl").write_text("".join(write_rows([*ROWS[:3], wrong, broken, ROWS[0]])))
    recipe = read_recipe(RECIPE, "mine.toml")
    found = collect(recipe, tmp_path, execute_all)
    assert found.rows == tuple(ROWS[:3])
    (source,) = found.sources
    assert dict(source.dropped) == {
        "their program gives another answer": 1,
        "their program gives no answer": 1,
        "the same row was there before": 1,
    }
    assert (source.rows, source.sha256, source.licence) == (3, hash_rows(ROWS[:3]), "not stated")
    (tmp_path / "rows.jsonl").write_text("".join(write_rows([wrong])))
    with pytest.raises(TrainingError, match="the source made gives no row: 1 their program gives another answer"):
        collect(recipe, tmp_path, execute_all)


def test_the_generators_rules_and_pairs_give_rows_whose_programs_are_run(tmp_path):
    (tmp_path / "mawps.csv").write_text(
        "Question,Numbers,Equation,Answer\n"
        "Ann has number0 pears and buys number1 more . How many pears has Ann now ?,5 7,+ number0 number1,12\n"
    )
    made = {
        "elementary": "rows = 2",
        "multistep": "rows = 2",
        "ordering": "rows = 1",
        "deduction": "rows = 3",
        "mawps": 'file = "mawps.csv"',
        "align": 'of = ["elementary", "mawps"]\nrows = 2',
    }
    tables = "".join(f'[sources.{name}]\nbuilder = "{name}"\n{body}\n' for name, body in made.items())
    head = RECIPE.replace('[sources.made]\nbuilder = "rows"\nfile = "rows.jsonl"\n', "")
    recipe = read_recipe(head + tables, "mine.toml")
    ran = {}

    def run(executions):
        ran.update(zip(executions, execute_all(executions), strict=True))
        return [ran[execution] for execution in executions]

    found = collect(recipe, tmp_path, run)
    counts = {source.name: source.rows for source in found.sources}
    assert (counts["elementary"], counts["multistep"], counts["ordering"], counts["mawps"]) == (2, 2, 1, 1)
    assert counts["align"] == 2
    completions = {execution.completion for execution in ran}
    assert any(not isinstance(result, Right) for result in ran.values())  # the programs of false pairs
    assert all(row.completion in completions for row in found.rows if row.task is Task.SOLVE)
    assert {row.completion.split("\n")[0] for row in found.rows if row.task is Task.ALIGN} == {"yes", "no"}
    assert collect(recipe, tmp_path, lambda executions: [ran[each] for each in executions]).rows == found.rows


def test_a_run_that_is_resumed_goes_on_with_the_rows_it_kept(data, tmp_path):
    recipe = read_recipe(RECIPE, "mine.toml")
    job = Job(recipe, tmp_path / "run", data)
    job.out.mkdir()
    built = build_rows(job, run=lambda executions: [Right("5")] * len(executions))
    (data / "rows.jsonl").unlink()
    assert build_rows(replace(job, resume=True, data=None)) == built
    lines = (job.out / "rows.jsonl").read_text().splitlines(keepends=True)
    (job.out / "rows.jsonl").write_text("".join(lines[1:]))
    with pytest.raises(TrainingError, match="is not what this run was begun with"):
        build_rows(replace(job, resume=True))
    (job.out / "sources.json").write_text("{}")
    with pytest.raises(TrainingError, match="cannot be read"):
        build_rows(replace(job, resume=True))


# The mix


def test_solve_rows_are_the_same_in_the_same_updates_whatever_else_is_mixed_in():
    alone = mix(ROWS[:20], TaskRows(2), 25, seed=3)
    together = mix(ROWS, TaskRows(2, 1, 2), 25, seed=3)
    updates = [together[start : start + 5] for start in range(0, len(together), 5)]
    solving = [[index for index in update if ROWS[index].task is Task.SOLVE] for update in updates]
    assert solving == [alone[start : start + 2] for start in range(0, 50, 2)]
    assert all(
        sorted(ROWS[index].task for index in update) == ["align", "align", "kb", "solve", "solve"] for update in updates
    )
    assert count_shown(ROWS, together) == (("kb", 25), ("solve", 50), ("align", 50))
    assert mix(ROWS, TaskRows(2, 1, 2), 25, seed=4) != together


def test_every_row_is_seen_once_before_any_is_seen_twice():
    assert count_updates(ROWS, TaskRows(3), epochs=2) == 14
    order = mix(ROWS, TaskRows(3), 14, seed=1)
    assert sorted(order[:20]) == list(range(20))
    assert sorted(order[20:40]) == list(range(20))
    assert order[:20] != order[20:40]


def test_a_task_without_rows_is_told():
    with pytest.raises(TrainingError, match="wants 1 rows of the task align in each update"):
        mix(ROWS[:20], TaskRows(1, 0, 1), 1, seed=1)


def test_a_problem_held_out_is_shown_in_no_task():
    shown = [replace(other_row(Task.ALIGN, n), problem=ROWS[n].problem) for n in range(20)]
    split = hold_out([*ROWS, *shown], 2, seed=1)
    held = {row.problem.text for row in split.evaluation}
    assert len(held) == 2
    assert not held & {row.problem.text for row in split.training}
    assert split.dropped == 2
    alone = hold_out(ROWS, 2, seed=1)
    assert alone.evaluation == split.evaluation
    assert hold_out(ROWS, 1_000, seed=1).evaluation != ()
    assert len(hold_out(ROWS, 1_000, seed=1).evaluation) == 2
    assert hold_out(ROWS, 0, seed=1).training == tuple(ROWS)


# What is left behind


def test_losses_are_kept_as_they_come_and_taken_up_where_a_run_goes_on(tmp_path):
    now = [100.0]
    losses = Losses(tmp_path, "mine", every_seconds=50, clock=lambda: now[0])
    for update in (1, 2, 3):
        now[0] += 10
        losses.add(update, 1 / update)
    assert not (tmp_path / "curves.svg").exists()
    now[0] += 30
    losses.add(3, 0.5, "evaluation")
    assert "<svg" in (tmp_path / "curves.svg").read_text()
    with (tmp_path / "losses.jsonl").open("a") as stream:
        stream.write('{"update": 4, "lo')
    now[0] = 1_000.0
    again = Losses(tmp_path, "mine", from_update=2, clock=lambda: now[0])
    assert [point.update for point in again.points] == [1, 2]
    now[0] += 5
    again.add(3, float("nan"))
    assert [(point.update, point.seconds) for point in read_losses(tmp_path / "losses.jsonl")] == [
        (1, 10),
        (2, 20),
        (3, 25),
    ]


def test_curves_are_one_svg_with_its_text_and_the_same_each_time():
    points = [Point(n, 3 / (n + 1)) for n in range(150)] + [
        Point(n, 4 / (n + 1), "evaluation") for n in range(0, 150, 50)
    ]
    points.append(Point(150, float("nan")))
    drawn = curves_svg(points, "mine & yours")
    assert drawn == curves_svg(points, "mine & yours")
    for text in ("training, smoothed", "evaluation", "mine &amp; yours", "update", "loss"):
        assert text in drawn
    assert "<svg" in curves_svg([], "nothing yet")


def test_the_card_says_what_it_was_trained_on_and_how_sure_its_results_are():
    recipe = load_recipe("cocktail-lora")
    card = write_card(
        Card(
            title="mine",
            about="It writes programs.",
            recipe=recipe,
            base="tiny, revision 1",
            sources=[SourceCount("a|b", "mawps", "MIT", 1234, "ab" * 32, (("too long", 5),), "m.csv", "cd" * 32)],
            shown=[("solve", 12)],
            updates=7,
            loss=0.5,
            evaluation_loss=None,
            seconds=4_000,
            machine="2 cores",
            left_out=[("held out", 3), ("nothing", 0)],
            results=[Result("MAWPS", 80, 100, "dev"), Result("none", 0, 0)],
        )
    )
    assert "| a\\|b | mawps | `m.csv` (cdcdcdcdcdcd) | MIT | 1,234 |" in card
    assert "- a|b: 5, too long" in card
    assert "- of these: 3, held out" in card
    assert "nothing" not in card.partition("## Training")[0]
    assert "| MAWPS | 80 | 100 | 80.0% | 71.1% to 86.7% | dev |" in card
    assert "| none | 0 | 0 | - | 0.0% to 100.0% |" in card
    assert "wall time 67 min on 2 cores" in card
    assert "Python 3." in card
    (toml,) = re.findall(r"```toml\n(.*?)```", card, re.DOTALL)
    assert read_recipe(toml, "card.md") == recipe
    assert "## Limits of use" in card
