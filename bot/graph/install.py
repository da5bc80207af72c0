"""Installing Guestlist for a person, so that Teams lets it open a 1:1 chat (an optional right)."""

from msgraph.generated.models.user_scope_teams_app_installation import UserScopeTeamsAppInstallation

from access.ports import Missing
from access.rules.causes import Cause
from access.rules.model import ObjectId
from bot.graph.client import GraphClient, ask, quoted, rows_of
from bot.graph.errors import AlreadyThere
from bot.graph.pacer import Kind
from bot.graph.shapes import path_id


class GraphInstall:
    """Installs a Teams app that the organisation's catalogue holds."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._catalogue: dict[str, str] = {}

    async def install_for(self, person_id: ObjectId, app_id: str) -> None:
        """Install the app whose manifest id is `app_id`; to have it already is success.

        Raises `Refused` (rights missing) without the permission, `Missing` if the catalogue has no such app.
        """
        bind = f"{self._client.base}/appCatalogs/teamsApps/{await self._catalogue_id(app_id)}"
        body = UserScopeTeamsAppInstallation(additional_data={"teamsApp@odata.bind": bind})
        installed = self._client.sdk.users.by_user_id(path_id(person_id)).teamwork.installed_apps
        try:
            await self._client.call(installed.to_post_request_information(body), Kind.WRITE)
        except AlreadyThere:
            return

    async def _catalogue_id(self, app_id: str) -> str:
        if app_id not in self._catalogue:
            apps = self._client.sdk.app_catalogs.teams_apps.to_get_request_information()
            request = ask(apps, "id", filter=f"externalId eq {quoted(app_id)}")
            found = rows_of(await self._client.call(request, Kind.READ))
            if not found:
                raise Missing(Cause.APP_GONE, "The app catalogue does not hold Guestlist")
            self._catalogue[app_id] = found[0]["id"]
        return self._catalogue[app_id]
