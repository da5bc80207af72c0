"""The grammar of the policy file: every key, for its reader and, as JSON schema, for editors."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from access.rules.checked import WillFail
from access.rules.form_questions import ID, LONGEST_ANSWER, LONGEST_QUESTION, MOST_QUESTIONS
from access.rules.lapses import Then
from access.rules.policy import SourceKind
from access.rules.policy_order import MOST_ORDERED
from access.rules.policy_questions import (
    FEWEST_CHOICES,
    KINDS,
    LONGEST_CHOICE,
    MOST_CHOICES,
)
from access.rules.policy_renewals import MOST_RENEWALS
from access.rules.policy_stages import MOST_NEEDED, MOST_STAGES
from access.rules.policy_times import MOST_REMINDERS, UNDO
from access.rules.policy_waivers import GUESTS, LONGEST_NAME, MOST_WAIVED, MOST_WAIVERS

Schema = Mapping[str, Any]

ROLES = ("admins", "security_admins", "auditors")
REQUESTORS = frozenset(SourceKind) - {SourceKind.MANAGER, SourceKind.GUEST_SPONSORS}
APPROVERS = frozenset(SourceKind) - {SourceKind.MEMBERS}
IN_ROLES = frozenset({SourceKind.GROUP, SourceKind.PERSON})
_GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
LENGTH = "[0-9]{1,4} *([dwmy]|days?|weeks?|months?|years?)"
PAGE = r"https://[^\s/@\\]+(/\S*)?"
"""An https address, with a host and without blanks or a name before it."""
_NAMED = {
    SourceKind.GROUP: f"group:{_GUID}",
    SourceKind.PERSON: f"person:{_GUID}",
    SourceKind.ROLE: f"role:({'|'.join(ROLES)})",
}


def _text(says: str, pattern: str = "", **more: Any) -> Schema:
    return {"description": says, "type": "string", **({"pattern": f"^{pattern}$"} if pattern else {}), **more}


def _list(says: str, of: Schema) -> Schema:
    return {"description": says, "type": "array", "items": of, "minItems": 1}


def _table(says: str, keys: Schema, *needed: str) -> Schema:
    required = {"required": list(needed)} if needed else {}
    return {
        "description": says,
        "type": "object",
        "properties": keys,
        "additionalProperties": False,
        **required,
    }


def _tables(says: str, keys: Schema, *needed: str) -> Schema:
    return {"description": says, "type": "array", "items": _table(says, keys, *needed)}


def _people(says: str, kinds: Iterable[SourceKind], *, least: int = 1) -> Schema:
    words = "|".join(_NAMED.get(kind, str(kind)) for kind in SourceKind if kind in kinds)
    return {**_list(says, {"type": "string", "pattern": f"^({words})$"}), "minItems": least}


def _length(says: str) -> Schema:
    return _text(says, LENGTH, examples=["90d", "3 months"])


def _id(says: str, kind: str) -> Schema:
    return _text(says, f"({kind}:)?{_GUID}")


_DOMAIN = {"type": "string", "pattern": r"^(\*\.)?[^\s@*/]+\.[^\s@*/]+$"}
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_LESS: Schema = {"type": "string", "pattern": f"^(group:{_GUID}|(?!group:).*\\S.*)$"}
_NAME: dict[str, Any] = {"minLength": 1, "maxLength": 100}
STAGE: Schema = {
    "approvers": _people("Who may decide at this stage.", APPROVERS),
    "quorum": {
        "description": "How many of them must approve; 1 where nothing is said.",
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_NEEDED,
    },
    "fallback": _people(
        "Who decides with them where they are fewer than the quorum; [] for nobody.", APPROVERS, least=0
    ),
    "may_decide": _people("Who may decide, too, and gets no card; [] for nobody.", APPROVERS, least=0),
    "escalation": _people(
        "Who is called in where the stage waits too long; [] for nobody.", APPROVERS, least=0
    ),
    "escalate_after": _length("After how long they are."),
}
WAIVER: Schema = {
    "name": _text("How cards and audit call it; no two have the same.", minLength=1, maxLength=LONGEST_NAME),
    "requestors": _people("Who may use it, of those who may request.", REQUESTORS),
    "domains": _list("Whose guests need no approval.", _DOMAIN),
    "longest": _length("For how long at most."),
    "guests": {"description": "known: the guest is in the directory already.", "enum": list(GUESTS)},
    "most": {
        "description": "How often it may be used within any span of per.",
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_WAIVED,
    },
    "per": _length("The span within which its uses are counted."),
}
JUSTIFICATION: Schema = {
    "required": {"description": "Whether one must be written.", "type": "boolean"},
    "min_length": {
        "description": "Its least number of characters.",
        "type": "integer",
        "minimum": 0,
        "maximum": 500,
    },
    "pattern": _text('A regular expression that it must hold; "" for none.', maxLength=200),
    "expected": _text("What the pattern wants, in words.", minLength=1, maxLength=120),
}
QUIET: Schema = {
    "from": _text("When they begin, such as 18:00.", _TIME),
    "to": _text("When they end, such as 08:00; the same time as from for no such hours.", _TIME),
    "weekend": {"description": "Whether Saturday and Sunday are quiet.", "type": "boolean"},
}
_LAPSED: Schema = {
    "then": {"description": "What becomes of the access.", "enum": [str(one) for one in Then]},
    "grace": _length("How long after it was shown it ends, where it is removed."),
    "rest": _length("For how long nobody is asked again who keeps it."),
}
LAPSE: Schema = {
    "never_accepted": {
        "remind_after": {
            "description": "After how long the guest is reminded by mail, each longer; [] for never.",
            "type": "array",
            "items": _length("Since the link was sent."),
            "maxItems": MOST_REMINDERS,
        },
        "after": _length("After how long whoever may end the access is asked."),
        **_LAPSED,
    },
    "inactive": {"after": _length("After how long without a sign-in."), **_LAPSED},
    "sponsorless": _LAPSED,
}
QUESTION: Schema = {
    "id": _text("A short word for it, which stays when its words change.", ID),
    "ask": _text("The question, as the form and the cards show it.", minLength=1, maxLength=LONGEST_QUESTION),
    "kind": {"description": "Whether a text or one of the choices answers it.", "enum": list(KINDS)},
    "choices": {
        **_list("The answers among which one is chosen.", {"type": "string", "maxLength": LONGEST_CHOICE}),
        "minItems": FEWEST_CHOICES,
        "maxItems": MOST_CHOICES,
    },
    "required": {
        "description": "Whether it must be answered; true where nothing is said.",
        "type": "boolean",
    },
    "longest": {
        "description": "The longest text that answers it; 200 where nothing is said.",
        "type": "integer",
        "minimum": 1,
        "maximum": LONGEST_ANSWER,
    },
}
TERM: Schema = {
    "default": _length("The term that the form suggests."),
    "longest": _length("The longest term; a role, a group or a partner can only make it shorter."),
}
RENEWALS: Schema = {
    "most": {
        "description": "How often an access may be renewed; 0 for never. A role's, a group's and a partner's "
        "can only make it less.",
        "type": "integer",
        "minimum": 0,
        "maximum": MOST_RENEWALS,
    },
    "longest": _length("By how much one renewal lengthens an access at most, and never by more than a term."),
    "total": _length("How long an access lasts at most, with all its renewals."),
    "waiver": _text(
        'How cards and audit call it that renewals need no approval; "" where they do.',
        maxLength=LONGEST_NAME,
    ),
}
RULES: Schema = {
    "requestors": _people(
        "Who may request; a role's, a group's and a partner's narrow the app's.", REQUESTORS
    ),
    "justification": _table("What a justification must be.", JUSTIFICATION),
    "term": _table("For how long access is given.", TERM),
    "renewals": _table("How often and by how much an access may be lengthened.", RENEWALS),
    "closes_after": _length("When a request that nobody decided expires."),
    "remind_after": {
        "description": "After how long whoever is to decide is reminded, each longer; [] for never.",
        "type": "array",
        "items": _length("Since the stage waits."),
        "maxItems": MOST_REMINDERS,
    },
    "warn_before": {
        "description": "How long before an access ends its owner and the guest are warned, each shorter.",
        "type": "array",
        "items": _length("Before the end, at most 60d; [] for never."),
        "maxItems": MOST_REMINDERS,
    },
    "never_accepted": _table("What becomes of guests who do not accept.", LAPSE["never_accepted"]),
    "inactive": _table("What becomes of guests who do not sign in.", LAPSE["inactive"]),
    "sponsorless": _table("What becomes of guests for whom nobody stands.", LAPSE["sponsorless"]),
    "quiet_hours": _table("When nobody is reminded, by their own clock.", QUIET),
    "undo": _text("For how long what was done can be undone, at most 30d; 0h for never.", UNDO),
    "will_fail": {"description": "Approving what will fail.", "enum": [one.value for one in WillFail]},
    "landing": _text("Where accepting leads: app-home, my-apps or an address.", f"(app-home|my-apps|{PAGE})"),
    "question": {
        **_tables("What else the form asks; [] for nothing.", QUESTION, "id", "ask", "kind"),
        "maxItems": MOST_QUESTIONS,
    },
    "stage": {
        **_tables("Who decides, stage by stage.", STAGE, "approvers"),
        "minItems": 1,
        "maxItems": MOST_STAGES,
    },
    "waiver": {
        **_tables("When nobody has to approve; [] for never.", WAIVER, "name", "most", "per"),
        "maxItems": MOST_WAIVERS,
    },
}
DOMAINS: Schema = {
    "deny": _list("Domains that nobody is invited from; *.example.net means its sub-domains.", _DOMAIN),
    "allow": _list("Where present, every other domain is denied.", _DOMAIN),
}
_DOMAINS = _table("Guests' domains; a guest must pass the lists of every table that holds.", DOMAINS)
ROLE: Schema = {
    "name": _text("The name of the app role, or its id.", **_NAME),
    **RULES,
    "domains": _DOMAINS,
}
APP: Schema = {
    "id": _id("The object id of the enterprise application.", "app"),
    "give": _text(
        "What is given when nothing is chosen: group:ID or app-role:NAME.", f"(group:{_GUID}|app-role:.+|)"
    ),
    "least_first": {
        **_list("What can be given, the least first: the name or id of an app role, or group:ID.", _LESS),
        "minItems": 2,
        "maxItems": MOST_ORDERED,
        "uniqueItems": True,
    },
    **RULES,
    "domains": _DOMAINS,
    "role": _tables("What holds where this app role is given.", ROLE, "name"),
}
GROUP: Schema = {"id": _id("The object id of the group.", "group"), **RULES, "domains": _DOMAINS}
PARTNER: Schema = {
    "name": _text("How the partner is called.", **_NAME),
    "domains": _list("The domains of its guests.", _DOMAIN),
    "apps": _list("The apps that its guests may get, and no other.", _id("An app.", "app")),
    **RULES,
}
DIRECTORY: Schema = {
    "delete_after": _length(
        "How long a guest who is removed from the directory is only blocked; 90d at most."
    ),
}
TERMS_OF_USE: Schema = {
    "name": _text("How /protect calls them.", **_NAME),
    "id": _text("Their object id, from the Entra portal.", _GUID),
}
PROTECT: Schema = {
    "break_glass": _people("Accounts and groups that no policy of /protect ever locks out.", IN_ROLES),
    "watch": _length("How long a new policy only reports; from 1d to 90d."),
    "terms": _tables("Terms of use that /protect can ask for.", TERMS_OF_USE, "name", "id"),
}
IN_FILE: Schema = {
    "roles": _table(
        "Groups and people with a part of their own.",
        {name: _people(f"Who is in role:{name}.", IN_ROLES) for name in ROLES},
    ),
    "defaults": _table("What holds where nothing else is said.", RULES),
    "domains": _DOMAINS,
    "app": _tables("What holds for one app.", APP, "id"),
    "group": _tables("What holds where this group is given.", GROUP, "id"),
    "partner": _tables("What holds for one organisation's guests.", PARTNER, "name", "domains"),
    "directory": _table("What holds for acts on a guest's account, which is of no app.", DIRECTORY),
    "protect": _table("What holds for the policies that /protect makes.", PROTECT),
}


def json_schema() -> str:
    """Return the schema of the whole file, of draft 7, which editors of TOML read."""
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Guestlist's policy",
        **_table("Who may request, who decides, what is given, and for how long.", IN_FILE),
    }
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(json_schema())
