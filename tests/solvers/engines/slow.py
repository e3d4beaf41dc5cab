"""An engine that takes a minute to load."""

import time

from solvers.forkserver import serve
from tests.solvers.engines.trivial import TrivialEngine


class SlowEngine(TrivialEngine):
    def load(self) -> str:
        time.sleep(60)
        return "slow 1"


if __name__ == "__main__":
    serve(SlowEngine())
