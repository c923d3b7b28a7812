"""A page as a browser reads it: its tags, scripts, styles and visible text."""

import json
from html.parser import HTMLParser

LOADING = ("src", "href", "srcset", "poster", "data", "action", "background", "xlink:href", "formaction", "ping")


class Document(HTMLParser):
    """The tags of a page as (name, attributes), its scripts and styles by id or order, and its visible text."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self.raw.append((dict(attrs), ""))
        self._open = tag

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open in ("script", "style"):
            attributes, before = self.raw[-1]
            self.raw[-1] = attributes, before + data
        else:
            self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [attrs for each, attrs in self.tags if each == tag and wanted.items() <= attrs.items()]

    @property
    def config(self) -> dict:
        return json.loads(next(text for attrs, text in self.raw if attrs.get("id") == "config"))
