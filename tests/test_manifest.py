"""The Teams app package: what an admin uploads."""

import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from manifest.icons import draw
from manifest.package import HERE, fill_in, pack
from sandbox.story import Story

OWN = "11111111-2222-3333-4444-555555555555"
LIMITS = {"short": 30, "full": 100}


def written() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    return found


def pixels(png: bytes) -> bytes:
    """Return the rows of a picture with one IDAT; how well they were packed differs between zlibs."""
    start = png.index(b"IDAT")
    (length,) = struct.unpack(">I", png[start - 4 : start])
    return zlib.decompress(png[start + 4 : start + 4 + length])


def test_the_archive_holds_three_files_at_its_root(tmp_path: Path) -> None:
    pack(tmp_path / "build" / "guestlist.zip", {})
    with zipfile.ZipFile(tmp_path / "build" / "guestlist.zip") as archive:
        assert sorted(archive.namelist()) == ["color.png", "manifest.json", "outline.png"]
        packed = json.loads(archive.read("manifest.json"))
    assert packed == written()
    assert {packed["icons"]["color"], packed["icons"]["outline"]} == {"color.png", "outline.png"}


def test_the_same_manifest_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        pack(tmp_path / name, {"GUESTLIST_APP_ID": OWN})
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_sandboxs_ids_are_the_default() -> None:
    app_id = Story.load().bot["appId"]
    assert (written()["id"], written()["bots"][0]["botId"]) == (app_id, app_id)


def test_the_bots_own_id_replaces_both_ids() -> None:
    filled = fill_in(written(), {"GUESTLIST_APP_ID": OWN.upper()})
    assert (filled["id"], filled["bots"][0]["botId"]) == (OWN, OWN)


def test_who_offers_the_app_and_where_it_runs_is_the_operators_to_say() -> None:
    environ = {
        "GUESTLIST_PUBLIC_URL": "https://guestlist.fabrikam.com/",
        "DEVELOPER_NAME": "Fabrikam",
        "DEVELOPER_URL": "https://fabrikam.com",
    }
    filled = fill_in(written(), environ)
    assert filled["validDomains"] == ["guestlist.fabrikam.com"]
    assert filled["developer"]["name"] == "Fabrikam"
    assert filled["developer"]["privacyUrl"] == "https://fabrikam.com/privacy"


@pytest.mark.parametrize(
    "environ",
    [{"GUESTLIST_APP_ID": "guestlist"}, {"GUESTLIST_PUBLIC_URL": "http://x.com"}, {"DEVELOPER_URL": "x.com"}],
)
def test_what_teams_would_refuse_is_not_packed(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"guestlist|UUID|https"):
        fill_in(written(), environ)


def test_the_bot_is_offered_wherever_people_talk_with_its_five_commands() -> None:
    (bot,) = written()["bots"]
    assert set(bot["scopes"]) == {"personal", "team", "groupChat"}
    offered = {scope for entry in bot["commandLists"] for scope in entry["scopes"]}
    assert offered == set(bot["scopes"])
    for entry in bot["commandLists"]:
        titles = [command["title"] for command in entry["commands"]]
        assert titles == ["/invite", "/assign", "/requests", "/approvals", "/help"]


def test_texts_keep_the_lengths_that_teams_allows() -> None:
    manifest = written()
    assert all(len(text) <= LIMITS[kind] for kind, text in manifest["name"].items())
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000
    assert len(manifest["developer"]["name"]) <= 32


@pytest.mark.parametrize(("name", "side"), [("color.png", 192), ("outline.png", 32)])
def test_the_icons_have_teams_sizes_and_are_what_the_project_draws(name: str, side: int) -> None:
    stored, drawn = (HERE / name).read_bytes(), draw()[name]
    assert struct.unpack(">II", stored[16:24]) == (side, side)
    assert pixels(stored) == pixels(drawn)
