"""What can be chosen when the sandbox is started."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One frozen object for both halves; `switches` holds only what differs from `data/switches.json`."""

    host: str = "127.0.0.1"
    port: int = 8765
    bot_url: str = "http://127.0.0.1:3978/api/messages"
    token: str = "sandbox-static-token"  # noqa: S105 - opens nothing but this sandbox
    origin: str = ""
    apps: int = 0
    """How many apps the tenant has beside those of the story."""
    guests: int = 0
    """How many guests were there before the story begins."""
    pending: int = 0
    """How many of them have not accepted yet."""
    manifest: Path = ROOT / "manifest" / "manifest.json"
    """The app's manifest, read as a file, as Teams reads it from the package."""
    switches: dict[str, Any] = field(default_factory=dict)
