"""A language model of a few thousand parameters is made here, saved, and loaded as any other."""

import asyncio
import json
from dataclasses import replace

import pytest

pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")
pytest.importorskip("transformers", reason="transformers is not installed: `make setup` installs it")

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from app.errors import LmRefusedError, LmSpecError, LmUnavailableError
from app.lm.local import LocalLM
from app.lm.options import LmOptions
from app.lm.spec import open_language_model
from app.lm.types import FinishReason, LmRequest, Message, Role, Sampling

pytestmark = pytest.mark.anyio

LETTERS = "abcdefghijklmnopqrstuvwxyz .\n"
SPECIAL = ["<pad>", "<end>", "<user>"]
CONTEXT = 128
OPTIONS = LmOptions(device="cpu", threads=1, batch_size=4, batch_wait_seconds=0.2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a random model, one token a letter, without chat template and without an end."""
    folder = tmp_path_factory.mktemp("lm") / "tiny"
    vocabulary = {token: number for number, token in enumerate([*SPECIAL, *LETTERS])}
    letters = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    letters.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    letters.decoder = decoders.Fuse()
    letters.add_special_tokens(SPECIAL)
    PreTrainedTokenizerFast(tokenizer_object=letters, pad_token="<pad>").save_pretrained(folder)
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        initializer_range=0.5,  # far from uniform, so that rounding decides nothing
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    lm = LlamaForCausalLM(config)
    assert sum(parameter.numel() for parameter in lm.parameters()) < 10_000
    lm.save_pretrained(folder)
    return folder


@pytest.fixture
async def opened(made):
    lm = LocalLM(str(made), OPTIONS)
    yield lm
    await lm.close()


def asks(text, **sampling):
    return LmRequest((Message(Role.USER, text),), text, 1, Sampling(**{"max_tokens": 12} | sampling))


def watch(lm):
    """Sizes of the batches that `lm` makes."""
    sizes = []
    work = lm._batcher._work

    def watched(requests, dropped):
        sizes.append(len(requests))
        return work(requests, dropped)

    lm._batcher._work = watched
    return sizes


def copied(made, folder, **generation):
    folder.mkdir()
    for file in made.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "generation_config.json").write_text(json.dumps(generation))
    return folder


PROMPTS = ["a", "socrates is a man.", "every man is mortal", "is socrates mortal or is he a fish that swims in the sea"]


async def test_a_batch_gives_what_each_request_gets_alone(opened):
    alone = [await opened.complete(asks(prompt)) for prompt in PROMPTS]
    sizes = watch(opened)
    together = await asyncio.gather(*(opened.complete(asks(prompt)) for prompt in PROMPTS))
    assert sizes == [4]
    assert [completion.text for completion in together] == [completion.text for completion in alone]
    assert len({completion.text for completion in alone}) == len(PROMPTS)


async def test_greedy_is_the_likeliest_token_each_time(made, opened):
    lm = LlamaForCausalLM.from_pretrained(made)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(made)
    ids = tokenizer("a man\n\n")["input_ids"]
    for _ in range(12):
        with torch.inference_mode():
            logits = lm(torch.tensor([ids])).logits  # (1, length, vocabulary), float32, CPU
        ids.append(int(logits[0, -1].argmax()))
    wanted = tokenizer.decode(ids[-12:], skip_special_tokens=True)
    assert (await opened.complete(asks("a man"))).text == wanted


async def test_max_tokens_cuts_off_and_says_so(opened):
    completion = await opened.complete(asks("socrates", max_tokens=5))
    assert completion.finish_reason is FinishReason.LENGTH
    assert completion.usage.completion_tokens == 5
    assert completion.usage.prompt_tokens == len("socrates\n\n")
    assert completion.seconds > 0


async def test_the_end_token_of_the_model_ends_each_row_by_itself(made, opened, tmp_path):
    texts = [(await opened.complete(asks(prompt))).text for prompt in PROMPTS]
    letter = next(c for c in LETTERS if texts[0].find(c) > 0)
    never = next(c for c in LETTERS if not any(c in text for text in texts))
    ends = [len(SPECIAL) + LETTERS.index(c) for c in (never, letter)]
    lm = LocalLM(str(copied(made, tmp_path / "ending", eos_token_id=ends)), OPTIONS)
    ended = await asyncio.gather(*(lm.complete(asks(prompt)) for prompt in PROMPTS))
    await lm.close()
    assert [completion.text for completion in ended] == [text.partition(letter)[0] for text in texts]
    for completion, text in zip(ended, texts, strict=True):
        assert completion.finish_reason is (FinishReason.STOP if letter in text else FinishReason.LENGTH)
    assert ended[0].usage.completion_tokens == texts[0].index(letter) + 1


async def test_a_seed_draws_the_same_in_every_batch(opened):
    def drawing(seed):
        return asks("a man", temperature=1.5, seed=seed, max_tokens=40)

    alone = await opened.complete(drawing(1))
    sizes = watch(opened)
    together = await asyncio.gather(*(opened.complete(drawing(seed)) for seed in (2, 1, 3, 1)))
    assert sizes == [4]
    texts = [completion.text for completion in together]
    assert texts[1] == texts[3] == alone.text
    assert len(set(texts)) == 3


async def test_without_a_seed_draws_differ(opened):
    request = asks("a man", temperature=1.5, max_tokens=40)
    made = await asyncio.gather(*(opened.complete(request) for _ in range(4)))
    assert len({completion.text for completion in made}) == 4


async def test_draws_follow_the_probabilities_that_top_p_leaves(made, opened):
    lm = LlamaForCausalLM.from_pretrained(made)
    ids = PreTrainedTokenizerFast.from_pretrained(made)("a man\n\n")["input_ids"]
    with torch.inference_mode():
        likely = (lm(torch.tensor([ids])).logits[0, -1] / 2.0).softmax(-1).sort(descending=True)
    kept = int((likely.values.cumsum(0) < 0.6).sum()) + 1
    wanted = dict(
        zip(likely.indices[:kept].tolist(), (likely.values[:kept] / likely.values[:kept].sum()).tolist(), strict=True)
    )
    lm_draws = LocalLM(str(made), replace(OPTIONS, batch_size=100, batch_wait_seconds=0.05))
    counts = dict.fromkeys(wanted, 0)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(made)
    for hundred in range(10):
        requests = [asks("a man", temperature=2.0, top_p=0.6, max_tokens=1, seed=100 * hundred + n) for n in range(100)]
        for completion in await asyncio.gather(*(lm_draws.complete(request) for request in requests)):
            token = tokenizer(completion.text)["input_ids"]
            counts[token[0] if token else next(t for t in wanted if t < 3)] += 1
    await lm_draws.close()
    assert kept > 1
    for token, probability in wanted.items():
        # Five standard deviations of a binomial of 1,000; the seeds are fixed, so this passes always or never.
        assert abs(counts[token] / 1000 - probability) < 5 * (probability * (1 - probability) / 1000) ** 0.5


async def test_only_requests_of_the_same_sampling_share_a_batch(opened):
    await opened.complete(asks("warm"))
    sizes = watch(opened)
    await asyncio.gather(
        *(opened.complete(asks(prompt, max_tokens=n)) for n in (3, 5) for prompt in PROMPTS[:2]),
    )
    assert sizes == [2, 2]


async def test_the_models_own_penalties_and_temperatures_take_no_part(made, opened, tmp_path):
    folder = copied(made, tmp_path / "own", do_sample=True, temperature=9.0, top_k=3, repetition_penalty=5.0)
    lm = LocalLM(str(folder), OPTIONS)
    assert (await lm.complete(asks("a man"))).text == (await opened.complete(asks("a man"))).text
    await lm.close()


async def test_the_chat_template_is_used_where_there_is_one(made, opened, tmp_path):
    folder = copied(made, tmp_path / "chat")
    template = (
        "{% for m in messages %}<user>{{ m.content }}.{% endfor %}{% if add_generation_prompt %}<user>{% endif %}"
    )
    (folder / "chat_template.jinja").write_text(template)
    lm = LocalLM(str(folder), OPTIONS)
    request = LmRequest((Message(Role.SYSTEM, "be brief"), Message(Role.USER, "a man")), "p", 1, Sampling(max_tokens=4))
    with_template, without = await lm.complete(request), await opened.complete(request)
    await lm.close()
    assert with_template.usage.prompt_tokens == 1 + len("be brief.") + 1 + len("a man.") + 1
    assert without.usage.prompt_tokens == len("be brief\n\na man\n\n")


async def test_a_template_that_does_not_take_the_messages_is_a_refusal(made, tmp_path):
    folder = copied(made, tmp_path / "strict")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no system message, please') }}")
    lm = LocalLM(str(folder), OPTIONS)
    with pytest.raises(LmRefusedError, match="no system message, please"):
        await lm.complete(asks("a man"))
    await lm.close()


async def test_a_prompt_too_long_is_refused_and_its_batch_is_not(opened):
    sizes = watch(opened)
    long, short = await asyncio.gather(
        opened.complete(asks("a" * CONTEXT)), opened.complete(asks("a man")), return_exceptions=True
    )
    assert sizes == [2]
    assert isinstance(long, LmRefusedError)
    assert f"{CONTEXT + 2} tokens of prompt and 12 of completion" in str(long)
    assert len(short.text) > 0


async def test_nobody_waits_and_the_batch_ends_early(opened):
    await opened.complete(asks("warm"))
    tokens = []
    loaded = opened._loaded
    forward = loaded.lm.forward
    begun, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.create_task(opened.complete(asks("a man", max_tokens=100)))

    def counted(*args, **kwargs):
        tokens.append(1)
        if len(tokens) == 5:
            loop.call_soon_threadsafe(begun.set)
        if len(tokens) > 5:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), loop).result(60)
        return forward(*args, **kwargs)

    loaded.lm.forward = counted
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await opened.close()
    assert len(tokens) < 50


async def test_the_revision_is_the_hash_of_the_folder_unless_it_is_given(made, tmp_path):
    one, two = copied(made, tmp_path / "one"), copied(made, tmp_path / "two")
    first, second = (LocalLM(str(folder), OPTIONS).identity for folder in (one, two))
    assert first.revision == second.revision
    assert first.revision.startswith("sha256:")
    assert (first.backend, first.name) == ("transformers", "one")
    (two / "generation_config.json").write_text('{"eos_token_id": 5}')
    assert LocalLM(str(two), OPTIONS).identity.revision != first.revision
    assert LocalLM(str(two), replace(OPTIONS, revision="v7")).identity.revision == "v7"


async def test_weights_are_loaded_when_first_used(made):
    lm = open_language_model(f"transformers:{made}", OPTIONS)
    assert lm._loaded is None
    await lm.complete(asks("a man"))
    assert lm._loaded is not None
    await lm.close()
    with pytest.raises(LmUnavailableError, match="was closed"):
        await lm.complete(asks("a man"))


async def test_a_folder_without_weights_says_so_at_the_first_request(made, tmp_path):
    folder = copied(made, tmp_path / "empty")
    (folder / "model.safetensors").unlink()
    lm = LocalLM(str(folder), OPTIONS)
    with pytest.raises(LmSpecError, match="cannot be loaded"):
        await lm.complete(asks("a man"))
    await lm.close()


@pytest.mark.parametrize(
    ("name", "message"),
    [("/nowhere/at/all", "neither a folder nor an id"), ("a b", "neither a folder nor an id"), ("", "names no")],
)
def test_what_is_no_model_is_refused_when_it_is_opened(name, message):
    with pytest.raises(LmSpecError, match=message):
        open_language_model(f"transformers:{name}", OPTIONS)


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(LmSpecError, match=r"holds no config.json"):
        LocalLM(str(tmp_path), OPTIONS)


async def test_a_model_of_the_hub_is_named_by_its_commit(made, tmp_path, monkeypatch):
    """Downloaded before, and without a network now: what the Hub's own cache looks like."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--someone--tiny"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text(commit)
    (cached / "snapshots").mkdir()
    copied(made, cached / "snapshots" / commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for options in (OPTIONS, replace(OPTIONS, revision="main"), replace(OPTIONS, revision=commit)):
        lm = open_language_model("transformers:someone/tiny", options)
        assert (lm.identity.name, lm.identity.revision) == ("someone/tiny", commit)
    with pytest.raises(LmSpecError, match="someone/else is no folder here, and the Hugging Face Hub does not give it"):
        open_language_model("transformers:someone/else", OPTIONS)
    with pytest.raises(LmSpecError, match="does not give it"):
        open_language_model("transformers:someone/tiny", replace(OPTIONS, revision="v2"))
