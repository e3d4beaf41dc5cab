"""Constant-answer programs in disguise, and the gold programs they are made from: is the first flagged, the second not?

The programs are chosen with a fixed seed. Each runs and gives the gold answer; what does not is replaced.
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from random import Random

from app.reasoning.computed import Computed, computed
from app.reasoning.conclude import conclude
from app.reasoning.runs import run_all
from app.reasoning.sensitivity import LIMITS, sensitivity
from app.reasoning.trials import Trials
from app.reasoning.types import Formalisation, Kind, Problem, RunName, World
from app.samples import same_answer
from solvers import Job, Language, Program, Run, Runtime, RuntimeConfig
from tests.benchmarks.data import GoldProgram, gold_programs
from tests.benchmarks.disguises import PROLOG, SMT, Disguise, case_of, language_of

PROGRAMS = 300
SEED = 3
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one program: None where it did not run or did not give the gold answer."""

    computed: Computed | None
    runs: int
    seconds: float


async def constants() -> dict[str, object]:
    gold = gold_programs()
    async with Runtime(RuntimeConfig(concurrency=2)) as runtime:
        await runtime.health()
        constant = await _constant_programs(gold, runtime)
        gold_result = await _gold_programs(gold, runtime)
    return {"constant_answer_programs": constant, "gold_programs": gold_result}


async def _constant_programs(gold: list[GoldProgram], runtime: Runtime) -> dict[str, object]:
    random = Random(SEED)
    order = random.sample(range(len(gold)), len(gold))
    disguises: tuple[Disguise, ...] = PROLOG + SMT
    made: Counter[str] = Counter()
    capped: Counter[str] = Counter()
    unfit = replaced = 0
    escaped: list[dict[str, object]] = []
    place = 0
    while made.total() < PROGRAMS:
        disguise = disguises[made.total() % len(disguises)]
        index = order[place % len(order)]
        place += 1
        program = gold[index]
        case = case_of(program.problem, program.text, program.target, random)
        text = disguise(case) if case is not None else None
        if text is None:
            unfit += 1
            continue
        judged = await _judge(program, language_of(disguise), text, runtime)
        if judged.computed is None:
            replaced += 1
            continue
        made[disguise.__name__] += 1
        if judged.computed.result is False:
            capped[disguise.__name__] += 1
        else:
            escaped.append({"gold": index, "disguise": disguise.__name__, "reasons": judged.computed.reasons})
    return {
        "programs": made.total(),
        "disguises": len(disguises),
        "capped": capped.total(),
        "share_capped": round(capped.total() / made.total(), 4),
        "by_disguise": {name: f"{capped[name]} of {count}" for name, count in made.items()},
        "escaped": escaped,
        "disguise_did_not_fit": unfit,
        "replaced_for_another_answer": replaced,
    }


async def _gold_programs(gold: list[GoldProgram], runtime: Runtime) -> dict[str, object]:
    judged: list[Judged] = []
    for start in range(0, len(gold), _AT_ONCE):
        part = gold[start : start + _AT_ONCE]
        judged += await asyncio.gather(*(_judge(one, Language.PROLOG, one.text, runtime) for one in part))
    right = [(index, one) for index, one in enumerate(judged) if one.computed is not None]
    flagged = [
        (index, one.computed) for index, one in right if one.computed is not None and one.computed.result is False
    ]
    unknown = [index for index, one in right if one.computed is not None and one.computed.result is None]
    return {
        "programs": len(gold),
        "right": len(right),
        "flagged": len(flagged),
        "share_flagged": round(len(flagged) / len(right), 4),
        "not_known": unknown,
        "runs_per_program": round(sum(one.runs for _, one in right) / len(right), 2),
        "ms_per_program": round(1000 * sum(one.seconds for _, one in right) / len(right) / _AT_ONCE, 1),
        "each_flagged": [{"gold": index, "reason": found.reasons[0]} for index, found in flagged],
    }


async def _judge(program: GoldProgram, language: Language, text: str, runtime: Runtime) -> Judged:
    formalisation = Formalisation(Program(language, text), "solve(X)" if language is Language.PROLOG else "x")

    async def solve(job: Job) -> Run:
        return await runtime.solve(job, LIMITS)

    problem = Problem(program.problem, Kind.ARITHMETIC, language)
    runs: dict[RunName, Run] = {}
    await run_all(formalisation, Kind.ARITHMETIC, solve, runs.__setitem__)
    verdict = conclude(Kind.ARITHMETIC, World.OPEN, formalisation, runs).verdict
    if (
        verdict is None
        or verdict.answer is None
        or not same_answer(Kind.ARITHMETIC, verdict.answer, str(program.target))
    ):
        return Judged(None, 0, 0.0)
    began = time.perf_counter()
    found = await sensitivity(problem, Kind.ARITHMETIC, formalisation, verdict.answer, solve, Trials())
    seconds = time.perf_counter() - began
    what = computed(problem, Kind.ARITHMETIC, formalisation, verdict.answer, found)
    return Judged(what, found.runs if found is not None else 0, seconds)
