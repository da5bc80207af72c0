"""Make every call of a plan once, and print which modules of the SDK were imported after the start."""

import asyncio
import sys
from contextlib import suppress
from datetime import UTC, datetime

from access.ports import Invitation, Letter, Origin, Refused
from access.rules.model import DEFAULT_ACCESS, Give, GiveKind, ObjectId, RequestId, Subject
from bot.credential import StaticCredential
from bot.graph import Graph

SOME = ObjectId("1f3e6289-0a96-5854-a119-2866b99250bc")


class Now:
    def now(self) -> datetime:
        return datetime.now(UTC)


async def call_everything(graph: Graph) -> None:
    give = Give(GiveKind.APP_ROLE, DEFAULT_ACCESS, "")
    group = Give(GiveKind.GROUP, SOME, "")
    await graph.directory.find_by_address("ana@fabrikam.com")
    assert [app async for app in graph.directory.every_app(waited_for=True)] == []
    await graph.directory.apps_named("Health Records")
    await graph.directory.memberships(SOME)
    await graph.directory.apps_owned_by(SOME)
    await graph.directory.apps_of_groups_owned_by(SOME)
    await graph.directory.guests_named("ana", 1)
    await graph.directory.own_domains()
    await graph.access.invite(Invitation("ana@fabrikam.com", "Ana", "https://myapps.example", SOME, False))
    await graph.access.sponsor(SOME, SOME)
    for one in (give, group):
        await graph.access.give(SOME, SOME, one)
        await graph.access.read_back(SOME, SOME, one)
    origin = Origin(RequestId("0" * 32), "R-1001", SOME, group.key, Subject(""))
    letter = Letter(
        "key", origin, "ana@fabrikam.com", "Ana", "Megan", "App", "Clinic", "", "https://x.example", True
    )
    mail_id = (await graph.mail.draft(letter)).mail_id
    if await graph.mail.is_draft(mail_id):
        await graph.mail.send(mail_id)
    await graph.mail.went_out(origin, Now().now())
    await graph.mail.sent_since(Now().now())
    await graph.directory.guests_since(Now().now())
    await graph.install.install_for(SOME, SOME)
    await graph.clues.holders("ana@fabrikam.com", ObjectId(""))
    await call_what_is_set(graph)
    await graph.clues.invited_since(SOME, Now().now())
    with suppress(Refused):  # what the double answers is no sign-in
        await graph.clues.last_sign_in(SOME, SOME)
    await graph.app_guests.sponsors_of([SOME])
    await graph.app_guests.signed_in([SOME])
    assert [deed async for deed in graph.activity.deeds(Now().now(), Now().now())] == []


async def call_what_is_set(graph: Graph) -> None:
    policies, footing = graph.policies, graph.footing
    for reading in (policies.cross_tenants, policies.redemption, policies.domain_list, policies.google):
        await reading()
    with suppress(Refused):  # what the double answers is no policy
        await policies.for_guests()
    await policies.federates("fabrikam.com")
    await policies.tenant_of("fabrikam.com")
    await footing.permissions()
    await footing.premium()
    await footing.app(SOME, SOME)


async def main(url: str) -> None:
    graph = await Graph.open(url, StaticCredential("token"), SOME, Now())
    before = set(sys.modules)
    await call_everything(graph)
    late = sorted(
        name for name in set(sys.modules) - before if name.split(".")[0] in {"msgraph", "kiota_http"}
    )
    sys.stdout.write("\n".join(late))
    await graph.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
