"""Add what finds the accesses that are active, of a guest and of an app; read it out of the bodies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_DELIVERED = sa.text("state = 'delivered' AND assignment IS NULL")
_GUEST = {"sqlite": "json_extract(body, '$.guest_id')", "postgresql": "body::json ->> 'guest_id'"}


def upgrade() -> None:
    op.add_column("requests", sa.Column("guest_id", sa.String(36)))
    op.add_column("requests", sa.Column("assignment", sa.String(16)))
    op.add_column("requests", sa.Column("ends_at", sa.BigInteger))
    op.execute(f"UPDATE requests SET guest_id = {_GUEST[op.get_bind().dialect.name]}")  # noqa: S608 - our own words
    op.create_index("ix_requests_guest_id", "requests", ["guest_id"])
    op.create_index("ix_requests_assigned", "requests", ["assignment", "app_id", "ends_at"])
    op.create_index(
        "ix_requests_unassigned",
        "requests",
        ["number"],
        sqlite_where=_DELIVERED,
        postgresql_where=_DELIVERED,
    )
