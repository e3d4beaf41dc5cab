"""An engine that leaves a thread behind when it is loaded, which no fork would take along."""

import threading
import time

from solvers.forkserver import serve
from tests.solvers.engines.trivial import TrivialEngine


class ThreadedEngine(TrivialEngine):
    def load(self) -> str:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        return "threaded 1"


if __name__ == "__main__":
    serve(ThreadedEngine())
