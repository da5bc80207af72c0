"""`guestlist run`: gives this process to `app.py`, which composes Guestlist and which nobody imports."""

import os
import sys
from pathlib import Path

import bot
from access.rules.policy import PolicyError
from bot.commands.answers import Answer, wrong
from bot.policy_file import Written
from bot.settings import Settings, SettingsError

ROOT = "app.py"
_OURS = "from bot.process import"
"""By which it is known from another project's file of this name in the folder where one happens to be."""


def started() -> Answer:
    """Become the server, with this process's number, environment and folder; return only what prevents it."""
    folders = (Path(bot.__file__).parent.parent, Path.cwd())
    path = next((one / ROOT for one in folders if _is_ours(one / ROOT)), None)
    if path is None:
        return wrong(
            f"There is no {ROOT} of Guestlist in {' or '.join(map(str, folders))}. Run it from there."
        )
    sys.stdout.flush()
    return os.execv(sys.executable, [sys.executable, str(path)])  # noqa: S606 - our own file, with no shell between


def checked() -> Answer:
    """Return whether the settings and the policy can be used; nothing else is looked at."""
    settings = Settings.read(os.environ)
    if isinstance(settings, SettingsError):
        said = f"Guestlist cannot start. What to change:\n{settings}"
        return wrong(said, problems=settings.problems)
    try:
        Written.read(Path(settings.policy_file)).taken()
    except PolicyError as error:
        said = f"Guestlist cannot start: the policy has mistakes.\n{error}"
        return wrong(said, mistakes=error.mistakes)
    kind = "sqlite" if settings.database_path else "postgresql"
    document = {
        "host": settings.host,
        "port": settings.port,
        "database": kind,
        "policy": settings.policy_file,
    }
    return Answer("The settings and the policy can be used.\n", document)


def _is_ours(path: Path) -> bool:
    return path.is_file() and _OURS in path.read_text(encoding="utf-8")
