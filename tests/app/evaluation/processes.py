"""Which processes a test has begun, as the kernel tells it."""

import asyncio
import os
import time

import psutil


def solver_children(pid=None):
    """Process ids of programs under way below `pid`, this process if not given: children of its fork servers."""
    return {
        child.pid
        for server in fork_servers(pid)
        for child in _children(server)
        if child.info["status"] != psutil.STATUS_ZOMBIE
    }


def fork_servers(pid=None):
    """Process ids of the engines below `pid`."""
    found = set()
    for process in psutil.Process(pid or os.getpid()).children(recursive=True):
        try:
            if any("solvers." in word and word.endswith(".worker") for word in process.cmdline()):
                found.add(process.pid)
        except psutil.Error:
            continue
    return {pid for pid in found if _parent(pid) not in found}


def _children(pid):
    try:
        return [_with_status(child) for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _with_status(process):
    try:
        process.info = {"status": process.status()}
    except psutil.NoSuchProcess:
        process.info = {"status": psutil.STATUS_ZOMBIE}
    return process


def _parent(pid):
    try:
        return psutil.Process(pid).ppid()
    except psutil.NoSuchProcess:
        return None


def gone(pids):
    return not any(_lives(pid) for pid in pids)


def _lives(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def until(holds, seconds=90.0):
    """Wait until `holds()`; a machine that is busy needs its time."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, "it did not come to hold"
        await asyncio.sleep(0.05)
    return found
