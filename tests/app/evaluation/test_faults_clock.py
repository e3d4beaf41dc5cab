"""The machine's clock is set forwards and backwards by an hour while runs work: no lease depends on it."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.app.evaluation.faults import write_answers

pytestmark = pytest.mark.timeout(600)

# What a process is told of the time of day, an offset from what is so; monotonic clocks stay as they are.
_CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile long *offset;

__attribute__((constructor)) static void begin(void) {
    int file = open(getenv("CLOCK_OFFSET"), O_RDONLY);
    offset = file < 0 ? 0 : mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_REALTIME && offset && offset != MAP_FAILED) now->tv_sec += *offset;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    int failed = clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return failed;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
"""

_HOUR = 3_600

_PROCESS = """
import asyncio, json, os, struct, sys, time
from pathlib import Path
from app.evaluation.coordinator import Watch, attend
from app.evaluation.in_process import InProcessEngine
from app.evaluation.slots import Slots
from app.evaluation.station import Station
from app.store.evaluations import EvaluationStore
from app.store.session import Database
from tests.app.evaluation import faults, tasks, work
from tests.stand_in import Faults, Script, StandIn

url, answers, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
steps, watched, given_up = [], [], []

def step(seconds):
    before = time.time()
    with open(os.environ["CLOCK_OFFSET"], "r+b") as file:
        file.write(struct.pack("l", seconds))
    steps.append(round(time.time() - before))

async def watch(store):
    # As another process would: what it may take over is owned, and its owner lives.
    looking = Watch(stale_seconds=20.0, look_seconds=0.2)
    while True:
        given_up.extend(looking.look({"evl_1": await asyncio.to_thread(store.heartbeat, "evl_1")}))
        watched.append(1)
        await asyncio.sleep(0.2)

async def main():
    with Database.open(url, busy_seconds=60) as database:
        database.upgrade()
        store = EvaluationStore(database)
        script = Script(None, Path(answers))
        async with StandIn(script, Faults(latency=0.1)) as server, Station(tasks.settings()) as station:
            engine = InProcessEngine(station)
            faults.begin(store, number, f"http:stand-in@{server.address}")
            lease = work.take(store)
            looking = asyncio.create_task(watch(store))
            running = asyncio.create_task(work.work(store, engine, lease, pace=faults.PACE))
            for least, seconds in ((4, 3600), (10, -3600), (16, 0)):
                await work.until(lambda least=least: store.counts("evl_1").recorded >= least, 300)
                step(seconds)
            await running
            looking.cancel()
            # One whose owner was killed, and the clock set back by an hour after that.
            faults.begin(store, number, f"http:stand-in@{server.address}", "evl_2", limit=6)
            work.take(store, "evl_2", "killed")
            step(-3600)
            began = time.monotonic()
            said = []
            await attend("evl_2", store=store, engine=engine, slots=Slots(8), say=said.append, stale_seconds=1.0,
                look_seconds=0.1, pace=faults.PACE)
            faults.assert_whole(store, number)
            whole = faults.scores(store, "evl_2")
            seconds = [store.get(each).seconds for each in ("evl_1", "evl_2")]
            print(json.dumps({"steps": steps, "watched": len(watched), "given_up": given_up, "said": said,
                "took_over_after": time.monotonic() - began, "seconds": seconds, "recorded": len(whole)}), flush=True)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """The environment of a process whose clock is as many seconds off as the file CLOCK_OFFSET says."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler, with which the clock of a process is set")
    folder = tmp_path_factory.mktemp("clock")
    (folder / "clock.c").write_text(_CLOCK)
    command = [compiler, "-shared", "-fPIC", "-o", folder / "clock.so", folder / "clock.c", "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    (folder / "offset").write_bytes(bytes(8))
    return {"LD_PRELOAD": str(folder / "clock.so"), "CLOCK_OFFSET": str(folder / "offset")}


def test_a_clock_that_is_set_by_an_hour_ends_no_lease_and_keeps_none_and_costs_no_result(clock, sqlite_url, tmp_path):
    number = 24
    answers = write_answers(tmp_path / "answers.jsonl", number)
    command = [sys.executable, "-c", _PROCESS, sqlite_url, str(answers), str(number)]
    ended = subprocess.run(command, env=os.environ | clock, capture_output=True, text=True, check=False, timeout=500)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["steps"] == pytest.approx([_HOUR, -2 * _HOUR, _HOUR, -_HOUR], abs=60)
    assert found["watched"] > 3
    assert found["given_up"] == []
    assert len(found["said"]) == 1
    assert found["recorded"] == 6
    assert found["took_over_after"] < 300
    assert all(0 < seconds < 300 for seconds in found["seconds"])
