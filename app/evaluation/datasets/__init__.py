"""Datasets: public sets by name, and any file of JSON lines or table by its columns.

A dataset is its content, `content_hash`. Whatever is wrong with a file is found before anything runs, and is told
together: `DatasetError`. What each public set is, under which licence, and how its targets are read, is said where it
is read: `word_problems`, `logic`, `puzzles`; where it comes from, in `sources`; how targets are written, in `targets`.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.evaluation.datasets.columns import ColumnReader, Columns, columns_from
from app.evaluation.datasets.faults import DatasetError, Fault
from app.evaluation.datasets.fetching import FetchError, fetch
from app.evaluation.datasets.fields import near
from app.evaluation.datasets.gather import MOST_PROBLEM_BYTES, Reader, gather
from app.evaluation.datasets.hashing import content_hash
from app.evaluation.datasets.rows import Shape, shape_of
from app.evaluation.datasets.sources import SOURCES, Source
from app.store.evaluation_types import Sample

__all__ = [
    "SOURCES",
    "Columns",
    "Dataset",
    "DatasetError",
    "Fault",
    "Shape",
    "columns_from",
    "content_hash",
    "load_dataset",
    "read_dataset",
    "shape_of",
]


@dataclass(frozen=True, slots=True)
class Dataset:
    """What was read.

    Args:
        source: a file's name, or the address that it was fetched from.
        licence: SPDX or words; empty: not known.
        left_out: rows that are no fair samples, with the reason; only loaders of public sets leave any out.
    """

    name: str
    source: str
    licence: str
    samples: tuple[Sample, ...]
    left_out: tuple[Fault, ...] = ()

    @property
    def sha256(self) -> str:
        return content_hash(self.samples)


def load_dataset(
    name: str,
    path: Path | None = None,
    *,
    columns: Columns | None = None,
    cache: Path | None = None,
    sources: Mapping[str, Source] = SOURCES,
    tls: ssl.SSLContext | None = None,
    most_problem_bytes: int = MOST_PROBLEM_BYTES,
) -> Dataset:
    """The dataset that a user names.

    Args:
        name: of a public set (`SOURCES`; `_` for `-` will do), or the path of a file; with `path`, any name.
        path: the file; or a folder with the file of a public set, named as its publisher does.
        columns: of a file that is no public set, or that is not in its publisher's format.
        cache: folder in which downloads are kept; None: nothing is downloaded.
        tls: what the publisher's certificate is checked with; None: as usual.

    Raises:
        DatasetError: there is no such dataset, it cannot be fetched, or something is wrong with it.
    """
    known = name.lower().replace("_", "-")
    source = sources.get(known) if columns is None else None
    if source is None:
        file = Path(name) if path is None else path
        return _of_file(name, file, columns, sources, most_problem_bytes)
    if path is not None:
        file = _in_folder(known, source, path) if path.is_dir() else path
        return _read_file(known, file, file.name, source, most_problem_bytes)
    if cache is None or source.address is None:
        where = source.page if source.address is None else source.address.url
        reason = "it cannot be downloaded" if source.address is None else "nothing is downloaded here"
        raise DatasetError(known, [Fault(0, f"{reason}: fetch it from {where} and name it with --path")])
    kept = cache / "datasets" / known / source.address.url.rpartition("/")[2]
    try:
        fetch(source.address, kept, tls=tls)
    except FetchError as error:
        advice = f"fetch it by hand, put it at {kept} or name it with --path"
        raise DatasetError(known, [Fault(0, f"{source.address.url}: {error}; {advice}")]) from error
    return _read_file(known, kept, source.address.url, source, most_problem_bytes)


def read_dataset(
    stream: BinaryIO,
    shape: Shape,
    name: str,
    *,
    columns: Columns | None = None,
    like: str | None = None,
    most_problem_bytes: int = MOST_PROBLEM_BYTES,
) -> Dataset:
    """The dataset that is uploaded.

    Args:
        stream: seekable, packed with gzip or not.
        name: what it is called; in errors too.
        like: the public set whose format it has, a name in `SOURCES`; None: `columns` says what it holds.

    Raises:
        DatasetError: something is wrong with it.
    """
    if like is None:
        return _read(stream, shape, name, name, None, ColumnReader(columns or Columns(), name), most_problem_bytes)
    source = SOURCES.get(like.lower().replace("_", "-"))
    if source is None:
        raise DatasetError(name, [Fault(0, f"there is no public set {like!r}: {near(like, SOURCES)}")])
    return _read(stream, shape, name, name, source, source.read, most_problem_bytes)


def _of_file(
    name: str, file: Path, columns: Columns | None, sources: Mapping[str, Source], most_problem_bytes: int
) -> Dataset:
    if not file.is_file():
        if file.is_dir():
            reason = "it is a folder: name the public set that lies in it, and the folder with --path"
        else:
            reason = f"it is neither a file nor a public set: {near(name, sources)}"
        raise DatasetError(str(file), [Fault(0, reason)])
    called = file.name if name == str(file) else name
    reader = ColumnReader(columns or Columns(), file.name)
    with _opened(file) as stream:
        return _read(stream, _shape(file), called, file.name, None, reader, most_problem_bytes)


def _read_file(name: str, file: Path, where: str, source: Source, most_problem_bytes: int) -> Dataset:
    with _opened(file) as stream:
        return _read(stream, _shape(file), name, where, source, source.read, most_problem_bytes)


def _read(
    stream: BinaryIO, shape: Shape, name: str, where: str, source: Source | None, read: Reader, most_problem_bytes: int
) -> Dataset:
    samples, left_out = gather(stream, shape, read, where, most_problem_bytes)
    return Dataset(name, where, "" if source is None else source.licence, samples, left_out)


def _in_folder(name: str, source: Source, folder: Path) -> Path:
    for file in source.files:
        for there in (folder / file, folder / f"{file}.gz"):
            if there.is_file():
                return there
    looked_for = ", ".join(source.files)
    raise DatasetError(str(folder), [Fault(0, f"the file of {name} is not there; looked for {looked_for}, also .gz")])


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise DatasetError(str(file), [Fault(0, f"it cannot be opened: {error.strerror or error}")]) from error


def _shape(file: Path) -> Shape:
    shape = shape_of(file.name)
    if shape is None:
        endings = ", ".join(f".{shape}" for shape in Shape)
        raise DatasetError(str(file), [Fault(0, f"its name does not say what it is: it has to end in {endings}")])
    return shape
