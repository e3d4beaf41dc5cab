"""Problems, traces and completions.

Revision ID: 0001
Revises: nothing
Create Date: 2026-11-22 03:55:08.907330+00:00
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TRACE_ID = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "texts",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_texts")),
    )
    op.create_table(
        "versions",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("quod", sa.Text(), nullable=False),
        sa.Column("lm_backend", sa.Text(), nullable=False),
        sa.Column("lm_name", sa.Text(), nullable=False),
        sa.Column("lm_revision", sa.Text(), nullable=True),
        sa.Column("lm_base_url", sa.Text(), nullable=True),
        sa.Column("engines", sa.JSON(), nullable=False),
        sa.Column("prompts", sa.JSON(), nullable=False),
        sa.Column("limits", sa.JSON(), nullable=False),
        sa.Column("trust_rule", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_versions")),
    )
    op.create_table(
        "completions",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("lm_backend", sa.Text(), nullable=False),
        sa.Column("lm_name", sa.Text(), nullable=False),
        sa.Column("lm_revision", sa.Text(), nullable=True),
        sa.Column("lm_base_url", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.String(length=40), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["text_sha256"], ["texts.sha256"], name=op.f("fk_completions_text_sha256_texts")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_completions")),
    )
    op.create_table(
        "problems",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=40), nullable=True),
        sa.Column("world", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["text_sha256"], ["texts.sha256"], name=op.f("fk_problems_text_sha256_texts")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_problems")),
    )
    op.create_table(
        "traces",
        sa.Column("id", TRACE_ID, nullable=False),
        sa.Column("problem_sha256", sa.String(length=64), nullable=False),
        sa.Column("versions_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("trust", sa.String(length=40), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_attempts", sa.Integer(), nullable=True),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.Column("lm_seconds", sa.Double(), nullable=True),
        sa.Column("solver_seconds", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["problem_sha256"], ["problems.sha256"], name=op.f("fk_traces_problem_sha256_problems")
        ),
        sa.ForeignKeyConstraint(
            ["versions_sha256"], ["versions.sha256"], name=op.f("fk_traces_versions_sha256_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traces")),
    )
    with op.batch_alter_table("traces") as batch_op:
        batch_op.create_index(batch_op.f("ix_traces_created_at_id"), ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_traces_kind_id"), ["kind", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_traces_language_id"), ["language", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_traces_trust_id"), ["trust", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_traces_verdict_id"), ["verdict", "id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("trace_id", TRACE_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("prompt_name", sa.Text(), nullable=False),
        sa.Column("prompt_version", sa.Integer(), nullable=False),
        sa.Column("prompt_sha256", sa.Text(), nullable=False),
        sa.Column("completion_sha256", sa.String(length=64), nullable=False),
        sa.Column("lm_backend", sa.Text(), nullable=False),
        sa.Column("lm_name", sa.Text(), nullable=False),
        sa.Column("lm_revision", sa.Text(), nullable=True),
        sa.Column("lm_base_url", sa.Text(), nullable=True),
        sa.Column("finish_reason", sa.String(length=40), nullable=False),
        sa.Column("lm_seconds", sa.Double(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=True),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=True),
        sa.Column("cached", sa.Boolean(), nullable=False),
        sa.Column("program_language", sa.String(length=40), nullable=True),
        sa.Column("program_sha256", sa.String(length=64), nullable=True),
        sa.Column("query", sa.Text(), nullable=True),
        sa.Column("complement", sa.Text(), nullable=True),
        sa.Column("gloss", sa.JSON(), nullable=True),
        sa.Column("not_extracted", sa.JSON(), nullable=True),
        sa.Column("check_result", sa.String(length=40), nullable=False),
        sa.Column("check_reason", sa.Text(), nullable=False),
        sa.Column("checker", sa.Text(), nullable=True),
        sa.Column("diagnostics", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["completion_sha256"], ["texts.sha256"], name=op.f("fk_attempts_completion_sha256_texts")
        ),
        sa.ForeignKeyConstraint(["program_sha256"], ["texts.sha256"], name=op.f("fk_attempts_program_sha256_texts")),
        sa.ForeignKeyConstraint(
            ["trace_id"], ["traces.id"], name=op.f("fk_attempts_trace_id_traces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trace_id", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "trace_errors",
        sa.Column("error_class", sa.String(length=40), nullable=False),
        sa.Column("trace_id", TRACE_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["trace_id"], ["traces.id"], name=op.f("fk_trace_errors_trace_id_traces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("error_class", "trace_id", name=op.f("pk_trace_errors")),
    )
    with op.batch_alter_table("trace_errors") as batch_op:
        batch_op.create_index(batch_op.f("ix_trace_errors_trace_id"), ["trace_id"], unique=False)

    op.create_table(
        "messages",
        sa.Column("trace_id", TRACE_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["text_sha256"], ["texts.sha256"], name=op.f("fk_messages_text_sha256_texts")),
        sa.ForeignKeyConstraint(
            ["trace_id", "number"],
            ["attempts.trace_id", "attempts.number"],
            name=op.f("fk_messages_trace_id_number_attempts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("trace_id", "number", "position", name=op.f("pk_messages")),
    )
    op.create_table(
        "runs",
        sa.Column("trace_id", TRACE_ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("limit_name", sa.String(length=40), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("ending", sa.JSON(), nullable=False),
        sa.Column("output_sha256", sa.String(length=64), nullable=False),
        sa.Column("wall_seconds", sa.Double(), nullable=False),
        sa.Column("cpu_seconds", sa.Double(), nullable=False),
        sa.Column("peak_memory_mib", sa.Double(), nullable=False),
        sa.Column("sandbox", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["output_sha256"], ["texts.sha256"], name=op.f("fk_runs_output_sha256_texts")),
        sa.ForeignKeyConstraint(
            ["trace_id", "number"],
            ["attempts.trace_id", "attempts.number"],
            name=op.f("fk_runs_trace_id_number_attempts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("trace_id", "number", "name", name=op.f("pk_runs")),
    )


def downgrade() -> None:
    op.drop_table("runs")
    op.drop_table("messages")
    with op.batch_alter_table("trace_errors") as batch_op:
        batch_op.drop_index(batch_op.f("ix_trace_errors_trace_id"))

    op.drop_table("trace_errors")
    op.drop_table("attempts")
    with op.batch_alter_table("traces") as batch_op:
        batch_op.drop_index(batch_op.f("ix_traces_verdict_id"))
        batch_op.drop_index(batch_op.f("ix_traces_trust_id"))
        batch_op.drop_index(batch_op.f("ix_traces_language_id"))
        batch_op.drop_index(batch_op.f("ix_traces_kind_id"))
        batch_op.drop_index(batch_op.f("ix_traces_created_at_id"))

    op.drop_table("traces")
    op.drop_table("problems")
    op.drop_table("completions")
    op.drop_table("versions")
    op.drop_table("texts")
