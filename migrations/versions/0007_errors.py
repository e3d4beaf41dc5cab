"""What lists are narrowed by stands beside the classes of error, too; results are found by all of it at once.

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import SchemaItem

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ASKED = ("verdict", "trust", "kind", "language")
TRACE_ID = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    _remake_trace_errors(*(_word(name, nullable=name == "trust") for name in ASKED))
    for name in ASKED:
        names = ["error_class", name, "created_at", "trace_id"]
        op.create_index(op.f(f"ix_trace_errors_{'_'.join(names)}"), "trace_errors", names)
    op.create_index("ix_trace_errors_asked", "trace_errors", ["error_class", *ASKED, "created_at", "trace_id"])
    epoch = sa.Column("epoch", sa.Integer(), nullable=False)
    _remake_result_errors(epoch, _word("outcome"), _word("trust", nullable=True))
    for name in ("outcome", "trust"):
        op.drop_index(op.f(f"ix_results_evaluation_id_{name}_sequence"), "results")
    asked = ["outcome", "trust", "sequence"]
    for table, key in (("results", ["evaluation_id"]), ("result_errors", ["evaluation_id", "error_class"])):
        op.create_index(f"ix_{table}_asked", table, [*key, *asked])
        op.create_index(f"ix_{table}_asked_of_epoch", table, [*key, "epoch", *asked])


def downgrade() -> None:
    for name in ("ix_results_asked", "ix_results_asked_of_epoch"):
        op.drop_index(name, "results")
    for name in ("outcome", "trust"):
        names = ["evaluation_id", name, "sequence"]
        op.create_index(op.f(f"ix_results_{'_'.join(names)}"), "results", names)
    _remake_result_errors()
    _remake_trace_errors()


def _word(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length=40), nullable=nullable)


def _remake_trace_errors(*repeated: sa.Column[Any]) -> None:
    """The table anew, with these columns of `traces` behind its key."""
    _remake(
        "trace_errors",
        "traces ON traces.id = kept_errors.trace_id",
        [
            _word("error_class"),
            sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("trace_id", TRACE_ID, nullable=False),
        ],
        repeated,
        sa.ForeignKeyConstraint(
            ["trace_id"], ["traces.id"], name=op.f("fk_trace_errors_trace_id_traces"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_trace_errors_trace_id"), "trace_errors", ["trace_id"])


def _remake_result_errors(*repeated: sa.Column[Any]) -> None:
    """The same with columns of `results`."""
    key = ["evaluation_id", "sequence"]
    _remake(
        "result_errors",
        f"results ON {' AND '.join(f'results.{name} = kept_errors.{name}' for name in key)}",
        [
            sa.Column("evaluation_id", TRACE_ID, nullable=False),
            _word("error_class"),
            sa.Column("sequence", sa.Integer(), nullable=False),
        ],
        repeated,
        sa.ForeignKeyConstraint(
            key,
            [f"results.{name}" for name in key],
            name=op.f("fk_result_errors_evaluation_id_sequence_results"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_result_errors_evaluation_id_sequence"), "result_errors", key)


def _remake(
    table: str,
    owner: str,
    key: Iterable[sa.Column[Any]],
    repeated: Iterable[sa.Column[Any]],
    *constraints: SchemaItem,
) -> None:
    """A table that nothing refers to, anew: its key is kept, and the rest is taken from its owner."""
    names = [column.name for column in key]
    taken = [column.name for column in repeated]
    op.execute(f"CREATE TABLE kept_errors AS SELECT {', '.join(names)} FROM {table}")  # noqa: S608  # our own names
    op.drop_table(table)
    op.create_table(table, *key, *repeated, sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{table}")), *constraints)
    values = [*(f"kept_errors.{name}" for name in names), *taken]
    op.execute(
        f"INSERT INTO {table} ({', '.join([*names, *taken])}) "  # noqa: S608  # our own names
        f"SELECT {', '.join(values)} FROM kept_errors JOIN {owner}"
    )
    op.drop_table("kept_errors")
