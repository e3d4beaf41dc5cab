"""Short ways to solve problems and to have their evidence checked, over HTTP."""

import json

RUSTY = "A robot has twice as many bolts as nuts, and 18 of both together. How many nuts has it?"

SMT_COMPLETION = (
    "```smt2\n(declare-const nuts Int)\n(declare-const bolts Int)\n"
    '(assert (= bolts (* 2 nuts))) ; "twice as many bolts as nuts"\n'
    '(assert (= (+ nuts bolts) 18)) ; "18 of both together"\n'
    "; nuts: how many nuts the robot has\n; query: nuts\n```"
)


async def traces_of(client, problems):
    """The finished trace of each problem, as `GET /v1/traces/{id}` gives it."""
    found = {}
    for problem in problems:
        language = {"language": "smt"} if problem is RUSTY else {}
        trace = (await client.post("/v1/solve", json={"problem": problem, **language})).json()
        found[problem] = (await client.get(f"/v1/traces/{trace['id']}")).json()
    return found


async def check_of(client, document):
    """What `POST /v1/check` says of it; it must not be an error."""
    reply = await client.post("/v1/check", json=document)
    assert reply.status_code == 200, reply.text
    return reply.json()


CITED = "Eva has 3 boxes with 4 pencils each and gives 5 pencils away. How many pencils has she left?"

CITING_COMPLETION = (
    "```prolog\n:- use_module(library(clpq)).\n"
    'boxes(3).  % "3 boxes"\nper_box(4).  % "4 pencils each"\ngiven(5).  % "5 balloons"\n'
    "solve(X) :- boxes(B), per_box(P), given(G), {X = B * P - G}.\n"
    "% boxes/1: how many boxes Eva has\n% query: solve(X).\n```"
)


def record(recording, problem, completion, *, corroboration=False, doubt=None):
    """Add the completion of the first attempt at a problem."""
    entry = {"problem": problem, "attempt": 1, "completion": completion, "corroboration": corroboration, "doubt": doubt}
    with recording.open("a") as lines:
        lines.write(json.dumps(entry) + "\n")
