"""Reads `GUESTLIST_*` variables one by one and keeps what is wrong instead of stopping at the first."""

import difflib
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

PREFIX = "GUESTLIST_"
SQLITE = "sqlite:///"
POSTGRESQL = "postgresql://USER:PASSWORD@HOST/NAME"
_BY_IDENTITY = "postgresql://IDENTITY@HOST/NAME?sslmode=verify-full"
_TOLD = ("disable", "require", "verify-ca", "verify-full")
"""How far a server elsewhere may be checked; the driver's own default takes any, and no encryption too."""
_SAY_HOW = (
    "it does not say how the server proves who it is: add ?sslmode=verify-full, and sslrootcert=FILE where "
    "an authority of your own has signed it, or sslmode=disable on a network that is yours alone"
)

_SUFFIX = re.compile(r"\*(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?){2,}")
_ADDRESS = re.compile(r"[^@\s/\\?#]+@[^@\s/\\?#]+\.[^@\s/\\?#]+")


@dataclass(slots=True)
class Variables:
    """The environment and `problems`: one line each, with what to do; no line repeats a secret."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def wrong(self, name: str, what: str) -> None:
        self.problems.append(f"{PREFIX}{name}: {what}")

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Name every variable that would be read by nobody: a typing error is no silent default."""
        for name in sorted(self.environ):
            own = name.removeprefix(PREFIX)
            if name.startswith(PREFIX) and own not in known:
                near = difflib.get_close_matches(own, known, 1)
                hint = f"did you mean {PREFIX}{near[0]}?" if near else "remove it"
                self.wrong(own, f"there is no such setting; {hint}")

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(PREFIX + name, "").strip() or default

    def object_id(self, name: str, meaning: str) -> str:
        value = self.text(name)
        if not value:
            self.wrong(name, f"missing; set it to {meaning}")
        elif not _is_object_id(value):
            self.wrong(
                name, f"{value!r} is no id such as 00000000-0000-0000-0000-000000000000; it is {meaning}"
            )
        return value.lower()

    def file(self, name: str, default: str = "") -> str:
        value = self.text(name, default)
        if value and self.finds(name, value, Path(value).is_file) is False:
            self.wrong(name, f"there is no file {value}; give the path of one")
        return value

    def new_file(self, name: str) -> Path | None:
        """Return the path of a file that is there or can be made, None where none is named."""
        value = self.text(name)
        path = Path(value)
        if value and self.finds(name, value, lambda: not path.is_dir() and path.parent.is_dir()) is False:
            self.wrong(name, f"{value} is no file in a folder that is there; give the path of one")
        return path if value else None

    def finds(self, name: str, place: object, look: Callable[[], bool]) -> bool | None:
        """Return what a look at the disk finds; None, and a problem, where nobody lets us look."""
        try:
            return look()
        except OSError as error:
            because = f"{place} cannot be looked at: {error.strerror}"
            self.wrong(name, f"{because}; let Guestlist's account reach it, or give another path")
            return None

    def url(self, name: str, default: str, *, local: bool, path: bool = True) -> str:
        """Return the address without a closing slash; it must be loopback where `local`, else https."""
        value = self.text(name, default).rstrip("/")
        parts = _split(value)
        if parts is None:
            self.wrong(name, f"no address; write it like {default or 'https://guestlist.example.com'}")
        elif parts.query or parts.fragment or (parts.path and not path):
            self.wrong(name, f"leave out what follows the host: {parts.scheme}://{parts.netloc}")
        else:
            self.reach(name, parts, local=local)
        return value

    def reach(self, name: str, parts: SplitResult, *, local: bool) -> None:
        """Hold the rule that a static token, and plain http, never leave this computer."""
        origin = f"{parts.scheme}://{parts.netloc}"
        if local and not is_loopback(parts.hostname or ""):
            self.wrong(
                name,
                f"{origin} is not on this computer; {PREFIX}CREDENTIAL=static allows loopback alone",
            )
        elif parts.scheme == "http" and not local:
            self.wrong(name, f"{origin} is plain http; use https")

    def collector(self, name: str) -> str:
        """Return the address of a collector, be it plain http: nothing private is told to it."""
        value = self.text(name).rstrip("/")
        if value and _split(value) is None:
            self.wrong(name, "no address; write it like http://collector:4318, or https://…")
        return value

    def connection(self, name: str) -> str:
        """Return a connection string of Application Insights, which no problem repeats."""
        value = self.text(name)
        if value and "InstrumentationKey=" not in value:
            self.wrong(name, "no connection string; copy the whole one, InstrumentationKey=…;Ingestion…")
        return value

    def origins(self, name: str, default: str, *, local: bool) -> tuple[str, ...]:
        found: list[str] = []
        for item in self.text(name, default).replace(",", " ").split():
            parts = _split(item.rstrip("/"))
            if item.startswith("*") and local:
                self.wrong(name, f"{item} is not on this computer; list loopback origins one by one")
            elif _SUFFIX.fullmatch(item.lower()):
                found.append(item.lower())
            elif parts is None or parts.path or parts.query or parts.fragment:
                self.wrong(name, f"{item} is no origin; write https://HOST, https://HOST:PORT or *.SUFFIX")
            else:
                self.literal_origin(name, parts, local=local)
                found.append(_origin(parts))
        return tuple(found)

    def literal_origin(self, name: str, parts: SplitResult, *, local: bool) -> None:
        self.reach(name, parts, local=local)
        if not local and parts.scheme == "https" and is_loopback(parts.hostname or ""):
            self.wrong(
                name,
                f"{_origin(parts)} is this computer; only {PREFIX}CREDENTIAL=static allows that",
            )

    def database(self, name: str, default: str) -> str:
        """Return the URL of a file of SQLite in a folder that is there, or of a database of PostgreSQL."""
        value = self.text(name, default)
        path = Path(value.removeprefix(SQLITE))
        if value.partition(":")[0].partition("+")[0] in ("postgres", "postgresql"):
            if wrong := _wrong_with_postgresql(value):
                self.wrong(name, f"{wrong}; write {POSTGRESQL}, and what is no letter or digit as %XX")
        elif not value.startswith(SQLITE) or not path.name or path.name == ":memory:":
            self.wrong(name, f"no database that is known; use {default} or {POSTGRESQL}")
        elif self.finds(name, path.parent, path.parent.is_dir) is False:
            self.wrong(name, f"there is no folder {path.parent}; create it or choose another")
        return value

    def by_token(self, name: str) -> None:
        """See that the address fits a sign-in by token: of PostgreSQL, with a user, without a password."""
        try:
            parts = urlsplit(self.text(name))
        except ValueError:
            return
        wrong = ""
        if parts.scheme != "postgresql":
            wrong = f"{PREFIX}DATABASE_AUTH=entra needs a PostgreSQL"
        elif parts.password is not None or not parts.username:
            wrong = f"{PREFIX}DATABASE_AUTH=entra needs a user and no password"
        elif "sslmode=disable" in parts.query and not _is_here(parts):
            wrong = "a token must not go over the network as it is"
        if wrong:
            self.wrong(name, f"{wrong}; write {_BY_IDENTITY}")

    def mailbox(self, name: str) -> str:
        value = self.text(name)
        if value and not _is_object_id(value) and not _ADDRESS.fullmatch(value):
            self.wrong(name, "neither an object id nor an address; name the shared mailbox by one of them")
        return value

    def one_of(self, name: str, known: Iterable[str], default: str) -> str:
        value = self.text(name, default).lower()
        if value not in known:
            self.wrong(name, f"{value!r} is unknown; use one of {', '.join(known)}")
        return value

    def number(self, name: str, allowed: range, default: int | None = None) -> int | None:
        value = self.text(name)
        if not value:
            return default
        if not (re.fullmatch("[0-9]{1,10}", value) and int(value) in allowed):
            self.wrong(name, f"{value!r} is no number from {allowed.start} to {allowed.stop - 1}")
            return default
        return int(value)

    def zone(self, name: str) -> ZoneInfo:
        value = self.text(name, "UTC")
        try:
            return ZoneInfo(value)
        except (KeyError, OSError, ValueError):  # an unknown name, a folder of zones, a path
            self.wrong(name, f"{value!r} is no time zone; use a name such as Europe/Berlin or UTC")
            return ZoneInfo("UTC")


def is_loopback(host: str) -> bool:
    """Tell whether the name cannot mean another computer."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_object_id(value: str) -> bool:
    try:
        return str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _split(value: str) -> SplitResult | None:
    """Return the parts of an http or https address that names a host, a sound port and no user."""
    try:
        parts = urlsplit(value)
        sound = parts.port != 0 and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return parts if sound and "@" not in parts.netloc and not re.search(r"[\s\\]", value) else None


def _wrong_with_postgresql(url: str) -> str:
    """Return what is wrong with the address of a database, and no part of it: it holds a password."""
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        # Of several hosts the driver takes the first that answers, be it a standby.
        several = "," in parts.netloc.rpartition("@")[2] + options.get("host", "")
        port = None if several else parts.port
    except ValueError:
        return "the address cannot be read"
    if parts.scheme != "postgresql":
        return "it does not begin with postgresql://"
    if several:
        return "it lists hosts; name one, which leads to the primary, also after a failover"
    if port == 0 or bool(parts.hostname) == bool(options.get("host")):
        return "it names no host, or two"
    if not parts.path.strip("/") or "/" in parts.path[1:] or parts.fragment:
        return "it does not end with the name of a database"
    if options.keys() - {"host", "sslmode", "sslrootcert"}:
        return "after the name, only host=, sslmode= and sslrootcert= are known"
    if options.get("sslmode") not in _TOLD and not _is_here(parts):
        return _SAY_HOW
    return ""


def _is_here(parts: SplitResult) -> bool:
    """Tell whether the address of a database means a socket, or this computer."""
    host = parts.hostname or dict(parse_qsl(parts.query)).get("host", "")
    return host.startswith("/") or is_loopback(host)


def _origin(parts: SplitResult) -> str:
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{parts.port}" if parts.port not in (None, default) else "")
