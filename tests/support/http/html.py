"""A page, as a person's browser takes it apart."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Its elements with their attributes, and its text by language."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: dict[str | None, str] = {}
        self._languages: list[str | None] = [None]
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self._languages.append(dict(attrs).get("lang") or self._languages[-1])

    def handle_endtag(self, _tag: str) -> None:
        self._languages.pop()

    def handle_data(self, data: str) -> None:
        language = self._languages[-1]
        self.said[language] = self.said.get(language, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]
