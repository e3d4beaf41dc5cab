"""`python -m app.cli` is `quod`."""

from app.cli.commands import main

main()
