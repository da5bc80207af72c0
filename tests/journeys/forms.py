"""The form as somebody fills it in: open it, send it, read what came back."""

from dataclasses import dataclass
from typing import Any, Self

from tests.clinic import Clinic, spoken


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog on one person's screen."""

    clinic: Clinic
    who: str
    dialog: dict[str, Any]

    @classmethod
    async def open(cls, clinic: Clinic, who: str, kind: str = "invite", where: str = "personal") -> Self:
        """Open the empty form, by `/invite` or `/assign` alone."""
        await clinic.say(who, f"{'@Guestlist ' if where == 'channel' else ''}/{kind}", where)
        return await cls.of_card(clinic, who, (await clinic.messages(who, where))[-1], f"{kind}.open", where)

    @classmethod
    async def of_card(
        cls, clinic: Clinic, who: str, message: dict[str, Any], verb: str, where: str = "personal"
    ) -> Self:
        """Open the form that a card's *Fill in* leads to."""
        opened = await clinic.press(who, message, verb, where)
        return cls(clinic, who, opened["shown"]["dialog"])

    @classmethod
    async def of_data(cls, clinic: Clinic, who: str, data: dict[str, str], kind: str = "invite") -> Self:
        """Open the form by a button that carries these answers, or says so."""
        await clinic.say(who, f"/{kind}")
        message = (await clinic.messages(who))[-1]
        carried = {"verb": f"{kind}.open", "msteams": {"type": "task/fetch"}, **data}
        body = {"as": who, "conversation": await clinic.place(who, "personal"), "messageId": message["id"]}
        opened = await clinic.post("/teams/press", **body, action={"type": "Action.Submit", "data": carried})
        return cls(clinic, who, opened["shown"]["dialog"])

    async def send(self, title: str = "Send request", /, **answers: str) -> dict[str, Any]:
        """Send it with these answers over what stands in it; return what is shown then."""
        sent = await self.clinic.post(
            "/teams/dialog/submit",
            **{"as": self.who},
            dialog=self.dialog["id"],
            action={"title": title},
            inputs={**self.values, **answers},
        )
        shown: dict[str, Any] = sent["shown"]
        return shown

    def again(self, shown: dict[str, Any]) -> "Form":
        """Return the form that is shown again."""
        assert shown["kind"] == "dialog", shown
        return Form(self.clinic, self.who, shown["dialog"])

    @property
    def values(self) -> dict[str, str]:
        return {one["id"]: one.get("value", "") for one in self._body() if one["type"].startswith("Input.")}

    def chosen(self, name: str) -> str:
        """Return the title under which a list shows what is chosen in it."""
        field = next(one for one in self._body() if one.get("id") == name)
        return str(next(one["title"] for one in field["choices"] if one["value"] == field["value"]))

    @property
    def errors(self) -> dict[str, str]:
        """Return the sentence under each field; what concerns the whole form is under the empty name."""
        found, field = {}, ""
        for one in self._body():
            if one["type"].startswith("Input."):
                field = one["id"]
            elif one.get("color") == "Attention":
                found[field] = one["text"]
            elif one["type"] == "Container":
                found[""] = spoken({"card": one})
        return found

    def _body(self) -> list[dict[str, Any]]:
        body: list[dict[str, Any]] = self.dialog["card"]["body"]
        return body
