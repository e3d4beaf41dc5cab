"""The second SMT-LIB engine: cvc5, for a second opinion and for proofs. The only module that imports cvc5.

One script at a time, in a forked child that has locked itself in. cvc5 is handed the tokens that the policy has read,
without options, questions and objectives: they have no part in whether the assertions can hold. No limit of cvc5's own
is set, for they start timers; the parent holds the clock.

Source: cvc5's Python API; "Alethe proofs" in its documentation.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from solvers.cvc5.dialect import modernise, without_enumerations
from solvers.cvc5.inlining import inline_definitions
from solvers.errors import EngineMissingError
from solvers.smt.policy import CHECKS, Command, PolicyError, Script, read_script
from solvers.smt.sexpr import Token, write_spaced
from solvers.types import (
    Decision,
    Ending,
    Evidence,
    Finished,
    Job,
    Language,
    LimitName,
    Limits,
    NoEvidence,
    Program,
    Proof,
    Rejected,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
)
from solvers.wire import decode_job, encode_ending, encode_job

LONGEST_PROOF = 1_000_000
"""Characters; a checker reads no more."""

_PROOF_OPTIONS = {
    "produce-proofs": "true",
    "proof-format-mode": "alethe",
    # The finest grain: no step is left as a hole.
    "proof-granularity": "dsl-rewrite",
}
_NO_OPTIONS: Mapping[str, str] = {}
_LEFT_OUT = frozenset({"set-logic", "set-option", "set-info", "echo", "minimize", "maximize", "assert-soft"})
_SAMPLES = (
    """
    (declare-sort Person 0)
    (declare-const ann Person)
    (declare-fun likes (Person Person) Bool)
    (define-fun both ((x Person) (y Person)) Bool (and (likes x y) (likes y x)))
    (assert (! (forall ((x Person)) (=> (likes x ann) (both ann x))) :named |odd one|))
    (assert (exists ((x Person)) (and (likes x ann) (not (likes ann x)))))
    (check-sat)
    """,
    """
    (declare-const n Int)
    (declare-const r Real)
    (declare-fun f (Int) Int)
    (assert (or (= n 18) (= (f n) (- 3))))
    (assert (= r (/ n 4)))
    (assert (and (> (* 2 n) 36.5) (not (= (f n) (- 3)))))
    (check-sat)
    """,
    "(declare-const n Int) (assert (< (mod n 3) (ite (> n 2) 4 (div n 2)))) (check-sat)",
    "(declare-const n Int) (assert (> m 3)) (check-sat)",
)
_WARM_UP_ROUNDS = 5


class Cvc5Engine:
    """cvc5 behind the fork server's `Engine` protocol."""

    language = Language.SMT

    def __init__(self) -> None:
        self._cvc5: Any = None

    def load(self) -> str:
        """Load cvc5 and run samples, which are thrown away. Returns the engine's name and version.

        Raises:
            EngineMissingError: cvc5 is not installed, or its library cannot be loaded.
        """
        try:
            import cvc5
        except ImportError as error:
            raise EngineMissingError(self.language, f"cvc5: {error}") from error
        self._cvc5 = cvc5
        for _ in range(_WARM_UP_ROUNDS):
            for text in _SAMPLES:
                job = Job(Program(Language.SMT, text), evidence=True)
                encode_ending(self._execute(decode_job(encode_job(job)), Limits()))
        return str(cvc5.__version__)

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        """Run one job in this process."""
        try:
            return self._execute(job, limits) if policy else self._run_raw(job)
        except MemoryError:
            return Stopped(LimitName.MEMORY_MIB)
        except Exception as error:
            if "bad_alloc" in str(error):
                return Stopped(LimitName.MEMORY_MIB)
            raise

    def _execute(self, job: Job, limits: Limits) -> Ending:
        try:
            script = read_script(job.program.text, job.query)
        except PolicyError as error:
            return Rejected(error.diagnostics)
        decision, evidence = self._decide(script, job.evidence, limits)
        return Finished(decision, (decision,), script.ignored, evidence)

    def _decide(self, script: Script, wants_evidence: bool, limits: Limits) -> tuple[Decision, Evidence | None]:
        commands = _up_to_exit(script.commands)
        checks = [index for index, command in enumerate(commands) if command.name in CHECKS]
        reason = None
        if len(checks) != 1 or commands[checks[0]].name != "check-sat":
            reason = f"cvc5 is asked about one (check-sat) only, and the script has {len(checks)} checks"
        elif any(command.name.startswith("reset") for command in commands):
            reason = "cvc5 is asked about scripts without a reset only"
        elif any(
            not command.name.startswith("get-") and command.name != "echo" for command in commands[checks[0] + 1 :]
        ):
            reason = "cvc5 is asked about scripts that end with their check"
        if reason is not None:
            return Unknown(reason), NoEvidence(reason) if wants_evidence else None
        tokens = [modernise(command.tokens) for command in commands[: checks[0]] if not _is_left_out(command)]
        read = inline_definitions(tokens)
        solver, decision = self._solve(read, wants_evidence)
        if not wants_evidence:
            return decision, None
        if isinstance(decision, Unknown) and not script.mentions.isdisjoint({"forall", "exists"}):
            # It may take for ever where there is no contradiction, so it is tried where a proof is wanted only.
            solver, decision = self._solve(read, wants_evidence, {"enum-inst": "true"})
        if not isinstance(decision, Unsatisfiable):
            return decision, NoEvidence("cvc5 gives proofs of unsatisfiability only")
        longest = min(LONGEST_PROOF, limits.output_bytes)
        plainer = without_enumerations(read)
        if plainer is not None:
            solver, again = self._solve(plainer, wants_evidence, {"enum-inst": "true"})
            if not isinstance(again, Unsatisfiable):
                return decision, NoEvidence("the Alethe format knows no datatypes, and cvc5 needs them here")
        return decision, self._proof(solver, longest)

    def _solve(
        self, commands: Sequence[Sequence[Token]], wants_evidence: bool, options: Mapping[str, str] = _NO_OPTIONS
    ) -> tuple[Any, Decision]:
        solver = self._cvc5.Solver(self._cvc5.TermManager())
        for name, value in {**(_PROOF_OPTIONS if wants_evidence else {}), **options}.items():
            solver.setOption(name, value)
        fault = self._read(solver, commands)
        return solver, Unknown(fault) if fault is not None else self._check(solver)

    def _read(self, solver: Any, commands: Sequence[Sequence[Token]]) -> str | None:
        """Have cvc5 read the commands. Returns what it does not understand."""
        parser = self._cvc5.InputParser(solver)
        text = "(set-logic ALL)\n" + "\n".join(map(write_spaced, commands))
        parser.setStringInput(self._cvc5.InputLanguage.SMT_LIB_2_6, text, "program")
        symbols = parser.getSymbolManager()
        try:
            while not (command := parser.nextCommand()).isNull():
                reply = command.invoke(solver, symbols)
                if reply.startswith(("(error", "unsupported")):
                    return _unreadable(reply)
        except RuntimeError as error:
            if "bad_alloc" in str(error):
                raise
            return _unreadable(str(error))
        return None

    def _check(self, solver: Any) -> Decision:
        try:
            result = solver.checkSat()
        except RuntimeError as error:
            if "bad_alloc" in str(error):
                raise
            return Unknown(_unreadable(str(error)))
        if result.isSat():
            return Satisfiable()
        if result.isUnsat():
            return Unsatisfiable()
        return Unknown(f"cvc5 does not decide it ({result.getUnknownExplanation().name.lower()})")

    def _proof(self, solver: Any, longest: int) -> Evidence:
        try:
            (proof,) = solver.getProof()
            text = solver.proofToString(proof, self._cvc5.ProofFormat.ALETHE)
        except RuntimeError as error:
            if "bad_alloc" in str(error):
                raise
            return NoEvidence(f"cvc5 gives no proof: {' '.join(str(error).split())[:200]}")
        if isinstance(text, bytes):
            text = text.decode(errors="replace")
        if "(error " in text[:100]:
            return NoEvidence(f"cvc5 gives no proof in the Alethe format: {' '.join(text.split())[:200]}")
        if len(text) > longest:
            return NoEvidence(f"the proof has {len(text)} characters, and {longest} are allowed")
        return Proof(text)

    def _run_raw(self, job: Job) -> Ending:
        """The text as it is, policy off, to test the sandbox. What it prints is not read; cvc5 is asked once more."""
        solver = self._cvc5.Solver(self._cvc5.TermManager())
        solver.setOption("incremental", "true")
        parser = self._cvc5.InputParser(solver)
        parser.setStringInput(self._cvc5.InputLanguage.SMT_LIB_2_6, f"{job.program.text}\n{job.query or ''}", "raw")
        symbols = parser.getSymbolManager()
        try:
            while not (command := parser.nextCommand()).isNull() and command.getCommandName() != "exit":
                data = command.invoke(solver, symbols).encode()
                while data:
                    data = data[os.write(1, data) :]
        except RuntimeError as error:
            if "bad_alloc" in str(error):
                raise
            return Finished(*_twice(Unknown(_unreadable(str(error)))))
        return Finished(*_twice(self._check(solver)))


def _twice(decision: Decision) -> tuple[Decision, tuple[Decision, ...]]:
    return decision, (decision,)


def _up_to_exit(commands: Sequence[Command]) -> Sequence[Command]:
    for index, command in enumerate(commands):
        if command.name == "exit":
            return commands[:index]
    return commands


def _is_left_out(command: Command) -> bool:
    return command.name in _LEFT_OUT or command.name.startswith("get-")


def _unreadable(message: str) -> str:
    return f"cvc5 cannot read the program: {' '.join(message.split())[:300]}"


if __name__ == "__main__":
    from solvers.forkserver import serve

    serve(Cvc5Engine())
