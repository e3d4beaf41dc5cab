"""A database at the newest migration."""

from tests.app.store.conftest import database, database_url, store

__all__ = ["database", "database_url", "store"]
