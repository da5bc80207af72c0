"""Answers that are a sentence or two and no card."""

from cards.look import Look

_EXAMPLES = {
    "approve": "/approve R-1042",
    "deny": "/deny R-1042 not this quarter",
    "amend": "/amend R-1042 for 30d",
    "ask": "/ask R-1042 why Writer and not Reader?",
    "answer": "/answer R-1042 she corrects the records",
    "cancel": "/cancel R-1042",
    "retry": "/retry R-1042",
    "pause": "/pause R-1042",
    "resume": "/resume R-1042",
    "stop": "/stop R-1042",
    "remove": '/remove ana@fabrikam.com from "Health Records"',
    "keep": "/keep R-1042",
    "restore": "/restore ana@fabrikam.com",
    "change": "/change ana@fabrikam.com",
    "extend": '/extend ana@fabrikam.com in "Health Records" by 90d',
    "norenew": "/norenew R-1042",
    "undo": "/undo R-1042",
    "show": "/show R-1042",
    "audit": "/audit R-1042",
    "guest": "/guest ana@fabrikam.com",
    "resend": "/resend ana@fabrikam.com",
    "reset": "/reset ana@fabrikam.com",
}


def usage(act: str, look: Look) -> str:
    """Return how to type an act that was typed without its request."""
    example = look.typed(_EXAMPLES[act])
    if act in {"guest", "resend", "reset", "restore", "change"}:
        return look.say("Write the guest's address: {command}", command=example)
    if act == "remove":
        return look.say("Write the guest's address and the app: {command}", command=example)
    if act == "extend":
        return look.say("Write the guest's address, the app and by how much: {command}", command=example)
    if act == "deny":
        return look.say("Write the number of the request and your justification: {command}", command=example)
    if act == "amend":
        return look.say("Write the number of the request and what is less: {command}", command=example)
    if act == "ask":
        return look.say("Write the number of the request and your question: {command}", command=example)
    if act == "answer":
        return look.say("Write the number of the request and your answer: {command}", command=example)
    return look.say("Write the number of the request: {command}", command=example)


def unread_change(address: str, look: Look) -> str:
    """Return how to type a change, of which nothing that stands behind the address can be read."""
    return look.say(
        "Nothing was changed: what stands behind the address cannot be read. Put each detail in quotes, "
        "as in {details}; for a new address, type {address}; for the form, {form}.",
        details=look.typed(f'/change {address} name "Ana Sousa" company "Fabrikam" sponsor "Kai Carter"'),
        address=look.typed(f"/change {address} address NEW because …"),
        form=look.typed(f"/change {address}"),
    )


def no_justification(look: Look) -> str:
    return look.say("Nothing was changed: write a justification, the requestor reads it.")


def no_question(look: Look) -> str:
    return look.say("Nothing was asked: write a question, the requestor answers it.")


def no_answer(look: Look) -> str:
    return look.say("Nothing was changed: write an answer, whoever decides reads it.")


def in_private(word: str, look: Look) -> str:
    """Return where a list can be asked for that is not shown before others."""
    return look.say(
        "Lists are shown in the personal chat with Guestlist: open it and type {command} there.",
        command=f"/{word}",
    )


def write_first(look: Look) -> str:
    """Return what all read where the answer is one person's alone, and no way to that person is open."""
    return look.say(
        "This is answered in your own chat with Guestlist, which cannot write to you there. "
        "Open that chat and type {command}.",
        command="/requests",
    )


def anothers_line(kind: str, look: Look) -> str:
    """Return what somebody is told who wants to go on with what another person typed."""
    return look.say(
        "Only whoever typed this can go on with it. Type {command} for a form of your own.",
        command=look.typed(f"/{kind}"),
    )


def lost_line(kind: str, look: Look) -> str:
    """Return what whoever presses *Fill in* is told where what was typed cannot be read any more."""
    return look.say(
        "What was typed cannot be read any more. Type it again, or {command} for an empty form.",
        command=look.typed(f"/{kind}"),
    )


def unreadable(look: Look) -> str:
    return look.say(
        "Nothing was changed: Guestlist cannot read the directory at the moment. Try again in a minute."
    )


def not_kept(look: Look) -> str:
    return look.say("Nothing was changed: Guestlist's own database does not answer. Try again in a minute.")


def unconfirmed(look: Look) -> str:
    return look.say(
        "Whether this went through is not known: the answer was lost. Do it again; nothing happens twice."
    )


def busy(look: Look) -> str:
    return look.say("Nothing was begun: too much is under way at once. Try again in a minute.")


def shut(look: Look) -> str:
    return look.say("Nothing was begun: Guestlist could not write into your chat. Open it and try again.")


def too_many_turns(seconds: int, look: Look) -> str:
    return look.say(
        "Too much came from you at once, so nothing was done with this. Try it again in {seconds} s.",
        seconds=seconds,
    )


def twice(look: Look) -> str:
    if look.shared:  # lists are answered in one's own chat alone
        return look.say(
            "This came twice, so Guestlist acts on it once at most. "
            "Type {command} in your own chat with Guestlist to see how it stands.",
            command="/requests",
        )
    return look.say(
        "This came twice, so Guestlist acts on it once at most. Type {command} to see how it stands.",
        command="/requests",
    )


def offered(look: Look) -> str:
    """Return what whoever pressed reads, where the file is offered as a message of its own."""
    return look.say("The file is offered in your own chat with Guestlist. Press Accept there.")


def offered_before(look: Look) -> str:
    return look.say(
        "This offer was answered before. If there is no file yet, ask for another: {command}.",
        command="/guests APP as file",
    )


def not_offered(look: Look) -> str:
    return look.say(
        "The file could not be offered: Guestlist cannot write to your own chat. Open it and try again there."
    )


def old_button(look: Look) -> str:
    return look.say(
        "This button belongs to an older version of the card. Type {command} for what you can do.",
        command=look.typed("/help"),
    )


def nobody(look: Look) -> str:
    """Return what a person is told whom the channel does not name."""
    return look.say("Guestlist serves people of this organisation only, and cannot tell who you are.")


def outsider(look: Look) -> str:
    """Return what somebody of another tenant is told, in a channel that is shared with them."""
    return look.say(
        "Guestlist serves people of the organisation that this channel belongs to, and no others."
    )


def unread_member(look: Look) -> str:
    """Return what somebody is told of whom the channel did not say to whose organisation they belong."""
    return look.say(
        "Nothing was changed: Guestlist could not check here that you belong to this organisation. "
        "Write to it in its own chat, where it needs no check, or try again in a minute."
    )


def no_search(look: Look) -> str:
    """Return what is shown where Teams asks a message extension for what ours does not offer."""
    return look.say(
        "Guestlist has nothing to search for here. To ask for a guest, choose {command}.",
        command=look.say_as("button", "Invite a guest"),
    )


def done(look: Look) -> str:
    return look.say("Done.")
