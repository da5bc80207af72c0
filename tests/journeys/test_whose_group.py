"""An owner who has assigned a group of others to their app: over HTTP, where an admin may."""

from access.rules.model import DEFAULT_ACCESS
from tests.clinic import Clinic
from tests.journeys.acts import ana_is_given_health_records, told

ANA = "ana@fabrikam.com"
ADOPT = f'/adopt {ANA} in "Health Records" as "Privacy Office"'


async def test_a_group_of_others_is_no_way_into_the_app_but_for_an_admin(clinic: Clinic) -> None:
    await ana_is_given_health_records(clinic)
    await clinic.act(act="assign", group="privacy-office", app="health-records", role=DEFAULT_ACCESS)
    await clinic.act(act="addMember", group="privacy-office", address=ANA)

    refused = await told(clinic, "megan", ADOPT)
    assert "which the policy does not name for the app and you do not own" in refused
    assert "Ask Joni Sherman to make you an owner of it" in refused
    removal = await told(clinic, "megan", f"/remove {ANA} from the directory")
    assert "no guest with this address all of whose apps and groups are yours" in removal
    line = '/invite bo@fabrikam.com to "Health Records" as "Privacy Office" for 30d because the audit begins'
    asked = await told(clinic, "megan", line)
    assert "Ask Joni Sherman, or an admin, to send the request." in asked

    assert "Adopted as" in await told(clinic, "lidia", ADOPT)
