import asyncio
import gzip
import hashlib
import json

import pytest

from app.errors import LmSpecError, NoRecordedCompletionError
from app.lm.recorded import RecordedLM
from app.lm.types import FinishReason, LmIdentity, LmRequest, Message, Role, Sampling, TokenUsage

pytestmark = pytest.mark.anyio


def line(problem="Is Socrates mortal?", attempt=1, completion="mortal(socrates).", **more):
    return json.dumps({"problem": problem, "attempt": attempt, "completion": completion, **more}, ensure_ascii=False)


def write(folder, *lines, name="samples.jsonl"):
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def asks(problem="Is Socrates mortal?", attempt=1):
    return LmRequest(
        (Message(Role.USER, "a prompt that is not looked at"),), problem, attempt, Sampling(temperature=0.7)
    )


async def test_the_nth_call_for_a_problem_gets_its_attempt_n(tmp_path):
    lm = RecordedLM(write(tmp_path, line(), line(attempt=2, completion="better."), line("Other?", completion="other.")))
    assert [(await lm.complete(asks(attempt=n))).text for n in (2, 1)] == ["better.", "mortal(socrates)."]
    assert (await lm.complete(asks("Other?"))).text == "other."


async def test_order_and_concurrency_change_nothing(tmp_path):
    lines = [line(f"p{n}", attempt, f"{n}/{attempt}") for n in range(50) for attempt in (1, 2)]
    lm = RecordedLM(write(tmp_path, *lines))
    wanted = [(f"p{n}", attempt) for attempt in (2, 1) for n in reversed(range(50))] * 2
    made = await asyncio.gather(*(lm.complete(asks(*pair)) for pair in wanted))
    assert [completion.text for completion in made] == [f"{p[1:]}/{attempt}" for p, attempt in wanted]
    assert {completion.seconds for completion in made} == {0.0}


async def test_usage_and_finish_reason_come_back_and_the_rest_is_kept(tmp_path):
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    file = write(tmp_path, line(usage=usage, finish_reason="length", prompt={"name": "f", "sha256": "ab"}, model="m"))
    lm = RecordedLM(file)
    made = await lm.complete(asks())
    assert (made.usage, made.finish_reason) == (TokenUsage(3, 4), FinishReason.LENGTH)
    (entry,) = lm.entries
    assert entry.extra == {"prompt": {"name": "f", "sha256": "ab"}, "model": "m"}
    plain = RecordedLM(write(tmp_path, line(usage=None), name="plain.jsonl"))
    assert (await plain.complete(asks())).usage is None
    assert (await plain.complete(asks())).finish_reason is FinishReason.STOP


async def test_a_doubt_comes_back_where_the_recording_has_one(tmp_path):
    lm = RecordedLM(write(tmp_path, line(doubt="it is not sure"), line(attempt=2), line(attempt=3, doubt=None)))
    assert [(await lm.complete(asks(attempt=n))).doubt for n in (1, 2, 3)] == ["it is not sure", None, None]
    assert {name for entry in lm.entries for name in entry.extra} == set()


async def test_gzip_is_read_under_any_name_and_named_by_its_own_hash(tmp_path):
    file = tmp_path / "samples"
    file.write_bytes(gzip.compress((line() + "\n").encode()))
    lm = RecordedLM(file)
    made = await lm.complete(asks())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert made.lm == lm.identity == LmIdentity("recorded", "samples", f"sha256:{digest}")


async def test_texts_are_taken_as_they_are(tmp_path):
    odd = 'x\u2028y \u05d0\u202e {{ z }} \\ "q"\r\n'
    lm = RecordedLM(write(tmp_path, "", line(odd, completion=odd), "  "))
    assert (await lm.complete(asks(odd))).text == odd
    with pytest.raises(NoRecordedCompletionError):
        await lm.complete(asks(odd.strip()))


async def test_a_missing_attempt_says_which_there_are(tmp_path):
    lm = RecordedLM(write(tmp_path, line(), line(attempt=3), line("Other?")))
    with pytest.raises(
        NoRecordedCompletionError,
        match=r"samples.jsonl has no completion for attempt 2 at 'Is Socrates mortal\?': it has 2 attempts .*\(1, 3\)",
    ):
        await lm.complete(asks(attempt=2))


async def test_a_missing_problem_says_how_many_there_are(tmp_path):
    lm = RecordedLM(write(tmp_path, line(), line(attempt=2), line("Other?")))
    with pytest.raises(
        NoRecordedCompletionError, match=r"'yyy+.': it has nothing .* 3 completions for 2 other problems"
    ):
        await lm.complete(asks("y" * 5_000))


@pytest.mark.parametrize(
    ("faulty", "message"),
    [
        ("{", "line 2: "),
        ("[1]", "line 2: not a JSON object"),
        ('{"attempt": 1, "completion": "x"}', "line 2: 'problem' is missing"),
        ('{"problem": 5, "attempt": 1, "completion": "x"}', "line 2: 'problem' is missing or not a string"),
        ('{"problem": "p", "attempt": 1, "completion": null}', "line 2: 'completion' is missing"),
        ('{"problem": "p", "completion": "x"}', "line 2: 'attempt' is missing"),
        (line("p", attempt=-1), "line 2: 'attempt' is missing or not a number from 0"),
        (line("p", attempt=True), "line 2: 'attempt'"),
        (line("p", attempt="1"), "line 2: 'attempt'"),
        (line("p", doubt=""), "line 2: 'doubt' is not a text that says anything"),
        (line("p", doubt=0.4), "line 2: 'doubt' is not a text that says anything"),
        (line("p", finish_reason="eos"), "line 2: 'finish_reason' is not one of stop, length, abstained, other"),
        (line("p", usage={"prompt_tokens": 1}), "line 2: 'usage'"),
        (line("p", usage={"prompt_tokens": -1, "completion_tokens": 1}), "line 2: 'usage'"),
        (line(completion="again"), "line 2: attempt 1 at this problem is on line 1 already"),
        ("[" * 100_000, "line 2: "),
    ],
)
def test_a_faulty_line_is_named_when_the_file_is_opened(tmp_path, faulty, message):
    with pytest.raises(LmSpecError, match=message):
        RecordedLM(write(tmp_path, line(), faulty, line("more")))


def test_every_faulty_line_is_counted_and_ten_are_shown(tmp_path):
    with pytest.raises(LmSpecError, match=r"has 30 faulty lines: line 1: .*; line 10: .*; and 20 more$"):
        RecordedLM(write(tmp_path, *["{}"] * 30))


@pytest.mark.parametrize("data", [b"", b"\n\n", gzip.compress(b"", mtime=0)])
def test_an_empty_recording_is_refused(tmp_path, data):
    file = tmp_path / "samples.jsonl"
    file.write_bytes(data)
    with pytest.raises(LmSpecError, match="holds no completion"):
        RecordedLM(file)


@pytest.mark.parametrize("cut", [5, 30])
def test_gzip_that_was_cut_off_is_refused(tmp_path, cut):
    file = tmp_path / "samples.jsonl.gz"
    file.write_bytes(gzip.compress(line().encode())[:cut])
    with pytest.raises(LmSpecError, match="not whole gzip"):
        RecordedLM(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(LmSpecError, match=r"nothing.jsonl cannot be read: No such file"):
        RecordedLM(tmp_path / "nothing.jsonl")
    with pytest.raises(LmSpecError, match="Is a directory"):
        RecordedLM(tmp_path)


def test_text_that_is_not_utf_8_is_a_faulty_line(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.write_bytes(line().encode() + b'\n{"problem": "\xff"}\n')
    with pytest.raises(LmSpecError, match="line 2: "):
        RecordedLM(file)
