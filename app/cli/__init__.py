"""The command line. `app.cli:main` is the entry point of `quod`."""

from app.cli import evaluation as evaluation  # adds `quod eval`
from app.cli import training as training  # adds `quod train`
from app.cli.commands import main

__all__ = ["main"]
