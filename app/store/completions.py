"""Keeps completions in the database: the `CompletionCache` of `app.lm.cache`."""

from datetime import UTC, datetime

from sqlmodel import select

from app.lm.types import Completion, FinishReason
from app.store.backends import insert_if_absent
from app.store.documents import lm_columns, lm_identity, token_columns, token_usage
from app.store.rows import CompletionRow, TextRow, sha256_of
from app.store.session import Database


class SqlCompletionCache:
    """Thread-safe. Both methods raise `StoreUnavailableError` where the database cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Completion | None:
        """The completion put under `key`, marked as cached; or None."""
        with self._database.reading() as session:
            found = session.exec(
                select(CompletionRow, TextRow.text)
                .join(TextRow, CompletionRow.text_sha256 == TextRow.sha256)  # type: ignore[arg-type]
                .where(CompletionRow.key == key)
            ).first()
        if found is None:
            return None
        row, text = found
        return Completion(
            text=text,
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
