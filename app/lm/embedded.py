"""`embedded:`: the translator that ships with Quod, or one of a folder, `embedded:FOLDER`.

It reads the text of the problem and not the prompt. The n-th attempt gets its n-th best translation, with a doubt where
it is not quite sure; where it has none, or is not sure enough, the completion is an abstention with the reason. It has
one reading of a problem, so it makes no second.
"""

import asyncio
import importlib.util
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app.errors import LmSpecError, LmUnavailableError
from app.lm.local import folder_hash
from app.lm.options import LmOptions
from app.lm.types import Completion, FinishReason, LmIdentity, LmRequest
from app.settings import EmbeddedAnswers
from app.translator.forms import Form
from app.translator.loading import EMBEDDED, Network, load, read_folder
from app.translator.result import Abstention, Translation

NEEDED = ("torch", "transformers", "safetensors", "llguidance")

THREADS = 1
"""Of the processor. The network is so small that a second one gains nothing, and on a machine that is busy with
something else they wait for each other: ten times as long was seen.
"""


class EmbeddedLM:
    """A `LanguageModel` whose weights are loaded when the first completion is asked for, or before with `prepare`. One
    thread translates.
    """

    def __init__(self, folder: Path | None, options: LmOptions) -> None:
        """Look at the folder; its revision is the SHA-256 of all its files, and how sure it has to be where that is
        not as it was chosen.

        Raises:
            LmSpecError: a package is missing, or the folder holds no translator.
        """
        for package in NEEDED:
            if importlib.util.find_spec(package) is None:
                raise LmSpecError(
                    f"the embedded translator needs the package {package}, which is not installed: run `make setup` in "
                    "the repository, or `pip install 'quod[local]'`; or name a language model with --lm or QUOD_LM"
                )
        self._folder = folder or EMBEDDED
        read_folder(self._folder)
        name = "embedded" if folder is None else self._folder.resolve().name
        how = "" if options.answers is EmbeddedAnswers.LIKELY else f", answers {options.answers.value}"
        self._identity = LmIdentity("embedded", name, f"sha256:{folder_hash(self._folder)}{how}")
        self._options = options
        self._loaded: Mapping[Form, Network] | None = None
        self._thread = ThreadPoolExecutor(1, "quod-translator")
        self._closed = False
        self._loading = False

    @property
    def loading(self) -> bool:
        """Whether it is being loaded at this moment, which takes seconds."""
        return self._loading

    def prepare(self) -> None:
        """Begin to load it, since a completion will be asked for. Whoever asks is told what is wrong."""
        self._thread.submit(self._load)

    @property
    def identity(self) -> LmIdentity:
        return self._identity

    async def complete(self, request: LmRequest) -> Completion:
        """The translation of this attempt, or an abstention.

        Raises:
            LmSpecError: the weights cannot be loaded.
            LmUnavailableError: closed, or out of memory.
        """
        try:
            waiting = self._thread.submit(self._complete, request)
        except RuntimeError as error:
            raise LmUnavailableError("the embedded translator was closed") from error
        try:
            return await asyncio.wrap_future(waiting)
        except asyncio.CancelledError:
            # Of whoever asked, or of what waited for its turn when the translator was closed.
            if self._closed and waiting.cancelled() and not _is_cancelled():
                raise LmUnavailableError("the embedded translator was closed") from None
            raise
        except (RuntimeError, MemoryError) as error:
            raise LmUnavailableError(f"the embedded translator failed: {error}") from error

    async def close(self) -> None:
        """What is being translated comes to its end; what waits for its turn fails."""
        self._closed = True
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _complete(self, request: LmRequest) -> Completion:
        began = time.perf_counter()
        found = self._translated(request)
        seconds = time.perf_counter() - began
        if isinstance(found, Abstention):
            return Completion(found.reason, self._identity, FinishReason.ABSTAINED, seconds)
        return Completion(found.completion, self._identity, FinishReason.STOP, seconds, doubt=found.doubt)

    def _translated(self, request: LmRequest) -> Translation | Abstention:
        if request.corroboration:
            return Abstention(
                "the embedded translator has one reading of a problem, and a second would not be independent"
            )
        loaded = self._load()
        from app.translator.decoding import candidates
        from app.translator.translate import Reader, translate

        translations, abstention = translate(
            request.problem,
            request.kind,
            request.language,
            request.world,
            {
                form: Reader(
                    network.vocabulary,
                    partial(candidates, network.model, network.vocabulary),
                    network.needed.asked_for(self._options.answers),
                )
                for form, network in loaded.items()
            },
        )
        if request.attempt <= len(translations):
            return translations[request.attempt - 1]
        return abstention

    def _load(self) -> Mapping[Form, Network]:
        """In its thread; at the first call only."""
        if self._loaded is None:
            self._loading = True
            try:
                self._loaded = load(self._folder, self._options.threads or THREADS)
            finally:
                self._loading = False
        return self._loaded


def _is_cancelled() -> bool:
    """Whether it is the task itself that was told to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
