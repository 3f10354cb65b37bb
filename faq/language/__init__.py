"""General Chinese that every bank needs: wording, small talk, asking for a person, alarms."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import cast

Table = dict[str, object]


@cache
def table(name: str) -> Table:
    """One TOML file of this package, read once per process."""
    return tomllib.loads((files(__name__) / f"{name}.toml").read_text(encoding="utf-8"))


def words(name: str, *path: str) -> tuple[str, ...]:
    """A list of strings somewhere in a table."""
    node: object = table(name)
    for part in path:
        node = cast("Table", node)[part]
    return tuple(cast("list[str]", node))


def kinds(name: str) -> tuple[str, ...]:
    """The tables of a file that have phrasings."""
    return tuple(kind for kind, body in table(name).items() if "phrasings" in cast("Table", body))


def mapping(name: str, key: str) -> dict[str, str]:
    """A table of strings."""
    return dict(cast("dict[str, str]", table(name)[key]))


def sections(name: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """Every table of a file, each a table of string lists."""
    return {
        section: {
            key: tuple(cast("list[str]", value)) for key, value in cast("Table", body).items()
        }
        for section, body in table(name).items()
    }
