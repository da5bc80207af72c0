"""Add the lists of guests, and by which list and row a request was asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_LISTED = sa.text("list_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "lists",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kept_until", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_lists_kept_until", "lists", ["kept_until"])
    op.add_column("requests", sa.Column("list_id", sa.String(32)))
    op.add_column("requests", sa.Column("list_row", sa.Integer))
    op.create_index(
        "ux_requests_listed",
        "requests",
        ["list_id", "list_row"],
        unique=True,
        sqlite_where=_LISTED,
        postgresql_where=_LISTED,
    )
