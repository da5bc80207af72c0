"""Pack the Teams app, for an admin to upload: `python -m manifest.package` writes `build/guestlist.zip`.

`manifest.json` is whole for the sandbox. In the environment, `GUESTLIST_APP_ID` is the bot's own id, and the
four of `DEVELOPER` say who offers it: an app of one's own is not packed under the sandbox's name.
"""

import json
import os
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from manifest.check import MANIFEST, VERSION, language_files, localisable, problems

HERE = Path(__file__).parent
DEVELOPER = {
    "DEVELOPER_NAME": ("name", "who offers the app, as Teams shows it"),
    "DEVELOPER_URL": ("websiteUrl", "the address of their website, or of a page on the app"),
    "DEVELOPER_PRIVACY_URL": ("privacyUrl", "the address of their privacy statement"),
    "DEVELOPER_TERMS_URL": ("termsOfUseUrl", "the address of their terms of use"),
}
"""What Teams shows of the developer and links to, by the variable that says it."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the same manifest gives the same file."""


class NotPacked(ValueError):
    """The package would be refused; the lines say what to change."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(f"- {line}" for line in lines))
        self.lines = lines


def fill_in(manifest: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest with what the environment says; raises `NotPacked` for what cannot be right."""
    filled: dict[str, Any] = json.loads(json.dumps(manifest))
    wrong: list[str] = []
    if app_id := environ.get("GUESTLIST_APP_ID"):
        _give_id(filled, app_id, wrong)
    _give_developer(filled, environ, wrong, must=filled["id"] != manifest["id"])
    if wrong:
        raise NotPacked(wrong)
    return filled


def _give_developer(
    manifest: dict[str, Any], environ: Mapping[str, str], wrong: list[str], *, must: bool
) -> None:
    """Say who offers the app; where that `must` be said, nothing of the sandbox's developer is left."""
    for variable, (key, meaning) in DEVELOPER.items():
        said = environ.get(variable, "").strip()
        if not said:
            if must:
                wrong.append(f"{variable} is needed with an id of one's own: {meaning}")
            continue
        parts = urlsplit(said)
        if key != "name" and (parts.scheme != "https" or not parts.hostname):
            wrong.append(f"{variable}: {said} is no https address")
        manifest["developer"][key] = said


def _give_id(manifest: dict[str, Any], app_id: str, wrong: list[str]) -> None:
    """Put the bot's id wherever an id stands.

    One for all: Guestlist finds itself in the organisation's catalogue by the bot's id, and Graph lets an app
    install itself for people only where `webApplicationInfo` says which registration is that app's.
    """
    try:
        own = str(UUID(app_id))
    except ValueError:
        wrong.append(f"GUESTLIST_APP_ID: {app_id} is no UUID; take the application (client) id of the bot")
        return
    manifest["id"] = own
    for entry in (*manifest.get("bots", ()), *manifest.get("composeExtensions", ())):
        entry["botId"] = own
    manifest["webApplicationInfo"] = {"id": own, "resource": f"api://{own}"}


def contents(environ: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of the package by their names there, as far as they exist here.

    The manifest's own texts are the default language's too: their file is made of them.
    """
    try:
        written = json.loads((HERE / MANIFEST).read_text(encoding="utf-8"))
    except ValueError as error:
        raise NotPacked([f"{MANIFEST} cannot be read: {error}"]) from error
    manifest = fill_in(written, environ)
    paths = {name: HERE / name for name in manifest.get("icons", {}).values()}
    paths |= {name: HERE / "languages" / name for name in language_files(manifest)}
    files = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    if default := manifest.get("localizationInfo", {}).get("defaultLanguageFile"):
        schema = str(manifest.get("$schema")).replace("Teams.schema", "Teams.Localization.schema")
        files[default] = _json({"$schema": schema, **localisable(manifest)})
    return {MANIFEST: _json(manifest), **files}


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def pack(target: Path, environ: Mapping[str, str]) -> None:
    """Write the archive, whole or not at all, in the place of none or of another package.

    Raises `NotPacked`, and writes nothing, if Teams would refuse it or something else is there.
    """
    files = contents(environ)
    if wrong := problems(files):
        raise NotPacked(wrong)
    if target.exists() and not _is_package(target):
        raise NotPacked([f"{target} is there and no package of a Teams app; name another place"])
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(half, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _is_package(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def whose(environ: Mapping[str, str]) -> str:
    return "the app of GUESTLIST_APP_ID" if environ.get("GUESTLIST_APP_ID") else "the sandbox's app"


def main() -> int:
    """Pack, and say where the package is and whose ids are in it."""
    target = HERE.parent / "build" / "guestlist.zip"
    try:
        pack(target, os.environ)
    except NotPacked as error:
        sys.stderr.write(f"The package was not written:\n{error}\n")
        return 2
    said = f"{target.relative_to(HERE.parent)} is written and valid as {VERSION}, for {whose(os.environ)}.\n"
    sys.stdout.write(said)
    return 0


if __name__ == "__main__":
    sys.exit(main())
