"""The doctor's look at this computer: by what Guestlist signs in, and who else reaches its files."""

import stat
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from azure.core.credentials import AccessToken

from access.ports import AccessError
from bot.certificate import NEAR, read_certificate
from bot.commands.examined import Item, Stands, broken, note, ok
from bot.credential import Credential, credential_of
from bot.settings import CredentialKind, Settings

_OTHERS_WRITE, _OTHERS_ANY = 0o022, 0o077
_ORDER = "A managed identity is first, a certificate next, a secret last: docs/permissions.md"
_BEFORE = "only what runs by the one before signs in, if that is good"
_BESIDE = ("", "-wal", "-shm", "-lock", "-witness")
"""What SQLite and Guestlist keep beside the file, by the ends of their names."""


class Unusable:
    """Stands for a credential that cannot be opened, so that everything else is looked at all the same."""

    def __init__(self, error: AccessError) -> None:
        self._error = error

    async def get_token(self, *_: str, claims: str | None = None) -> AccessToken:  # noqa: ARG002 - the port's
        raise self._error

    def forget(self, *_: str) -> None: ...

    async def close(self) -> None: ...


def credential_or_why(settings: Settings) -> Credential:
    try:
        return credential_of(settings)
    except AccessError as error:
        return Unusable(error)


def examined(settings: Settings, host: Callable[[], datetime]) -> Sequence[Item]:
    return [_credential(settings, host()), _files(settings)]


def _credential(settings: Settings, now: datetime) -> Item:
    """Say by what Guestlist signs in, and beside it what is left over of another."""
    used, kind = _used(settings, now), settings.credential
    left = {
        CredentialKind.CERTIFICATE: ("GUESTLIST_CERTIFICATE_FILE", settings.certificate_file),
        CredentialKind.SECRET: ("GUESTLIST_CLIENT_SECRET", settings.client_secret),
        CredentialKind.STATIC: ("GUESTLIST_STATIC_TOKEN", settings.static_token),
    }
    over = [called for of, (called, value) in left.items() if value and of is not kind]
    if not over:
        return used
    beside = (
        f"{kind} is used, and {' and '.join(over)} is set beside it: take away what is not used, and make "
    )
    stands = Stands.NOTE if used.stands is Stands.OK else used.stands
    return replace(used, stands=stands, details=(f"{beside}it invalid in Entra",))


def _used(settings: Settings, now: datetime) -> Item:
    name, kind = "credential", settings.credential
    if kind is CredentialKind.CERTIFICATE:
        return _certificate(Path(settings.certificate_file), now)
    if kind is CredentialKind.SECRET:
        said = "it is a secret: whoever has read it can be Guestlist anywhere, for two years at most"
        return note(name, said, f"{_ORDER}; App registrations in Entra says when it ends")
    if kind is CredentialKind.STATIC:
        return ok(name, "it is a fixed token, which is for doubles on this computer alone")
    return ok(name, f"{kind}: there is no secret to keep")


def _certificate(path: Path, now: datetime) -> Item:
    name, renew = "credential", "Put the next one in its place, once Entra knows it; no restart is needed"
    try:
        found = read_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        remedy = "Put a whole certificate there, as PEM or PKCS 12, with its RSA key"
        return broken(name, f"{path} cannot be used: {error}; {_BEFORE}", remedy)
    ends, begins = found.not_valid_after_utc, found.not_valid_before_utc
    if begins > now:
        remedy = "Put one there that is valid now, or restart nothing until then"
        return broken(name, f"the certificate begins on {begins:%Y-%m-%d}; until then {_BEFORE}", remedy)
    if ends <= now:
        return broken(name, f"the certificate ended on {ends:%Y-%m-%d}; {_BEFORE}", renew)
    if ends - now <= timedelta(days=max(NEAR)):
        return note(name, f"the certificate ends on {ends:%Y-%m-%d}, in {(ends - now).days} days", renew)
    return ok(name, f"it is a certificate, until {ends:%Y-%m-%d}")


def _files(settings: Settings) -> Item:
    """See who else of this computer may change the policy, or read what is kept."""
    kept = [Path(f"{settings.database_path}{end}") for end in _BESIDE] if settings.database_path else []
    kept += [Path(settings.certificate_file)] if settings.certificate_file else []
    kept += [settings.checkpoint_file] if settings.checkpoint_file else []
    wide = [f"{path}: others may {_may(path)} it" for path in kept if _mode(path) & _OTHERS_ANY]
    if _mode(settings.policy_file) & _OTHERS_WRITE:
        wide.insert(0, f"{settings.policy_file}: others may write it, and with it make themselves approvers")
    if wide:
        return note("files", "others on this computer reach what is Guestlist's", "chmod go-w, or 600", wide)
    return ok("files", "nobody else on this computer may change the policy or read what is kept")


def _may(path: Path) -> str:
    return "write" if _mode(path) & _OTHERS_WRITE else "read"


def _mode(path: Path) -> int:
    """Return who may do what with a file; nobody anything with one that is not there."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
