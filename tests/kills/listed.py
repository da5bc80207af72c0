"""The judge of lists: each row has one outcome, each guest what was approved, once, and all tell the same.

It knows the lists as they were wished for and as they are kept, the chain, the sandbox's ledger, what is
stored, the cards as they stand at last and the results that were saved.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.kills.evidence import Entry
from tests.kills.past import Aftermath, detail_of
from tests.kills.wishes import Was, Wish

Body = Mapping[str, Any]
GIVES = {"member.added", "assignment.created"}
_MADE = ("user.created", "invitation.created", "sponsor.added", *sorted(GIVES), "mail.drafted", "mail.sent")
_GOES = {"new", "already-a-guest"}
_BEHIND_ALL = 2**31
_CAUSES = {"guest-gone", "address-moved", "guest-disabled", "domain-denied"}
_TURNS: Mapping[str, tuple[str, set[str]]] = {
    "list.paused": ("paused", {"running", "paused"}),
    "list.resumed": ("running", {"paused"}),
    "list.stopped": ("stopped", {"running", "paused"}),
    "list.retried": ("running", {"running", "stopped"}),
}
"""What an act leads to, and what the run may be before."""


@dataclass(slots=True)
class Listing:
    """A list, and what became of it."""

    wish: Wish
    kept: Sequence[Body]
    """Its rows as they were judged, in order."""
    cards: Sequence[str] = ()
    """What each card says at last of whoever asked or decides."""
    mailed: int = 0
    """How many mails of rows are sent, by the journal."""
    may: Collection[str] = ()
    """Who may hold its run."""
    after: Aftermath = field(
        default_factory=lambda: Aftermath(chain=[], ledger=[], heads={}, bodies={}, guests=[])
    )

    @property
    def body(self) -> Body:
        return self.after.bodies[self.wish.list_id]

    @property
    def never(self) -> bool:
        """Tell whether it was not approved."""
        return self.body["state"] in {"denied", "canceled"}

    @property
    def rows(self) -> Sequence[tuple[str, Body]]:
        """Return the requests of its rows."""
        every = self.after.bodies.items()
        return [
            (of, one) for of, one in every if (one.get("listed") or {}).get("list_id") == self.wish.list_id
        ]

    @property
    def entries(self) -> Sequence[Entry]:
        return [one for one in self.after.chain if one["request_id"] == self.wish.list_id]

    @property
    def asked(self) -> Sequence[Body]:
        """Return the rows that were to go when the list was approved."""
        left_out = self.body["bulk"]["left_out"]
        going = (row for row in self.kept if row["verdict"] in _GOES)
        return [row for row in going if row["address"].partition("@")[2] not in left_out]

    def done(self) -> Mapping[str, tuple[str, str]]:
        """Return what became of every row by what is stored: by its number the outcome and the label."""
        bulk, made = self.body["bulk"], {one["listed"]["row"]: one for _, one in self.rows}
        skipped = dict(bulk["skipped"])
        asked = {row["number"] for row in self.asked}
        found: dict[str, tuple[str, str]] = {}
        for row in self.kept:
            number, one = row["number"], made.get(row["number"])
            if one is not None:
                outcome = {"delivered": "done", "deliveryFailed": "failed"}.get(one["state"], "under-way")
                found[str(number)] = (outcome, f"R-{one['number']}")
            elif number in skipped:
                found[str(number)] = ("failed" if skipped[number] in _CAUSES else "not-asked", "")
            elif number in asked:
                found[str(number)] = ("stopped" if _is_cut(bulk) else "waiting", "")
            else:
                found[str(number)] = ("left-out" if row["verdict"] in _GOES else "not-asked", "")
        return found


def _is_cut(bulk: Body) -> bool:
    """Tell whether a stop has left rows for good, also where what failed was taken up since."""
    return bool(bulk["run"] == "stopped" or bulk["last_row"] >= _BEHIND_ALL)


Rule = Callable[[Listing], Iterator[str]]


def listed(after: Aftermath, lists: Sequence[Listing], *, files: bool = True) -> list[str]:
    """Return everything that is wrong with lists, a sentence each; `files` says that results were saved."""
    rules: list[Rule] = [_as_written, _each_row_once, _ended, _effects, _under_the_approval, _run, _counted]
    rules += [_cards, *([_files] if files else [])]
    wished = {one.wish.list_id for one in lists}
    lists_of = (of for of, body in after.bodies.items() if body.get("bulk"))
    found = [f"the list {of} was sent, and nobody wished for it" for of in lists_of if of not in wished]
    for one in lists:
        one.after = after
        if one.wish.list_id not in after.bodies:
            found.append(f"a list of {len(one.wish.rows)} rows is no request")
            continue
        found += [f"{one.wish.label}: {fault}" for rule in rules for fault in rule(one)]
    return found


def _as_written(one: Listing) -> Iterator[str]:
    """Every row is kept as it was written, and none goes that must not."""
    if [row["written"] for row in one.kept] != [row.written for row in one.wish.rows]:
        yield "its rows are not those that were sent"
        return
    for row, wished in zip(one.kept, one.wish.rows, strict=True):
        # Who has the app may go: what many reads say of guests may lag, and the delivery looks again.
        never = wished.was in {Was.BAD, Was.DENIED, Was.TWICE}
        if never and row["verdict"] in _GOES:
            yield f"row {row['number']} goes, which is {wished.was}"


def _each_row_once(one: Listing) -> Iterator[str]:
    """No row is two requests, none that does not go is one, and each that goes is told of once."""
    of_row = Counter(body["listed"]["row"] for _, body in one.rows)
    asked = {row["number"]: row["address"] for row in one.asked}
    yield from (f"row {row} is {count} requests" for row, count in of_row.items() if count > 1)
    for _, body in one.rows:
        if asked.get(body["listed"]["row"]) != body["address"]:
            yield f"row {body['listed']['row']} is a request about {body['address']}, which was not asked"
    skipped = Counter(row for row, _ in one.body["bulk"]["skipped"])
    yield from (f"row {row} was skipped and made" for row in skipped if row in of_row)
    yield from (f"row {row} was skipped {count} times" for row, count in skipped.items() if count > 1)


def _ended(one: Listing) -> Iterator[str]:
    """It is over, each row has an end, and what failed is what nobody can take up."""
    state, outcomes = one.body["state"], one.done()
    if one.never:
        yield from (f"row {row} was made, and the list is {state}" for row, _ in one.rows)
        return
    gone = {str(row["number"]) for row, wished in _both(one) if wished is Was.GONE}
    for row, (what, _) in outcomes.items():
        if what in {"waiting", "under-way"}:
            yield f"row {row} is {what}, and nothing goes on with it"
        if what == "failed" and row not in gone:
            yield f"row {row} has failed, and was taken up until nothing had"
    failed = any(what == "failed" for what, _ in outcomes.values()) or bool(one.body["bulk"]["skipped"])
    if state != ("deliveryFailed" if failed else "delivered"):
        yield f"it is {state}, and {'some' if failed else 'none'} of its rows failed"


def _both(one: Listing) -> Iterator[tuple[Body, Was]]:
    yield from ((row, wished.was) for row, wished in zip(one.kept, one.wish.rows, strict=False))


def _effects(one: Listing) -> Iterator[str]:
    """Who was to get the app has got it once, and one mail with the newest link; all others have nothing."""
    outcomes = one.done()
    effects = _by_address(one.after)
    for row, was in _both(one):
        if was in {Was.BAD, Was.TWICE}:
            continue
        done = outcomes[str(row["number"])][0] == "done" and not one.never
        mine = effects.get(row["address"] or row["written"], [])
        kinds = Counter(event["kind"] for event in mine)
        gives = sum(kinds[kind] for kind in GIVES)
        if row["address"] in one.wish.alone:
            if (gives, kinds["mail.sent"]) != (1, 1):
                yield f"row {row['number']}, asked for alone: {gives} ways in, {kinds['mail.sent']} mails"
            continue
        wanted = {"directory objects": (kinds["user.created"], done and was in {Was.NEW, Was.ELSEWHERE})}
        wanted |= {"ways in": (gives, done and was is not Was.HAS), "mails": (kinds["mail.sent"], done)}
        for what, (count, once) in wanted.items():
            if count != int(once):
                yield f"row {row['number']}, {was}: {count} {what}"
        if not done and any(kinds[kind] for kind in _MADE if kind not in GIVES):
            yield f"row {row['number']}, {was}: touched, and not asked for"
        yield from _links(one, row, was, mine)


def _links(one: Listing, row: Body, was: Was, mine: Sequence[Entry]) -> Iterator[str]:
    """A second invitation is for a link that was lost, and the audit says so; mails have the newest."""
    invitations = sum(event["kind"] == "invitation.created" for event in mine)
    of = next((of for of, body in one.rows if body["listed"]["row"] == row["number"]), "")
    steps = (entry for entry in one.after.chain if entry["request_id"] == of and entry["what"] == "step.done")
    if invitations > 1 and "link-lost" not in [detail_of(entry).get("cause") for entry in steps]:
        yield f"row {row['number']}: invited {invitations} times without a cause"
    if invitations and was in {Was.ACCEPTED, Was.HAS}:
        yield f"row {row['number']}: invited though the invitation was accepted before"
    for event in mine:
        link = None if was in {Was.ACCEPTED, Was.HAS} else True
        if event["kind"] == "mail.sent" and event["detail"]["linkIsNewest"] is not link:
            yield f"row {row['number']}: the mail's link is not the newest"


def _by_address(after: Aftermath) -> Mapping[str, list[Entry]]:
    """Return what Guestlist did about each address."""
    names = {**after.known}
    found: dict[str, list[Entry]] = {}
    for event in after.ledger:
        detail = event["detail"]
        if detail.get("guest") and detail.get("address"):
            names[detail["guest"]] = detail["address"]
        if event["kind"] in _MADE and event["seq"] in after.heads:
            about = detail.get("to") or [detail.get("address") or names.get(detail.get("guest"), "")]
            for address in about:
                found.setdefault(address, []).append(event)
    return found


def _under_the_approval(one: Listing) -> Iterator[str]:
    """Each row's first entry names the approval that stood before it; nothing was done about it before."""
    approvals = [entry for entry in one.entries if entry["what"] == "request.approved"]
    if len(approvals) != int(not one.never):
        yield f"{len(approvals)} approvals stand behind {one.body['state']}"
        return
    firsts: dict[str, list[Entry]] = {}
    for entry in one.after.chain:
        firsts.setdefault(entry["request_id"], []).append(entry)
    effects = _by_address(one.after)
    for of, body in one.rows:
        mine, row = firsts.get(of, []), body["listed"]["row"]
        whats = [entry["what"] for entry in mine]
        if whats[:1] != ["request.listed"] or whats.count("request.listed") != 1:
            yield f"row {row} begins with {whats[:2]}"
            continue
        named = detail_of(mine[0])["approved_by"]
        if not approvals or mine[0]["seq"] < approvals[0]["seq"] or named != approvals[0]["actor"]:
            yield f"row {row} was made before the approval of its list"
        first = min(
            (one.after.heads[event["seq"]] for event in effects.get(body["address"], ())), default=None
        )
        if first is not None and first < mine[0]["seq"]:
            yield f"row {row}: something was done before its entry"


def _run(one: Listing) -> Iterator[str]:
    """What people did with the run follows one on the other, and each end of it is told once."""
    run, over = "running", False
    for entry in one.entries:
        what = entry["what"]
        if what in _TURNS:
            to, before = _TURNS[what]
            if one.may and entry["actor"] is not None and entry["actor"] not in one.may:
                yield f"{what} by somebody who may not"
            again = run == to == "paused" and entry["actor"] is not None
            if run not in before or again:
                yield f"{what}, and the run was {run}"
            if what == "list.retried" and not over:
                yield "taken up before it was over"
            run, over = to, over and what != "list.retried"
        elif what == "list.ended":
            if over:
                yield "it ended twice"
            over = True
    if over is one.never:
        yield f"it {'has' if over else 'has not'} ended by the chain, and is {one.body['state']}"


def _counted(one: Listing) -> Iterator[str]:
    """The last end counts the rows as they are, and so does what is stored."""
    ends = [detail_of(entry) for entry in one.entries if entry["what"] == "list.ended"]
    outcomes, bulk = Counter(what for what, _ in one.done().values()), one.body["bulk"]
    made = Counter(body["state"] for _, body in one.rows)
    if bulk["made"] != len(one.rows) + len(bulk["skipped"]):
        yield f"{bulk['made']} rows are counted as reached, and {len(one.rows)} are requests"
    if not ends:
        return
    counts = {
        "delivered": made["delivered"],
        "failed": made["deliveryFailed"],
        "skipped": len(bulk["skipped"]),
    }
    for name, count in counts.items():
        if ends[-1][name] != count:
            yield f"its end tells of {ends[-1][name]} {name}, and there are {count}"
    if outcomes["stopped"] and not any(end["stopped"] for end in ends):
        yield "rows were stopped, and no end says so"


def _cards(one: Listing) -> Iterator[str]:
    """Each card says at last what there is."""
    outcomes, bulk = Counter(what for what, _ in one.done().values()), one.body["bulk"]
    if not one.cards:
        yield "nobody has a card of it"
    if one.never:
        word = str(one.body["state"]).capitalize()
        yield from (f"{word}, and a card says {card[:40]!r}" for card in one.cards if word not in card)
        return
    figures = {
        "delivered and read back": outcomes["done"],
        "not asked for": len(bulk["skipped"]),
        "not invited": outcomes["stopped"],
        "sent": one.mailed,
        "under way": 0,
        "queued": 0,
    }
    for card in one.cards:
        lines = card.splitlines()
        said = {words: lines[place - 1] for place, words in enumerate(lines) if place and words in figures}
        for words, count in figures.items():
            if said.get(words, "0") != str(count):
                yield f"{count} {words}, and a card says {said.get(words, 'nothing of it')}"
    if one.mailed != outcomes["done"]:
        yield f"{one.mailed} mails are sent by the journal, and {outcomes['done']} rows are done"


def _files(one: Listing) -> Iterator[str]:
    """Each file of results has every row once, in order, with its outcome and its request."""
    wanted = [(row, what, label) for row, (what, label) in one.done().items()]
    if one.never:
        return
    if not one.wish.files:
        yield "no file of results was saved"
    for file in one.wish.files:
        found = [(row["row"], row["outcome"], row["request"]) for row in file]
        if found != wanted:
            wrong = next(
                (pair for pair in zip(found, wanted, strict=False) if pair[0] != pair[1]), (len(found),)
            )
            yield f"the file of results differs from what is stored: {wrong}"
    saved = sum(entry["what"] == "list.saving" for entry in one.entries)
    if saved < len(one.wish.files):
        yield f"{len(one.wish.files)} files were saved, and the audit tells of {saved}"
