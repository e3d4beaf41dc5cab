"""Chooses from which confidence on the embedded translator answers, and from which on without a doubt.

Without a doubt are the answers from the least confidence on of which `WANTED` are right, by the lower end of the
interval of what was counted: few answers promise little. With a doubt are those below that are more likely right than
wrong; of the others it abstains. What is right is counted on texts that were not trained on.

Arithmetic: problems that were held out. The confidence is the probability that the answer is right, by a regression
(`app.training.regression`) that is fitted on them too. `sure` is chosen by what each is given by a regression that did
not see it; from which probability on an answer is rather right than wrong needs no choice.

Deductions and puzzles: sentences that the generators make up, with seeds of their own. A text needs all its sentences
and is as sure as the least sure of them, so what is counted are all texts of `SENTENCES` sentences that can be drawn of
those. This is no sample of what people write: a fifth of the sentences is made so that the notation cannot say them,
rare ways to say something come nearly as often as common ones, and the sentences of a text have nothing to do with each
other, where those that people write are alike. All that makes it harder. Counted as wrong is any other reading than the
one expected, also where code would notice it (`app.translator.deduction.understood`) and abstain. Left out is what is
read as beyond the notation, since it ends the text in an abstention, and what is read as a sentence that sets the
scene, since its probability does not count at run time either.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from random import Random

from app.reasoning.calibration import wilson
from app.training.card import Result
from app.training.generators.deduction import sentences as deduction_sentences
from app.training.generators.ordering import sentences as ordering_sentences
from app.training.progress import say
from app.training.regression import Judged, brier, cross_fitted, fit
from app.training.rows import ArithmeticProblem
from app.translator.clauses import ABSTAIN
from app.translator.confidence import Thresholds
from app.translator.decoding import candidates
from app.translator.forms import Example, Form
from app.translator.loading import UNMEASURED, Decisions
from app.translator.model import TranslatorModel
from app.translator.result import Abstention
from app.translator.translate import LONGEST_SENTENCE, SCENE, Decode, SentenceReader, arithmetic_candidates
from app.translator.vocabulary import Vocabulary

WANTED = 0.9
"""Of the answers without a doubt."""
LIKELY = 0.5
"""The probability from which on an answer is rather right than wrong."""
FEWEST = 40
"""Answers, or sentences, that a choice must rest on."""
SENTENCES = 6
"""Of a text: a short deduction or a puzzle has about so many."""
MADE_UP = 1_000
"""Sentences of each form that are made up."""
NOT_ASKED = frozenset({"mathqa"})
"""Sources whose held-out problems choose nothing: a fifth of MathQA's annotations are wrong, and its questions for
tests of admission are not what people ask."""
_UNLIKE = "held out and not nearly trained on"
_ANSWERED = "the answer best supported"
_READ = "read as expected; without those that the notation cannot say and those that set the scene"
_MAKERS = {Form.CLAUSE: deduction_sentences, Form.ORDERING: ordering_sentences}
_ENDING = ((), (ABSTAIN,))
"""Readings that end a text in an abstention."""


def choose(
    model: TranslatorModel,
    vocabulary: Vocabulary,
    forms: Collection[Form],
    held_out: Mapping[str, Sequence[ArithmeticProblem]],
) -> tuple[Decisions, tuple[Result, ...]]:
    """The decisions for each of `forms`, those that the network was trained to read, and what they rest on.

    Args:
        held_out: by source; without those that are nearly problems of the training, which it reads better than others.
    """
    model.eval()
    decisions: dict[Form, Thresholds] = {}
    results: list[Result] = []
    if Form.ARITHMETIC in forms:
        judged: list[Judged] = []
        for name, problems in held_out.items():
            asked = [each for each in problems if each.source not in NOT_ASKED]
            found = judge(model, vocabulary, asked)
            judged += found
            if asked:
                results.append(Result(f"{name}, {_UNLIKE}", sum(right for _, right in found), len(asked), _ANSWERED))
        decisions[Form.ARITHMETIC] = for_answers(judged)
    decode = partial(candidates, model, vocabulary)
    for form in _MAKERS:
        if form in forms:
            read = judge_sentences(form, made_up(form, MADE_UP), decode)
            decisions[form] = _for_sentences(form, read)
            results.append(Result(f"{form.name.lower()}: made-up sentences", sum(r for _, r in read), len(read), _READ))
    return decisions, tuple(results)


def for_answers(judged: Sequence[Judged]) -> Thresholds:
    """Of answers to word problems, with the regression that gives their probabilities."""
    if not judged:
        return _unmeasured(Form.ARITHMETIC)
    right = [is_right for _, is_right in judged]
    probabilities = cross_fitted(judged)
    estimated = list(zip(probabilities, right, strict=True))
    sure = sure_from(estimated, WANTED)
    chosen = Thresholds(min(LIKELY, sure), sure, fit(judged))
    _tell(Form.ARITHMETIC, estimated, chosen, "answers to held-out problems")
    by_share = brier([signs.support for signs, _ in judged], right)
    say(f"arithmetic: Brier score {brier(probabilities, right):.3f}, and {by_share:.3f} of the candidates' share alone")
    return chosen


def _for_sentences(form: Form, judged: Sequence[tuple[float, bool]]) -> Thresholds:
    if not any(confidence > 0 for confidence, _ in judged):
        return _unmeasured(form)
    measured, least = thresholds(judged, together=SENTENCES), UNMEASURED[form]
    # People write otherwise than the generators: no network reads those so well that it may be unsure of these.
    chosen = Thresholds(max(measured.answer, least.answer), max(measured.sure, least.sure))
    _tell(form, judged, chosen, "sentences")
    return chosen


def _unmeasured(form: Form) -> Thresholds:
    needed = UNMEASURED[form]
    say(f"{form.name.lower()}: nothing was there to choose by, so {needed.answer} and {needed.sure} are taken")
    return needed


def _tell(form: Form, judged: Sequence[tuple[float, bool]], chosen: Thresholds, of_what: str) -> None:
    """What the thresholds would have done with what was judged."""
    surely = [right for confidence, right in judged if confidence >= chosen.sure]
    doubtfully = [right for confidence, right in judged if chosen.answer <= confidence < chosen.sure]
    say(
        f"{form.name.lower()}: of {len(judged)} {of_what}, {len(surely)} are without a doubt, from a confidence of "
        f"{chosen.sure:.3f} on, {sum(surely)} of them right; {len(doubtfully)} with a doubt, from {chosen.answer:.3f} "
        f"on, {sum(doubtfully)} of them right"
    )


def made_up(form: Form, number: int) -> list[Example]:
    """Sentences of their own seeds: a training draws with others, and comes upon the same ones by chance alone."""
    return [_MAKERS[form](Random(f"thresholds/{form.name}/{each}")) for each in range(number)]


def judge_sentences(form: Form, examples: Sequence[Example], decode: Decode) -> list[tuple[float, bool]]:
    """Of each sentence the probability of its reading, and whether that is right; see above for what is left out."""
    examples = [example for example in examples if len(example.source) <= LONGEST_SENTENCE]
    read = SentenceReader(form, decode).read([example.source for example in examples])
    return [
        (math.exp(log_probability), tokens == example.target)
        for example, (tokens, log_probability) in zip(examples, read, strict=True)
        if tokens not in (*_ENDING, SCENE)
    ]


def judge(model: TranslatorModel, vocabulary: Vocabulary, problems: Sequence[ArithmeticProblem]) -> list[Judged]:
    """The signs of the best supported answer to each problem that has one, and whether it is right."""
    decode = partial(candidates, model, vocabulary)
    judged = []
    for problem in problems:
        found = arithmetic_candidates(problem.text, vocabulary, decode)
        if not isinstance(found, Abstention) and found[1]:
            best = found[1][0]
            judged.append((best.signs, best.value == problem.answer))
    return judged


def thresholds(judged: Sequence[tuple[float, bool]], together: int = 1) -> Thresholds:
    """What `judged` says for.

    Args:
        judged: pairs of a confidence, 0 where there is no answer, and whether the answer is right.
        together: how many of the judged make a text, which is as sure as the least sure of them, and right if all are.
            All texts that can be drawn of the judged are counted.
    """
    sure = sure_from(judged, WANTED, together)
    # What is sure is answered, even where the last of it is wrong more often than right.
    return Thresholds(answer=min(likely_from(judged, together), sure), sure=sure)


def sure_from(judged: Sequence[tuple[float, bool]], wanted: float, together: int = 1) -> float:
    """The least confidence from which on the share of right answers is `wanted`, at the lower end of its 95 % interval.

    1 if there is none: then an answer is without a doubt only where all candidates agree.
    """
    least = 1.0
    for confidence, given, right in _from_each(judged):
        if given >= FEWEST and wilson(right, given)[0] ** together >= wanted:
            least = confidence
    return least


def likely_from(judged: Sequence[tuple[float, bool]], together: int = 1) -> float:
    """The confidence from which on the right answers exceed the wrong ones by the most: an answer just above it is
    right rather than wrong, and one just below wrong rather than right.

    1 if they never exceed them.
    """
    best, most = 1.0, 0
    for confidence, given, right in _from_each(judged):
        # Of all texts that can be drawn of `given`, those that can be drawn of `right` are right.
        exceeding = 2 * right**together - given**together
        if given >= FEWEST and exceeding > most:
            best, most = confidence, exceeding
    return best


def _from_each(judged: Sequence[tuple[float, bool]]) -> Iterator[tuple[float, int, int]]:
    """Of each confidence, the highest first: how many answers have it or a higher one, and how many of them are right.

    Those with the same confidence are answered together or not at all.
    """
    given, right = 0, 0
    answered = [pair for pair in judged if pair[0] > 0]
    for confidence, group in groupby(sorted(answered, reverse=True), key=lambda pair: pair[0]):
        rights = [is_right for _, is_right in group]
        given, right = given + len(rights), right + sum(rights)
        yield confidence, given, right
