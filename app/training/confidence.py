"""Chooses from which confidence on the embedded translator answers, on problems that were held out of its training.

An answer's confidence is the share of the candidates' probability that gives it. The least one is chosen from which on
the answers are right as often as `WANTED`; whoever wants all answers takes 0.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

from app.training.progress import say
from app.training.rows import ArithmeticProblem
from app.translator.decoding import candidates
from app.translator.loading import Decisions
from app.translator.model import TranslatorModel
from app.translator.result import Abstention
from app.translator.translate import arithmetic_candidates
from app.translator.vocabulary import Vocabulary

WANTED = 0.93
"""Of the answers that are given. A little above the 90 % that is promised, since other texts are harder."""
FEWEST = 30
"""Answers that a share must rest on."""


def choose(
    model: TranslatorModel, vocabulary: Vocabulary, held_out: Mapping[str, Sequence[ArithmeticProblem]]
) -> Decisions:
    """The decisions for arithmetic by what was held out; the others stay as they are by default."""
    judged = [pair for problems in held_out.values() for pair in judge(model, vocabulary, problems)]
    if not judged:
        return Decisions()
    least = least_confidence(judged, WANTED)
    kept = [right for confidence, right in judged if confidence >= least]
    say(
        f"from a confidence of {least:.2f} on, {len(kept)} of {len(judged)} held-out problems are answered, "
        f"{sum(kept)} of them right"
    )
    return Decisions(arithmetic=least)


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


def least_confidence(judged: Sequence[tuple[float, bool]], wanted: float) -> float:
    """The least confidence from which on the share of right answers is `wanted`.

    1 if there is none: then an answer is given only where all candidates agree.
    """
    least, given, right = 1.0, 0, 0
    by_confidence = sorted(judged, reverse=True)
    # Those with the same confidence are answered together or not at all.
    for confidence, group in groupby(by_confidence, key=lambda pair: pair[0]):
        rights = [is_right for _, is_right in group]
        given, right = given + len(rights), right + sum(rights)
        if given >= FEWEST and right >= wanted * given and confidence > 0:
            least = confidence
    return least
