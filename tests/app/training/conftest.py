"""A database at the newest migration."""

from tests.app.store.conftest import database, store

__all__ = ["database", "store"]
