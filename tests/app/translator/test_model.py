import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")

from app.translator.forms import Form  # noqa: E402  # behind the check for torch
from app.translator.model import _loss  # noqa: E402
from app.translator.vocabulary import make_vocabulary  # noqa: E402
from tests.app.translator.tiny import random_model  # noqa: E402

VOCABULARY = make_vocabulary(["apples", "has"])
KINDS = [
    {"encoder_type": encoder, "decoder_type": decoder}
    for encoder in ("lstm", "transformer")
    for decoder in ("lstm", "transformer")
]
SOURCE = "p0 has n0 apples , n2 apples and n0 has n10".split()
TARGET = "+ n0 * n2 12".split()


def rows(*sources):
    ids = [VOCABULARY.read(Form.ARITHMETIC, source) for source in sources]
    longest = max(map(len, ids))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in ids])


@pytest.fixture(params=KINDS, ids=lambda kind: "-".join(kind.values()))
def model(request):
    return random_model(VOCABULARY, encoder_layers=2, decoder_layers=2, **request.param)


def test_only_place_holders_of_the_text_can_be_written(model):
    with torch.inference_mode():
        logits = model(input_ids=rows(SOURCE), labels=torch.tensor([VOCABULARY.written(TARGET)])).logits
    assert logits.shape == (1, len(TARGET) + 1, VOCABULARY.target_size)
    possible = {VOCABULARY.tokens[index] for index in (logits[0] > float("-inf")).any(dim=0).nonzero()[:, 0].tolist()}
    slots = {f"{sort}{index}" for sort in "nw" for index in range(24)}
    assert possible & slots == {"n0", "n2", "n10"}
    assert possible - slots == set(VOCABULARY.tokens[: VOCABULARY.slot_start])
    assert bool(((logits > float("-inf")) == (logits[:, :1] > float("-inf"))).all())


def test_padding_changes_nothing(model):
    labels = torch.tensor([VOCABULARY.written(TARGET)])
    with torch.inference_mode():
        alone = model(input_ids=rows(SOURCE), labels=labels).logits
        padded = model(input_ids=rows(SOURCE, SOURCE * 3), labels=labels.expand(2, -1)).logits[:1]
    assert torch.equal(alone.isinf(), padded.isinf())
    assert torch.allclose(alone.nan_to_num(neginf=0), padded.nan_to_num(neginf=0), atol=1e-5)


def test_what_is_written_later_changes_nothing_before_it(model):
    begun, other = (VOCABULARY.written(target.split()) for target in ("+ n0 n2", "+ n0 n0"))
    with torch.inference_mode():
        one, two = (model(input_ids=rows(SOURCE), labels=torch.tensor([ids])).logits for ids in (begun, other))
    assert torch.allclose(one[:, :3].nan_to_num(neginf=0), two[:, :3].nan_to_num(neginf=0), atol=1e-5)
    assert not torch.allclose(one[:, 3:].nan_to_num(neginf=0), two[:, 3:].nan_to_num(neginf=0), atol=1e-5)


def test_the_loss_counts_no_padding_and_can_be_smoothed(model):
    labels = torch.tensor([VOCABULARY.written(TARGET)])
    padded = torch.cat([labels, labels.new_full((1, 3), -100)], dim=1)
    with torch.inference_mode():
        plain, longer = (model(input_ids=rows(SOURCE), labels=each).loss for each in (labels, padded))
        smoothed = model(input_ids=rows(SOURCE), labels=labels, label_smoothing=0.1).loss
    assert torch.allclose(plain, longer, atol=1e-5)
    assert bool(smoothed.isfinite())


def test_the_loss_is_cross_entropy_and_smoothing_leaves_out_what_cannot_be_written():
    logits = torch.tensor([[[1.0, 2.0, float("-inf"), 0.5]]])
    labels = torch.tensor([[1]])
    assert torch.allclose(_loss(logits, labels, 0.0), torch.nn.functional.cross_entropy(logits[0], labels[0]))
    three = torch.nn.functional.cross_entropy(logits[0][:, [0, 1, 3]], labels[0], label_smoothing=0.3)
    assert torch.allclose(_loss(logits, labels, 0.3), three)


def test_a_text_of_padding_alone_gives_no_nan():
    model = random_model(VOCABULARY)
    with torch.inference_mode():
        logits = model(input_ids=torch.zeros(1, 4, dtype=torch.long), labels=torch.tensor([[3, 2]])).logits
    assert not bool(logits.isnan().any())
