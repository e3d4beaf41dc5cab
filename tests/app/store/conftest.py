"""A database at the newest migration, for one test; of each kind in turn."""

import pytest

from app.store.session import Database
from app.store.traces import TraceStore


@pytest.fixture
def database(database_url):
    with Database.open(database_url, busy_seconds=30) as database:
        yield database


@pytest.fixture
def store(database):
    return TraceStore(database)
