"""Datasets, evaluations, their changes of state and their results.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.String(length=64).with_variant(sa.String(length=64, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "datasets",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_datasets")),
    )
    op.create_index(op.f("ix_datasets_created_at_sha256"), "datasets", ["created_at", "sha256"])
    op.create_table(
        "samples",
        sa.Column("dataset_sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("problem_sha256", sa.String(length=64), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("answers", sa.String(length=40), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_sha256"],
            ["datasets.sha256"],
            name=op.f("fk_samples_dataset_sha256_datasets"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["problem_sha256"], ["problems.sha256"], name=op.f("fk_samples_problem_sha256_problems")
        ),
        sa.PrimaryKeyConstraint("dataset_sha256", "position", name=op.f("pk_samples")),
        sa.UniqueConstraint("dataset_sha256", "sample_id", name=op.f("uq_samples_dataset_sha256_sample_id")),
    )
    op.create_table(
        "evaluations",
        sa.Column("id", ID, nullable=False),
        sa.Column("dataset_sha256", sa.String(length=64), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attended", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(length=40), nullable=True),
        sa.Column("owner_clock", sa.Double(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("correct", sa.Integer(), nullable=False),
        sa.Column("wrong", sa.Integer(), nullable=False),
        sa.Column("abstained", sa.Integer(), nullable=False),
        sa.Column("errored", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("lm_backend", sa.Text(), nullable=True),
        sa.Column("lm_name", sa.Text(), nullable=True),
        sa.Column("lm_revision", sa.Text(), nullable=True),
        sa.Column("lm_base_url", sa.Text(), nullable=True),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dataset_sha256"], ["datasets.sha256"], name=op.f("fk_evaluations_dataset_sha256_datasets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
    )
    op.create_index(op.f("ix_evaluations_state_id"), "evaluations", ["state", "id"])
    op.create_table(
        "state_changes",
        sa.Column("evaluation_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _of_evaluation("state_changes"),
        sa.PrimaryKeyConstraint("evaluation_id", "sequence", name=op.f("pk_state_changes")),
    )
    op.create_table(
        "results",
        sa.Column("evaluation_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        *_result_columns(),
        _of_evaluation("results"),
        sa.ForeignKeyConstraint(["trace_id"], ["traces.id"], name=op.f("fk_results_trace_id_traces")),
        sa.PrimaryKeyConstraint("evaluation_id", "position", "epoch", name=op.f("pk_results")),
        sa.UniqueConstraint("evaluation_id", "sequence", name=op.f("uq_results_evaluation_id_sequence")),
    )
    for column in ("outcome", "trust"):
        name = op.f(f"ix_results_evaluation_id_{column}_sequence")
        op.create_index(name, "results", ["evaluation_id", column, "sequence"])
    op.create_index(op.f("ix_results_trace_id"), "results", ["trace_id"])
    op.create_table(
        "earlier_results",
        sa.Column("evaluation_id", ID, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        *_result_columns(),
        _of_evaluation("earlier_results"),
        sa.ForeignKeyConstraint(["trace_id"], ["traces.id"], name=op.f("fk_earlier_results_trace_id_traces")),
        sa.PrimaryKeyConstraint("evaluation_id", "sequence", name=op.f("pk_earlier_results")),
    )
    op.create_index(op.f("ix_earlier_results_trace_id"), "earlier_results", ["trace_id"])
    op.create_table(
        "result_errors",
        sa.Column("evaluation_id", ID, nullable=False),
        sa.Column("error_class", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["evaluation_id", "sequence"],
            ["results.evaluation_id", "results.sequence"],
            name=op.f("fk_result_errors_evaluation_id_sequence_results"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("evaluation_id", "error_class", "sequence", name=op.f("pk_result_errors")),
    )
    op.create_index(op.f("ix_result_errors_evaluation_id_sequence"), "result_errors", ["evaluation_id", "sequence"])


def downgrade() -> None:
    for table in (
        "result_errors",
        "earlier_results",
        "results",
        "state_changes",
        "evaluations",
        "samples",
        "datasets",
    ):
        op.drop_table(table)


def _of_evaluation(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_evaluation_id_evaluations")
    return sa.ForeignKeyConstraint(["evaluation_id"], ["evaluations.id"], name=name, ondelete="CASCADE")


def _result_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("sample_id", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("trust", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trace_id", ID, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=True),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("lm_seconds", sa.Double(), nullable=False),
        sa.Column("solver_seconds", sa.Double(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("baseline", sa.JSON(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    ]
