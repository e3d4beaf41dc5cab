"""What an attempt was for, second opinions on its runs, and what its check assumes.

Columns are added and dropped in place: making the table anew would, in SQLite, delete what refers to it.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("check_assumptions", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "attempts", sa.Column("purpose", sa.String(length=40), nullable=False, server_default="formalisation")
    )
    op.add_column("attempts", sa.Column("second_opinions", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("attempts", "second_opinions")
    op.drop_column("attempts", "purpose")
    op.drop_column("attempts", "check_assumptions")
