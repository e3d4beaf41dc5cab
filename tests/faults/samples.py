"""The made samples that are solved while parts are killed."""

import json
from pathlib import Path


def write_samples(folder: Path, number: int) -> None:
    """`dataset.jsonl` and `recording.jsonl`: mostly arithmetic, a tenth deductions. Of a tenth the gold answer is
    another than the program's, and to some the language model writes no program, so that scores differ.
    """
    rows, completions = [], []
    for index in range(number):
        problem, answer, completion = _deduction(index) if index % 10 == 9 else _arithmetic(index)
        if index % 20 == 4:
            completion = "I cannot do that."
        if index % 10 == 7:
            answer += "1"
        kind = "entailment" if index % 10 == 9 else "arithmetic"
        rows.append({"id": f"made-{index}", "kind": kind, "problem": problem, "answer": answer})
        completions.append({"problem": problem, "attempt": 1, "completion": completion})
    for name, lines in (("dataset", rows), ("recording", completions)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def _arithmetic(index: int) -> tuple[str, str, str]:
    boxes, each, given = 11 + index, 13 + index % 7, 2 + index % 5
    problem = f"Anna has {boxes} boxes with {each} pencils each and gives {given} away. How many pencils has she left?"
    program = (
        f":- use_module(library(clpq)).\nboxes({boxes}).\nper_box({each}).\ngiven({given}).\n"
        "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
        "% boxes/1: how many boxes Anna has\n% query: solve(X)."
    )
    return problem, str(boxes * each - given), f"```prolog\n{program}\n```"


def _deduction(index: int) -> tuple[str, str, str]:
    name = f"tarn{index}"
    problem = f"Every man is mortal. {name.title()} is a man. Does it follow that {name.title()} is mortal?"
    program = (
        "(declare-sort Thing 0)\n(declare-fun man (Thing) Bool)\n(declare-fun mortal (Thing) Bool)\n"
        f"(declare-const {name} Thing)\n(assert (! (forall ((x Thing)) (=> (man x) (mortal x))) :named rule))\n"
        f"(assert (! (man {name}) :named fact))\n; query: (mortal {name})"
    )
    return problem, "proved", f"```smt2\n{program}\n```"
