"""A picture in a card, which Teams fetches itself."""

from cards.elements import Element


class Image(Element):
    """A picture at an https address; `alt` says what it shows to whoever does not see it."""

    element_type = "Image"

    def __init__(self, url: str, alt: str, *, height: str) -> None:
        super().__init__()
        for name, value in {"url": url, "altText": alt, "width": "100%", "height": height}.items():
            self.set_data(name, value)
