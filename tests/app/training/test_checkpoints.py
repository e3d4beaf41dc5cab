"""A checkpoint is whole or not there: crashes, full disks and damaged files."""

import errno
import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from app.training.checkpoints import (
    MANIFEST,
    CheckpointError,
    DiskFullError,
    newest_checkpoint,
    save_checkpoint,
    whole,
    write_file,
    write_folder,
)


def writes(**files):
    def write(folder):
        for name, content in files.items():
            (folder / name).write_text(content)

    return write


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


@contextmanager
def files_of_at_most(size):
    """The kernel refuses to let a file grow beyond `size` bytes: what a full disk or a quota does to a writer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_what_was_saved_is_found_again_and_only_the_newest_are_kept(tmp_path):
    for updates in (1, 2, 10):
        save_checkpoint(tmp_path, updates, writes(weights=f"{updates}"), keep=2)
    found, skipped = newest_checkpoint(tmp_path)
    assert (found.updates, (found.path / "weights").read_text(), skipped) == (10, "10", ())
    assert names(tmp_path) == ["checkpoint-00000002", "checkpoint-00000010"]


def test_nothing_saved_is_no_checkpoint(tmp_path):
    assert newest_checkpoint(tmp_path / "none") == (None, ())


def test_files_in_folders_are_kept_and_checked_too(tmp_path):
    def write(folder):
        (folder / "inner").mkdir()
        (folder / "inner" / "weights").write_text("x")

    checkpoint = save_checkpoint(tmp_path, 1, write, keep=1)
    assert whole(checkpoint.path) is None
    (checkpoint.path / "inner" / "weights").unlink()
    assert whole(checkpoint.path) == "inner/weights is missing"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda folder: (folder / "weights").write_text("1"), "weights is not what was written"),
        (lambda folder: (folder / "weights").write_text("one and tw"), "weights is not what was written"),
        (lambda folder: (folder / "weights").unlink(), "weights is missing"),
        (lambda folder: (folder / MANIFEST).unlink(), "has no manifest.json"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "manifest.json cannot be read"),
        (lambda folder: (folder / MANIFEST).write_text("[]"), "manifest.json cannot be read"),
    ],
)
def test_a_damaged_checkpoint_is_passed_over_and_the_reason_is_told(tmp_path, damage, reason):
    save_checkpoint(tmp_path, 1, writes(weights="one"), keep=3)
    damage(save_checkpoint(tmp_path, 2, writes(weights="one and two"), keep=3).path)
    found, skipped = newest_checkpoint(tmp_path)
    assert found.updates == 1
    assert [each.path.name for each in skipped] == ["checkpoint-00000002"]
    assert reason in skipped[0].reason


def test_a_damaged_checkpoint_is_written_again_and_a_whole_one_is_not(tmp_path):
    place = save_checkpoint(tmp_path, 1, writes(weights="one"), keep=1).path
    save_checkpoint(tmp_path, 1, writes(weights="other"), keep=1)
    assert (place / "weights").read_text() == "one"
    (place / "weights").write_text("damaged")
    save_checkpoint(tmp_path, 1, writes(weights="again"), keep=1)
    assert (place / "weights").read_text() == "again"
    assert whole(place) is None
    assert names(tmp_path) == ["checkpoint-00000001"]


def test_a_full_disk_leaves_the_checkpoint_before_it_whole(tmp_path):
    save_checkpoint(tmp_path, 1, writes(weights="one"), keep=1)
    with files_of_at_most(100_000), pytest.raises(DiskFullError, match=r"no room for checkpoint-00000002.*--resume"):
        save_checkpoint(tmp_path, 2, writes(weights="2" * 200_000), keep=1)
    found, skipped = newest_checkpoint(tmp_path)
    assert (found.updates, skipped) == (1, ())
    assert names(tmp_path) == ["checkpoint-00000001"]


def test_a_disk_that_is_full_when_the_manifest_is_written_is_told_as_well(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    save_checkpoint(tmp_path, 1, writes(weights="one"), keep=1)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFullError, match="No space left on device"):
        save_checkpoint(tmp_path, 2, writes(weights="two"), keep=1)
    assert names(tmp_path) == ["checkpoint-00000001"]


def test_a_full_disk_is_recognised_in_what_torch_and_safetensors_raise(tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed: `make setup` installs it")
    from safetensors.torch import save_file

    tensors = {"weight": torch.zeros(100_000)}
    for write in (
        lambda folder: torch.save(tensors, folder / "weights.pt"),
        lambda folder: save_file(tensors, folder / "weights.safetensors"),
    ):
        with files_of_at_most(100_000), pytest.raises(CheckpointError) as caught:
            save_checkpoint(tmp_path, 1, write, keep=1)
        assert names(tmp_path) == []
        # torch's own message may not say why its writer failed; then it is told as it is.
        assert "no room" in str(caught.value) or "could not be written" in str(caught.value)


@pytest.mark.parametrize("error", [ValueError("shapes"), KeyboardInterrupt()])
def test_whatever_ends_the_writing_nothing_half_stays(tmp_path, error):
    def write(folder):
        (folder / "weights").write_text("half")
        raise error

    save_checkpoint(tmp_path, 1, writes(weights="one"), keep=1)
    with pytest.raises(KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else CheckpointError):
        save_checkpoint(tmp_path, 2, write, keep=1)
    assert names(tmp_path) == ["checkpoint-00000001"]


def test_a_process_killed_while_saving_leaves_the_checkpoint_before_it(tmp_path):
    script = """
import os, sys
from pathlib import Path
from app.training.checkpoints import save_checkpoint

def write(folder):
    (folder / "weights").write_text("half")
    os.kill(os.getpid(), 9)

save_checkpoint(Path(sys.argv[1]), 1, lambda folder: (folder / "weights").write_text("one"), keep=1)
save_checkpoint(Path(sys.argv[1]), 2, write, keep=1)
"""
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    found, skipped = newest_checkpoint(tmp_path)
    assert (found.updates, skipped) == (1, ())
    assert len(names(tmp_path)) == 2
    save_checkpoint(tmp_path, 3, writes(weights="three"), keep=1)
    assert names(tmp_path) == ["checkpoint-00000003"]


def test_a_folder_is_replaced_only_by_a_whole_one(tmp_path):
    place = tmp_path / "model"
    write_folder(place, writes(weights="old"))
    with files_of_at_most(1_000), pytest.raises(DiskFullError):
        write_folder(place, writes(weights="new" * 10_000))
    assert (place / "weights").read_text() == "old"
    write_folder(place, writes(weights="new"))
    assert (place / "weights").read_text() == "new"
    assert names(tmp_path) == ["model"]


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path):
    place = tmp_path / "card.md"
    write_file(place, "old")
    with files_of_at_most(1_000), pytest.raises(DiskFullError):
        write_file(place, "new" * 1_000)
    assert place.read_text() == "old"
    assert names(tmp_path) == ["card.md"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="could not be written"):
        save_checkpoint(tmp_path / "file" / "inside", 1, writes(weights="one"), keep=1)
