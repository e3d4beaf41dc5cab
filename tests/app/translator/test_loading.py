import json
import shutil

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.errors import LmSpecError  # noqa: E402  # behind the check for torch
from app.lm.spec import open_language_model  # noqa: E402
from app.translator.confidence import Thresholds  # noqa: E402
from app.translator.forms import Form  # noqa: E402
from app.translator.loading import UNMEASURED, decisions_from_json, decisions_to_json, load, read_folder  # noqa: E402
from app.translator.masking import mask  # noqa: E402
from app.translator.vocabulary import make_vocabulary  # noqa: E402
from tests.app.translator.tiny import KNOWN, SENTENCES, make_two_networks, random_model  # noqa: E402


@pytest.fixture
def folder(translator_folder, tmp_path):
    return shutil.copytree(translator_folder, tmp_path / "mine")


@pytest.fixture
def two_networks(translator_folder, tmp_path):
    """One that reads problems, and one that reads sentences and knows other words."""
    return make_two_networks(tmp_path / "two", translator_folder)


def rewritten(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_what_is_saved_is_loaded_again(translator_folder, capfd):
    loaded, again = load(translator_folder), load(translator_folder)
    assert {form: network.needed for form, network in loaded.items()} == UNMEASURED
    one, other = loaded[Form.ARITHMETIC], again[Form.ARITHMETIC]
    assert one.model is loaded[Form.CLAUSE].model, "one network reads all forms"
    assert one.vocabulary == other.vocabulary
    assert not one.model.training
    weights = one.model.state_dict()
    assert all(torch.equal(weights[name], weight) for name, weight in other.model.state_dict().items())
    assert capfd.readouterr() == ("", ""), "a progress bar, or remarks of transformers"


def test_weights_of_half_the_size_say_nearly_the_same(translator_folder, folder):
    half = load(translator_folder)[Form.ARITHMETIC].model.to(torch.float16)
    half.save_pretrained(folder)
    one, two = load(translator_folder)[Form.ARITHMETIC], load(folder)[Form.ARITHMETIC]
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
    other = folder.with_name("other")
    random_model(make_vocabulary(["other"]), d_model=32).save_pretrained(other)
    shutil.move(other / "model.safetensors", folder / "model.safetensors")
    shutil.rmtree(other)


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


def no_form(folder):
    (folder / "translator.json").write_text("{}")


def a_list(folder):
    (folder / "translator.json").write_text('["arithmetic"]')


def a_form_of_the_training_alone(folder):
    rewritten(folder / "translator.json", align={"answer": 0.5, "sure": 0.6})


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
    (unknown_decision, "translator.json cannot be used: poetry: there is no such form, only arithmetic, clause, "),
    (a_form_of_the_training_alone, "translator.json cannot be used: align: there is no such form"),
    (no_form, "translator.json cannot be used: it names no form that the network reads"),
    (a_list, "translator.json cannot be used: it names no form that the network reads"),
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


def test_decisions_are_read_as_they_were_written():
    for decisions in (UNMEASURED, {Form.ORDERING: Thresholds(0.25, 0.75)}):
        assert decisions_from_json(decisions_to_json(decisions).encode()) == decisions


# Two networks


def test_two_networks_are_one_translator(two_networks):
    loaded = load(two_networks)
    assert set(loaded) == set(UNMEASURED)
    assert loaded[Form.CLAUSE].model is loaded[Form.ORDERING].model
    assert loaded[Form.CLAUSE].model is not loaded[Form.ARITHMETIC].model
    assert loaded[Form.CLAUSE].vocabulary != loaded[Form.ARITHMETIC].vocabulary
    assert loaded[Form.ORDERING].needed == SENTENCES[Form.ORDERING]


def test_one_of_the_two_alone_reads_what_it_was_trained_on(two_networks):
    assert set(load(two_networks / "sentences")) == set(SENTENCES)
    shutil.rmtree(two_networks / "problems")
    assert set(load(two_networks)) == set(SENTENCES)


def test_what_is_hidden_or_no_network_is_passed_over(two_networks):
    shutil.copytree(two_networks / "problems", two_networks / ".unfinished-problems")
    (two_networks / "figures").mkdir()
    (two_networks / "README.md").write_text("Two networks.")
    assert [network.folder.name for network in read_folder(two_networks)] == ["problems", "sentences"]


def test_two_networks_that_read_the_same_form_are_refused_and_named(two_networks):
    decisions = two_networks / "sentences/translator.json"
    rewritten(decisions, arithmetic={"answer": 0.5, "sure": 0.6})
    with pytest.raises(LmSpecError, match="both read arithmetic: a form is read by one network") as caught:
        open_language_model(f"embedded:{two_networks}")
    assert str(two_networks / "problems") in str(caught.value)
    assert str(two_networks / "sentences") in str(caught.value)


def test_a_network_beside_folders_of_networks_is_refused(two_networks, translator_folder):
    shutil.copytree(translator_folder, two_networks, dirs_exist_ok=True)
    with pytest.raises(LmSpecError, match="a translator is one network, or a folder of networks") as caught:
        open_language_model(f"embedded:{two_networks}")
    assert str(two_networks / "problems") in str(caught.value)


@pytest.mark.parametrize(("damage", "message"), EARLY[3:], ids=lambda value: getattr(value, "__name__", ""))
def test_a_network_of_two_that_is_damaged_is_told_when_it_is_opened(two_networks, damage, message):
    damage(two_networks / "sentences")
    with pytest.raises(LmSpecError, match=message) as caught:
        open_language_model(f"embedded:{two_networks}")
    assert str(two_networks / "sentences") in str(caught.value)


@pytest.mark.parametrize("damage", LATE)
def test_weights_of_one_of_two_networks_that_are_damaged_are_told(two_networks, damage):
    damage(two_networks / "sentences")
    with pytest.raises(LmSpecError) as caught:
        load(two_networks)
    assert str(two_networks / "sentences/model.safetensors") in str(caught.value)


def test_the_revision_covers_every_network(two_networks):
    before = open_language_model(f"embedded:{two_networks}").identity
    rewritten(two_networks / "sentences/translator.json", clause={"answer": 0.1, "sure": 0.2})
    assert open_language_model(f"embedded:{two_networks}").identity != before
