"""A trace as Markdown, for people."""

import json
import re

import pytest

from app.api.traces import _prefers_markdown
from tests.app.api.conftest import MORTAL, PENCILS, opened, settings_for, write_recording
from tests.app.api.evidence import CITED, CITING_COMPLETION, RUSTY, record

pytestmark = pytest.mark.anyio

MARKDOWN = {"accept": "text/markdown"}

EVIL = (
    "# Anna *has* <b>3</b> boxes with 4 [pencils](http://x.example) `each`\n"
    "===\n"
    "1. and ```gives``` 5 \x1b[31m\u202e pencils </script><script>alert(1)</script> away $x$. How many has she left?"
)


async def shown(client, problem, **asked):
    trace = (await client.post("/v1/solve", json={"problem": problem, **asked})).json()
    reply = await client.get(f"/v1/traces/{trace['id']}", headers=MARKDOWN)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "accept" in reply.headers["vary"].lower()
    return reply.text


@pytest.mark.parametrize(
    ("accept", "markdown"),
    [
        ("text/markdown", True),
        ("text/markdown, application/json;q=0.9", True),
        ("application/json;q=0.8, text/markdown;q=0.9", True),
        ("TEXT/MARKDOWN; charset=utf-8", True),
        ("application/json", False),
        ("application/json, text/markdown", False),
        ("text/markdown;q=0.2, application/json;q=0.9", False),
        ("text/markdown;q=0", False),
        ("text/markdown;q=many", False),
        ("text/markdown;q=nan", False),
        ("text/html", False),
        ("*/*", False),
        ("", False),
        (None, False),
        (",;q=,", False),
    ],
)
def test_what_a_client_accepts_most_is_what_it_gets(accept, markdown):
    assert _prefers_markdown(accept) is markdown


async def test_a_reply_without_a_wish_is_json(client):
    trace = (await client.post("/v1/solve", json={"problem": PENCILS})).json()
    for accept in ("*/*", "application/json", "text/html"):
        reply = await client.get(f"/v1/traces/{trace['id']}", headers={"accept": accept})
        assert reply.json()["id"] == trace["id"]


async def test_it_shows_the_verdict_what_it_is_worth_and_what_is_not_covered(client):
    text = await shown(client, PENCILS)
    assert "**answered**: **7**" in text
    assert "- Trust: certified (how often certified verdicts were right is not known" in text
    assert "- For more trust: no second formalisation that was made without sight of the first agrees" in text
    assert "confirmed by quod.checking/1" in text
    assert "- Not covered: whether the program says what the problem says" in text
    assert "- computed from the problem: the answer depends on 3, 4 and 5 of the problem" in text


async def test_the_derivation_is_a_tree_with_the_words_of_the_problem_beside_its_facts(client):
    text = await shown(client, CITED)
    tree = text.partition("## Derivation (query)")[2].partition("##")[0]
    assert re.search(r"^- `solve\(7\)` \(the query\)$", tree, re.MULTILINE)
    assert re.search(r"^    - `boxes\(3\)` \(fact, line 2\) — “3 boxes”$", tree, re.MULTILINE)
    assert "5 balloons" not in tree
    assert re.search(r"line 4 cites .*5 balloons.*, which the problem does not say", text.replace("\\", ""))


async def test_an_smt_program_shows_its_assertions_with_their_words(client):
    text = await shown(client, RUSTY, language="smt")
    assert "`(assert (= (+ nuts bolts) 18))` — “18 of both together”" in text
    assert "## Derivation" not in text
    assert "uniqueness: confirmed" in await shown(client, RUSTY, language="smt")
    assert "second engine agrees" in await shown(client, MORTAL)


async def test_a_doubt_is_shown_as_plain_text(tmp_path):
    recording = write_recording(tmp_path / "recording.jsonl")
    problem = f"{CITED} Say it."
    record(recording, problem, CITING_COMPLETION, doubt="*not* sure that it read <b> right")
    async with opened(settings_for(tmp_path)) as client:
        text = await shown(client, problem)
    assert "- Trust: determinate" in text
    assert "- For more trust: \\*not\\* sure that it read \\<b\\> right\n" in text
    assert "\n- doubt: \\*not\\* sure that it read \\<b\\> right\n" in text


async def test_nothing_of_a_problem_is_read_as_markdown_or_html(tmp_path):
    recording = write_recording(tmp_path / "recording.jsonl")
    record(recording, EVIL, CITING_COMPLETION.replace("per_box", "'</details><!-- `` -->'"))
    async with opened(settings_for(tmp_path)) as client:
        text = await shown(client, EVIL)
    quoted = [line for line in text.splitlines() if line.startswith(">")]
    assert len(quoted) == 3
    assert quoted[0].startswith("> \\# Anna \\*has\\* \\<b\\>3\\</b\\>")
    assert "\\[pencils\\]\\(http:\\//x.example\\) \\`each\\`" in quoted[0]
    assert quoted[1] == "> \\==="
    assert quoted[2].startswith("> 1\\. and ")
    assert "\\$x\\$" in quoted[2]
    assert "\x1b" not in text
    assert "\u202e" not in text
    # Outside of code and fences no tag is left.
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    assert not re.search(r"(?<!\\)<", outside)


async def test_a_fence_in_a_program_does_not_end_the_block_that_shows_it(tmp_path):
    recording = write_recording(tmp_path / "recording.jsonl")
    problem = "Dan has 2 dice and 3 more. How many dice has Dan?"
    record(
        recording,
        problem,
        "````prolog\n:- use_module(library(clpq)).\na(2).\n% ```\n% # no heading\nb(3).\n"
        "solve(X) :- a(A), b(B), {X = A + B}.\n% query: solve(X).\n````",
    )
    async with opened(settings_for(tmp_path)) as client:
        text = await shown(client, problem)
    block = re.search(r"^(`{4,})prolog\n(.*?)^\1$", text, re.MULTILINE | re.DOTALL)
    assert block
    assert "# no heading" in block[2]


async def test_an_unresolved_trace_says_why(client):
    text = await shown(client, PENCILS, min_trust="corroborated")
    assert "**unresolved**" in text
    assert "corroborated was asked for" in text


async def test_an_abstention_is_shown_with_its_reason_and_what_to_do(tmp_path):
    line = {"problem": PENCILS, "attempt": 1, "completion": "it is *not* sure", "finish_reason": "abstained"}
    recording = tmp_path / "abstaining.jsonl"
    recording.write_text(json.dumps(line) + "\n")
    async with opened(settings_for(tmp_path, lm=f"recorded:{recording}")) as client:
        trace = (await client.post("/v1/solve", json={"problem": PENCILS})).json()
        text = await shown(client, PENCILS)
    assert trace["verdict"]["reason"] == "the translator abstains: it is *not* sure"
    assert trace["attempts"][-1]["completion"]["finish_reason"] == "abstained"
    assert trace["attempts"][-1]["diagnostics"] == []
    assert "- Because: the translator abstains: it is \\*not\\* sure" in text
    assert "Abstains: it is \\*not\\* sure" in text
    assert "- What to do: " in text
