"""A key belongs to one request, until it is answered for a day, or failed, or its process died."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from app.store.idempotency import KEPT_FOR, Claim, HeldKey, IdempotencyStore, fingerprint_of
from app.store.rows import IdempotencyRow

BODY = fingerprint_of("body")


@pytest.fixture
def keys(database):
    return IdempotencyStore(database)


def claim(trace_id, key="k", fingerprint=BODY):
    return Claim(key, fingerprint, trace_id)


def test_the_first_to_claim_a_key_has_it(keys):
    assert keys.claim(claim("trc_1"), lease_seconds=60) is None
    assert keys.claim(claim("trc_2"), lease_seconds=60) == HeldKey(BODY, "trc_1", None)
    assert keys.claim(claim("trc_3", key="other"), lease_seconds=60) is None


def test_an_answered_key_says_with_what(keys):
    keys.claim(claim("trc_1"), lease_seconds=60)
    keys.settle(claim("trc_1"), 200)
    assert keys.claim(claim("trc_2"), lease_seconds=60) == HeldKey(BODY, "trc_1", 200)


def test_a_released_key_is_free(keys):
    keys.claim(claim("trc_1"), lease_seconds=60)
    keys.release(claim("trc_1"))
    assert keys.claim(claim("trc_2"), lease_seconds=60) is None


def test_only_the_holder_settles_and_releases(keys):
    keys.claim(claim("trc_1"), lease_seconds=60)
    keys.release(claim("trc_2"))
    keys.settle(claim("trc_2"), 200)
    assert keys.claim(claim("trc_3"), lease_seconds=60) == HeldKey(BODY, "trc_1", None)


def test_a_key_whose_process_died_is_free_after_its_lease(keys):
    keys.claim(claim("trc_1"), lease_seconds=-1)
    assert keys.claim(claim("trc_2"), lease_seconds=60) is None


def test_an_answer_is_kept_for_a_day(keys, database):
    keys.claim(claim("trc_1"), lease_seconds=1)
    keys.settle(claim("trc_1"), 200)
    with database.reading() as session:
        row = session.exec(select(IdempotencyRow)).one()
    assert abs(row.expires_at - (datetime.now(UTC) + KEPT_FOR)) < timedelta(minutes=1)


def test_of_many_at_the_same_time_one_gets_the_key(keys):
    held = []
    start = threading.Barrier(8)

    def ask(number):
        start.wait()
        held.append(keys.claim(claim(f"trc_{number}"), lease_seconds=60))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert held.count(None) == 1
