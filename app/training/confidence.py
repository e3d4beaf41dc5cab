"""Chooses from which confidence on the embedded translator answers, and from which on without a doubt, on problems that
were held out of its training.

An answer's confidence is the share of the candidates' probability that gives it. Without a doubt are the answers from
the least confidence on of which `WANTED` are right. With a doubt are those below that are more likely right than wrong;
of the others it abstains.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby

from app.training.progress import say
from app.training.rows import ArithmeticProblem
from app.translator.confidence import Thresholds
from app.translator.decoding import candidates
from app.translator.forms import Form
from app.translator.loading import UNMEASURED, Decisions
from app.translator.model import TranslatorModel
from app.translator.result import Abstention
from app.translator.translate import arithmetic_candidates
from app.translator.vocabulary import Vocabulary

WANTED = 0.93
"""Of the answers without a doubt. A little above the 90 % that is promised, since other texts are harder."""
FEWEST = 30
"""Answers that a choice must rest on."""


def choose(
    model: TranslatorModel, vocabulary: Vocabulary, held_out: Mapping[str, Sequence[ArithmeticProblem]]
) -> Decisions:
    """The decisions for arithmetic by what was held out; the others stay as they are by default."""
    judged = [pair for problems in held_out.values() for pair in judge(model, vocabulary, problems)]
    if not judged:
        return UNMEASURED
    chosen = thresholds(judged)
    surely = [right for confidence, right in judged if confidence >= chosen.sure]
    doubtfully = [right for confidence, right in judged if chosen.answer <= confidence < chosen.sure]
    say(
        f"of {len(judged)} held-out problems, {len(surely)} are answered without a doubt, from a confidence of "
        f"{chosen.sure:.2f} on, {sum(surely)} of them right; {len(doubtfully)} with a doubt, from {chosen.answer:.2f} "
        f"on, {sum(doubtfully)} of them right"
    )
    return {**UNMEASURED, Form.ARITHMETIC: chosen}


def judge(
    model: TranslatorModel, vocabulary: Vocabulary, problems: Sequence[ArithmeticProblem]
) -> list[tuple[float, bool]]:
    """Confidence of the best supported answer to each problem, and whether it is right; 0 where there is none."""
    model.eval()
    decode = partial(candidates, model, vocabulary)
    judged = []
    for problem in problems:
        found = arithmetic_candidates(problem.text, vocabulary, decode)
        if isinstance(found, Abstention) or not found[1]:
            judged.append((0.0, False))
        else:
            best = found[1][0]
            judged.append((best.support, best.value == problem.answer))
    return judged


def thresholds(judged: Sequence[tuple[float, bool]]) -> Thresholds:
    """What `judged` says for: pairs of a confidence, 0 where there is no answer, and whether the answer is right."""
    sure = sure_from(judged, WANTED)
    # What is sure is answered, even where the last of it is wrong more often than right.
    return Thresholds(answer=min(likely_from(judged), sure), sure=sure)


def sure_from(judged: Sequence[tuple[float, bool]], wanted: float) -> float:
    """The least confidence from which on the share of right answers is `wanted`.

    1 if there is none: then an answer is without a doubt only where all candidates agree.
    """
    least = 1.0
    for confidence, given, right in _from_each(judged):
        if given >= FEWEST and right >= wanted * given:
            least = confidence
    return least


def likely_from(judged: Sequence[tuple[float, bool]]) -> float:
    """The confidence from which on the right answers exceed the wrong ones by the most: an answer just above it is
    right rather than wrong, and one just below wrong rather than right.

    1 if they never exceed them.
    """
    best, most = 1.0, 0
    for confidence, given, right in _from_each(judged):
        if given >= FEWEST and 2 * right - given > most:
            best, most = confidence, 2 * right - given
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
