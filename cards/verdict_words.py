"""What becomes of the rows of a list, in words: one row or many, and what can be done about it."""

from typing import assert_never

from access.rules.verdicts import Verdict
from cards.look import Look


def counted(verdict: Verdict, number: int, look: Look) -> str:
    """Return how many rows have a verdict, as people say it."""
    match verdict:
        case Verdict.NEW:
            return look.count("1 is new and is invited", "{number} are new and are invited", number)
        case Verdict.GUEST:
            return look.count(
                "1 is a guest already and gets the app", "{number} are guests already and get the app", number
            )
        case Verdict.HAS_ACCESS:
            return look.count("1 has this access already", "{number} have this access already", number)
        case Verdict.ASKED:
            return look.count("1 is asked for already", "{number} are asked for already", number)
        case Verdict.DUPLICATE:
            return look.count("1 stands twice in the list", "{number} stand in the list before", number)
        case Verdict.DENIED:
            return look.count("1 the policy does not allow", "{number} the policy does not allow", number)
        case Verdict.OTHER_APPROVER:
            return look.count(
                "1 is for others to decide, or asks for more",
                "{number} are for others to decide, or ask for more",
                number,
            )
        case _:
            return _of_address(verdict, number, look)


def _of_address(verdict: Verdict, number: int, look: Look) -> str:
    match verdict:
        case Verdict.MEMBER:
            return look.count("1 is of this organisation", "{number} are of this organisation", number)
        case Verdict.DISABLED:
            return look.count("1 account is switched off", "{number} accounts are switched off", number)
        case Verdict.NOT_AN_ADDRESS:
            return look.count("1 has no usable address", "{number} have no usable address", number)
        case Verdict.SUSPICIOUS:
            return look.count(
                "1 domain passes itself off as another", "{number} of domains that look like others", number
            )
        case Verdict.UNJUDGED:
            return look.count("1 was not looked at", "{number} were not looked at", number)
        case (
            Verdict.NEW
            | Verdict.GUEST
            | Verdict.HAS_ACCESS
            | Verdict.ASKED
            | Verdict.DUPLICATE
            | Verdict.DENIED
            | Verdict.OTHER_APPROVER
        ):
            raise ValueError(f"{verdict} has its words above")
        case _:
            assert_never(verdict)


def to_do(verdict: Verdict, look: Look) -> str:
    """Return what can be done about rows that do not go; empty where nothing need be."""
    match verdict:
        case Verdict.DENIED:
            return look.say("Ask whoever keeps the policy.")
        case Verdict.OTHER_APPROVER:
            return look.say("Send these as another list.")
        case Verdict.DISABLED:
            return look.say("Ask a tenant admin to switch it on.")
        case Verdict.NOT_AN_ADDRESS:
            return look.say("Correct the list.")
        case Verdict.SUSPICIOUS:
            return look.say("Ask the partner for the address again.")
        case _:
            return ""
