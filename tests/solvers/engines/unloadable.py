"""An engine whose library is not there."""

from solvers.errors import EngineMissingError
from solvers.forkserver import serve
from solvers.types import Language
from tests.solvers.engines.trivial import TrivialEngine


class UnloadableEngine(TrivialEngine):
    def load(self) -> str:
        raise EngineMissingError(Language.PROLOG, "no such library")


if __name__ == "__main__":
    serve(UnloadableEngine())
