"""The Bicep files of `infra/`: both parsers read them, and they say what ADR 0069 has decided."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from bot.health import health_routes
from bot.process import Guestlist
from bot.settings import CredentialKind, DatabaseAuth, Settings
from tests.infra.bicep import FILES, INFRA, ROOT, faults, only, read, resources

NEWEST = {
    "Microsoft.App/containerApps": "2026-01-01",
    "Microsoft.App/managedEnvironments": "2026-01-01",
    "Microsoft.Authorization/locks": "2020-05-01",
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.BotService/botServices": "2022-09-15",
    "Microsoft.BotService/botServices/channels": "2022-09-15",
    "Microsoft.ContainerRegistry/registries": "2025-11-01",
    "Microsoft.DBforPostgreSQL/flexibleServers": "2025-08-01",
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators": "2025-08-01",
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations": "2025-08-01",
    "Microsoft.DBforPostgreSQL/flexibleServers/databases": "2025-08-01",
    "Microsoft.Graph/appRoleAssignedTo": "v1.0",
    "Microsoft.Graph/servicePrincipals": "v1.0",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",
    "Microsoft.Insights/scheduledQueryRules": "2026-03-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.Network/privateDnsZones": "2024-06-01",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "2024-06-01",
    "Microsoft.Network/virtualNetworks": "2025-09-01",
    "Microsoft.OperationalInsights/workspaces": "2026-03-01",
}
"""Microsoft's newest stable versions of August 2026 (https://learn.microsoft.com/azure/templates); of
diagnostic settings the one in general use, for its stable one of 2016 knows no groups of categories."""
TAGGED = {
    kind for kind in NEWEST if kind.split("/")[0] not in {"Microsoft.Authorization", "Microsoft.Graph"}
} - {
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators",
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
    "Microsoft.DBforPostgreSQL/flexibleServers/databases",
    "Microsoft.Insights/diagnosticSettings",
}
AZD = {"main": {"AZURE_ENV_NAME", "AZURE_LOCATION"}, "bot": {"AZURE_ENV_NAME", "SERVICE_BOT_IMAGE_NAME"}}
"""What azd says by itself: the region only of a parameter without a default, for which it asks."""
CONNECTION = (
    "InstrumentationKey=11111111-2222-3333-4444-555555555555;IngestionEndpoint=https://westeurope.example/"
)
README = (INFRA / "README.md").read_text(encoding="utf-8")
APP = only("Microsoft.App/containerApps").body["properties"]
CONTAINER = APP["template"]["containers"][0]
ENV = {one["name"]: one for one in CONTAINER["env"]}


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=place)
def test_both_parsers_read_every_file(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []
    assert read(path).keys() & {"resources", "modules"}


def test_a_fault_in_a_file_is_found() -> None:
    assert faults("param name string\n\nresource x 'A/b@2024-01-01' = {\n  name: \n") != []
    assert faults("extension microsoftGraphV1\nextension\n") == ["line 2"]


def test_each_file_is_begun_by_azd_or_a_person_or_is_a_module_of_one_that_is() -> None:
    begun = {INFRA / "main.bicep", INFRA / "bot.bicep", *(INFRA / "permissions").glob("*.bicep")}
    used = {
        (path.parent / module["detail"]["path"]).resolve()
        for path in FILES
        for module in read(path).get("modules", {}).values()
    }
    assert begun | used == set(FILES)
    assert not begun & used


def test_each_type_has_its_newest_stable_version() -> None:
    found = {one.type: one.version for one in resources()}
    assert len({(one.type, one.version) for one in resources()}) == len(found)
    assert found == NEWEST


def test_everything_that_can_have_tags_has_them() -> None:
    bare = [
        one.name for one in resources() if one.type in TAGGED and not one.existing and "tags" not in one.body
    ]
    assert bare == []


@pytest.mark.parametrize("name", ["main", "bot"])
def test_parameters_and_their_file_name_the_same(name: str) -> None:
    file = json.loads((INFRA / f"{name}.parameters.json").read_text(encoding="utf-8"))
    assert file["parameters"].keys() == read(INFRA / f"{name}.bicep")["parameters"].keys()


@pytest.mark.parametrize("name", ["main", "bot"])
def test_what_a_file_of_parameters_asks_azd_for_is_there_or_explained(name: str) -> None:
    asked = set(re.findall(r"\$\{(\w+)", (INFRA / f"{name}.parameters.json").read_text(encoding="utf-8")))
    made = set(read(INFRA / "main.bicep")["outputs"]) if name == "bot" else set()
    explained = set(re.findall(r"`(\w+)`", README))
    assert asked - made - AZD[name] <= explained


def test_azd_asks_for_nothing_but_the_region() -> None:
    """It asks for what has neither a default nor, in the file of parameters, a variable that is set."""
    parameters = read(INFRA / "main.bicep")["parameters"]
    assert {name for name, one in parameters.items() if one["default"] is None} == {
        "environmentName",
        "location",
    }


def test_every_parameter_of_a_module_is_given() -> None:
    for path in FILES:
        for module in read(path).get("modules", {}).values():
            asked = read((path.parent / module["detail"]["path"]).resolve())["parameters"]
            assert module["config"]["params"].keys() == asked.keys()


def test_no_output_is_a_secret() -> None:
    said = [
        f"{place(path)} {name}"
        for path in FILES
        for name, one in read(path).get("outputs", {}).items()
        if re.search(r"(?i)key|secret|password|token|connection_?string|sas", f"{name} {one['value']}")
    ]
    assert said == []


def test_nobody_lists_keys_or_takes_a_password() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"listKeys|listSecrets|listCredentials|sharedKey|administratorLoginPassword", text
        )


# What Guestlist is started with


def sample(value: Any) -> str:
    """Return something that a parameter, a variable or a property of a resource could be."""
    known = {
        "databaseUrl": read(INFRA / "bot.bicep")["variables"]["databaseUrl"]["value"],
        "address": "https://ca-guestlist.westeurope.azurecontainerapps.io",
        "mailbox": "guests@example.com",
        "alarmConversation": "19:alarms@thread.tacv2",
        "checkpointConversation": "",
        "timeZone": "Europe/Berlin",
        "language": "de",
        "retentionDays": "365",
    }
    if isinstance(value, dict):
        return "11111111-2222-3333-4444-555555555555"
    filled = str(known.get(value, value)).replace("${identityName}", "id-guestlist-abc")
    return filled.replace("${server.properties.fullyQualifiedDomainName}", "psql.postgres.database.azure.com")


def test_guestlist_starts_with_what_the_container_is_told(tmp_path: Path) -> None:
    """It refuses a setting that it does not know."""
    policy = tmp_path / "policy.toml"
    policy.touch()
    environ = {name: sample(one.get("value", CONNECTION)) for name, one in ENV.items()}
    assert environ["GUESTLIST_POLICY_FILE"] == CONTAINER["volumeMounts"][0]["mountPath"] + "/policy.toml"
    settings = Settings.read(environ | {"GUESTLIST_POLICY_FILE": str(policy)})
    assert isinstance(settings, Settings), settings
    assert settings.azure_monitor == CONNECTION
    assert settings.credential is CredentialKind.MANAGED_IDENTITY
    assert settings.database_auth is DatabaseAuth.ENTRA
    assert settings.database_url.endswith("?sslmode=verify-full")
    assert (settings.host, settings.port) == ("0.0.0.0", APP["configuration"]["ingress"]["targetPort"])  # noqa: S104 - in its container


def test_what_is_secret_comes_from_a_secret() -> None:
    secrets = {one["name"] for one in APP["configuration"]["secrets"]}
    by_secret = {one["secretRef"] for one in ENV.values() if "secretRef" in one}
    mounted = {one["secretRef"] for one in APP["template"]["volumes"][0]["secrets"]}
    assert secrets == by_secret | mounted
    assert not [one for one in ENV if re.search("SECRET|TOKEN|PASSWORD|CERTIFICATE", one)]


def test_probes_ask_what_answers_them() -> None:
    routes = {route.path for route in health_routes(cast("Guestlist", None))}
    asked = {one["type"]: one["httpGet"]["path"] for one in CONTAINER["probes"]}
    assert asked == {"Startup": "/healthz", "Liveness": "/healthz", "Readiness": "/readyz"}
    assert set(asked.values()) == routes
    assert {one["httpGet"]["port"] for one in CONTAINER["probes"]} == {3978}
    # Container Apps takes no more than ten failures; answers may take five seconds (docs/runbook.md).
    assert all(one["failureThreshold"] <= 10 and one["timeoutSeconds"] == 5 for one in CONTAINER["probes"])
    assert all(one["periodSeconds"] <= 240 for one in CONTAINER["probes"])


def test_a_start_that_changes_the_tables_has_twenty_minutes() -> None:
    """A process that is ended meanwhile begins anew, for ever."""
    (one,) = (probe for probe in CONTAINER["probes"] if probe["type"] == "Startup")
    until_given_up = one["initialDelaySeconds"] + (one["failureThreshold"] - 1) * one["periodSeconds"]
    assert until_given_up >= 20 * 60
    assert 30 <= one["initialDelaySeconds"] <= 60, "a usual start is there at the first look"


def test_a_stop_has_more_time_than_guestlist_takes() -> None:
    assert APP["template"]["terminationGracePeriodSeconds"] > 30


def test_two_replicas_serve_at_least() -> None:
    (least,) = (
        one["argument"]
        for one in read(INFRA / "bot.bicep")["parameters"]["replicas"]["decorators"]
        if one["type"] == "min_value"
    )
    given = json.loads((INFRA / "bot.parameters.json").read_text(encoding="utf-8"))["parameters"]["replicas"]
    assert least == 2
    assert given["value"] >= least


# What ADR 0069 has decided


def test_only_https_comes_in_and_only_on_the_one_port() -> None:
    ingress = APP["configuration"]["ingress"]
    assert (ingress["external"], ingress["allowInsecure"], ingress["targetPort"]) == (True, False, 3978)
    assert "additionalPortMappings" not in ingress


def test_the_bot_is_the_identity_and_has_no_key() -> None:
    bot = only("Microsoft.BotService/botServices").body["properties"]
    assert (bot["msaAppType"], bot["disableLocalAuth"]) == ("UserAssignedMSI", True)
    assert only("Microsoft.BotService/botServices/channels").body["name"] == "MsTeamsChannel"


def test_the_database_takes_no_password_and_is_reached_from_the_network_alone() -> None:
    server = only("Microsoft.DBforPostgreSQL/flexibleServers").body["properties"]
    assert server["authConfig"]["passwordAuth"] == "Disabled"
    assert server["authConfig"]["activeDirectoryAuth"] == "Enabled"
    assert server["network"]["publicNetworkAccess"] == "Disabled"
    assert server["network"].keys() > {"delegatedSubnetResourceId", "privateDnsZoneArmResourceId"}
    assert "administratorLogin" not in server


def test_the_database_is_made_after_those_to_whom_it_can_belong() -> None:
    kind = "Microsoft.DBforPostgreSQL/flexibleServers"
    made = {one.name: one for one in resources() if one.type.startswith(f"{kind}/")}
    assert {name: one.body.get("dependsOn", []) for name, one in made.items()} == {
        "tls": [],
        "owner": ["tls"],
        "people": ["owner"],
        "database": ["people", "owner"],
    }


def test_registry_logs_and_telemetry_take_no_key() -> None:
    assert only("Microsoft.ContainerRegistry/registries").body["properties"]["adminUserEnabled"] is False
    assert (
        only("Microsoft.OperationalInsights/workspaces").body["properties"]["features"]["disableLocalAuth"]
        is True
    )
    assert only("Microsoft.Insights/components").body["properties"]["DisableLocalAuth"] is True
    logs = only("Microsoft.App/managedEnvironments").body["properties"]["appLogsConfiguration"]
    assert logs == {"destination": "azure-monitor"}


def test_the_identity_gets_two_roles_of_azure_each_on_one_thing() -> None:
    given = {
        one.body["scope"]: one.body["properties"]["roleDefinitionId"]["function"]["parameters"]
        for one in resources()
        if one.type == "Microsoft.Authorization/roleAssignments"
    }
    assert given.keys() == {"registry", "insights"}
    assert "7f951dda-4ed3-4680-a7ca-43fe172d538d" in str(given["registry"])  # AcrPull
    assert "3913510d-42f4-4e42-8a64-420c390055eb" in str(given["insights"])  # Monitoring Metrics Publisher


def test_nothing_that_azd_runs_needs_a_right_over_the_directory() -> None:
    graph = {one.path for one in resources() if one.type.startswith("Microsoft.Graph/")}
    assert graph == {INFRA / "permissions" / "modules" / "roles.bicep"}


def test_the_readme_says_what_each_module_makes() -> None:
    rows = README.split("| file | makes |")[1].split("\n\n")[0]
    named = set(re.findall(r"`([\w/]+\.bicep)`", rows))
    made = {path.relative_to(INFRA).as_posix() for path in FILES if "permissions" not in path.parts}
    assert named == made - {"main.bicep"}
