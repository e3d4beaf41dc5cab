"""A translator of some thousand parameters, made here in a second: it knows three kinds of problem by heart."""

import shutil
from pathlib import Path

import torch

from app.training.corpus import Batch
from app.training.embedded import save_translator, tensors
from app.translator.forms import Form
from app.translator.loading import DECISIONS, UNMEASURED, Decisions, decisions_to_json
from app.translator.masking import EVERY_WORD, mask
from app.translator.model import TranslatorConfig, TranslatorModel
from app.translator.vocabulary import make_vocabulary

# Two threads of a machine that is busy wait for each other longer than they compute.
torch.set_num_threads(1)

SUM = "Ann has 3 apples and gets 4 more. How many apples has she in all?"
DIFFERENCE = "Bob has 9 pears and gives 5 of them away. How many pears has he left?"
PRODUCT = "There are 6 boxes with 7 apples in each. How many apples are there in all?"
KNOWN = {SUM: "+ n0 n1", DIFFERENCE: "- n0 n1", PRODUCT: "* n0 n1"}
ANSWERS = {SUM: "7", DIFFERENCE: "4", PRODUCT: "42"}
UPDATES = 60
SENTENCES = {form: needed for form, needed in UNMEASURED.items() if form is not Form.ARITHMETIC}


def make_vocabulary_of_three():
    words = {token for text in KNOWN for token in mask(text, EVERY_WORD).tokens if token.isalpha()}
    return make_vocabulary(words)


def random_model(vocabulary, seed=1, **sizes):
    """Sizes are those of `TranslatorConfig`."""
    torch.manual_seed(seed)
    small = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "heads": 2, "dropout": 0.0} | sizes
    config = TranslatorConfig(
        vocab_size=len(vocabulary.tokens),
        target_size=vocabulary.target_size,
        slot_start=vocabulary.slot_start,
        vocabulary=vocabulary.fingerprint,
        **small,
    )
    return TranslatorModel(config).eval()


def make_translator(folder: Path, decisions: Decisions = UNMEASURED) -> Path:
    """Trained on `KNOWN`."""
    vocabulary = make_vocabulary_of_three()
    model = random_model(vocabulary, d_model=32, encoder_type="transformer")
    sources = [tuple(vocabulary.read(Form.ARITHMETIC, mask(text, vocabulary.known).tokens)) for text in KNOWN]
    targets = [tuple(vocabulary.written(written.split())) for written in KNOWN.values()]
    source, target = tensors(Batch(tuple(sources), tuple(targets)), model.device)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(UPDATES):
        optimiser.zero_grad()
        model(input_ids=source, labels=target).loss.backward()
        optimiser.step()
    folder.mkdir(parents=True, exist_ok=True)
    save_translator(model.eval(), vocabulary, decisions, "float32", folder)
    return folder


def make_two_networks(folder: Path, knows_problems: Path) -> Path:
    """`problems` reads arithmetic as the translator of `knows_problems` does; `sentences`, which was not trained, reads
    the two others."""
    problems = shutil.copytree(knows_problems, folder / "problems")
    (problems / DECISIONS).write_text(decisions_to_json({Form.ARITHMETIC: UNMEASURED[Form.ARITHMETIC]}))
    vocabulary = make_vocabulary(["who", "stands", "where"])
    (folder / "sentences").mkdir()
    save_translator(random_model(vocabulary, d_model=48), vocabulary, SENTENCES, "float32", folder / "sentences")
    return folder
