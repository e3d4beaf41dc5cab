"""Checkpoints that are whole or not there.

A checkpoint is written into a folder beside its place, every file of it is synced to the disk and hashed into a
manifest, and only then the folder gets its name. So a crash, a full disk or Ctrl-C while saving leaves the checkpoints
before it as they were. Older ones are deleted after the new one has its name. What is read back is held against the
manifest first: a file that was cut off or changed is noticed, and the newest whole checkpoint is taken.

One process writes a folder of checkpoints at a time.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.errors import QuodError

MANIFEST = "manifest.json"
_NAME = re.compile(r"checkpoint-(\d+)")
_UNFINISHED = ".unfinished-"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# What libraries make of the same: torch and safetensors raise exceptions of their own with the system's words.
_NO_ROOM_SAID = re.compile(r"no space left|disk quota|file too large|os error (28|122|27)\b", re.IGNORECASE)


class CheckpointError(QuodError):
    """A checkpoint could not be written, or cannot be used."""


class DiskFullError(CheckpointError):
    """There was no room for a file. What was whole before is whole."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`updates`: how many had been made."""

    path: Path
    updates: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A checkpoint that is not whole."""

    path: Path
    reason: str


def save_checkpoint(folder: Path, updates: int, write: Callable[[Path], None], keep: int) -> Checkpoint:
    """Have `write` fill a folder and make it the checkpoint of these updates.

    A whole checkpoint of as many updates stays as it is.

    Args:
        folder: where the checkpoints are; made if it is not there.
        keep: how many stay, this one included, the newest first.

    Raises:
        DiskFullError: no room.
        CheckpointError: it could not be written for another reason. In both cases those before are as they were.
    """
    place = folder / f"checkpoint-{updates:08d}"
    if place.exists() and whole(place) is None:
        return Checkpoint(place, updates)
    write_folder(place, write)
    checkpoint = Checkpoint(place, updates)
    for old in _all(folder)[keep:]:
        _delete(old.path)
    return checkpoint


def write_folder(place: Path, write: Callable[[Path], None]) -> None:
    """Have `write` fill a folder, and give it the name `place` when it is whole; what had that name is deleted.

    Raises:
        DiskFullError: no room.
        CheckpointError: it could not be written for another reason. In both cases what had that name still has it.
    """
    unfinished = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        for left in place.parent.glob(f"{_UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=place.parent))
        unfinished.chmod(0o755)
        write(unfinished)
        _seal(unfinished)
        _put(unfinished, place)
    except BaseException as error:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        if isinstance(error, Exception):
            raise _explained(error, place) from error
        raise


def _put(folder: Path, place: Path) -> None:
    """Gives `folder` the name `place`; a folder that had it keeps it if that fails, and is deleted after."""
    before = place.with_name(f"{_UNFINISHED}{place.name}")
    if place.exists():
        place.rename(before)
    try:
        folder.rename(place)
    except BaseException:
        if before.exists():
            before.rename(place)
        raise
    _sync(place.parent)
    shutil.rmtree(before, ignore_errors=True)


def newest_checkpoint(folder: Path) -> tuple[Checkpoint | None, tuple[Skipped, ...]]:
    """The newest whole checkpoint, and the newer ones that are not whole, with the reason."""
    skipped: list[Skipped] = []
    for checkpoint in _all(folder):
        reason = whole(checkpoint.path)
        if reason is None:
            return checkpoint, tuple(skipped)
        skipped.append(Skipped(checkpoint.path, reason))
    return None, tuple(skipped)


def whole(folder: Path) -> str | None:
    """Why a sealed folder is not whole; None if it is: each file of its manifest is there, with its content."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        hashes = {str(name): str(digest) for name, digest in manifest["sha256"].items()}
    except FileNotFoundError:
        return f"it has no {MANIFEST}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"its {MANIFEST} cannot be read: {error}"
    for name, digest in hashes.items():
        try:
            found = _hash(folder / name)
        except FileNotFoundError:
            return f"{name} is missing"
        except OSError as error:
            return f"{name} cannot be read: {error.strerror or error}"
        if found != digest:
            return f"{name} is not what was written: its SHA-256 differs"
    return None


def write_file(place: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        DiskFullError: no room.
        CheckpointError: it could not be written for another reason. In both cases what was there is as it was.
    """
    unfinished = place.with_name(f"{_UNFINISHED}{place.name}")
    try:
        with unfinished.open("w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(place)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise _explained(error, place) from error


def _explained(error: Exception, place: Path) -> CheckpointError:
    no_room = getattr(error, "errno", None) in _NO_ROOM or _NO_ROOM_SAID.search(str(error)) or _is_full(place.parent)
    if no_room:
        return DiskFullError(
            f"the disk has no room for {place.name} in {place.parent}: {error}. Nothing that was there before is "
            "damaged; make room and go on with --resume"
        )
    return CheckpointError(f"{place} could not be written: {type(error).__name__}: {error}")


def _is_full(folder: Path) -> bool:
    """torch's writer says no more than that it failed."""
    try:
        return shutil.disk_usage(folder).free < 1_000_000
    except OSError:
        return False


def _all(folder: Path) -> list[Checkpoint]:
    """Every folder that is named like a checkpoint, the newest first."""
    if not folder.is_dir():
        return []
    named = ((entry, _NAME.fullmatch(entry.name)) for entry in folder.iterdir() if entry.is_dir())
    found = [Checkpoint(entry, int(match[1])) for entry, match in named if match]
    return sorted(found, key=lambda checkpoint: checkpoint.updates, reverse=True)


def _seal(folder: Path) -> None:
    """Syncs every file and folder, and writes the manifest last."""
    hashes = {}
    for path in sorted(folder.rglob("*")):
        _sync(path)
        if path.is_file():
            hashes[path.relative_to(folder).as_posix()] = _hash(path)
    write_file(folder / MANIFEST, json.dumps({"sha256": hashes}, indent=1) + "\n")
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _delete(folder: Path) -> None:
    """Loses its name first, so that one half deleted is never taken for a checkpoint; one that cannot go may stay."""
    gone = folder.with_name(f"{_UNFINISHED}{folder.name}")
    with contextlib.suppress(OSError):
        shutil.rmtree(gone, ignore_errors=True)
        folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
