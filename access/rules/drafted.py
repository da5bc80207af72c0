"""What stands in a guest's way by what somebody has set, each with the changes that would mend it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from access.rules.because import Because
from access.rules.clues import Unread
from access.rules.conditional_access import Protection, Target
from access.rules.model import Named
from access.rules.partner_drafts import of_partner, of_trust
from access.rules.readied import Read, Readied
from access.rules.readiness import Item, will_fail
from access.rules.setting_drafts import (
    Call,
    Draft,
    Setting,
    of_app,
    of_assignment,
    of_domains,
    of_group,
    of_invites,
    written,
)
from access.rules.tenant_facts import AppFacts, CrossTenants, DomainList

Way = tuple[Item, tuple[Draft, ...]]


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was looked at, each item that fails with its drafts: none where no setting would mend it."""

    shown: Readied
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class AskAdmins:
    """Whoever asks is no admin; these are whom to ask."""

    admins: tuple[Named, ...]


def drafted(shown: Readied, protection: Protection | Unread) -> Drafted:
    """Draft for each item that fails."""
    read = shown.read
    assert read is not None
    ways = tuple((one, tuple(_drafts(one, shown, read, protection))) for one in will_fail(shown.items))
    if any(one.setting is Setting.NEW_PARTNER for _, drafts in ways for one in drafts):
        ways = tuple((item, tuple(map(_after_entry, drafts))) for item, drafts in ways)
    return Drafted(shown, ways)


def _after_entry(draft: Draft) -> Draft:
    """Change the entry that another draft makes: a second POST would be refused, for it is there."""
    call = draft.call
    if draft.setting is not Setting.TRUST or call is None or call.method != "POST":
        return draft
    body = json.loads(call.body)
    url = f"{call.url}/{body.pop('tenantId')}"
    return replace(draft, call=Call("PATCH", url, written(body)), after_entry=True)


def _drafts(item: Item, shown: Readied, read: Read, protection: Protection | Unread) -> Iterable[Draft]:
    settings, app, address = read.settings, shown.app, read.address
    match item.because:
        case Because.INVITES_OFF | Because.INVITES_RESTRICTED:
            return of_invites(settings)
        case Because.DOMAIN_BLOCKED | Because.DOMAIN_NOT_ALLOWED if isinstance(settings.domains, DomainList):
            return of_domains(settings.domains, item.of)
        case Because.TENANT_BLOCKED | Because.APP_BLOCKED:
            between = settings.cross_tenant
            if address is None or not isinstance(between, CrossTenants):
                return ()
            app_id = app.app_id.lower() if app else ""
            return of_partner(between, address.tenant, app_id, premium=settings.premium is not False)
        case Because.SIGN_IN_BLOCKED:
            return _trusting(shown, read, protection)
        case Because.APP_DISABLED | Because.GROUP_NOT_ASSIGNED if app is not None:
            return of_app(app) if item.because is Because.APP_DISABLED else of_assignment(app, shown.give)
        case Because.GROUP_UNFIT:
            return of_group(item.of, shown.give)
        case _:
            return ()


def _trusting(shown: Readied, read: Read, protection: Protection | Unread) -> Iterable[Draft]:
    visitor = shown.foreseen.visitor if shown.foreseen else None
    between, app = read.settings.cross_tenant, read.app
    if visitor is None or isinstance(protection, Unread) or not isinstance(between, CrossTenants):
        return ()
    if not isinstance(app, AppFacts):
        return ()
    return of_trust(between, visitor, Target(app.app_id, app.by_microsoft), protection)
