"""Runs the migrations: in process on the connection that `Database.upgrade` hands over, else on QUOD_DATABASE_URL."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, make_url

from app.settings import read_settings
from app.store.rows import ExactJson, ExactText, Row, UTCDateTime
from app.store.session import Database


def render_item(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """A migration names plain types: ours may change after it, it may not."""
    if kind == "type" and isinstance(item, ExactText):
        return "sa.Text()"
    if kind == "type" and isinstance(item, ExactJson):
        return "sa.JSON()"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def migrate(connection: Connection) -> None:
    # render_as_batch: SQLite alters a table by rebuilding it.
    context.configure(
        connection=connection, target_metadata=Row.metadata, render_as_batch=True, render_item=render_item
    )
    with context.begin_transaction():
        context.run_migrations()


def print_sql(url: str) -> None:
    context.configure(dialect_name=make_url(url).get_backend_name(), target_metadata=Row.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
elif context.is_offline_mode():
    print_sql(read_settings().database_url)
else:
    with Database.open(read_settings().database_url) as database, database.migrating() as connection:
        migrate(connection)
