"""How an inbox shows a mail: its own HTML, cleaned as mail programs clean it, with links that stay here."""

import re
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

KEPT = {
    *("a", "b", "blockquote", "br", "div", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p", "span"),
    *("strong", "table", "tbody", "td", "th", "tr", "ul"),
}
VOID = {"br", "hr"}
HIDDEN = {"head", "script", "style", "title"}
DANGEROUS = re.compile(r"url\s*\(|expression|position|@import|[<>\\]", re.IGNORECASE)


class _Cleaner(HTMLParser):
    def __init__(self, local: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self._local = local
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag == "body":
            tag = "div"
        if tag in KEPT and not self._hidden:
            given = {name: value or "" for name, value in attrs}
            kept = ""
            if "style" in given and not DANGEROUS.search(given["style"]):
                kept += f' style="{escape(given["style"])}"'
            if tag == "a" and given.get("href", "").startswith(("https://", "http://")):
                kept += f' href="{escape(self._local(given["href"]))}" rel="noreferrer"'
            self.out.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN
        if tag == "body":
            tag = "div"
        if tag in KEPT - VOID and not self._hidden:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.out.append(escape(data))


def cleaned(body: str, local: Callable[[str], str]) -> str:
    """Return the mail without anything that acts; `local` gives each link the address to use here."""
    cleaner = _Cleaner(local)
    cleaner.feed(body)
    cleaner.close()
    return "".join(cleaner.out)
