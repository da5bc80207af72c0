"""Create what says who decides for whom, and until when."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "delegations",
        sa.Column("by_id", sa.String(36), primary_key=True),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("to_id", sa.String(36), nullable=False),
        sa.Column("to_name", sa.Text, nullable=False),
        sa.Column("begins_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False, index=True),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, index=True),
        sa.Column("stopped", sa.Boolean, nullable=False),
    )
