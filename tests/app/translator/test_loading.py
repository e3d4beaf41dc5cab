import json
import shutil

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.errors import LmSpecError  # noqa: E402  # behind the check for torch
from app.lm.spec import open_language_model  # noqa: E402
from app.translator.confidence import Thresholds  # noqa: E402
from app.translator.forms import Form  # noqa: E402
from app.translator.loading import Decisions, load, read_folder  # noqa: E402
from app.translator.masking import mask  # noqa: E402
from app.translator.vocabulary import make_vocabulary  # noqa: E402
from tests.app.translator.tiny import KNOWN, random_model  # noqa: E402


@pytest.fixture
def folder(translator_folder, tmp_path):
    return shutil.copytree(translator_folder, tmp_path / "mine")


def rewritten(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_what_is_saved_is_loaded_again(translator_folder, capfd):
    loaded, again = load(translator_folder), load(translator_folder)
    assert loaded.vocabulary == again.vocabulary
    assert loaded.decisions == Decisions()
    assert loaded.decisions.of(Form.CLAUSE) == Thresholds(0.6, 0.9)
    assert not loaded.model.training
    weights = loaded.model.state_dict()
    assert all(torch.equal(weights[name], weight) for name, weight in again.model.state_dict().items())
    assert capfd.readouterr() == ("", ""), "a progress bar, or remarks of transformers"


def test_weights_of_half_the_size_say_nearly_the_same(translator_folder, folder):
    half = load(translator_folder).model.to(torch.float16)
    half.save_pretrained(folder)
    one, two = load(translator_folder), load(folder)
    assert next(two.model.parameters()).dtype is torch.float32
    for text, written in KNOWN.items():
        source = torch.tensor([one.vocabulary.read(Form.ARITHMETIC, mask(text, one.vocabulary.known).tokens)])
        labels = torch.tensor([one.vocabulary.written(written.split())])
        with torch.inference_mode():
            losses = [each.model(input_ids=source, labels=labels).loss.item() for each in (one, two)]
        assert losses[0] == pytest.approx(losses[1], abs=0.01)


def nothing(folder):
    shutil.rmtree(folder)


def empty(folder):
    nothing(folder)
    folder.mkdir()


def a_file(folder):
    nothing(folder)
    folder.write_text("weights")


def cut_off(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def cut_off_in_the_header(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:50])


def not_a_number(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-64] + b"\xff" * 64)


def no_header(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(b"\xff" * len(weights.read_bytes()))


def other_weights(folder):
    random_model(make_vocabulary(["other"]), d_model=32).save_pretrained(folder / "other")
    shutil.move(folder / "other/model.safetensors", folder / "model.safetensors")


def other_tokenizer(folder):
    make_vocabulary(["other", "words"]).save(folder)


def no_translator(folder):
    rewritten(folder / "config.json", model_type="llama")


def other_size(folder):
    rewritten(folder / "config.json", d_model=64)


def one_layer_more(folder):
    rewritten(folder / "config.json", decoder_layers=2)


def other_place_holders(folder):
    config = json.loads((folder / "config.json").read_text())
    rewritten(folder / "config.json", slot_start=config["slot_start"] - 1)


def out_of_range(folder):
    rewritten(folder / "translator.json", clause={"answer": 0.5, "sure": 1.5})


def not_even_a_number(folder):
    rewritten(folder / "translator.json", clause={"answer": float("nan"), "sure": 0.9})


def unknown_decision(folder):
    rewritten(folder / "translator.json", poetry={"answer": 0.5, "sure": 0.6})


def without(name):
    def remove(folder):
        (folder / name).unlink()

    remove.__name__ = f"without_{name}"
    return remove


def no_json(name):
    def damage(folder):
        (folder / name).write_bytes(b"\xff{")

    damage.__name__ = f"no_json_in_{name}"
    return damage


EARLY = [
    (nothing, "holds no translator"),
    (empty, "holds no translator: config.json and model.safetensors are needed"),
    (a_file, "holds no translator"),
    (without("config.json"), "holds no translator"),
    (without("model.safetensors"), "holds no translator"),
    (without("tokenizer.json"), "tokenizer.json is no tokenizer"),
    (without("translator.json"), "translator.json cannot be used"),
    (no_json("config.json"), "config.json is not the configuration"),
    (no_json("tokenizer.json"), "tokenizer.json is no tokenizer"),
    (no_json("translator.json"), "translator.json cannot be used"),
    (no_translator, "config.json is not the configuration of a translator: model_type is 'llama'"),
    (other_tokenizer, "tokenizer.json is the tokenizer of another translator"),
    (other_place_holders, "config.json does not fit .*tokenizer.json: slot_start"),
    (out_of_range, "translator.json cannot be used: 0 <= answer <= sure <= 1 does not hold"),
    (not_even_a_number, "translator.json cannot be used: 0 <="),
    (unknown_decision, "translator.json cannot be used: .*poetry"),
]
LATE = [cut_off, cut_off_in_the_header, no_header, not_a_number, other_weights, other_size, one_layer_more]


@pytest.mark.parametrize(("damage", "message"), EARLY, ids=lambda value: getattr(value, "__name__", ""))
def test_a_folder_that_holds_no_translator_is_told_when_it_is_opened(folder, damage, message):
    damage(folder)
    for opened in (lambda: read_folder(folder), lambda: open_language_model(f"embedded:{folder}")):
        with pytest.raises(LmSpecError, match=message) as caught:
            opened()
        assert str(folder) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", LATE)
def test_weights_that_are_damaged_or_of_another_translator_are_told(folder, damage):
    damage(folder)
    with pytest.raises(LmSpecError) as caught:
        load(folder)
    assert str(folder / "model.safetensors") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_name_that_no_file_can_have_is_told(tmp_path):
    with pytest.raises(LmSpecError, match="cannot be read: File name too long"):
        open_language_model(f"embedded:{tmp_path}/{'x' * 5_000}")
