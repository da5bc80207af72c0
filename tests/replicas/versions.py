"""A version of Guestlist that is not written yet: this one, with one more migration."""

import shutil
from pathlib import Path

from bench.processes import ROOT
from bot.store.schema import HEAD

_NEXT = "9999"
_MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = "{_NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    for table in ("requests", "jobs", "audit"):
        op.add_column(table, sa.Column("to_come", sa.String(8), nullable=False, server_default=""))
    op.create_index("ix_to_come", "requests", ["to_come"])
"""


def next_version(folder: Path) -> Path:
    """Return a folder from which `app.py` starts the next version, whose tables differ."""
    root = folder / "next"
    for name in ("access", "bot", "cards", "dialogs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)
    (root / "bot/store/migrations/versions" / f"r{_NEXT}_to_come.py").write_text(_MIGRATION, encoding="utf-8")
    schema = root / "bot/store/schema.py"
    text = schema.read_text(encoding="utf-8")
    schema.write_text(text.replace(f'HEAD = "{HEAD}"', f'HEAD = "{_NEXT}"'), encoding="utf-8")
    return root
