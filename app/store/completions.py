"""Keeps completions in the database: the `CompletionCache` of `app.lm.cache`."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select

from app.lm.types import Completion, FinishReason
from app.store.backends import insert_if_absent
from app.store.documents import lm_columns, lm_identity, token_columns, token_usage
from app.store.rows import CompletionRow, Row, Sha256, TextRow, sha256_of
from app.store.session import Database

_COMPLETIONS, _TEXTS = (Row.metadata.tables[str(row.__tablename__)].c for row in (CompletionRow, TextRow))
_KEPT = (
    select(*_COMPLETIONS, _TEXTS.text)
    .where(_TEXTS.sha256 == _COMPLETIONS.text_sha256)
    .where(_COMPLETIONS.key == bindparam("key", type_=Sha256))
)
"""Past the unit of work, which costs more than the database does."""


class SqlCompletionCache:
    """Thread-safe. Both methods raise `StoreUnavailableError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Completion | None:
        """The completion put under `key`, marked as cached; or None."""
        with self._database.reading() as session:
            row: Any = session.connection().execute(_KEPT, {"key": key}).first()
        if row is None:
            return None
        return Completion(
            text=row.text,
            lm=lm_identity(row),
            finish_reason=FinishReason(row.finish_reason),
            seconds=row.seconds,
            usage=token_usage(row),
            cached=True,
            doubt=row.doubt,
        )

    def put(self, key: str, completion: Completion) -> None:
        """Keep `completion` under `key`. Where there is one already, it stays."""
        text_sha256 = sha256_of(completion.text)
        with self._database.writing() as session:
            insert_if_absent(session, TextRow, [{"sha256": text_sha256, "text": completion.text}])
            insert_if_absent(
                session,
                CompletionRow,
                [
                    {
                        "key": key,
                        "created_at": datetime.now(UTC),
                        "text_sha256": text_sha256,
                        **lm_columns(completion.lm),
                        "finish_reason": completion.finish_reason.value,
                        "seconds": completion.seconds,
                        **token_columns(completion.usage),
                        "doubt": completion.doubt,
                    }
                ],
            )
