"""Pack the Teams app, for an admin to upload: `python -m manifest.package` writes `build/guestlist.zip`.

`manifest.json` is complete with the sandbox's ids. In the environment, `GUESTLIST_APP_ID` is the bot's own,
`GUESTLIST_PUBLIC_URL` its address, and `DEVELOPER_NAME` and `DEVELOPER_URL` say who offers it.
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

HERE = Path(__file__).parent
ICONS = ("color.png", "outline.png")
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every entry: the same manifest gives the same file."""


def fill_in(manifest: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest with what the environment says; raises `ValueError` for what cannot be right."""
    filled: dict[str, Any] = json.loads(json.dumps(manifest))
    if app_id := environ.get("GUESTLIST_APP_ID"):
        # One id for both: Guestlist finds itself in the organisation's catalogue by the bot's id.
        filled["id"] = filled["bots"][0]["botId"] = str(UUID(app_id))
    if public_url := environ.get("GUESTLIST_PUBLIC_URL"):
        filled["validDomains"] = [_host(public_url)]
    if name := environ.get("DEVELOPER_NAME"):
        filled["developer"]["name"] = name
    if url := (environ.get("DEVELOPER_URL") or public_url or "").rstrip("/"):
        _host(url)
        pages = {"websiteUrl": url, "privacyUrl": f"{url}/privacy", "termsOfUseUrl": f"{url}/terms"}
        filled["developer"] |= pages
    return filled


def _host(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{url} is no https address")
    return parts.hostname


def pack(target: Path, environ: Mapping[str, str]) -> None:
    """Write the three files that Teams wants at the root of the archive."""
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    text = json.dumps(fill_in(manifest, environ), indent=2, ensure_ascii=False) + "\n"
    contents = {"manifest.json": text.encode(), **{name: (HERE / name).read_bytes() for name in ICONS}}
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def main() -> int:
    """Pack, and say where the package is and whose ids are in it."""
    target = HERE.parent / "build" / "guestlist.zip"
    try:
        pack(target, os.environ)
    except ValueError as error:
        sys.stderr.write(f"The package was not written: {error}\n")
        return 2
    whose = "the app of GUESTLIST_APP_ID" if os.environ.get("GUESTLIST_APP_ID") else "the sandbox's app"
    sys.stdout.write(f"{target.relative_to(HERE.parent)} is written, for {whose}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
