"""A version of Guestlist that is not written yet: this one, with tables, a field and jobs of its own."""

import shutil
from pathlib import Path

from bench.processes import ROOT
from bot.store.schema import HEAD

_NEXT = "9999"
_FIELD = "    _carried: Mapping[str, Json]"
_MIGRATION = f'''
import sqlalchemy as sa
from alembic import op

revision = "{_NEXT}"
down_revision = "{HEAD}"


def upgrade() -> None:
    for table in ("requests", "jobs", "audit"):
        op.add_column(table, sa.Column("to_come", sa.String(8), nullable=False, server_default=""))
    op.create_index("ix_to_come", "requests", ["to_come"])
    op.execute("""
        INSERT INTO jobs (key, request_id, kind, name, status, due_at, position, fence, started, tries,
            claimable_at, body, secret)
        SELECT id || '/0/to-come', id, 'to-come', 'to-come', 'to-come', 0, 0, 0, 0, 0, 0, '{{}}', ''
        FROM requests
    """)
'''


def next_version(folder: Path) -> Path:
    """Return a folder from which `app.py` starts the next version, whose tables differ."""
    root = folder / "next"
    for name in ("access", "bot", "cards", "dialogs"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", root)
    (root / "bot/store/migrations/versions" / f"r{_NEXT}_to_come.py").write_text(_MIGRATION, encoding="utf-8")
    _replace(root / "bot/store/schema.py", f'HEAD = "{HEAD}"', f'HEAD = "{_NEXT}"')
    _replace(root / "access/rules/model.py", _FIELD, f'    to_come: str = "{_NEXT}"\n{_FIELD}')
    return root


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
