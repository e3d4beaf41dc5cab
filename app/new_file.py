"""A file that comes to its place when all of it is written."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter
from pathlib import Path
from secrets import token_hex

from app.errors import ExportError


@contextmanager
def new_file(out: Path, overwrite: bool) -> Iterator[BufferedWriter]:
    """The file that `out` will be when all went well, and of which else nothing is left.

    Raises:
        ExportError: `out` is a folder, is there already and not to be overwritten, or cannot be written.
    """
    if out.is_dir():
        raise ExportError(f"{out} is a folder; name a file")
    if out.exists() and not overwrite:
        raise ExportError(f"{out} is there already; choose another --out, or --force to write over it")
    part = out.with_name(f".{out.name}.{token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, out)
    except OSError as error:
        raise ExportError(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            part.unlink()
