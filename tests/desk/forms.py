"""What a browser would send of a page's form, untouched."""

from html.parser import HTMLParser

Fields = dict[str, list[str]]


class _Forms(HTMLParser):
    """Every form of a page: its action, and its fields in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, Fields]] = []
        self._area: str | None = None
        self._select: str | None = None

    def _put(self, name: str, value: str) -> None:
        if self.forms:
            self.forms[-1][1].setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        elif tag == "textarea":
            self._area = given["name"]
            self._put(self._area, "")
        elif tag == "select":
            self._select = given["name"]
            self._put(self._select, "")
            self._chosen = False
        elif tag == "option" and self._select is not None and self.forms:
            fields = self.forms[-1][1][self._select]
            if "selected" in given or not self._chosen:
                fields[-1] = given.get("value", "")
                self._chosen = True
        elif tag == "input" and given.get("type") not in ("checkbox", "submit") and "name" in given:
            self._put(given["name"], given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None
        if tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self.forms:
            fields = self.forms[-1][1][self._area]
            fields[-1] += data


def form_of(page: str, field: str) -> Fields:
    """The first form that has this field."""
    parser = _Forms()
    parser.feed(page)
    return next(fields for _, fields in parser.forms if field in fields)
