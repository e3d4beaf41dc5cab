import json

import pytest

from app.translator.forms import Form
from app.translator.vocabulary import FILE, VocabularyError, load_vocabulary, make_vocabulary

WORDS = ("apples", "pears", "has", "\u00e9t\u00e9", "how")


@pytest.fixture
def folder(tmp_path):
    make_vocabulary(WORDS).save(tmp_path)
    return tmp_path


def test_what_is_saved_is_loaded_again(folder):
    vocabulary = make_vocabulary(WORDS)
    loaded = load_vocabulary(folder)
    assert loaded == vocabulary
    assert loaded.fingerprint == vocabulary.fingerprint
    assert make_vocabulary(reversed(WORDS)) == vocabulary
    assert make_vocabulary(WORDS[1:]).fingerprint != vocabulary.fingerprint


def test_the_file_is_a_tokenizer_of_whole_words_for_other_tools_too(folder):
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed: `make setup` installs it")
    vocabulary = make_vocabulary(WORDS)
    loaded = tokenizers.Tokenizer.from_file(str(folder / FILE))
    assert loaded.encode("p0 has n1 apples xyz").ids == vocabulary.read(Form.RULE, "p0 has n1 apples xyz".split())[1:]


def test_what_is_written_is_spelled_again_up_to_its_end():
    vocabulary = make_vocabulary(WORDS)
    target = "+ n0 * n1 12".split()
    ids = vocabulary.written(target)
    assert vocabulary.spell([*ids, 5, 6]) == tuple(target)
    assert ids[-1] == 2
    assert max(ids) < vocabulary.target_size


@pytest.mark.parametrize("token", ["apples", "p0", "<s>", "</s>", "<pad>", "<arithmetic>", "nowhere", "n24"])
def test_what_is_only_read_cannot_be_written(token):
    with pytest.raises(VocabularyError, match="cannot be written: n0"):
        make_vocabulary(WORDS).written(["n0", token])


def test_a_word_that_is_not_there_is_read_as_unknown():
    vocabulary = make_vocabulary(WORDS)
    form, known, unknown = vocabulary.read(Form.ARITHMETIC, ["apples", "plums"])
    assert vocabulary.tokens[form] == "<arithmetic>"
    assert vocabulary.tokens[known] == "apples"
    assert vocabulary.tokens[unknown] == "<unk>"


def changed(vocab, change):
    ids = dict(vocab)
    change(ids)
    return ids


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda ids: ids.pop("apples"), "ids are missing"),
        (lambda ids: ids.update(apples=ids["pears"]), "ids are missing"),
        (lambda ids: ids.update(apples="x"), "is no tokenizer of a translator"),
        (lambda ids: ids.update({"n0": ids["n1"], "n1": ids["n0"]}), "tokenizer of another model"),
        (lambda ids: ids.update({"<s>": ids["</s>"], "</s>": ids["<s>"]}), "tokenizer of another model"),
        (lambda ids: ids.update({"<p>": ids.pop("p3")}), "tokenizer of another model"),
    ],
)
def test_a_vocabulary_of_another_kind_is_refused_with_its_file(folder, change, message):
    body = json.loads((folder / FILE).read_text())
    body["model"]["vocab"] = changed(body["model"]["vocab"], change)
    (folder / FILE).write_text(json.dumps(body))
    with pytest.raises(VocabularyError, match=message) as caught:
        load_vocabulary(folder)
    assert str(folder / FILE) in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"{}", b"[]", b'{"model": {"vocab": []}}', b'{"model": 3}', b"[" * 100_000, b"null"]
)
def test_a_damaged_file_is_refused_with_its_name(folder, content):
    (folder / FILE).write_bytes(content)
    with pytest.raises(VocabularyError, match=FILE):
        load_vocabulary(folder)
    (folder / FILE).unlink()
    with pytest.raises(VocabularyError, match=FILE):
        load_vocabulary(folder)
