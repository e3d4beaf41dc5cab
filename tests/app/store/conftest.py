"""A database at the newest migration, in a file of its own."""

import pytest

from app.store.session import Database
from app.store.traces import TraceStore


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite:///{tmp_path}/quod.db"


@pytest.fixture
def database(database_url):
    with Database.open(database_url, busy_seconds=5) as database:
        database.upgrade()
        yield database


@pytest.fixture
def store(database):
    return TraceStore(database)
