"""Create the first tables: requests and their jobs, the audit chain, and what stands beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_requests()
    _create_jobs()
    _create_audit()
    op.create_table(
        "turns",
        sa.Column("activity", sa.String(255), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
    )
    op.create_table(
        "notes",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False, unique=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("requestor_id", sa.String(36), nullable=False),
        sa.Column("subject", sa.String(64), nullable=False, index=True),
        sa.Column("app_id", sa.String(36), nullable=False),
        sa.Column("give_key", sa.String(64), nullable=False),
        sa.Column("pending_guest_id", sa.String(36), index=True),
        sa.Column("submitted_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("ix_requests_of_requestor", "requests", ["requestor_id", "number"])
    op.create_index("ix_requests_in_state", "requests", ["state", "number"])
    still_open = sa.text("state IN ('delivering', 'deliveryFailed', 'pendingApproval', 'submitted')")
    op.create_index(
        "ux_requests_same_thing_open",
        "requests",
        ["subject", "app_id", "give_key"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.String(32), sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("cycle", sa.Integer, primary_key=True),
        sa.Column("stage", sa.Integer, primary_key=True),
        sa.Column("person_id", sa.String(36), primary_key=True),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("key", sa.String(120), primary_key=True),
        sa.Column("request_id", sa.String(32), sa.ForeignKey("requests.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("started", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("claimable_at", sa.BigInteger, index=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(32), index=True),
        sa.Column("actor", sa.String(36)),
        sa.Column("subject", sa.String(64)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "personal",
        sa.Column("subject", sa.String(64), primary_key=True),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
