"""What an operator can set: environment variables `QUOD_<NAME>`, each with its bounds and its help.

`Settings()` is read once, in `create_app` or by the command line, and handed down as values; nothing deeper looks at
the environment. A `QUOD_` variable that nobody knows is an error: a misspelt limit must not silently be no limit.
"""

import difflib
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.errors import QuodError
from solvers.types import Limits

PREFIX = "QUOD_"

MASK = "**********"


class SettingsError(QuodError):
    """The environment does not make valid settings; `str(error)` names each variable and says what it may be."""


class OnRepeat(StrEnum):
    """What to do when the language model writes the same program twice."""

    STOP = "stop"
    RESTART = "restart"


class EmbeddedAnswers(StrEnum):
    """What the embedded translator translates; it abstains from the rest."""

    SURE = "sure"
    """Nothing with a doubt."""
    LIKELY = "likely"
    """What is rather right than wrong. Where it is not quite sure it says so, and the answer is not certified."""
    ALL = "all"
    """Whatever it can read, however unsure it is; the doubts remain."""


class LogFormat(StrEnum):
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def default_database_url() -> str:
    """An SQLite file in the user's data folder (XDG Base Directory): `quod traces` shows the same everywhere."""
    data_home = os.environ.get("XDG_DATA_HOME", "")
    folder = Path(data_home) if Path(data_home).is_absolute() else Path("~/.local/share").expanduser()
    return f"sqlite:///{folder / 'quod' / 'quod.db'}"


def cache_folder() -> Path:
    """`quod` in the user's cache folder (XDG Base Directory)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path("~/.cache").expanduser()) / "quod"


def _default_concurrency() -> int:
    return max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 2)


Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Bytes = Annotated[int, Field(ge=1_000, le=1_000_000_000)]


class Settings(BaseSettings):
    """Every setting with its default. `describe()` shows them with secrets masked."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(
        default_factory=default_database_url,
        min_length=1,
        description="Database, as a SQLAlchemy URL: `sqlite:////absolute/path.db` or `postgresql+psycopg://...`.",
    )
    database_password_file: Path | None = Field(
        default=None, description="File that holds the password of QUOD_DATABASE_URL, which then names a user alone."
    )

    lm: str = Field(
        default="embedded:",
        min_length=1,
        description="Language model: `embedded:`, the small translator that ships with Quod, or `embedded:FOLDER`, one "
        "that you trained; `http:MODEL@BASE_URL`; `transformers:PATH_OR_ID`; `recorded:FILE`, and `recorded:` alone "
        "replays the sample problems that ship with Quod.",
    )
    lm_api_key: SecretStr | None = Field(default=None, description="Key that the language model's server asks for.")
    lm_api_key_file: Path | None = Field(
        default=None, description="File that holds this key instead; where it is empty, there is none."
    )
    lm_connect_seconds: Seconds = Field(default=10.0, description="Longest wait for a connection to the server.")
    lm_seconds: Seconds = Field(default=120.0, description="Longest wait for one completion, retries included.")
    lm_retries: int = Field(default=4, ge=0, le=20, description="Retries of one completion where trying again helps.")
    lm_concurrency: int = Field(default=8, ge=1, le=1_000, description="Completions under way at the same time.")
    lm_temperature: float = Field(default=0.0, ge=0, le=2, description="Sampling temperature; 0 is greedy.")
    lm_max_tokens: int = Field(default=2_048, ge=16, le=131_072, description="Longest completion, in tokens.")
    embedded_answers: EmbeddedAnswers = Field(
        default=EmbeddedAnswers.LIKELY,
        description="What `embedded:` answers: `sure`, nothing that it doubts; `likely`, what is rather right than "
        "wrong, a doubted answer being no more than `determinate`; `all`, whatever it can read.",
    )
    lm_cache: bool = Field(default=True, description="Keep completions in the database and take them from there.")

    limit_wall_seconds: Seconds = Field(default=10.0, description="Wall-clock time of a run that asks for no other.")
    limit_wall_seconds_max: Seconds = Field(default=60.0, description="Most wall-clock time a run may ask for.")
    limit_cpu_seconds: Seconds = Field(default=10.0, description="CPU time of a run that asks for no other.")
    limit_cpu_seconds_max: Seconds = Field(default=60.0, description="Most CPU time a run may ask for.")
    limit_memory_mib: int = Field(
        default=512, ge=16, le=1_048_576, description="Memory of a run, on top of the engine."
    )
    limit_memory_mib_max: int = Field(default=2_048, ge=16, le=1_048_576, description="Most memory a run may ask for.")
    limit_output_bytes: Bytes = Field(default=1_000_000, description="Output and reply of a run.")
    limit_output_bytes_max: Bytes = Field(default=1_000_000, description="Most output a run may ask for.")
    limit_max_answers: int = Field(default=10, ge=1, le=1_000_000, description="Answers after which a search ends.")
    limit_max_answers_max: int = Field(default=1_000, ge=1, le=1_000_000, description="Most answers a run may ask for.")

    budget_attempts: int = Field(default=3, ge=1, le=100, description="Formalisations per problem, the first included.")
    budget_attempts_max: int = Field(default=10, ge=1, le=100, description="Most attempts a problem may ask for.")
    budget_tokens: int | None = Field(
        default=None, ge=1, description="Tokens per problem, prompts included; none: no bound."
    )
    budget_tokens_max: int = Field(default=1_000_000, ge=1, description="Most tokens a problem may ask for.")
    budget_seconds: Seconds = Field(default=120.0, description="Seconds per problem, the language model's included.")
    budget_seconds_max: Seconds = Field(default=600.0, description="Most seconds a problem may ask for.")
    on_repeat: OnRepeat = Field(
        default=OnRepeat.STOP,
        description="After the same program twice: `stop`, or `restart` from the problem.",
    )

    corroborate: bool = Field(
        default=False, description="Have each problem formalised twice, unless a request says otherwise."
    )
    check_seconds: float = Field(default=5.0, gt=0, le=600, description="Longest check of one certificate.")
    proof_checker_cmd: str | None = Field(
        default=None,
        min_length=1,
        description="Another checker for proofs that ours does not know: a command with {problem} and {proof}, such as "
        "`carcara check {proof} {problem}`; its last line says `valid` or `invalid`.",
    )
    calibration: Path | None = Field(
        default=None, description="JSON table of how often each rung of trust was right; none: the one that ships."
    )

    concurrency: int = Field(
        default_factory=_default_concurrency, ge=1, le=1_024, description="Programs run at the same time."
    )
    background_concurrency: int = Field(
        default=8, ge=1, le=1_024, description="Problems solved at the same time for `Prefer: respond-async`."
    )
    background_queue: int = Field(
        default=1_000, ge=0, le=1_000_000, description="Such problems that may wait; one more is refused with 503."
    )
    dask: str | None = Field(
        default=None,
        pattern=r"^(?:tcp|tls)://.+:[0-9]+$",
        description="Scheduler of the Dask cluster that evaluations run on, such as `tcp://localhost:8786`; none: they "
        "run in the process that has them.",
    )
    evaluation_concurrency: int = Field(
        default=64, ge=1, le=10_000, description="Samples of all evaluations of the service under way at the same time."
    )
    evaluation_lms: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Language models that an evaluation over HTTP may name besides QUOD_LM, separated by commas. None: "
        "QUOD_LM alone, since such a name holds addresses and files of this machine.",
    )
    allow_open_sandbox: bool = Field(
        default=False,
        description="Run programs even where the kernel closes nothing. Only if every program is trusted.",
    )

    max_body_bytes: int = Field(
        default=8_000_000,
        ge=10_000,
        le=1_000_000_000,
        description="Largest request body; a larger one is refused, 413.",
    )
    max_dataset_bytes: int = Field(
        default=64_000_000,
        ge=10_000,
        le=1_000_000_000,
        description="Largest dataset that is uploaded; a larger one is refused, 413.",
    )
    max_problem_bytes: int = Field(
        default=32_000, ge=100, le=10_000_000, description="Longest problem, in bytes of UTF-8."
    )
    max_program_bytes: int = Field(
        default=256_000, ge=100, le=100_000_000, description="Longest program or query, in bytes of UTF-8."
    )
    max_programs: int = Field(default=1_000, ge=1, le=100_000, description="Most programs in one request.")
    shutdown_seconds: Seconds = Field(
        default=10.0, description="How long `quod serve` waits for requests under way when it is told to stop."
    )

    log_format: LogFormat = Field(default=LogFormat.CONSOLE, description="`console` for people, `json` for machines.")
    log_level: LogLevel = Field(default=LogLevel.INFO, description="Least severity that is logged.")

    @field_validator("evaluation_lms", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(spec.strip() for spec in value.split(",") if spec.strip())

    @model_validator(mode="before")
    @classmethod
    def _secrets_come_from_their_files(cls, given: dict[str, Any]) -> dict[str, Any]:
        found = dict(given)
        if (file := given.get("lm_api_key_file")) is not None:
            if given.get("lm_api_key") is not None:
                raise ValueError(f"{PREFIX}LM_API_KEY and {PREFIX}LM_API_KEY_FILE are both set: keep one of them")
            found["lm_api_key"] = _secret_in(file, "LM_API_KEY_FILE") or None
        if (file := given.get("database_password_file")) is not None:
            password = _secret_in(file, "DATABASE_PASSWORD_FILE")
            if not password:
                raise ValueError(f"{PREFIX}DATABASE_PASSWORD_FILE: the file {file} is empty")
            found["database_url"] = _with_password(str(given.get("database_url", "")), password)
        return found

    @model_validator(mode="after")
    def _defaults_fit_their_maxima(self) -> Self:
        too_large = [
            f"{PREFIX}{name.upper()} is {default}, above {PREFIX}{name.upper()}_MAX, which is {maximum}"
            for name in type(self).model_fields
            if (maximum := getattr(self, f"{name}_max", None)) is not None
            and (default := getattr(self, name)) is not None
            and default > maximum
        ]
        if too_large:
            raise ValueError("; ".join(too_large))
        return self

    @property
    def limits(self) -> Limits:
        """What a run gets that asks for nothing else."""
        return Limits(
            wall_seconds=self.limit_wall_seconds,
            cpu_seconds=self.limit_cpu_seconds,
            memory_mib=self.limit_memory_mib,
            output_bytes=self.limit_output_bytes,
            max_answers=self.limit_max_answers,
        )

    @property
    def max_limits(self) -> Limits:
        """What a run may ask for at most."""
        return Limits(
            wall_seconds=self.limit_wall_seconds_max,
            cpu_seconds=self.limit_cpu_seconds_max,
            memory_mib=self.limit_memory_mib_max,
            output_bytes=self.limit_output_bytes_max,
            max_answers=self.limit_max_answers_max,
        )

    def describe(self) -> dict[str, Any]:
        """Every setting as JSON values, fit for a log: keys and passwords are masked, in URLs too."""
        shown = self.model_dump(mode="json")
        shown["database_url"] = without_password(self.database_url)
        shown["lm"] = without_password(self.lm)
        shown["evaluation_lms"] = [without_password(spec) for spec in self.evaluation_lms]
        return shown


def without_password(url: str) -> str:
    """`url` with the password of its user part masked; a text that is no URL comes back as it is.

    SQLAlchemy URLs and `http:MODEL@BASE_URL` alike: what stands between the first ":" after "//" and the last "@" of
    the host part is the secret, and so are the values of a query.
    """
    head, slashes, rest = url.partition("://")
    if not slashes:
        return url
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if at and ":" in user:
        user = f"{user.partition(':')[0]}:{MASK}"
    path, question, query = path.partition("?")
    if question:
        query = "&".join(f"{pair.partition('=')[0]}={MASK}" for pair in query.split("&"))
    return f"{head}{slashes}{user}{at}{host}{slash}{path}{question}{query}"


def _secret_in(file: Any, name: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"{PREFIX}{name}: the file {file} cannot be read: {reason}") from None


def _with_password(url: str, password: str) -> str:
    head, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user, at, host = authority.rpartition("@")
    if not user or ":" in user:
        raise ValueError(
            f"{PREFIX}DATABASE_PASSWORD_FILE needs a {PREFIX}DATABASE_URL with a user and without a password, such as "
            "postgresql+psycopg://quod@localhost/quod"
        )
    return f"{head}://{user}:{quote(password, safe='')}{at}{host}{slash}{path}"


def read_settings(**given: Any) -> Settings:
    """The settings of this process: `given` (from the command line) before the environment before the defaults.

    Raises:
        SettingsError: a value is out of bounds, or a `QUOD_` variable is unknown.
    """
    faults = _unknown_variables(os.environ)
    try:
        settings = Settings(**given)
    except ValidationError as error:
        faults += [_fault(details, given) for details in error.errors(include_url=False, include_input=False)]
    except RuntimeError as error:  # no home folder to put the default database in
        faults.append(f"{error} Set {PREFIX}DATABASE_URL.")
    if faults:
        raise SettingsError("the settings are not valid:\n" + "\n".join(f"- {fault}" for fault in faults))
    return settings


def _unknown_variables(environment: Any) -> list[str]:
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields]
    faults = []
    for name in sorted(environment):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]}?" if near else "`quod info --settings` lists the ones there are."
            faults.append(f"{name} is not a setting of Quod: {hint}")
    return faults


def _fault(details: Any, given: dict[str, Any]) -> str:
    message = str(details["msg"]).removeprefix("Value error, ")
    if not details["loc"]:
        return message
    name = str(details["loc"][0])
    shown = f"--{name.replace('_', '-')}" if name in given else f"{PREFIX}{name.upper()}"
    field = Settings.model_fields.get(name)
    return f"{shown}: {message}." + (f" {field.description}" if field and field.description else "")
