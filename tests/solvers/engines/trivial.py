"""An engine that does nothing, to measure what a run costs without one."""

from solvers.forkserver import serve
from solvers.types import Ending, Finished, Job, Language, Limits, NoAnswer


class TrivialEngine:
    language = Language.PROLOG

    def load(self) -> str:
        return "trivial 1"

    def run(self, job: Job, limits: Limits, policy: bool) -> Ending:
        return Finished(NoAnswer())


if __name__ == "__main__":
    serve(TrivialEngine())
