"""Readers of the public sets of deductions and multiple-choice puzzles.

A problem is posed by its text; where a set means a closed world, or labels as logic programming derives them, that is
said too, as a user would with `--world` and `--language`.
"""

import re
from collections.abc import Iterator

from app.evaluation.datasets.faults import RowFault
from app.evaluation.datasets.fields import ABSENT, as_text, lookup, text, texts
from app.evaluation.datasets.rows import Row
from app.evaluation.datasets.targets import lettered, normalised, option_texts
from app.problem import Kind, Problem, World
from app.store.evaluation_types import Answers, Sample
from solvers.types import Language

_ASKED = "Based on the above information, is the following statement true, false, or"


def proofwriter(row: Row) -> Iterator[Sample]:
    """Facts and rules in an open world, ProofWriter (Tafjord et al. 2021), depth 5, as Logic-LM has them.

    Source: github.com/teacherpeterpan/Logic-LLM, `data/ProofWriter`, commit eb95e5ab; first of all allenai.org.
    Licence: CC BY 4.0.
    Format: a JSON list, `id`, `context`, `question`, `options` (`A) True`, ...), `answer`, a letter.
    Target: the verdict that the option names. The labels are made by rules in their own direction, without reasoning
    by contraposition, so the language is Prolog.
    """
    yield _verdict(row, Language.PROLOG, World.OPEN)


def prontoqa(row: Row) -> Iterator[Sample]:
    """Deductions in five steps about things that do not exist, PrOntoQA (Saparov and He 2022), as Logic-LM has them.

    Source: github.com/teacherpeterpan/Logic-LLM, `data/ProntoQA`, commit eb95e5ab. Licence: Apache-2.0.
    Format: as ProofWriter's.
    Target: the verdict that the option names. There is no third option: the world is closed.
    """
    yield _verdict(row, None, World.CLOSED)


def folio(row: Row) -> Iterator[Sample]:
    """First-order logic written by experts, FOLIO (Han et al. 2022).

    Source: github.com/Yale-LILY/FOLIO, `data/v0.0`, commit 266c382c; or github.com/teacherpeterpan/Logic-LLM,
    `data/FOLIO`. Licence: CC BY-SA 4.0.
    Format: JSON lines, `premises` (a list), `conclusion`, `label`; or as ProofWriter's.
    Target: the verdict that `label` or the option names.
    """
    if lookup(row.fields, "premises") is ABSENT:
        yield _verdict(row, None, World.OPEN)
        return
    premises = " ".join(premise.strip() for premise in texts(row.fields, "premises"))
    asked = f"{_ASKED} uncertain? {text(row.fields, 'conclusion').strip()}"
    id_ = as_text(lookup(row.fields, "example_id"), "example_id") or str(row.number)
    yield Sample(f"folio:{id_}", Problem(f"{premises}\n\n{asked}"), text(row.fields, "label"), Answers.VERDICT)


def logical_deduction(row: Row) -> Iterator[Sample]:
    """Ordering puzzles with three, five or seven options, LogicalDeduction of BIG-bench (2022), as Logic-LM has them.

    Source: github.com/teacherpeterpan/Logic-LLM, `data/LogicalDeduction`, commit eb95e5ab. Licence: Apache-2.0; its
    authors ask that nothing be trained on it.
    Format: as ProofWriter's.
    Target: the letter. The options are part of the text.
    """
    yield _choice(row, None)


def ar_lsat(row: Row) -> Iterator[Sample]:
    """Analytical reasoning of the law school admission test, AR-LSAT (Zhong et al. 2021).

    Source: github.com/zhongwanjun/AR-LSAT, `data/AR_TestData.json`, commit 0597abb6; or
    github.com/teacherpeterpan/Logic-LLM, `data/AR-LSAT`. Licence: the repository names none.
    Format: a JSON list of passages, each with `passage` and `questions` (`id`, `question`, `options`, `answer`, a
    letter); or one question each, as ProofWriter's.
    Target: the letter. The options are shown behind the question.
    """
    questions = lookup(row.fields, "questions")
    if questions is ABSENT:
        yield _choice(row, Kind.CONSTRAINT)
        return
    if not isinstance(questions, list) or not all(isinstance(question, dict) for question in questions):
        raise RowFault("'questions' is no list of objects")
    for question in questions:
        options = option_texts(texts(question, "options"))
        lines = [f"{text(row.fields, 'passage')}\n\n{text(question, 'question')}", *lettered(options)]
        problem = Problem("\n".join(lines), Kind.CONSTRAINT)
        yield Sample(text(question, "id"), problem, text(question, "answer"), Answers.OPTION, options)


def entailment_bank(row: Row) -> Iterator[Sample]:
    """Hypotheses that follow from a handful of facts of school science, EntailmentBank (Dalvi et al. 2021).

    Source: github.com/allenai/entailment_bank, tasks 1 (the facts needed) and 2 (with distractors).
    Licence: Apache-2.0.
    Format: JSON lines, `id`, `context` (`sent1: ... sent2: ...`), `hypothesis`.
    Target: `proved`, always: every hypothesis was written to follow. The facts leave common knowledge unsaid, so strict
    logic proves few of them.
    """
    facts = [fact.strip() for fact in re.split(r"\bsent\d+:\s", text(row.fields, "context")) if fact.strip()]
    lines = [f"{fact[0].upper()}{fact[1:].rstrip('.')}." for fact in facts]
    asked = f"{_ASKED} unknown? {text(row.fields, 'hypothesis').strip()}"
    yield Sample(text(row.fields, "id"), Problem("\n".join([*lines, "", asked])), "proved", Answers.VERDICT)


def _verdict(row: Row, language: Language | None, world: World) -> Sample:
    problem = Problem(_context_and_question(row), language=language, world=world)
    options = option_texts(texts(row.fields, "options"))
    letter = normalised(text(row.fields, "answer"), Answers.OPTION, options)
    return Sample(text(row.fields, "id"), problem, options[ord(letter) - ord("A")], Answers.VERDICT)


def _choice(row: Row, kind: Kind | None) -> Sample:
    options = texts(row.fields, "options")
    problem = Problem("\n".join([_context_and_question(row), *options]), kind)
    target = text(row.fields, "answer")
    return Sample(text(row.fields, "id"), problem, target, Answers.OPTION, option_texts(options))


def _context_and_question(row: Row) -> str:
    return f"{text(row.fields, 'context')}\n\n{text(row.fields, 'question')}"
