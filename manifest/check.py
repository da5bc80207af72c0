"""Find what Teams would refuse in an app package, before it is written.

`problems` judges the files as they would lie in the archive: by Microsoft's schemas in `schema/`, and by what
those cannot say. Each line names the file, the place in it, and what to change.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError

from manifest import png

Json = dict[str, Any]

MANIFEST = "manifest.json"
VERSION = "1.30"
SIDES = {"color": 192, "outline": 32, "color32x32": 32}
_SCHEMAS = Path(__file__).parent / "schema"
_MANIFEST, _LANGUAGE = "MicrosoftTeams.schema.json", "MicrosoftTeams.Localization.schema.json"
_SENT = re.compile(r"bots\[0]\.commandLists\[\d+]\.commands\[\d+]\.(title|prompt)")
"""The texts that Teams puts into the message box: what is typed is the same in every language."""
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:\*\.)?(?:{_LABEL}\.)+{_LABEL}", re.IGNORECASE)
_NUMBERED = re.compile(r"\d+\.\d+\.\d+")


def problems(files: Mapping[str, bytes]) -> list[str]:
    """Return everything that is wrong with a package whose files are given by their names."""
    if MANIFEST not in files:
        return [f"{MANIFEST} is missing"]
    read: dict[str, Any] = {}
    for name, data in files.items():
        if name.endswith(".json"):
            try:
                read[name] = json.loads(data)
            except ValueError as error:
                return [f"{name} cannot be read: {error}"]
    manifest = read[MANIFEST]
    found = list(_by_schema(_MANIFEST, manifest))
    if not found:  # the rules read what the schema has vouched for
        found = [one for rule in _RULES for one in rule(manifest)]
        found += _languages(manifest, read)
        found += [*_names(manifest, files), *_icons(manifest, files)]
    return found


def localisable(manifest: Json) -> dict[str, str]:
    """Return every text that a language file has to translate, by its key there."""
    return {key: text for key, text in _texts(manifest) if _is_key(key) and not _SENT.fullmatch(key)}


def localised(manifest: Json, texts: Mapping[str, str]) -> Json:
    """Return the manifest as somebody with that language reads it."""
    replaced: Json = _replaced(manifest, texts, "")
    return replaced


@cache
def _schema(name: str) -> Json:
    schema: Json = json.loads((_SCHEMAS / name).read_text(encoding="utf-8"))
    return schema


def _by_schema(name: str, value: Any) -> Iterator[str]:
    errors = Draft4Validator(_schema(name)).iter_errors(value)
    for error in sorted(errors, key=lambda error: error.json_path):
        yield f"{error.json_path.removeprefix('$').removeprefix('.') or 'the file'}: {_said(error)}"


def _said(error: ValidationError) -> str:
    instance: Any = error.instance
    if error.validator == "maxLength":
        return f"has {len(instance)} characters; Teams takes {error.validator_value}"
    if error.validator == "additionalProperties" and "regexes" in error.message:
        keys = error.message.partition(" do")[0]
        return f"{keys}: no such key of a language file"
    if error.validator == "maxItems":
        return f"has {len(instance)} entries; Teams takes {error.validator_value}"
    return error.message


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text by its path, written as the keys of language files are."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{key}[{index}]")


def _replaced(value: Any, texts: Mapping[str, str], key: str) -> Any:
    if isinstance(value, str):
        return texts.get(key, value)
    if isinstance(value, dict):
        return {name: _replaced(v, texts, f"{key}.{name}" if key else name) for name, v in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, texts, f"{key}[{index}]") for index, inner in enumerate(value)]
    return value


def _is_key(key: str) -> bool:
    schema = _schema(_LANGUAGE)
    if key == "$schema":
        return False
    return key in schema["properties"] or any(re.search(one, key) for one in schema["patternProperties"])


def _versions(manifest: Json) -> Iterator[str]:
    if manifest["manifestVersion"] != VERSION:
        yield f"manifestVersion: is {manifest['manifestVersion']}; this package is checked as {VERSION}"
    if f"/v{VERSION}/" not in manifest.get("$schema", ""):
        yield f"$schema: has to name the schema of {VERSION}, the manifestVersion"
    if not _NUMBERED.fullmatch(manifest["version"]):
        yield f"version: {manifest['version']} is not of the form 1.2.3"


def _ids(manifest: Json) -> Iterator[str]:
    ids = {"id": manifest["id"]}
    for kind in ("bots", "composeExtensions"):
        ids |= {f"{kind}[0].botId": entry.get("botId") for entry in manifest.get(kind, ())}
    if "webApplicationInfo" in manifest:
        ids["webApplicationInfo.id"] = manifest["webApplicationInfo"]["id"]
    yield from (
        f"{key}: is {one}, and id is {manifest['id']}: the app, its bot and its registration have one id"
        for key, one in ids.items()
        if one != manifest["id"]
    )
    if UUID(manifest["id"]).int == 0:
        yield "id: is nobody's; set GUESTLIST_APP_ID to the bot's application id"


def _addresses(manifest: Json) -> Iterator[str]:
    for key, text in _texts(manifest):
        if text.lower().startswith("http:"):
            yield f"{key}: {text} has to be an https address"
    for key in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        if not urlsplit(manifest["developer"][key]).hostname:
            yield f"developer.{key}: {manifest['developer'][key]} names no host"
    for index, domain in enumerate(manifest.get("validDomains", ())):
        if not _DOMAIN.fullmatch(domain):
            yield f"validDomains[{index}]: {domain} is no domain; write it as guestlist.example.com"


def _commands(manifest: Json) -> Iterator[str]:
    """Yield what makes two commands look alike: Teams would show both, and nobody could tell them apart."""
    for at, bot in enumerate(manifest.get("bots", ())):
        lists = bot.get("commandLists", ())
        scopes = Counter(scope for one in lists for scope in one["scopes"])
        for scope, count in scopes.items():
            if count > 1:
                yield f"bots[{at}].commandLists: {count} lists are for {scope}; make one of them"
            if scope not in bot["scopes"]:
                yield f"bots[{at}].commandLists: one is for {scope}, where the bot itself is not offered"
        for index, one in enumerate(lists):
            where = f"bots[{at}].commandLists[{index}].commands"
            yield from _twice(where, "title", one["commands"])
    for at, extension in enumerate(manifest.get("composeExtensions", ())):
        for field in ("id", "title"):
            yield from _twice(f"composeExtensions[{at}].commands", field, extension.get("commands", ()))


def _twice(where: str, field: str, commands: list[Json]) -> Iterator[str]:
    counted = Counter(command[field].casefold() for command in commands)
    yield from (f"{where}: {one!r} is the {field} of {count}" for one, count in counted.items() if count > 1)


def _needs(manifest: Json) -> Iterator[str]:
    """Yield what one part needs of another, by Microsoft's pages on each."""
    scopes = {scope for bot in manifest.get("bots", ()) for scope in bot["scopes"]}
    if "team" in scopes and not manifest.get("supportsChannelFeatures"):
        # Teams refuses the upload of a manifest of 1.25 or later without it.
        yield 'supportsChannelFeatures: is missing; an app for teams needs "tier1"'
    permissions = manifest.get("authorization", {}).get("permissions", {}).get("resourceSpecific")
    if permissions and not manifest.get("webApplicationInfo", {}).get("resource"):
        # …/graph-api/rsc/grant-resource-specific-consent: any text will do, but there has to be one.
        yield "webApplicationInfo: needs id and resource for the resource-specific permissions to be given"
    for at, bot in enumerate(manifest.get("bots", ())):
        slashes = [one for one in bot.get("commandLists", ()) if "slash" in one.get("triggers", ())]
        if slashes and not bot.get("supportsTargetedMessages"):
            yield f"bots[{at}].supportsTargetedMessages: has to be true for commands with a slash"
        if any("personal" in one["scopes"] for one in slashes):
            yield f"bots[{at}].commandLists: there is no slash menu in a personal chat; take it from triggers"


_RULES = (_versions, _ids, _addresses, _commands, _needs)


def _languages(manifest: Json, read: Mapping[str, Any]) -> Iterator[str]:
    for name in language_files(manifest):
        if name in read:
            yield from (f"{name}: {one}" for one in _language(manifest, read[name]))


def language_files(manifest: Json) -> list[str]:
    """Return the names of the language files that a manifest names."""
    info = manifest.get("localizationInfo", {})
    default = [info["defaultLanguageFile"]] if "defaultLanguageFile" in info else []
    return default + [one["file"] for one in info.get("additionalLanguages", ())]


def _language(manifest: Json, texts: Json) -> Iterator[str]:
    wrong = list(_by_schema(_LANGUAGE, texts))
    if wrong:
        yield from wrong
        return
    if f"/v{VERSION}/" not in texts.get("$schema", ""):
        yield f"$schema: has to name the schema of {VERSION}, the manifestVersion"
    there, wanted = dict(_texts(manifest)), localisable(manifest)
    for key in texts:
        if _SENT.fullmatch(key):
            yield f"{key}: is what Teams sends; leave it out, so that it is the same in every language"
        elif key != "$schema" and key not in there:
            yield f"{key}: {MANIFEST} has no such text; correct the key or take it out"
    yield from (f"{key}: is not translated" for key in wanted if key not in texts)
    in_it = localised(manifest, {key: text for key, text in texts.items() if key in wanted})
    yield from _by_schema(_MANIFEST, in_it)
    yield from _commands(in_it)


def _names(manifest: Json, files: Mapping[str, bytes]) -> Iterator[str]:
    wanted = {MANIFEST, *manifest["icons"].values(), *language_files(manifest)}
    yield from (f"{name} is missing, and {MANIFEST} names it" for name in sorted(wanted - files.keys()))
    yield from (f"{name} is in the package, and nothing names it" for name in sorted(files.keys() - wanted))
    yield from (
        f"{name} has to lie at the root of the archive" for name in files if re.search(r"[/\\]", name)
    )


def _icons(manifest: Json, files: Mapping[str, bytes]) -> Iterator[str]:
    for kind, name in manifest["icons"].items():
        if name not in files:
            continue
        try:
            picture = png.read(files[name])
        except ValueError as error:
            yield f"{name}: {error}"
            continue
        if (picture.width, picture.height) != (SIDES[kind], SIDES[kind]):
            size, side = f"{picture.width} x {picture.height}", SIDES[kind]
            yield f"{name}: is {size}; the {kind} icon has {side} x {side} pixels"
        yield from (f"{name}: {one}" for one in _colours(kind, picture))


def _colours(kind: str, picture: png.Picture) -> Iterator[str]:
    pixels = list(picture.pixels())
    shown = [pixel for pixel in pixels if pixel[3]]
    if not shown:
        yield "shows nothing"
    if kind == "outline" and any(pixel[:3] != (255, 255, 255) for pixel in shown):
        yield "has colours; the outline is white (255, 255, 255) on nothing"
    if kind != "color" and len(shown) == len(pixels):
        yield "is filled; what is not drawn has to be transparent"
