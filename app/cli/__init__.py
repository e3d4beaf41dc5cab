"""The command line. `app.cli:main` is the entry point of `quod`."""

from app.cli import evaluation as evaluation  # adds `quod eval`
from app.cli import evaluation_export as evaluation_export  # adds `quod eval export`
from app.cli import training as training  # adds `quod train`
from app.cli.commands import main

__all__ = ["main"]
