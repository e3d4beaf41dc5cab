"""Downloads a file of a public set, and keeps it.

Covered: https alone, redirects within the hosts of the publisher, a limit of bytes and of time, the hash where it is
known; a file appears whole or not at all.
"""

import hashlib
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.parse import urlsplit

import httpx

from app.evaluation.datasets.sources import Address

MOST_BYTES = 100_000_000
SECONDS = 120.0
_REDIRECTS = 5
_STEP_SECONDS = 20.0
"""For a connection, or the next bytes."""


class FetchError(Exception):
    """The file could not be fetched; `str(error)` says why. Never leaves this package."""


def fetch(
    address: Address,
    kept: Path,
    *,
    tls: ssl.SSLContext | None = None,
    most_bytes: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> Path:
    """The file at `address`, in the path `kept`; nothing is asked for where it lies there already, unchanged.

    Args:
        tls: what certificates are checked with; None: as httpx does.
        seconds: for all of it.

    Raises:
        FetchError: it could not be fetched, or is not what it should be.
    """
    if kept.is_file() and address.sha256 in (None, _sha256_of(kept)):
        return kept
    ends = time.monotonic() + seconds
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        timeout = httpx.Timeout(min(_STEP_SECONDS, seconds))
        with (
            httpx.Client(verify=True if tls is None else tls, timeout=timeout) as client,
            NamedTemporaryFile(dir=kept.parent, prefix=f".{kept.name}.", delete=False) as file,
        ):
            temporary = Path(file.name)
            try:
                digest = hashlib.sha256()
                for piece in _pieces(client, address, most_bytes, lambda: time.monotonic() > ends):
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                if address.sha256 is not None and digest.hexdigest() != address.sha256:
                    raise FetchError(f"it is another file: its SHA-256 is {digest.hexdigest()}, not {address.sha256}")
                temporary.replace(kept)
            finally:
                temporary.unlink(missing_ok=True)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise FetchError(str(error) or type(error).__name__) from error
    except OSError as error:
        raise FetchError(f"it cannot be kept in {kept}: {error.strerror or error}") from error
    return kept


def _pieces(client: httpx.Client, address: Address, most_bytes: int, is_late: Callable[[], bool]) -> Iterator[bytes]:
    url = address.url
    for _ in range(_REDIRECTS + 1):
        _check(url, address.hosts)
        with client.stream("GET", url) as response:
            if response.has_redirect_location:
                url = str(response.url.join(response.headers["location"]))
                continue
            if response.status_code != httpx.codes.OK:
                raise FetchError(f"the server answers {response.status_code} {response.reason_phrase}".rstrip())
            received = 0
            for piece in response.iter_bytes():
                if (received := received + len(piece)) > most_bytes:
                    raise FetchError(f"it is longer than {most_bytes:,} bytes")
                if is_late():
                    raise FetchError("it takes too long")
                yield piece
            return
    raise FetchError(f"it is redirected more than {_REDIRECTS} times")


def _check(url: str, hosts: frozenset[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname not in hosts:
        raise FetchError(f"it is redirected to {url}, and only https at {', '.join(sorted(hosts))} is followed")


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
