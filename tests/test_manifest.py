"""The Teams app package: what an admin uploads."""

import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from manifest import package, png
from manifest.check import VERSION, localisable, localised, problems
from manifest.icons import draw
from manifest.package import NotPacked, contents, fill_in, pack
from sandbox.story import Story

OWN = "11111111-2222-3333-4444-555555555555"
FABRIKAM = {
    "DEVELOPER_NAME": "Fabrikam",
    "DEVELOPER_URL": "https://fabrikam.com/guestlist",
    "DEVELOPER_PRIVACY_URL": "https://fabrikam.com/legal/privacy",
    "DEVELOPER_TERMS_URL": "https://fabrikam.com/legal/terms?of=use",
}
OURS = {"GUESTLIST_APP_ID": OWN, **FABRIKAM}
LISTS_IN_ORDER = {
    "personal": [
        "invite",
        "assign",
        "bulk",
        "requests",
        "approvals",
        "delegate",
        "audit",
        "guests",
        "guest",
        "renewals",
        "setup",
        "help",
    ],
    "team": ["invite", "assign", "audit", "help"],
    "groupChat": ["invite", "assign", "audit", "help"],
}
NAMES = {"manifest.json", "en.json", "de.json", "color.png", "outline.png", "color32.png"}

Json = dict[str, Any]


def manifest(environ: Mapping[str, str] = {}) -> Json:
    found: Json = json.loads(contents(environ)["manifest.json"])
    return found


def texts(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(contents({})[f"{language}.json"])
    return found


def refused(name: str, change: Callable[[Any], None]) -> str:
    """Return what is said of a package in which one JSON file is changed."""
    files = contents({})
    read = json.loads(files[name])
    change(read)
    return "\n".join(problems({**files, name: json.dumps(read).encode()}))


def test_the_package_is_valid_by_microsofts_schemas_and_holds_its_files_at_the_root(tmp_path: Path) -> None:
    pack(tmp_path / "build" / "guestlist.zip", {})
    with zipfile.ZipFile(tmp_path / "build" / "guestlist.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert set(files) == NAMES
    assert problems(files) == []


def test_the_same_manifest_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        pack(tmp_path / name, OURS)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_the_sandboxs_ids_are_the_default() -> None:
    app_id = Story.load().bot["appId"]
    assert (manifest()["id"], manifest()["bots"][0]["botId"]) == (app_id, app_id)


def test_the_bots_own_id_stands_wherever_an_id_does() -> None:
    filled = manifest({**OURS, "GUESTLIST_APP_ID": OWN.upper()})
    assert filled["id"] == OWN
    assert [entry["botId"] for entry in (*filled["bots"], *filled["composeExtensions"])] == [OWN, OWN]
    assert filled["webApplicationInfo"] == {"id": OWN, "resource": f"api://{OWN}"}
    assert manifest()["id"] not in json.dumps(filled)


def test_who_offers_the_app_is_the_operators_to_say() -> None:
    filled = manifest(OURS)
    assert filled["developer"] == {
        "name": "Fabrikam",
        "websiteUrl": "https://fabrikam.com/guestlist",
        "privacyUrl": "https://fabrikam.com/legal/privacy",
        "termsOfUseUrl": "https://fabrikam.com/legal/terms?of=use",
    }
    assert "contoso" not in json.dumps(filled).lower(), "nothing of the sandbox's developer is left"
    assert manifest(FABRIKAM)["developer"] == filled["developer"]


@pytest.mark.parametrize("missing", list(FABRIKAM))
def test_an_app_of_ones_own_is_not_packed_under_the_sandboxs_developer(missing: str, tmp_path: Path) -> None:
    with pytest.raises(NotPacked) as refusal:
        pack(tmp_path / "guestlist.zip", {**OURS, missing: " "})
    assert str(refusal.value).startswith(f"- {missing} is needed with an id of one's own: ")
    assert list(tmp_path.iterdir()) == []


def test_all_that_is_wrong_with_the_settings_is_said_at_once() -> None:
    environ = {"GUESTLIST_APP_ID": OWN, "DEVELOPER_URL": "fabrikam.com", "DEVELOPER_NAME": "Fabrikam"}
    with pytest.raises(NotPacked) as refusal:
        fill_in(manifest(), environ)
    needed = "is needed with an id of one's own"
    assert [line.partition(": the")[0] for line in str(refusal.value).splitlines()] == [
        "- DEVELOPER_URL: fabrikam.com is no https address",
        f"- DEVELOPER_PRIVACY_URL {needed}",
        f"- DEVELOPER_TERMS_URL {needed}",
    ]
    with pytest.raises(NotPacked, match="GUESTLIST_APP_ID: guestlist is no UUID"):
        fill_in(manifest(), {"GUESTLIST_APP_ID": "guestlist"})


def test_a_refused_package_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(NotPacked, match=r"developer\.name: has 40 characters; Teams takes 32"):
        pack(tmp_path / "guestlist.zip", {"DEVELOPER_NAME": "F" * 40})
    assert list(tmp_path.iterdir()) == []


def test_the_maker_says_why_it_wrote_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPER_URL", "http://guestlist.example.com")
    assert package.main() == 2
    assert "was not written:\n- DEVELOPER_URL: http://" in capsys.readouterr().err


def test_each_scope_has_a_list_of_the_commands_that_make_sense_there() -> None:
    (bot,) = manifest()["bots"]
    assert set(bot["scopes"]) == set(LISTS_IN_ORDER)
    lists = {scope: one for one in bot["commandLists"] for scope in one["scopes"]}
    assert {
        scope: [command["title"] for command in one["commands"]] for scope, one in lists.items()
    } == LISTS_IN_ORDER
    assert bot["supportsTargetedMessages"] is True
    assert {scope for scope, one in lists.items() if "slash" in one["triggers"]} == {"team", "groupChat"}
    assert all("mention" in one["triggers"] for one in lists.values())


def test_the_form_is_a_message_extension_wherever_people_write() -> None:
    (extension,) = manifest()["composeExtensions"]
    assert {command["id"] for command in extension["commands"]} == {"invite", "assign"}
    for command in extension["commands"]:
        assert (command["type"], command["fetchTask"]) == ("action", True)
        assert set(command["context"]) == {"compose", "commandBox", "message"}
        assert command["triggers"] == ["slash"]


def test_no_page_of_anybody_is_loaded_in_teams() -> None:
    """Dialogs are cards; a domain that nothing needs would be one more to trust."""
    assert manifest()["validDomains"] == []
    assert manifest()["supportsChannelFeatures"] == "tier1"


def test_german_is_whole_and_leaves_alone_what_is_typed() -> None:
    assert texts("de").keys() - {"$schema"} == localisable(manifest()).keys()
    in_german = localised(manifest(), texts("de"))
    for english, translated in zip(
        manifest()["bots"][0]["commandLists"], in_german["bots"][0]["commandLists"], strict=True
    ):
        for one, other in zip(english["commands"], translated["commands"], strict=True):
            assert one["title"] == other["title"]
            assert one["description"] != other["description"]


def test_the_manifest_and_its_languages_are_of_one_version() -> None:
    assert manifest()["manifestVersion"] == VERSION
    assert all(f"/v{VERSION}/" in one["$schema"] for one in (manifest(), texts("en"), texts("de")))


def test_english_is_a_language_file_too_and_says_what_the_manifest_says() -> None:
    assert manifest()["localizationInfo"]["defaultLanguageFile"] == "en.json"
    assert {key: text for key, text in texts("en").items() if key != "$schema"} == localisable(manifest())


@pytest.mark.parametrize("name", sorted(name for name in NAMES if name.endswith(".png")))
def test_the_icons_are_what_the_project_draws(name: str) -> None:
    assert png.read((package.HERE / name).read_bytes()) == png.read(draw()[name])


def test_the_symbol_stays_where_teams_crops_nothing() -> None:
    icon = png.read(draw()["color.png"])
    background = icon.data[:4]
    drawn = [at for at in range(192 * 192) if icon.data[4 * at : 4 * at + 4] != background]
    assert min(at % 192 for at in drawn) >= 47
    assert max(at % 192 for at in drawn) <= 144
    assert min(drawn) // 192 >= 47
    assert max(drawn) // 192 <= 144


def put(*path: str | int, value: object) -> Callable[[Any], None]:
    """Return a change that sets what stands at a path."""

    def change(read: Any) -> None:
        for step in path[:-1]:
            read = read[step]
        read[path[-1]] = value

    return change


def drop(*path: str | int) -> Callable[[Any], None]:
    def change(read: Any) -> None:
        for step in path[:-1]:
            read = read[step]
        del read[path[-1]]

    return change


LISTS = ("bots", 0, "commandLists")
EXTENSION = ("composeExtensions", 0, "commands")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("bots", 0, "botid", value=OWN), "bots[0]: Additional properties are not allowed ('botid'"),
        (put("id", value="guestlist"), "id: 'guestlist' does not match"),
        (put("bots", 0, "botId", value=OWN), "bots[0].botId: is 11111111-"),
        (put("webApplicationInfo", "id", value=OWN), "webApplicationInfo.id: is 11111111-"),
        (put("manifestVersion", value="1.29"), "manifestVersion: is 1.29"),
        (put("$schema", value="https://x/v1.29/x.json"), "$schema: has to name the schema of 1.30"),
        (put("version", value="one"), "version: one is not of the form"),
        (put("name", "short", value="G" * 31), "name.short: has 31 characters; Teams takes 30"),
        (
            put("developer", "privacyUrl", value="http://x.com"),
            "privacyUrl: http://x.com has to be",
        ),
        (put("developer", "websiteUrl", value="https://"), "developer.websiteUrl: https:// names no host"),
        (put("validDomains", value=["https://x.com"]), "validDomains[0]: https://x.com is no domain"),
        (put("validDomains", value=["*.com"]), "validDomains[0]: *.com is no domain"),
        (put(*LISTS, 0, "commands", 1, "title", value="Invite"), "'invite' is the title of 2"),
        (put(*LISTS, 1, "scopes", value=["team", "personal"]), "2 lists are for personal"),
        (put("bots", 0, "scopes", value=["team", "groupChat"]), "one is for personal, where the bot"),
        (put(*LISTS, 0, "triggers", value=["slash"]), "there is no slash menu in a personal chat"),
        (put("bots", 0, "supportsTargetedMessages", value=False), "supportsTargetedMessages: has to be true"),
        (put(*EXTENSION, 1, "id", value="invite"), "'invite' is the id of 2"),
        (drop("supportsChannelFeatures"), "supportsChannelFeatures: is missing"),
        (drop("webApplicationInfo"), "webApplicationInfo: needs id and resource"),
        (put("icons", "color", value="colour.png"), "colour.png is missing"),
        (drop("localizationInfo", "additionalLanguages"), "de.json is in the package, and nothing names it"),
    ],
)
def test_a_manifest_that_teams_would_refuse_is_refused_with_the_place_in_it(
    change: Callable[[Any], None], said: str
) -> None:
    assert said in refused("manifest.json", change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("description.short"), "de.json: the file: 'description.short' is a required property"),
        (drop("composeExtensions[0].commands[1].title"), "commands[1].title: is not translated"),
        (put("composeExtensions[0].commands[7].title", value="x"), "manifest.json has no such text"),
        (put("bots[0].commandLists[0].commands[0].title", value="einladen"), "is what Teams sends; leave it"),
        (put("bots[0].commandList[0].title", value="x"), "no such key of a language file"),
        (put("name.short", value="G" * 31), "de.json: name.short: has 31 characters; Teams takes 30"),
        (put("composeExtensions[0].commands[0].title", value="Einem Gast eine App geben"), "title of 2"),
        (put("$schema", value="https://x/v1.29/x.json"), "de.json: $schema: has to name the schema of 1.30"),
    ],
)
def test_a_language_that_teams_would_refuse_is_refused_with_its_key(
    change: Callable[[Any], None], said: str
) -> None:
    assert said in refused("de.json", change)


def test_nothing_lies_in_a_folder_of_the_archive() -> None:
    files = contents({})
    moved = {**files, "languages/de.json": files["de.json"]}
    assert "languages/de.json has to lie at the root of the archive" in problems(moved)


def picture(side: int, pixel: bytes) -> bytes:
    return png.written(png.Picture(side, side, pixel * side * side))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "color.png",
            picture(96, b"\x00\x00\x00\xff"),
            "color.png: is 96 x 96; the color icon",
        ),
        ("color.png", b"GIF89a", "color.png: is no PNG picture"),
        ("color.png", picture(192, b"\x00\x00\x00\xff")[:-40], "color.png: is damaged"),
        ("outline.png", picture(32, b"\xff\xff\xff\xff"), "outline.png: is filled"),
        ("outline.png", picture(32, b"\xff\x00\x00\x80"), "outline.png: has colours"),
        ("outline.png", picture(32, b"\xff\xff\xff\x00"), "outline.png: shows nothing"),
        ("color32.png", picture(32, b"\x00\x00\xff\xff"), "color32.png: is filled"),
    ],
)
def test_an_icon_that_teams_would_refuse_is_refused_by_its_name(name: str, data: bytes, said: str) -> None:
    assert said in "\n".join(problems({**contents({}), name: data}))


def test_a_file_that_is_not_json_is_refused() -> None:
    assert problems({"manifest.json": b"{"})[0].startswith("manifest.json cannot be read")
    assert problems({}) == ["manifest.json is missing"]


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("channels", [3, 4])
def test_an_icon_from_another_program_is_read_however_its_rows_are_packed(kind: int, channels: int) -> None:
    side = 16
    stride = side * channels
    plain = bytes((7 * at * at + 31 * at) % 256 for at in range(side * stride))
    packed = bytearray()
    for y in range(side):
        packed.append(kind)
        for x in range(stride):
            left = plain[y * stride + x - channels] if x >= channels else 0
            above = plain[(y - 1) * stride + x] if y else 0
            corner = plain[(y - 1) * stride + x - channels] if y and x >= channels else 0
            away = [abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)]
            nearest = (left, above, corner)[away.index(min(away))]
            expected = (0, left, above, (left + above) // 2, nearest)[kind]
            packed.append((plain[y * stride + x] - expected) % 256)
    read = png.read(stored(side, channels, bytes(packed)))
    rgb = [plain[at : at + 3] for at in range(0, len(plain), channels)]
    assert [bytes(pixel[:3]) for pixel in read.pixels()] == rgb
    assert channels == 4 or all(pixel[3] == 255 for pixel in read.pixels())


def stored(side: int, channels: int, rows: bytes) -> bytes:
    """Return a PNG file of rows that are packed already, in two pieces as some programs write it."""
    packed = zlib.compress(rows)
    header = struct.pack(">IIBBBBB", side, side, 8, 2 if channels == 3 else 6, 0, 0, 0)
    pieces = ((b"IHDR", header), (b"IDAT", packed[:9]), (b"IDAT", packed[9:]), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in pieces
    )
