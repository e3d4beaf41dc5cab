"""The SMT-LIB engine: z3's command interpreter, one script at a time, in a forked child that has locked itself in.

z3 is called through its C interface, with `ctypes` and a handful of functions: the Python package around it costs more
to import, and more pages to share with every child, than all the rest. No z3 time-out is ever set: each starts a
thread, which the sandbox denies; the parent holds the clock.

Source: `Z3_eval_smtlib2_string` of z3's C API.
"""

import ctypes
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from solvers.errors import EngineMissingError
from solvers.smt import sexpr
from solvers.smt.diagnose import diagnose, errors_in, is_memory
from solvers.smt.models import SOFT_ASSERTIONS, read_core, read_model, read_objectives, read_values
from solvers.smt.pages import Pages
from solvers.smt.policy import Command, PolicyError, Positions, Script, labels_of, read_script, read_term
from solvers.smt.sexpr import symbol_name, write, write_spaced
from solvers.smt.strategy import COMMON_STRATEGIES, Strategy, strategy_for
from solvers.types import (
    Decision,
    Diagnostic,
    Ending,
    ErrorClass,
    Evidence,
    Finished,
    Job,
    Language,
    LimitName,
    Limits,
    ModelText,
    NoEvidence,
    Part,
    Program,
    Rejected,
    Satisfiable,
    Stopped,
    Unknown,
    Unsatisfiable,
    Value,
)
from solvers.wire import decode_job, encode_ending, encode_job

_NEVER_CHECKED = Diagnostic(
    ErrorClass.LOGICAL, "the program never asks for a decision", suggestion="add (check-sat) at the end"
)
_MAX_DIAGNOSTICS = 20
_WARM_UP_ROUNDS = 12
_SAMPLES = (
    """
    ; what most programs are made of
    (declare-sort Person 0)
    (declare-const ann Person)
    (declare-fun likes (Person Person) Bool)
    (declare-const n Int)
    (push)
    (assert (forall ((x Person)) (=> (likes x ann) (likes ann x))))
    (assert (! (exists ((x Person)) (and (likes x ann) (not (likes ann x)))) :named |odd one|))
    (check-sat)
    (get-model)
    (pop)
    (reset)
    (declare-const n Int)
    """,
    """
    (declare-const n Int)
    (declare-const r Real)
    (declare-fun f (Int) Int)
    (assert (and (>= n 2) (<= n -2.5) (= (f n) 3)))
    (check-sat-assuming ((> r 0.0)))
    """,
    """
    (declare-const n Int)
    (declare-const r Real)
    (declare-fun f (Int) Int)
    (assert (or (= n 18) (= (f n) (- 3))))
    (assert (= r (/ n 4)))
    (check-sat)
    (get-model)
    (get-value (n (f n)))
    """,
    "(declare-const n Int) (assert (> m 3))",
)
_DEFINITIONS = frozenset({"define-fun", "define-fun-rec", "define-const"})
_NO_CHECK_YET = "state of the most recent check-sat command is not known"


class SmtEngine:
    """z3 behind the fork server's `Engine` protocol."""

    language = Language.SMT

    def __init__(self) -> None:
        self._z3: _Z3 | None = None
        self._pages = Pages()

    def load(self) -> str:
        """Load z3 and build what every child would otherwise build again. Returns the engine's name and version.

        Raises:
            EngineMissingError: z3-solver is not installed, or its library cannot be loaded.
        """
        self._pages.keep_heap()
        self._z3 = _Z3()
        self._warm_up()
        for strategy in COMMON_STRATEGIES:
            self._z3.choose(strategy)
        self._pages.settle()
        return f"z3 {self._z3.version}"

    def _warm_up(self) -> None:
        """Run samples in contexts that are thrown away: Python adapts its code to what it meets, z3 fills its tables.

        A child that did so itself would copy the pages it writes to. What the samples print goes where a fork server's
        output goes: nowhere.
        """
        assert self._z3 is not None
        for _ in range(_WARM_UP_ROUNDS):
            for text in _SAMPLES:
                job = Job(Program(Language.SMT, text), "(check-sat)", answer="n")
                encode_ending(self._execute(decode_job(encode_job(job))))
        self._z3.forget()

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        """Run one job in this process, which must not be used again: z3 keeps its options for good."""
        assert self._z3 is not None, "load() comes first"
        try:
            self._pages.take_room()
            self._z3.limit_memory(limits.memory_mib)
            if not policy:
                self._z3.choose(COMMON_STRATEGIES[0])
                return _run_raw(self._z3, job)
            return self._execute(job)
        except (MemoryError, _OutOfMemoryError):
            return Stopped(LimitName.MEMORY_MIB)

    def _execute(self, job: Job) -> Ending:
        assert self._z3 is not None
        try:
            script = read_script(job.program.text, job.query)
            answer = (job.answer, write(read_term(job.answer))) if job.answer is not None else None
            positions = Positions(job.program.text, job.query)
            self._z3.choose(strategy_for(script))
            return _Execution(self._z3, script, positions, answer, job.evidence).run()
        except (PolicyError, _RejectedError) as error:
            return Rejected(error.diagnostics)


class _RejectedError(Exception):
    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(diagnostics[0].message)
        self.diagnostics = tuple(diagnostics[:_MAX_DIAGNOSTICS])


class _OutOfMemoryError(Exception):
    """z3 met the memory limit."""


class _Z3:
    """z3's library, and a context for each strategy asked for so far: one can be set only while a context is made."""

    def __init__(self) -> None:
        # The package is found, not imported: importing it takes 0.3 s and gives nothing that is used here.
        spec = importlib.util.find_spec("z3")
        if spec is None or not spec.submodule_search_locations:
            raise EngineMissingError(Language.SMT, "the package z3-solver is not installed")
        path = Path(spec.submodule_search_locations[0]) / "lib" / "libz3.so"
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            raise EngineMissingError(Language.SMT, str(error)) from error
        pointer, text = ctypes.c_void_p, ctypes.c_char_p
        self._mk_config = _function(library, "Z3_mk_config", pointer)
        self._mk_context = _function(library, "Z3_mk_context", pointer, pointer)
        self._del_context = _function(library, "Z3_del_context", None, pointer)
        self._set_error_handler = _function(library, "Z3_set_error_handler", None, pointer, pointer)
        self._evaluate = _function(library, "Z3_eval_smtlib2_string", text, pointer, text)
        self._error_code = _function(library, "Z3_get_error_code", ctypes.c_int, pointer)
        self._set_parameter = _function(library, "Z3_global_param_set", None, text, text)
        self._allocated = _function(library, "Z3_get_estimated_alloc_size", ctypes.c_uint64)
        self._show_warnings = _function(library, "Z3_toggle_warning_messages", None, ctypes.c_bool)
        self.version: str = _function(library, "Z3_get_full_version", text)().decode()
        self._show_warnings(False)
        self._contexts: dict[Strategy, int] = {}

    def choose(self, strategy: Strategy) -> None:
        """Use the context of this strategy from here on; make it if there is none."""
        if strategy not in self._contexts:
            self._contexts[strategy] = self._make(strategy)
        self._strategy = strategy
        self._context = self._contexts[strategy]
        self.line = 1

    def forget(self) -> None:
        """Throw every context away."""
        for context in self._contexts.values():
            self._del_context(context)
        self._contexts.clear()

    def reset(self) -> None:
        """Begin again with a fresh context. z3's own `(reset)` keeps the labels of assertions."""
        self._del_context(self._contexts.pop(self._strategy))
        self.choose(self._strategy)

    def _make(self, strategy: Strategy) -> int:
        self._set_parameter(b"tactic.default_tactic", strategy.tactic.encode())
        self._set_parameter(b"smt.auto_config", b"true" if strategy.automatic else b"false")
        context: int = self._mk_context(self._mk_config())
        # z3's own handler ends the process at the first error. None, and not one of ours: ctypes would make it of
        # memory that can be written and executed, in every child.
        self._set_error_handler(context, None)
        self._evaluate(context, b"")  # the first call makes the command interpreter and its solver
        return context

    def limit_memory(self, mebibytes: int) -> None:
        """Let z3 take `mebibytes` more than it has."""
        total = mebibytes + self._allocated() // 2**20
        self._set_parameter(b"memory_max_size", str(total).encode())

    def evaluate(self, text: str) -> tuple[str, bool]:
        """Have z3 read `text`. Returns what it printed, and whether it reports an error."""
        data = text.encode()
        reply: bytes = self._evaluate(self._context, data)
        failed = bool(self._error_code(self._context)) or reply.startswith(b"(error ")
        self.line += data.count(b"\n")
        return reply.decode(errors="replace"), failed


def _function(library: ctypes.CDLL, name: str, result: type | None, *arguments: type) -> "ctypes._NamedFuncPointer":
    function = library[name]
    function.restype = result
    function.argtypes = arguments
    return function


class _Check:
    """What is known of one `check-sat`, while the commands behind it still add to it."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.model: dict[str, Value] = {}
        self.values: dict[str, Value] = {}
        self.objectives: dict[str, Value] = {}
        self.core: tuple[str, ...] = ()
        self.reason = ""
        self.model_text: str | None = None

    def evidence(self) -> Evidence:
        match self.status:
            case "sat" if self.model_text is not None:
                return ModelText(self.model_text)
            case "sat":
                return NoEvidence("the program switches models off")
            case "unsat":
                return NoEvidence("this engine is not asked for proofs, which would change its results")
            case _:
                return NoEvidence("nothing was decided")

    def decision(self) -> Decision:
        match self.status:
            case "sat":
                return Satisfiable(self.model, self.values, self.objectives)
            case "unsat":
                return Unsatisfiable(self.core)
            case _:
                return Unknown(self.reason)


class _Execution:
    """One script, command by command."""

    def __init__(
        self, z3: _Z3, script: Script, positions: Positions, answer: tuple[str, str] | None, evidence: bool
    ) -> None:
        self._z3 = z3
        self._script = script
        self._positions = positions
        self._answer = answer
        self._wants_evidence = evidence
        self._options = {
            command.tokens[2].text: command.tokens[3].text
            for command in script.commands
            if command.name == "set-option"
        }
        self._pending: list[Command] = []
        self._checks: list[_Check] = []
        self._objectives: list[str | None] = []
        """As written, in order; None where a `push` opened a level."""
        self._defined: set[str] = set()
        """Names that the script defines itself, which z3 lists with the model as well."""
        self._labels: set[str] = set()
        """Names of assertions, which z3 lists with the model."""
        self._model_reply: str | None = None
        """What `get-model` replies, as long as nothing has changed since the last check."""

    def run(self) -> Ending:
        self._begin()
        for command in self._script.commands:
            if command.name == "exit":
                break
            self._execute(command)
        self._flush()
        if not self._checks:
            return Rejected((_NEVER_CHECKED, *self._script.ignored))
        decisions = tuple(check.decision() for check in self._checks)
        return Finished(decisions[-1], decisions, self._script.ignored, self._evidence())

    def _evidence(self) -> Evidence | None:
        if not self._wants_evidence:
            return None
        if len(self._checks) != 1:
            return NoEvidence("the program asks for several decisions, and evidence is for one")
        return self._checks[0].evidence()

    def _begin(self) -> None:
        """Switch on what the script uses without saying so; what it says itself it gets."""
        options = []
        if self._script.needs_cores and not self._options.keys() & {":produce-unsat-cores", ":unsat_core"}:
            options.append("(set-option :produce-unsat-cores true)\n")
        if self._script.needs_assumptions and ":produce-unsat-assumptions" not in self._options:
            options.append("(set-option :produce-unsat-assumptions true)\n")
        if options:
            self._z3.evaluate("".join(options))

    def _execute(self, command: Command) -> None:
        match command.name:
            case "check-sat" | "check-sat-assuming":
                self._check(command)
            case "echo":
                _print(command.tokens[2].text[1:-1].replace('""', '"') + "\n")
            case "reset":
                self._flush()
                self._z3.reset()
                self._objectives.clear()
                self._labels.clear()
                self._defined.clear()
                self._model_reply = None
                self._begin()
            case name if name.startswith("get-"):
                self._get(command)
            case _:
                self._pending.append(command)
                if self._script.labels:
                    self._labels |= labels_of(command.tokens)
                if command.name in _DEFINITIONS:
                    self._defined.add(symbol_name(command.tokens[2]))
                self._note_objective(command)
                self._model_reply = None

    def _note_objective(self, command: Command) -> None:
        match command.name:
            case "minimize" | "maximize":
                term = write(command.arguments())
                self._objectives.append(write(command.tokens) if term in self._objectives else term)
            case "assert-soft":
                texts = [token.text for token in command.tokens]
                group = texts[texts.index(":id") + 1] if ":id" in texts[:-2] else SOFT_ASSERTIONS
                if group not in self._objectives:
                    self._objectives.append(group)
            case "push":
                self._objectives.extend([None] * _levels(command))
            case "pop":
                for _ in range(_levels(command)):
                    while self._objectives and self._objectives.pop() is not None:
                        pass
            case "reset-assertions":
                self._objectives.clear()

    def _flush(self) -> None:
        """Send the commands that wait; they reply nothing unless something is wrong."""
        if self._pending:
            commands, self._pending = self._pending, []
            self._send(commands)

    def _send(self, commands: Sequence[Command]) -> str:
        texts = [write_spaced(command.tokens) + "\n" for command in commands]
        lines = []
        line = self._z3.line
        for text in texts:
            lines.append(line)
            line += text.count("\n")
        reply, failed = self._z3.evaluate("".join(texts))
        if failed:
            self._raise(reply, commands, lines)
        if reply.startswith("unsupported") and any(command.name != "set-logic" for command in commands):
            message = " ".join(reply.split())
            raise _RejectedError([Diagnostic(ErrorClass.UNSUPPORTED, message, *self._place(commands[0]))])
        return reply

    def _raise(self, reply: str, commands: Sequence[Command], lines: Sequence[int]) -> None:
        """Make diagnostics of the errors in a reply, unless each only says that there is nothing to get."""
        errors = errors_in(reply)
        if any(error.is_out_of_memory for error in errors):
            raise _OutOfMemoryError
        diagnostics = []
        for error in errors:
            if error.is_harmless:
                continue
            command, column = commands[0], None
            if error.line is not None:
                index = max((i for i, line in enumerate(lines) if line <= error.line), default=0)
                command = commands[index]
                if error.column is not None and lines[index] == error.line:
                    # z3 counts columns from 1 on the first line it is given, and from 0 on all others.
                    column = error.column if index == 0 else error.column + 1
            diagnostics.append(diagnose(error, command, column, self._positions, self._script.declared))
        if diagnostics:
            raise _RejectedError(diagnostics)

    def _place(self, command: Command) -> tuple[int, int]:
        return self._positions.at(command.part, command.tokens[0].start)

    def _check(self, command: Command) -> None:
        self._flush()
        reply = self._send([command])
        status = reply.split("\n", 1)[0].strip()
        _print(reply)
        check = _Check(status if status in {"sat", "unsat"} else "unknown")
        self._checks.append(check)
        self._model_reply = None
        match check.status:
            case "sat":
                self._fetch_model(check)
                if None in self._objectives or self._objectives:
                    self._read_objectives(check, self._ask("(get-objectives)"))
            case "unsat":
                if self._labels or command.name == "check-sat-assuming":
                    check.core = read_core(self._ask("(get-unsat-core)") or "()")
            case _:
                check.reason = self._reason(reply)

    def _fetch_model(self, check: _Check) -> None:
        if self._answer is not None:
            key, term = self._answer
            reply, failed = self._z3.evaluate(f"(get-value ({term}))\n")
            if failed:
                self._raise_for_answer(reply)
            check.values.update(read_values(reply, [key]))
        if self._options.get(":produce-models", "true") == "true" and self._options.get(":model", "true") == "true":
            self._model_reply = self._ask("(get-model)")
            check.model = read_model(self._model_reply or "()", self._labels | self._defined)
            check.model_text = self._model_reply

    def _raise_for_answer(self, reply: str) -> None:
        assert self._answer is not None
        command = Command("get-value", read_term(self._answer[0]), Part.QUERY)
        positions = Positions("", self._answer[0])
        errors = errors_in(reply)
        if any(error.is_out_of_memory for error in errors):
            raise _OutOfMemoryError
        raise _RejectedError([diagnose(error, command, None, positions, self._script.declared) for error in errors])

    def _ask(self, text: str) -> str | None:
        """A question of ours; None where there is nothing to get."""
        reply, failed = self._z3.evaluate(text + "\n")
        if failed:
            if any(error.is_out_of_memory for error in errors_in(reply)):
                raise _OutOfMemoryError
            return None
        return reply

    def _reason(self, reply: str) -> str:
        info = sexpr.read(self._ask("(get-info :reason-unknown)") or "")
        reason = ""
        if info and isinstance(info[0], sexpr.Node) and len(info[0].items) == 2:
            item = info[0].items[1]
            reason = item.text.strip('"') if isinstance(item, sexpr.Token) else ""
        if is_memory(reason) or is_memory(reply):
            raise _OutOfMemoryError
        return reason or "the solver does not say why"

    def _get(self, command: Command) -> None:
        self._flush()
        if command.name == "get-model" and self._model_reply is not None:
            _print(self._model_reply)
            return
        reply = self._send([command])
        _print(reply)
        if not self._checks or reply.startswith("(error "):
            return
        check = self._checks[-1]
        if command.name == "get-value" and check.status == "sat":
            terms = sexpr.build(command.arguments())
            check.values.update(read_values(reply, [write(sexpr.flatten(term)) for term in _items(terms)]))
        elif command.name == "get-unsat-core" and check.status == "unsat":
            check.core = read_core(reply)
        elif command.name == "get-objectives" and check.status == "sat":
            self._read_objectives(check, reply)

    def _read_objectives(self, check: _Check, reply: str | None) -> None:
        if reply is not None:
            check.objectives.update(read_objectives(reply, [name for name in self._objectives if name is not None]))


def _items(terms: Sequence[sexpr.Sexpr]) -> Sequence[sexpr.Sexpr]:
    return terms[0].items if terms and isinstance(terms[0], sexpr.Node) else ()


def _levels(command: Command) -> int:
    arguments = command.arguments()
    return int(arguments[0].text) if arguments else 1


def _print(text: str) -> None:
    data = text.encode()
    while data:
        data = data[os.write(1, data) :]


def _run_raw(z3: _Z3, job: Job) -> Ending:
    """The text as it is, policy off, to test the sandbox. What the program prints is not read; z3 is asked again."""
    for text in (job.program.text, job.query or ""):
        if "\0" in text:
            return Rejected((Diagnostic(ErrorClass.SYNTAX, "the program holds a NUL character"),))
        reply, failed = z3.evaluate(text.encode(errors="replace").decode() + "\n")
        _print(reply)
        if failed:
            errors = [error for error in errors_in(reply) if not error.is_harmless]
            if any(error.is_out_of_memory for error in errors):
                return Stopped(LimitName.MEMORY_MIB)
            if errors:
                return Rejected((Diagnostic(ErrorClass.UNSUPPORTED, errors[0].message),))
    if _NO_CHECK_YET in z3.evaluate("(get-info :reason-unknown)\n")[0]:
        return Rejected((_NEVER_CHECKED,))
    reply, failed = z3.evaluate("(check-sat)\n")
    check = _Check(reply.split("\n", 1)[0].strip() if not failed else "unknown")
    check.reason = " ".join(reply.split())
    if is_memory(reply) or is_memory(z3.evaluate("(get-info :reason-unknown)\n")[0]):
        return Stopped(LimitName.MEMORY_MIB)
    if check.status == "sat":
        model, failed = z3.evaluate("(get-model)\n")
        check.model = {} if failed else read_model(model, ())
        check.model_text = None if failed else model
    return Finished(check.decision(), (check.decision(),), evidence=check.evidence() if job.evidence else None)


if __name__ == "__main__":
    from solvers.forkserver import serve

    serve(SmtEngine())
