import asyncio
import gc
import importlib.util
import shutil
import threading

import pytest

from app.errors import LmSpecError, LmUnavailableError
from app.lm.embedded import NEEDED, EmbeddedLM
from app.lm.options import LmOptions
from app.lm.spec import open_language_model
from app.lm.types import FinishReason, LmRequest
from app.problem import Kind
from app.settings import EmbeddedAnswers
from solvers.types import Language

pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from tests.app.translator.tiny import DIFFERENCE, KNOWN, SUM  # behind the check for torch


def request(text, attempt=1, **more):
    return LmRequest((), text, attempt, **more)


@pytest.fixture(scope="module")
def lm(translator_folder):
    return EmbeddedLM(translator_folder, LmOptions(threads=1, answers=EmbeddedAnswers.ALL))


async def test_it_writes_the_program_of_a_problem_in_the_language_that_is_asked_for(lm):
    for language, fence in ((Language.PROLOG, "```prolog\n"), (Language.SMT, "```smt2\n")):
        completion = await lm.complete(request(SUM, language=language))
        assert completion.finish_reason is FinishReason.STOP
        assert completion.text.startswith(fence)
        assert completion.lm == lm.identity
        assert completion.seconds > 0
        assert completion.usage is None


async def test_each_attempt_gets_the_next_candidate_until_there_is_none(lm):
    written = [await lm.complete(request(DIFFERENCE, attempt)) for attempt in range(1, 15)]
    programs = [each.text for each in written if each.finish_reason is FinishReason.STOP]
    assert len(programs) > 1
    assert len(set(programs)) == len(programs)
    assert "{Result = Pears - " in programs[0]
    assert [each.finish_reason for each in written[len(programs) :]] == [FinishReason.ABSTAINED] * (14 - len(programs))
    assert written[-1].text.startswith("it has no other translation")
    assert (await lm.complete(request(DIFFERENCE))).text == programs[0]


async def test_it_has_no_second_reading(lm):
    completion = await lm.complete(request(SUM, corroboration=True))
    assert completion.finish_reason is FinishReason.ABSTAINED
    assert "one reading of a problem" in completion.text


async def test_requests_at_the_same_time_do_not_disturb_each_other(lm):
    texts = [*KNOWN, *KNOWN]
    alone = [(await lm.complete(request(text))).text for text in texts]
    together = await asyncio.gather(*(lm.complete(request(text)) for text in texts))
    assert [each.text for each in together] == alone


async def test_what_it_cannot_translate_is_an_abstention_that_says_why(lm):
    completion = await lm.complete(request("Maximise it: 3 apples?", kind=Kind.OPTIMISATION))
    assert completion.finish_reason is FinishReason.ABSTAINED
    assert "the best of what is possible" in completion.text


def test_its_identity_is_the_hash_of_its_folder(translator_folder, tmp_path):
    identity = EmbeddedLM(translator_folder, LmOptions()).identity
    assert identity.backend == "embedded"
    assert identity.name == translator_folder.name
    assert identity.revision.startswith("sha256:")
    assert open_language_model(f"embedded:{translator_folder}").identity == identity


@pytest.mark.parametrize("package", NEEDED)
def test_a_package_that_is_missing_is_named_with_what_to_do(monkeypatch, translator_folder, package):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else real(name))
    with pytest.raises(LmSpecError, match=f"the package {package}, which is not installed.*pip install"):
        open_language_model(f"embedded:{translator_folder}")
    assert open_language_model("http:any@http://localhost:1/v1").identity.backend == "http"


# Closing


async def test_closing_lets_what_is_under_way_end_and_tells_those_who_wait(translator_folder, monkeypatch):
    lm = EmbeddedLM(translator_folder, LmOptions())
    begun, go_on = threading.Event(), threading.Event()

    def slow(asked):
        begun.set()
        go_on.wait(20)
        return asked.problem

    monkeypatch.setattr(lm, "_complete", slow)
    first, second = (asyncio.create_task(lm.complete(request(text))) for text in ("one", "two"))
    await asyncio.to_thread(begun.wait, 20)
    await lm.close()
    go_on.set()
    assert await first == "one"
    with pytest.raises(LmUnavailableError, match="was closed"):
        await second
    with pytest.raises(LmUnavailableError, match="was closed"):
        await lm.complete(request("three"))


async def test_who_gives_up_is_cancelled_and_no_one_else(translator_folder, monkeypatch):
    lm = EmbeddedLM(translator_folder, LmOptions())
    begun, go_on = threading.Event(), threading.Event()

    def slow(asked):
        begun.set()
        go_on.wait(20)
        return asked.problem

    monkeypatch.setattr(lm, "_complete", slow)
    first, second, third = (asyncio.create_task(lm.complete(request(text))) for text in ("one", "two", "three"))
    await asyncio.to_thread(begun.wait, 20)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await lm.complete(request("four"))
    go_on.set()
    assert [await first, await third] == ["one", "three"]
    await lm.close()


@pytest.mark.parametrize("error", [RuntimeError("no memory on the device"), MemoryError()])
async def test_a_failure_of_torch_is_told(translator_folder, monkeypatch, error):
    lm = EmbeddedLM(translator_folder, LmOptions())

    def fail(asked):
        raise error

    monkeypatch.setattr(lm, "_complete", fail)
    with pytest.raises(LmUnavailableError, match="the embedded translator failed"):
        await lm.complete(request("one"))
    await lm.close()


async def test_it_can_be_loaded_before_it_is_asked_and_the_collector_stays_on(translator_folder):
    lm = EmbeddedLM(translator_folder, LmOptions())
    assert not lm.loading
    lm.prepare()
    assert (await lm.complete(request(SUM))).finish_reason is FinishReason.STOP
    assert not lm.loading
    assert gc.isenabled()
    await lm.close()


async def test_weights_that_cannot_be_loaded_are_told_to_whoever_asks_and_not_before(translator_folder, tmp_path):
    folder = shutil.copytree(translator_folder, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"damaged")
    lm = EmbeddedLM(folder, LmOptions())
    lm.prepare()
    with pytest.raises(LmSpecError, match=r"model\.safetensors"):
        await lm.complete(request(SUM))
    await lm.close()
