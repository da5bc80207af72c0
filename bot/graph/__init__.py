"""Microsoft Graph, behind the ports Directory, Changes, Subscriptions, Access and Mail; msgraph only here."""

from dataclasses import dataclass, field
from typing import Self

from access.ports import Budget, Cap, Clock, Uncapped
from bot.credential import Credential
from bot.graph.access import GraphAccess
from bot.graph.accounts import GraphAccounts
from bot.graph.activity import GraphActivity
from bot.graph.app_guests import GraphAppGuests
from bot.graph.changes import GraphChanges
from bot.graph.client import GraphClient
from bot.graph.clues import GraphClues
from bot.graph.directory import GraphDirectory
from bot.graph.footing import GraphFooting
from bot.graph.guards import GraphGuards
from bot.graph.install import GraphInstall
from bot.graph.mail import GraphMail
from bot.graph.own_rights import OwnRights
from bot.graph.pacer import Pacer
from bot.graph.policies import GraphPolicies
from bot.graph.profiles import GraphProfiles
from bot.graph.protection import GraphProtection
from bot.graph.self_service import GraphSelfService
from bot.graph.subscriptions import GraphSubscriptions
from bot.graph.upkeep import GraphUpkeep
from bot.measuring.watch import Watch
from cards.texts import ENGLISH, Texts


@dataclass(frozen=True, slots=True)
class Caps:
    """What the operator allows beside Microsoft's limits, and what a mailbox takes in a day."""

    invitations: Cap = field(default_factory=Uncapped)
    mails: Cap = field(default_factory=Uncapped)
    share: float = 1.0
    """Of the directory's documented limits."""


class Graph:
    """Every port that Graph serves, over one client and one pacer."""

    def __init__(
        self, client: GraphClient, mailbox: str, clock: Clock, texts: Texts, app_id: str, caps: Caps
    ) -> None:
        self._client = client
        self.directory = GraphDirectory(client, clock)
        self.changes = GraphChanges(client)
        self.subscriptions = GraphSubscriptions(client)
        self.access = GraphAccess(client, texts, caps.invitations)
        self.accounts = GraphAccounts(client)
        self.profiles = GraphProfiles(client)
        self.mail = GraphMail(client, mailbox, texts, caps.mails)
        self.install = GraphInstall(client)
        self.activity = GraphActivity(client, app_id)
        self.app_guests = GraphAppGuests(client)
        self.upkeep = GraphUpkeep(client)
        own_rights = OwnRights(client, app_id)
        self.self_service = GraphSelfService(client, own_rights)
        self.footing = GraphFooting(client, own_rights)
        self.policies = GraphPolicies(client)
        self.protection = GraphProtection(client)
        self.guards = GraphGuards(client)
        self.clues = GraphClues(client, app_id)

    @classmethod
    async def open(
        cls,
        graph_url: str,
        credential: Credential,
        mailbox: str,
        clock: Clock,
        budget: Budget | None = None,
        texts: Texts = ENGLISH,
        app_id: str = "",
        caps: Caps | None = None,
        watch: Watch | None = None,
    ) -> Self:
        """Open a client on the budget that replicas share; without one, this process is alone.

        `texts` is the language of the mails to guests, `app_id` whose deeds are looked up in the log.
        """
        caps = caps or Caps()
        client = GraphClient(graph_url, credential, Pacer(budget, share=caps.share), watch)
        client.warm_up()
        return cls(client, mailbox, clock, texts, app_id, caps)

    async def close(self) -> None:
        await self._client.close()
