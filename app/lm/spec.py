"""Opens the language model that `--lm` or QUOD_LM names."""

import re
from pathlib import Path

from app.errors import LmSpecError
from app.lm.embedded import EmbeddedLM
from app.lm.http import HttpLM
from app.lm.local import LocalLM
from app.lm.options import LmOptions
from app.lm.recorded import RecordedLM
from app.lm.types import LanguageModel

FORMS = (
    ("embedded:", "the small translator that ships with Quod; `embedded:FOLDER`: one that you trained"),
    ("http:MODEL@BASE_URL", "a chat-completions server: http:qwen2.5:7b@http://localhost:11434/v1"),
    ("transformers:PATH_OR_ID", "in this process, from a folder or the Hugging Face Hub"),
    ("recorded:FILE", "recorded completions again, JSON lines; `recorded:` alone: those that ship with Quod"),
)

# The name may hold an "@" itself, so the URL begins at the last "@" that one can begin at.
_HTTP = re.compile(r"(?P<name>.+)@(?P<base_url>https?://.*)", re.DOTALL)


def open_language_model(spec: str, options: LmOptions | None = None) -> LanguageModel:
    """The language model that `spec` names, in one of the `FORMS`.

    Nothing is sent to a server, and no weights are loaded, until the first completion is asked for. A recording is read
    whole, and a `transformers:` folder is hashed, or its commit on the Hub looked up, for its identity.

    Raises:
        LmSpecError: `spec` has none of the forms, or what it names cannot be used.
    """
    options = options or LmOptions()
    form, colon, rest = spec.partition(":")
    match form:
        case "http" if colon:
            if not (match := _HTTP.fullmatch(rest)):
                raise LmSpecError(
                    f"{_shown(spec)} lacks its MODEL@BASE_URL, whose BASE_URL begins with http:// or https://: "
                    "it looks like http:qwen2.5:7b@http://localhost:11434/v1"
                )
            return HttpLM(match["name"], match["base_url"], options)
        case "embedded" if colon:
            return EmbeddedLM(Path(rest).expanduser() if rest else None, options)
        case "transformers" if rest:
            return LocalLM(rest, options)
        case "recorded" if rest:
            return RecordedLM(Path(rest).expanduser())
        case "recorded" if colon:
            if options.default_recording is None:
                raise LmSpecError("no recording ships with this installation of Quod: name one, recorded:FILE")
            return RecordedLM(options.default_recording)
    forms = "; ".join(f"{form}, {meaning}" for form, meaning in FORMS)
    raise LmSpecError(f"{_shown(spec)} names no language model. The forms are: {forms}")


def _shown(spec: str) -> str:
    # Whoever gets the form wrong may have put a password where it does not belong.
    return repr(re.sub(r"//[^/@]*@", "//**********@", spec[:200]))
