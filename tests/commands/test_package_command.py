"""`guestlist package`: the file that `make package` writes."""

import os
import zipfile
from pathlib import Path

from manifest.package import pack
from tests.commands.typing import TENANT, typed

DEVELOPER = {
    "DEVELOPER_NAME": "Example",
    "DEVELOPER_URL": "https://example.com",
    "DEVELOPER_PRIVACY_URL": "https://example.com/privacy",
    "DEVELOPER_TERMS_URL": "https://example.com/terms",
}


async def test_it_is_the_same_file_byte_for_byte(tmp_path: Path) -> None:
    environ = {**DEVELOPER, "GUESTLIST_APP_ID": TENANT}
    out = tmp_path / "a" / "guestlist.zip"
    said = await typed("package", "--out", str(out), "--app-id", TENANT, "--json", environ=DEVELOPER)
    assert (said.ended, said.document["app_id"], said.document["file"]) == (0, TENANT, str(out))
    same = await typed("package", environ=environ, folder=tmp_path)
    assert same.ended == 0
    assert out.read_bytes() == (tmp_path / "build" / "guestlist.zip").read_bytes()
    pack(tmp_path / "m.zip", environ)
    assert out.read_bytes() == (tmp_path / "m.zip").read_bytes()
    assert "manifest.json" in zipfile.ZipFile(out).namelist()


async def test_what_is_there_and_no_package_stays_as_it_is(tmp_path: Path) -> None:
    database, archive = tmp_path / "guestlist.db", tmp_path / "photos.zip"
    database.write_bytes(b"everything")
    with zipfile.ZipFile(archive, "w") as other:
        other.writestr("one.jpg", b"")
    for there in (database, archive, tmp_path):
        said = await typed("package", "--out", str(there), "--json")
        assert said.ended == said.document["exit"] == 2
        assert f"{there} is there and no package of a Teams app" in said.document["error"]
    assert database.read_bytes() == b"everything"
    assert zipfile.ZipFile(archive).namelist() == ["one.jpg"]


async def test_a_package_that_is_there_gives_way_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "guestlist.zip"
    with zipfile.ZipFile(out, "w") as before:
        before.writestr("manifest.json", "{}")
    with out.open("rb") as held:
        assert (await typed("package", "--out", str(out))).ended == 0
        assert zipfile.ZipFile(held).read("manifest.json") == b"{}"
    assert os.listdir(tmp_path) == ["guestlist.zip"]  # noqa: PTH208 - as short as it is
    assert zipfile.ZipFile(out).read("manifest.json") != b"{}"


async def test_what_teams_would_refuse_is_not_written(tmp_path: Path) -> None:
    said = await typed("package", "--app-id", TENANT, "--json", folder=tmp_path)
    assert said.ended == said.document["exit"] == 2
    assert len(said.document["problems"]) == len(DEVELOPER)
    said = await typed("package", "--app-id", "nonsense", folder=tmp_path, environ=DEVELOPER)
    assert (said.ended, said.out) == (2, "")
    assert "nonsense is no UUID" in said.err
    (tmp_path / "build").write_text("in the way", encoding="utf-8")
    said = await typed("package", folder=tmp_path)
    assert (said.ended, said.out) == (2, "")
    assert "--out names another place" in said.err
