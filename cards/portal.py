"""The pages of Microsoft's portal on which a person does what no API does, or Guestlist may not."""

from access.rules.model import App, ObjectId, StepKind
from cards.elements import TextBlock
from cards.look import Look
from cards.words import escaped

_PORTAL = "https://entra.microsoft.com/#view/Microsoft_AAD_IAM"
_PAGES = {
    StepKind.ASSIGN_GROUP: "Users",
    StepKind.REQUIRE: "Properties",
}


def app_page(app_id: ObjectId, page: str, application: str = "") -> str:
    """Return the address of a page of an enterprise application."""
    about = f"objectId/{app_id}" + (f"/appId/{application}" if application else "")
    return f"{_PORTAL}/ManagedAppMenuBlade/~/{page}/{about}"


def group_page(group_id: ObjectId | None, page: str) -> str:
    return f"{_PORTAL}/GroupDetailsMenuBlade/~/{page}/groupId/{group_id}"


def groups_setting() -> str:
    """Return where the tenant says whether owners manage their groups in My Groups."""
    return f"{_PORTAL}/GroupsManagementMenuBlade/~/General"


def collaboration() -> str:
    """Return where the tenant says who may invite, what guests see, and from which domains."""
    return f"{_PORTAL}/CompanyRelationshipsMenuBlade/~/Settings"


def between_tenants() -> str:
    """Return where cross-tenant access is set."""
    return f"{_PORTAL}/CompanyRelationshipsMenuBlade/~/CrossTenantAccessSettings"


def conditional_access() -> str:
    """Return where the policies of Conditional Access are."""
    return f"{_PORTAL.replace('_IAM', '_ConditionalAccess')}/ConditionalAccessBlade/~/Policies"


def new_group() -> str:
    return f"{_PORTAL}/AddGroupBlade"


def by_hand(step: str, app_id: ObjectId, group_id: ObjectId | None) -> str:
    """Return the page on which a person does a step."""
    if step == StepKind.OWN_GROUP:
        return group_page(group_id, "Owners")
    return app_page(app_id, _PAGES.get(StepKind(step), "Overview"))


def link(title: str, address: str) -> TextBlock:
    """Return a line that opens a page; its title is ours, and the address holds nothing but object ids."""
    return TextBlock(f"[{escaped(title)}]({address})", spacing="Small")


def switches(app: App | ObjectId, look: Look) -> list[TextBlock]:
    """Return the two pages of self-service, which no API sets."""
    app_id, application = (app.object_id, app.app_id) if isinstance(app, App) else (app, "")
    tenant = look.say("Entra, Groups, General: owners can manage membership requests in My Groups")
    own = look.say("The app's page Self-service: let users request access, with this group")
    return [link(tenant, groups_setting()), link(own, app_page(app_id, "SelfService", application))]
