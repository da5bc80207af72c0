"""`guestlist package`: the Teams app package, as `make package` writes it."""

import os
from pathlib import Path

from bot.commands.answers import Answer, wrong
from manifest.check import VERSION
from manifest.package import NotPacked, pack, whose


def packed(out: Path, app_id: str) -> Answer:
    environ = {**os.environ, **({"GUESTLIST_APP_ID": app_id} if app_id else {})}
    try:
        pack(out, environ)
    except NotPacked as error:
        return wrong(f"The package was not written:\n{error}", problems=error.lines)
    except OSError as error:
        return wrong(f"The package cannot be written to {out}: {error.strerror}. --out names another place.")
    said = f"{out} is written and valid as {VERSION}, for {whose(environ)}.\n"
    return Answer(said, {"file": out, "version": VERSION, "app_id": environ.get("GUESTLIST_APP_ID")})
