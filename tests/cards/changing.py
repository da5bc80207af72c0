"""The cards of a guest whose details are changed, for the gallery."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from access.rules import jobs, new_addresses, profile_changes, removing
from access.rules.accounts import NO_APP, Right, Unfit
from access.rules.causes import Cause
from access.rules.model import (
    Kind,
    Named,
    ObjectId,
    Record,
    Request,
    RequestId,
    State,
    Subject,
    Term,
)
from access.rules.new_addresses import Again, AskedAnew, NewAddress, WhyNoAddress
from access.rules.profile_changes import Shown
from access.rules.profiles import Profile, Typed, Wanted, WhyNot
from access.rules.refusals import Field, Problem, ProblemCode
from cards import new_address, profile
from cards.draw import draw
from cards.look import Look
from tests.cards.leaving import ANA, _after, _claimed, stepped

MEGAN, KAI = Named(ObjectId("megan"), "Megan Bowen"), Named(ObjectId("kai"), "Kai Carter")
IS = Profile("Ana Ruiz", "", (MEGAN,))
WANTED = Wanted("Ana Sousa", "Fabrikam", KAI)
WROTE = Profile("Ana Sousa", "Fabrikam", (KAI,))


def changing(like: Request, right: Right = Right.OF_AN_APP) -> Record:
    """Return a change that has begun, two hours after this request."""
    now = like.submitted_at + timedelta(hours=2)
    edits = profile_changes.edits(IS, WANTED)
    digests = {text: Subject(f"digest of {text}") for one in edits for text in (one.was, one.to)}
    plan = profile_changes.plan(ANA, edits, digests)
    request = replace(
        like,
        request_id=RequestId("c" * 32),
        number=1060,
        version=0,
        state=State.SUBMITTED,
        kind=Kind.CHANGE,
        app=NO_APP,
        give=profile_changes.on_profile(ANA.object_id, plan),
        term=Term(),
        justification="",
        message="",
        submitted_at=now,
        approvers=(),
        stages=(),
        plan=plan,
        edits=edits,
        changed_at=now,
    )
    change = profile_changes.order(request, right, digests, now, personal=True)
    return Record(request=change.request, jobs={job.key: job for job in change.jobs})


def cards(like: Request, look: Look) -> dict[str, dict[str, Any]]:
    begun = changing(like)
    at = begun.request.submitted_at
    assert begun.request.plan is not None
    failed, key, fence = _claimed(begun, "write-profile", at)
    failed = _after(failed, removing.fail(key, fence, Cause.CHANGED_MEANWHILE, {}, "trace"), at)
    shown = Shown(ANA, IS, Right.OF_AN_APP)
    typed = replace(shown, typed=Typed("…", "Fabrikam", "Kai"), why=WhyNot.NAME_MISSING)
    return {
        "change-form": profile.form(shown, look),
        "change-form-company": profile.form(replace(shown, profile=replace(IS, company="Fabrikam")), look),
        "change-form-returned": profile.form(typed, look),
        "change-form-moved": profile.form(replace(typed, why=WhyNot.MOVED), look),
        "change-begun": draw(begun, jobs.REQUESTOR, look),
        "change-done": draw(stepped(begun, *begun.request.plan.steps, at=at), jobs.REQUESTOR, look),
        "change-failed": draw(failed, jobs.REQUESTOR, look),
        "change-sent": profile.begun(begun.request, look),
        "channel-change-sent": profile.begun(begun.request, replace(look, shared=True)),
        "change-same": profile.same(begun.request, look),
        **_moved(like, look),
    }


def _moved(like: Request, look: Look) -> dict[str, dict[str, Any]]:
    """Return what is shown of a new address, by an access that was given and one that was asked anew."""
    typed = new_addresses.Typed("ana@contoso.com", justification="The audit goes on under the new contract.")
    asked = NewAddress(guest=ANA, typed=typed, accesses=(like,))
    anew = replace(like, number=1061)
    wrong = Problem(Field.TERM, ProblemCode.TERM_TOO_LONG, ())
    one, other = Again(like, anew), Again(like, problems=(wrong,))
    drawn = new_address.asked(asked, look)
    endless = replace(like, number=1043, adopted=True, ends_at=None)
    of_both = replace(asked, accesses=(like, endless))
    lacks = Problem(Field.TERM, ProblemCode.TERM_MISSING, ())
    drawn_both = new_address.asked(of_both, look)
    assert isinstance(drawn, dict)
    assert isinstance(drawn_both, dict)
    return {
        "address-asked": drawn,
        "address-asked-no-end": drawn_both,
        "address-sent-no-end": new_address.sent(
            AskedAnew(of_both, (one, Again(endless, problems=(lacks,)))), look
        ),
        "address-sent": new_address.sent(AskedAnew(asked, (one,)), look),
        "address-partly-sent": new_address.sent(AskedAnew(asked, (one, other)), look),
        "address-not-sent": new_address.sent(AskedAnew(asked, (other, Again(like, by_others=True))), look),
    }


def sentences(look: Look) -> list[str]:
    """Return the answers that are no cards."""
    typed = new_addresses.Typed("ana@contoso.com")
    against = [NewAddress(guest=ANA, typed=typed, why=why) for why in WhyNoAddress]
    refused = [str(new_address.asked(one, look)) for one in against]
    return [profile.nobody(look), *(profile.untouchable(why, look) for why in Unfit), *refused]
