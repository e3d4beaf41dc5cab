"""A process that is killed leaves every attempt behind that it had reported as recorded."""

import subprocess
import sys

from app.store.traces import INTERRUPTED, TraceStore
from tests.app.store.examples import attempt, trace_id

_RECORD_FOR_EVER = """
import itertools, sys
from app.reasoning.events import AttemptEnded
from app.store.session import Database
from app.store.traces import TraceStore
from tests.app.store.examples import attempt, trace_id
from tests.app.store.test_session import begin

store = TraceStore(Database.open(sys.argv[1]))
begin(store)
for number in itertools.count(1):
    store.record(AttemptEnded(trace_id(0), attempt(number, text=str(number))))
    print(number, flush=True)
"""


def test_kill_9_loses_no_recorded_attempt(database, database_url):
    store = TraceStore(database)
    with subprocess.Popen(
        [sys.executable, "-c", _RECORD_FOR_EVER, database_url], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if int(line) >= 50:
                process.kill()
                break
        reported = max([50, *map(int, process.stdout.read().split())])
    read = store.get(trace_id(0))
    # The one under way may have been committed before it could be reported.
    assert len(read.attempts) in (reported, reported + 1)
    assert read.attempts == tuple(attempt(number, text=str(number)) for number in range(1, len(read.attempts) + 1))
    assert read.verdict == INTERRUPTED
    assert store.list().summaries[0].attempts == len(read.attempts)
