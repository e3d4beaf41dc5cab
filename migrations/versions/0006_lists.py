"""Lists go by time, and what they are narrowed by is found in that order, also several things at a time.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = ("verdict", "trust", "kind", "language")
TRACE_ID = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    for column in COLUMNS:
        op.drop_index(op.f(f"ix_traces_{column}_id"), "traces")
        op.create_index(op.f(f"ix_traces_{column}_created_at_id"), "traces", [column, "created_at", "id"])
    op.create_index("ix_traces_asked", "traces", [*COLUMNS, "created_at", "id"])
    _remake_errors(sa.Column("created_at", sa.DateTime(timezone=True), nullable=False))


def downgrade() -> None:
    _remake_errors()
    op.drop_index("ix_traces_asked", "traces")
    for column in COLUMNS:
        op.drop_index(op.f(f"ix_traces_{column}_created_at_id"), "traces")
        op.create_index(op.f(f"ix_traces_{column}_id"), "traces", [column, "id"])


def _remake_errors(*between: sa.Column[object]) -> None:
    """The table anew, with these columns of `traces` in its key: nothing refers to it."""
    op.execute("CREATE TABLE kept_errors AS SELECT error_class, trace_id FROM trace_errors")
    op.drop_table("trace_errors")
    names = [column.name for column in between]
    op.create_table(
        "trace_errors",
        sa.Column("error_class", sa.String(length=40), nullable=False),
        *between,
        sa.Column("trace_id", TRACE_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["trace_id"], ["traces.id"], name=op.f("fk_trace_errors_trace_id_traces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("error_class", *names, "trace_id", name=op.f("pk_trace_errors")),
    )
    op.create_index(op.f("ix_trace_errors_trace_id"), "trace_errors", ["trace_id"])
    columns = ", ".join(["error_class", *names, "trace_id"])
    op.execute(
        f"INSERT INTO trace_errors ({columns}) "  # noqa: S608  # our own names
        f"SELECT {columns} FROM kept_errors JOIN traces ON traces.id = kept_errors.trace_id"
    )
    op.drop_table("kept_errors")
