"""What the environment may say, and what Guestlist answers when it says something else."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.settings import CHANNEL_OPENID_URL, CredentialKind, DatabaseAuth, Settings, SettingsError

SECRET = "s3cret-canary"
LOCAL = "http://127.0.0.1:8765"
ADDRESSES = ("GRAPH_URL", "LOGIN_URL", "CHANNEL_OPENID_URL", "SERVICE_ORIGINS")


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return the least that a real deployment says; an empty change takes a variable away."""
    policy = folder / "policy.toml"
    policy.touch()
    values = {
        "APP_ID": "BB5439CC-b87f-58ae-8f2e-f778cae333de",
        "TENANT_ID": "07c51642-1aa2-593c-8685-29f12285f84f",
        "POLICY_FILE": str(policy),
        "DATABASE_URL": f"sqlite:///{folder}/guestlist.db",
        **changes,
    }
    return {f"GUESTLIST_{name}": value for name, value in values.items() if value}


def local(folder: Path, **changes: str) -> dict[str, str]:
    """Return settings whose every address is on this computer."""
    usual = {"CREDENTIAL": "static", "STATIC_TOKEN": SECRET, **dict.fromkeys(ADDRESSES, LOCAL)}
    return environment(folder, **{**usual, **changes})


def read(environ: dict[str, str]) -> Settings:
    settings = Settings.read(environ)
    assert isinstance(settings, Settings), str(settings)
    return settings


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    found = Settings.read(environ)
    assert isinstance(found, SettingsError)
    return found.problems


def test_four_variables_are_enough_for_microsofts_cloud(tmp_path: Path) -> None:
    settings = read(environment(tmp_path))
    assert settings.app_id == "bb5439cc-b87f-58ae-8f2e-f778cae333de"
    assert settings.credential is CredentialKind.MANAGED_IDENTITY
    assert settings.graph_url == "https://graph.microsoft.com"
    assert settings.login_url == "https://login.microsoftonline.com"
    assert settings.channel_openid_url == CHANNEL_OPENID_URL
    assert "https://smba.trafficmanager.net" in settings.service_origins
    assert settings.database_path == tmp_path / "guestlist.db"
    assert (settings.host, settings.port, settings.graph_daily_cap) == ("127.0.0.1", 3978, None)
    assert settings.time_zone == ZoneInfo("UTC")
    assert (settings.otlp_url, settings.azure_monitor, settings.metrics_port) == ("", "", None)


def test_everything_wrong_is_named_at_once_each_with_its_variable(tmp_path: Path) -> None:
    wrong = {
        "APP_ID": "",
        "TENANT_ID": "contoso",
        "CREDENTIAL": "certificate",
        "POLICY_FILE": str(tmp_path / "nowhere.toml"),
        "DATABASE_URL": "mysql://db",
        "GRAPH_URL": "graph.microsoft.com",
        "LOGIN_URL": "http://login.microsoftonline.com",
        "CHANNEL_OPENID_URL": "https://user:pass@login.example.com/keys",
        "SERVICE_ORIGINS": "https://smba.example.com/teams, *.com",
        "PUBLIC_URL": "http://guestlist.example.com",
        "MAILBOX": "somewhere",
        "GRAPH_DAILY_CAP": "0",
        "GRAPH_SHARE": "101",
        "DELTA_SECONDS": "soon",
        "TIME_ZONE": "Mars/Olympus",
        "LANGUAGE": "klingon",
        "PORT": "65536",
        "OTLP_URL": "collector:4318",
        "AZURE_MONITOR": f"Key={SECRET}",
        "METRICS_PORT": "metrics",
    }
    found = problems(environment(tmp_path, **wrong))
    named = {line.partition(":")[0].removeprefix("GUESTLIST_") for line in found}
    assert named == wrong.keys() - {"CREDENTIAL"} | {"CERTIFICATE_FILE"}
    assert len(found) == len(wrong) + 1  # two origins are wrong


def test_an_empty_environment_misses_ids_and_policy_and_says_so_in_lines(tmp_path: Path) -> None:
    error = Settings.read({"GUESTLIST_POLICY_FILE": str(tmp_path / "policy.toml")})
    assert isinstance(error, SettingsError)
    lines = str(error).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "- GUESTLIST_APP_ID",
        "- GUESTLIST_TENANT_ID",
        "- GUESTLIST_POLICY_FILE",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("POLICY_FILE", "{}"), ("CERTIFICATE_FILE", "{}"), ("CHECKPOINT_FILE", "{}/checkpoints.jsonl")),
        ("DATABASE_URL", "sqlite:///{}/guestlist.db"),
    ],
)
def test_a_place_that_cannot_be_looked_at_is_named_with_the_reason(
    tmp_path: Path, name: str, value: str
) -> None:
    unseen = tmp_path / ("x" * 300)
    (found,) = problems(environment(tmp_path, **{name: value.format(unseen)}))
    assert found.startswith(f"GUESTLIST_{name}: {unseen}")
    assert "cannot be looked at: File name too long" in found


def test_a_misspelt_variable_is_no_silent_default(tmp_path: Path) -> None:
    (found,) = problems(environment(tmp_path, TIMEZONE="Europe/Berlin"))
    assert found.startswith("GUESTLIST_TIMEZONE:")
    assert "GUESTLIST_TIME_ZONE?" in found


@pytest.mark.parametrize(
    ("kind", "needs"),
    [("certificate", "CERTIFICATE_FILE"), ("secret", "CLIENT_SECRET"), ("static", "STATIC_TOKEN")],
)
def test_a_credential_names_what_it_cannot_do_without(tmp_path: Path, kind: str, needs: str) -> None:
    found = problems(local(tmp_path, CREDENTIAL=kind, STATIC_TOKEN=""))
    assert any(line.startswith(f"GUESTLIST_{needs}: missing") for line in found)


def test_a_static_token_is_accepted_where_every_address_is_loopback(tmp_path: Path) -> None:
    settings = read(local(tmp_path, GRAPH_URL="http://[::1]:8765/", LOGIN_URL="http://localhost:1"))
    assert settings.credential is CredentialKind.STATIC
    assert settings.graph_url == "http://[::1]:8765"
    assert settings.service_origins == (LOCAL,)


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
    ],
)
def test_a_static_token_leaves_this_computer_through_no_address(
    tmp_path: Path, name: str, elsewhere: str
) -> None:
    (found,) = problems(local(tmp_path, **{name: elsewhere}))
    assert found.startswith(f"GUESTLIST_{name}:")


@pytest.mark.parametrize("name", ADDRESSES)
def test_a_static_token_is_refused_where_an_address_was_left_at_microsofts(tmp_path: Path, name: str) -> None:
    assert any(line.startswith(f"GUESTLIST_{name}:") for line in problems(local(tmp_path, **{name: ""})))


@pytest.mark.parametrize("name", ADDRESSES)
def test_plain_http_needs_a_static_token_even_on_loopback(tmp_path: Path, name: str) -> None:
    (found,) = problems(environment(tmp_path, **{name: LOCAL}))
    assert found.startswith(f"GUESTLIST_{name}:")
    assert "use https" in found


@pytest.mark.parametrize("origin", ["https://localhost", "https://127.0.0.1:8443", "https://[::1]"])
def test_a_loopback_origin_needs_a_static_token(tmp_path: Path, origin: str) -> None:
    (found,) = problems(environment(tmp_path, SERVICE_ORIGINS=origin))
    assert "static" in found


def test_origins_are_written_in_one_form(tmp_path: Path) -> None:
    given = "https://SMBA.example.com:443/, https://smba.example.com:8443 *.Teams.example.com"
    assert read(environment(tmp_path, SERVICE_ORIGINS=given)).service_origins == (
        "https://smba.example.com",
        "https://smba.example.com:8443",
        "*.teams.example.com",
    )


@pytest.mark.parametrize(
    "origin",
    ["*", "*.com", "http://*.example.com", "*example.com", "https://a.example.com/path", "ftp://a.example.com",
     "https://u@a.example.com", "https://a.example.com:99999", "https://a.example.com?x", "null", "https://"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(tmp_path: Path, origin: str) -> None:
    (found,) = problems(environment(tmp_path, SERVICE_ORIGINS=origin))
    assert found.startswith("GUESTLIST_SERVICE_ORIGINS:")


def test_a_suffix_cannot_stand_for_this_computer(tmp_path: Path) -> None:
    (found,) = problems(local(tmp_path, SERVICE_ORIGINS="*.example.com"))
    assert "one by one" in found


def test_where_notifications_arrive_is_https_and_on_this_computer_with_a_static_token_alone(
    tmp_path: Path,
) -> None:
    assert read(environment(tmp_path)).public_url == ""
    public = read(environment(tmp_path, PUBLIC_URL="https://guestlist.example.com/bot/"))
    assert public.public_url == "https://guestlist.example.com/bot"
    assert read(local(tmp_path, PUBLIC_URL=LOCAL)).public_url == LOCAL
    for environ in (
        environment(tmp_path, PUBLIC_URL=LOCAL),
        local(tmp_path, PUBLIC_URL="https://example.com"),
    ):
        (found,) = problems(environ)
        assert found.startswith("GUESTLIST_PUBLIC_URL:")


def test_graphs_address_has_no_path(tmp_path: Path) -> None:
    (found,) = problems(environment(tmp_path, GRAPH_URL="https://graph.microsoft.com/v1.0"))
    assert found.endswith("https://graph.microsoft.com")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://app:{SECRET}@db.example.com:5432/guestlist?sslmode=require",
        f"postgresql://app:{SECRET}@db.example.com/guestlist?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        f"postgresql://app:{SECRET}@/guestlist?host=/run/postgresql",
        "postgresql:///guestlist?host=/run/postgresql",
        f"postgresql://app:{SECRET}@[::1]:5432/guestlist",
        f"postgresql://app:{SECRET}@db/guestlist?sslmode=disable",
    ],
)
def test_postgresql_is_taken_by_host_or_by_socket_and_its_password_is_in_no_repr(
    tmp_path: Path, url: str
) -> None:
    settings = read(environment(tmp_path, DATABASE_URL=url))
    assert (settings.database_url, settings.database_path) == (url, None)
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        (f"postgres://app:{SECRET}@db/guestlist", "begin with postgresql://"),
        (f"postgresql+asyncpg://app:{SECRET}@db/guestlist", "begin with postgresql://"),
        (f"postgresql://app:{SECRET}@db", "name of a database"),
        (f"postgresql://app:{SECRET}@db/one/two", "name of a database"),
        (f"postgresql://app:{SECRET}@/guestlist", "no host"),
        (f"postgresql://app:{SECRET}@db/guestlist?host=/run/postgresql", "or two"),
        (f"postgresql://app:{SECRET}@db-1,db-2/guestlist", "it lists hosts; name one"),
        (f"postgresql://app:{SECRET}@/guestlist?host=db-1,db-2", "it lists hosts; name one"),
        (f"postgresql://app:{SECRET}@db-1:5432,db-2:5432/guestlist", "it lists hosts; name one"),
        (f"postgresql://app:{SECRET}@db:port/guestlist", "cannot be read"),
        (f"postgresql://app:1/{SECRET}#@db/guestlist", "name of a database"),
        (f"postgresql://app:x#{SECRET}@db/guestlist", "cannot be read"),
        (f"postgresql://app:x@db/guestlist?{SECRET}=1", "sslmode="),
        (f"postgresql://app:{SECRET}@db/guestlist", "how the server proves who it is"),
        (f"postgresql://app:{SECRET}@db/guestlist?sslmode=prefer", "how the server proves who it is"),
        (f"postgresql://app:{SECRET}@/guestlist?host=db", "how the server proves who it is"),
    ],
)
def test_an_address_of_postgresql_that_cannot_work_is_refused_without_its_password(
    tmp_path: Path, url: str, what: str
) -> None:
    (found,) = problems(environment(tmp_path, DATABASE_URL=url))
    assert what in found
    assert "postgresql://USER:PASSWORD@HOST/NAME" in found
    assert SECRET not in found


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("postgresql://guestlist:{SECRET}@db/guestlist?sslmode=verify-full", "no password"),
        ("postgresql://db/guestlist?sslmode=verify-full", "needs a user"),
        ("postgresql://guestlist@db/guestlist?sslmode=disable", "must not go over the network"),
        ("", "needs a PostgreSQL"),
    ],
)
def test_a_database_that_tokens_open_has_a_user_and_no_password_and_is_reached_encrypted(
    tmp_path: Path, url: str, what: str
) -> None:
    given = {"DATABASE_AUTH": "entra", "DATABASE_URL": url.replace("{SECRET}", SECRET)}
    (found,) = problems(environment(tmp_path, **given))
    assert what in found
    assert SECRET not in found
    settings = read(
        environment(tmp_path, **{**given, "DATABASE_URL": "postgresql://guestlist@127.0.0.1/guestlist"})
    )
    assert settings.database_auth is DatabaseAuth.ENTRA


def test_a_fixed_token_opens_no_database(tmp_path: Path) -> None:
    url = "postgresql://guestlist@127.0.0.1/guestlist"
    (found,) = problems(local(tmp_path, DATABASE_AUTH="entra", DATABASE_URL=url))
    assert found.startswith("GUESTLIST_DATABASE_AUTH: a fixed token")
    assert read(local(tmp_path)).database_auth is DatabaseAuth.PASSWORD


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "guestlist.db", "sqlite:///nowhere/x.db"]
)
def test_a_database_that_would_not_last_is_refused(tmp_path: Path, url: str) -> None:
    (found,) = problems(environment(tmp_path, DATABASE_URL=url))
    assert found.startswith("GUESTLIST_DATABASE_URL:")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "/etc/localtime"])
def test_what_is_no_time_zone_is_refused(tmp_path: Path, zone: str) -> None:
    (found,) = problems(environment(tmp_path, TIME_ZONE=zone))
    assert found.startswith("GUESTLIST_TIME_ZONE:")


def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    (found,) = problems(environment(tmp_path, LANGUAGE="fr"))
    assert found == "GUESTLIST_LANGUAGE: 'fr' is unknown; use one of de, en"
    assert read(environment(tmp_path)).language == "en"
    assert read(environment(tmp_path, LANGUAGE="DE")).language == "de"


def test_nothing_is_erased_by_itself_unless_told_and_then_not_before_a_month(tmp_path: Path) -> None:
    assert read(environment(tmp_path)).retention_days is None
    assert read(environment(tmp_path, RETENTION_DAYS="30")).retention_days == 30
    for wrong in ("29", "0", "never"):
        (found,) = problems(environment(tmp_path, RETENTION_DAYS=wrong))
        assert found.startswith("GUESTLIST_RETENTION_DAYS:")


def test_secrets_are_in_no_repr_and_in_no_problem(tmp_path: Path) -> None:
    secret = environment(tmp_path, CREDENTIAL="secret", CLIENT_SECRET=SECRET, STATIC_TOKEN=SECRET)
    settings = read(secret)
    assert settings.client_secret == SECRET
    assert SECRET not in repr(settings)
    assert SECRET not in str(Settings.read({**secret, "GUESTLIST_APP_ID": "", "GUESTLIST_PORT": "x"}))


def test_settings_do_not_change_once_read(tmp_path: Path) -> None:
    settings = read(environment(tmp_path))
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]  # what must not work


def test_files_go_to_and_come_from_sharepoint_and_with_a_static_token_from_nowhere_unlisted(
    tmp_path: Path,
) -> None:
    assert read(environment(tmp_path)).file_origins == ("*.sharepoint.com",)
    assert read(local(tmp_path)).file_origins == ()
    assert read(local(tmp_path, FILE_ORIGINS=LOCAL)).file_origins == (LOCAL,)
    (found,) = problems(local(tmp_path, FILE_ORIGINS="*.sharepoint.com"))
    assert found.startswith("GUESTLIST_FILE_ORIGINS:")


def test_the_origins_of_files_are_read_under_their_old_name_too(tmp_path: Path) -> None:
    old = {"UPLOAD_ORIGINS": "*.sharepoint.example"}
    assert read(environment(tmp_path, **old)).file_origins == ("*.sharepoint.example",)
    new = {**old, "FILE_ORIGINS": "*.sharepoint.com"}
    assert read(environment(tmp_path, **new)).file_origins == ("*.sharepoint.com",)
    (found,) = problems(environment(tmp_path, UPLOAD_ORIGINS="sharepoint"))
    assert found.startswith("GUESTLIST_UPLOAD_ORIGINS:")


def test_a_collector_may_be_next_door_by_plain_http(tmp_path: Path) -> None:
    """Nothing private is told to it, so it may be a container beside Guestlist."""
    settings = read(environment(tmp_path, OTLP_URL="http://collector:4318/", METRICS_PORT="9464"))
    assert (settings.otlp_url, settings.metrics_port) == ("http://collector:4318", 9464)


def test_no_part_of_a_connection_string_is_shown(tmp_path: Path) -> None:
    connection = (
        f"InstrumentationKey={SECRET};IngestionEndpoint=https://westeurope.in.applicationinsights.azure.com/"
    )
    settings = read(environment(tmp_path, AZURE_MONITOR=connection))
    assert settings.azure_monitor == connection
    assert SECRET not in repr(settings)
