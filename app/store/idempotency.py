"""Keeps the `Idempotency-Key`s of requests, so that a request sent twice is worked on once."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import col, delete, select, update

from app.store.backends import insert_if_absent
from app.store.rows import IdempotencyRow
from app.store.session import Database

KEPT_FOR = timedelta(hours=24)
"""How long the answer to a key is given again."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request brings; `fingerprint` is that of the request, `trace_id` that of the work it would begin:
    of a trace, or of an evaluation.
    """

    key: str
    fingerprint: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class HeldKey:
    """The request that holds a key; `status` None: it is still worked on."""

    fingerprint: str
    trace_id: str
    status: int | None


class IdempotencyStore:
    """Thread-safe; the methods block. Each raises `StoreUnavailableError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, claim: Claim, *, lease_seconds: float) -> HeldKey | None:
        """Take the key, or say who holds it. The primary key decides between two requests at the same time.

        Args:
            lease_seconds: after this long without `settle` the key is free again: the process that had it has died.
        """
        now = datetime.now(UTC)
        with self._database.writing() as session:
            session.execute(delete(IdempotencyRow).where(col(IdempotencyRow.expires_at) < now))
            insert_if_absent(
                session,
                IdempotencyRow,
                [
                    {
                        "key": claim.key,
                        "fingerprint": claim.fingerprint,
                        "trace_id": claim.trace_id,
                        "status": None,
                        "expires_at": now + timedelta(seconds=lease_seconds),
                    }
                ],
            )
            row = session.exec(select(IdempotencyRow).where(IdempotencyRow.key == claim.key)).one()
            if row.trace_id == claim.trace_id:
                return None
            return HeldKey(row.fingerprint, row.trace_id, row.status)

    def settle(self, claim: Claim, status: int) -> None:
        """The request was answered with `status`; from now on the same request gets the same answer."""
        with self._database.writing() as session:
            session.execute(
                update(IdempotencyRow)
                .where(col(IdempotencyRow.key) == claim.key, col(IdempotencyRow.trace_id) == claim.trace_id)
                .values(status=status, expires_at=datetime.now(UTC) + KEPT_FOR)
            )

    def release(self, claim: Claim) -> None:
        """The request failed or was given up: the key is free again."""
        with self._database.writing() as session:
            session.execute(
                delete(IdempotencyRow).where(
                    col(IdempotencyRow.key) == claim.key, col(IdempotencyRow.trace_id) == claim.trace_id
                )
            )


def fingerprint_of(body: str) -> str:
    """SHA-256, 64 hexadecimal digits, of a request in its canonical form."""
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
