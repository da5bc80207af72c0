"""What an operator decides, read once at the start from the `GUESTLIST_*` variables.

`Settings.read(environ)` returns the settings, or everything that is wrong with them. There is no setting that
says "this is a sandbox": a double of Graph or of Teams is an address like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from access.rules.retention import SHORTEST
from bot.variables import PREFIX, SQLITE, Variables
from cards.texts import DEFAULT, LANGUAGES

# Worldwide and GCC, from Microsoft's list of the endpoints of Teams (TeamsProactiveServiceEndpoints):
# https://learn.microsoft.com/dotnet/api/microsoft.agents.extensions.msteams.teamsproactiveserviceendpoints
# Exact on purpose: anybody can register a name below trafficmanager.net.
TEAMS_ORIGINS = "https://smba.trafficmanager.net https://smba.infra.gcc.teams.microsoft.com"
FILE_ORIGINS = "*.sharepoint.com"
"""Where the OneDrive of a person in Teams takes a file and gives one, worldwide and in GCC."""
# https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication
CHANNEL_OPENID_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
_FORMERLY = "UPLOAD_ORIGINS"
"""What `FILE_ORIGINS` was called while files only went out; what stands in the newer name holds."""


class CredentialKind(StrEnum):
    MANAGED_IDENTITY = "managed-identity"
    WORKLOAD_IDENTITY = "workload-identity"
    CERTIFICATE = "certificate"
    SECRET = "secret"  # noqa: S105 - the name of a kind, no password
    STATIC = "static"


class DatabaseAuth(StrEnum):
    PASSWORD = "password"  # noqa: S105 - the name of a way, no password
    ENTRA = "entra"
    """A token of Guestlist's credential stands for the password."""


NEEDS = {
    CredentialKind.CERTIFICATE: "CERTIFICATE_FILE",
    CredentialKind.SECRET: "CLIENT_SECRET",
    CredentialKind.STATIC: "STATIC_TOKEN",
}
"""The setting that a credential cannot do without."""


@dataclass(frozen=True, slots=True)
class SettingsError:
    """Everything that is wrong, one line each, with what to do; no line repeats a secret."""

    problems: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(f"- {problem}" for problem in self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Field `app_id` is the variable GUESTLIST_APP_ID, and so on for all."""

    app_id: str
    tenant_id: str
    credential: CredentialKind
    certificate_file: str
    client_secret: str = field(repr=False)
    static_token: str = field(repr=False)
    database_url: str = field(repr=False)
    database_auth: DatabaseAuth
    policy_file: Path
    graph_url: str
    login_url: str
    channel_openid_url: str
    service_origins: tuple[str, ...]
    """Each `scheme://host[:port]` without a default port, or `*.suffix`, which stands for https alone."""
    file_origins: tuple[str, ...]
    """To which a file goes that was accepted, from which one comes that was sent; written as the above."""
    public_url: str
    """Where change notifications reach us; empty where they do not."""
    mailbox: str
    alarm_conversation: str
    checkpoint_file: Path | None
    """Where checkpoints of the audit are appended."""
    checkpoint_conversation: str
    """Where they are posted; the alarms' conversation where nothing else is said."""
    graph_daily_cap: int | None
    """Most invitations in 24 hours."""
    graph_share: int
    """How many percent of the directory's documented limits Guestlist uses."""
    delta_seconds: int
    """How often the directory is asked which guests have changed."""
    retention_days: int | None
    """After which what was said of a guest is erased, once nothing of theirs goes on; None for never."""
    time_zone: ZoneInfo
    language: str
    """Of threads, of mails to guests, and of whoever has told no other."""
    host: str
    port: int
    otlp_url: str
    """Of an OpenTelemetry collector that takes OTLP over HTTP; empty where nothing is told to one."""
    azure_monitor: str = field(repr=False)
    """Application Insights' connection string."""
    metrics_port: int | None
    """On which Prometheus finds `/metrics`."""

    @property
    def database_path(self) -> Path | None:
        """The file of SQLite; None where the database is PostgreSQL."""
        is_file = self.database_url.startswith(SQLITE)
        return Path(self.database_url.removeprefix(SQLITE)) if is_file else None

    @classmethod
    def read(cls, environ: Mapping[str, str], policy: Path | None = None) -> "Settings | SettingsError":
        """Return the settings, or all that is wrong with them at once; a `policy` stands for that named."""
        variables = Variables(environ)
        variables.refuse_unknown({_FORMERLY, *(item.name.upper() for item in fields(cls))})
        kind = _credential(variables)
        local = kind is CredentialKind.STATIC
        settings = cls(
            app_id=variables.object_id("APP_ID", "the bot's application id, from its app registration"),
            tenant_id=variables.object_id(
                "TENANT_ID", "the tenant that Guestlist serves, from Entra's overview"
            ),
            credential=kind,
            certificate_file=variables.file("CERTIFICATE_FILE"),
            client_secret=variables.text("CLIENT_SECRET"),
            static_token=variables.text("STATIC_TOKEN"),
            database_url=variables.database("DATABASE_URL", f"{SQLITE}guestlist.db"),
            database_auth=_database_auth(variables, kind),
            policy_file=policy or Path(variables.file("POLICY_FILE", "policy.toml")),
            **_addresses(variables, local=local),
            mailbox=variables.mailbox("MAILBOX"),
            graph_daily_cap=variables.number("GRAPH_DAILY_CAP", range(1, 10**9)),
            graph_share=variables.number("GRAPH_SHARE", range(1, 101), 100) or 0,
            delta_seconds=variables.number("DELTA_SECONDS", range(1, 3601), 60) or 0,
            retention_days=variables.number("RETENTION_DAYS", range(SHORTEST, 36_501)),
            time_zone=variables.zone("TIME_ZONE"),
            language=variables.one_of("LANGUAGE", sorted(LANGUAGES), DEFAULT),
            host=variables.text("HOST", "127.0.0.1"),
            port=variables.number("PORT", range(65536), 3978) or 0,
            **_told(variables),
        )
        return SettingsError(tuple(variables.problems)) if variables.problems else settings


def _addresses(variables: Variables, *, local: bool) -> dict[str, Any]:
    graph, login = "https://graph.microsoft.com", "https://login.microsoftonline.com"
    return {
        "graph_url": variables.url("GRAPH_URL", graph, local=local, path=False),
        "login_url": variables.url("LOGIN_URL", login, local=local, path=False),
        "channel_openid_url": variables.url("CHANNEL_OPENID_URL", CHANNEL_OPENID_URL, local=local),
        "service_origins": variables.origins("SERVICE_ORIGINS", TEAMS_ORIGINS, local=local),
        "file_origins": _file_origins(variables, local=local),
        "public_url": variables.url("PUBLIC_URL", "", local=local) if variables.text("PUBLIC_URL") else "",
    }


def _told(variables: Variables) -> dict[str, Any]:
    """Return to whom it is told what Guestlist does."""
    alarms = variables.text("ALARM_CONVERSATION")
    return {
        "alarm_conversation": alarms,
        "checkpoint_file": variables.new_file("CHECKPOINT_FILE"),
        "checkpoint_conversation": variables.text("CHECKPOINT_CONVERSATION", alarms),
        "otlp_url": variables.collector("OTLP_URL"),
        "azure_monitor": variables.connection("AZURE_MONITOR"),
        "metrics_port": variables.number("METRICS_PORT", range(65536)),
    }


def _file_origins(variables: Variables, *, local: bool) -> tuple[str, ...]:
    name = "FILE_ORIGINS" if variables.text("FILE_ORIGINS") else _FORMERLY
    return variables.origins(name, "" if local else FILE_ORIGINS, local=local)


def _database_auth(variables: Variables, kind: CredentialKind) -> DatabaseAuth:
    """Return how to sign in to the database, having checked that its address fits."""
    name = "DATABASE_AUTH"
    if variables.one_of(name, list(DatabaseAuth), DatabaseAuth.PASSWORD) != DatabaseAuth.ENTRA:
        return DatabaseAuth.PASSWORD
    variables.by_token("DATABASE_URL")
    if kind is CredentialKind.STATIC:
        variables.wrong(name, f"a fixed token opens no database; use another {PREFIX}CREDENTIAL")
    return DatabaseAuth.ENTRA


def _credential(variables: Variables) -> CredentialKind:
    """Return the kind, having checked that what it needs is there."""
    value = variables.text("CREDENTIAL", CredentialKind.MANAGED_IDENTITY)
    if value not in list(CredentialKind):
        variables.wrong("CREDENTIAL", f"{value!r} is unknown; use one of {', '.join(CredentialKind)}")
        return CredentialKind.MANAGED_IDENTITY
    kind = CredentialKind(value)
    if kind in NEEDS and not variables.text(NEEDS[kind]):
        variables.wrong(NEEDS[kind], f"missing; {PREFIX}CREDENTIAL={kind} needs it")
    return kind
