"""A picture in a card, which Teams fetches itself."""

from cards.elements import Element


class Image(Element):
    """A picture at an https address; `alt` says what it shows to whoever does not see it."""

    element_type = "Image"

    def __init__(self, url: str, alt: str, *, width: str, height: str) -> None:
        super().__init__()
        shown = {"url": url, "altText": alt, "width": width, "height": height, "spacing": "Small"}
        for name, value in shown.items():
            self.set_data(name, value)
