"""The page of the portal on which what stands in the way is set."""

from access.rules.because import Because
from access.rules.model import App, Give, GiveKind
from cards import portal

_SETTINGS = frozenset(
    {Because.INVITES_OFF, Because.GUESTS_AS_MEMBERS, Because.DOMAIN_BLOCKED, Because.DOMAIN_NOT_ALLOWED}
)
_TENANTS = frozenset({Because.TENANT_BLOCKED, Because.APP_BLOCKED})
STOPPED = frozenset(
    {
        Because.SIGN_IN_BLOCKED,
        Because.SIGN_IN_BLOCKED_SOMEWHERE,
        Because.SIGN_IN_BLOCKED_UNNAMED,
        Because.SIGN_IN_UNSURE,
    }
)
_PROPERTIES = frozenset({Because.APP_DISABLED, Because.NOT_REQUIRED, Because.NO_HOME_PAGE})


def page_of(because: Because, app: App | None, give: Give | None) -> str:
    """Return its address, nothing where there is none."""
    if because in _SETTINGS:
        return portal.collaboration()
    if because in STOPPED:
        return portal.conditional_access()
    if because in _TENANTS:
        return portal.between_tenants()
    if app is not None and because in _PROPERTIES:
        return portal.app_page(app.object_id, "Properties", app.app_id)
    if app is not None and because is Because.GROUP_NOT_ASSIGNED:
        return portal.app_page(app.object_id, "Users", app.app_id)
    if because is Because.GROUP_UNFIT and give is not None and give.kind is GiveKind.GROUP:
        return portal.group_page(give.object_id, "Overview")
    return ""
