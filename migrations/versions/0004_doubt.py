"""Why whoever wrote a completion doubts it: with the attempt, and with the completion that is kept.

Columns are added and dropped in place: making the table anew would, in SQLite, delete what refers to it.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("doubt", sa.Text(), nullable=True))
    op.add_column("completions", sa.Column("doubt", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("completions", "doubt")
    op.drop_column("attempts", "doubt")
