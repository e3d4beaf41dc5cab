"""trl with our files and our reward: a few steps of a tiny language model made here, on the CPU."""

import copy
import json
import math

import pytest

from app.reasoning.types import Trust
from app.training.export import Format, export
from app.training.reward import QuodReward, Rewards
from app.training.traces import Selection
from tests.app.training.recorded import record
from tests.app.training.test_reward import BAKER, GOOD, WRITTEN, clpq

pytestmark = pytest.mark.filterwarnings(
    # trl 1.16 uses names that transformers 5.23 has others for.
    "ignore:.*gradient_checkpointing.* is deprecated:FutureWarning"
)

REPLIES = [GOOD, WRITTEN, clpq("solve(X) :- {X = ."), "I do not know."]
"""Each is one token: so a model that knows nothing writes programs, of which some are good."""

TEMPLATE = "{% for message in messages %}{{ message.content }}{% endfor %}"


@pytest.fixture(scope="module")
def tokenizer():
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({"[UNK]": 0, "[PAD]": 1, "[EOS]": 2}, unk_token="[UNK]"))
    words.add_tokens([AddedToken(reply, normalized=False) for reply in REPLIES])
    made = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]", eos_token="[EOS]")
    made.chat_template = TEMPLATE
    return made


@pytest.fixture
def lm(tokenizer):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=4096,
            bos_token_id=None,
            eos_token_id=2,
            pad_token_id=1,
        )
    )


def loaded(file, folder):
    from datasets import load_dataset

    return load_dataset("json", data_files=str(file), split="train", cache_dir=str(folder / "cache"))


def briefly(folder):
    return {
        "output_dir": str(folder / "run"),
        "learning_rate": 0.02,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "bf16": False,
        "seed": 7,
        "disable_tqdm": True,
    }


def test_ten_steps_of_grpo_call_the_reward_change_the_weights_and_raise_it(store, tokenizer, lm, tmp_path):
    import torch
    from trl import GRPOConfig, GRPOTrainer

    record(store, 1, BAKER, [GOOD], trust=Trust.CERTIFIED)
    file = tmp_path / "reward.jsonl"
    export(store, Format.REWARD, file, Selection(), targets={BAKER.casefold(): "101"})
    assert "101" not in json.loads(file.read_text())["prompt"][-1]["content"]

    reward, seen = QuodReward(), []

    def quod_reward(completions, **columns):
        assert columns["problem"] == [BAKER] * len(completions)
        assert columns["answer"] == ["101"] * len(completions)
        seen.append(reward(completions, **columns))
        return seen[-1]

    before = {name: weight.clone() for name, weight in lm.state_dict().items()}
    trainer = GRPOTrainer(
        model=lm,
        reward_funcs=quod_reward,
        processing_class=tokenizer,
        train_dataset=loaded(file, tmp_path),
        args=GRPOConfig(
            max_steps=10,
            per_device_train_batch_size=8,
            num_generations=8,
            max_completion_length=1,
            **briefly(tmp_path),
        ),
    )
    trainer.train()

    assert len(seen) == 10
    rewards = [each for batch in seen for each in batch]
    assert len(rewards) == 80
    assert all(math.isfinite(each) for each in rewards)
    assert {Rewards().target, Rewards().answer, Rewards().rejected, 0.0} >= set(rewards)
    assert len(set(rewards)) > 1
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(losses) == 10
    assert all(math.isfinite(loss) for loss in losses)
    assert any(not torch.equal(weight, before[name]) for name, weight in lm.state_dict().items())
    assert sum(seen[-1]) > sum(seen[0]), "the good program is written more often"


@pytest.mark.parametrize("format", [Format.SFT, Format.PREFERENCE])
def test_trl_learns_from_an_export_as_it_stands(store, tokenizer, lm, tmp_path, format):
    from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

    record(store, 1, BAKER, [WRITTEN, GOOD])
    record(store, 2, "Ann has 3 pens and buys 4 more. How many has she?", [WRITTEN, GOOD], answer=None)
    file = tmp_path / "export.jsonl"
    assert export(store, format, file, Selection()).rows == 2

    config, trainer, further = SFTConfig, SFTTrainer, {}
    if format is Format.PREFERENCE:
        config, trainer, further = DPOConfig, DPOTrainer, {"ref_model": copy.deepcopy(lm)}
    made = trainer(
        model=lm,
        processing_class=tokenizer,
        train_dataset=loaded(file, tmp_path),
        args=config(max_steps=3, per_device_train_batch_size=2, max_length=None, **briefly(tmp_path)),
        **further,
    )
    made.train()
    losses = [entry["loss"] for entry in made.state.log_history if "loss" in entry]
    assert len(losses) == 3
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[-1] < losses[0]
