"""The texts in the groups of their file, each with what it is for, as the desk shows them."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_GROUP = re.compile(r"# ── (?P<title>.+?) ─+$")
_NOTE = re.compile(r"# (?P<note>.+)$")
_KEY = re.compile(r"(?P<key>\w+) = ")
_OF_FIELD = re.compile(r"(?:form_ask|field)_\w+")


@dataclass(frozen=True, slots=True)
class TextGroup:
    """Texts that belong together. `keys`: each with a note on when it is said, "" without one."""

    title: str
    keys: tuple[tuple[str, str], ...]


@cache
def text_groups() -> tuple[TextGroup, ...]:
    """Without how the inquiry's fields are asked for: those stand with the fields."""
    found: dict[str, list[tuple[str, str]]] = {}
    title = note = ""
    for line in (files(__package__) / "texts.toml").read_text(encoding="utf-8").splitlines():
        if match := _GROUP.match(line):
            title, note = match["title"], ""
        elif match := _NOTE.match(line):
            note = match["note"]
        elif match := _KEY.match(line):
            if not _OF_FIELD.fullmatch(match["key"]):
                found.setdefault(title, []).append((match["key"], note))
            note = ""
    return tuple(TextGroup(title, tuple(keys)) for title, keys in found.items())
