"""`firm.toml` beside the guides: what is the firm's own in what the bot says."""

import tomllib
from typing import Any

from faq.bank import Firm, Thing
from faq.problems import Problem

NAME = "firm.toml"
KNOWN = frozenset({"name", "things", "texts", "edited_at_desk"})
MOST_THINGS = 3


def read_firm(text: str | None, problems: list[Problem]) -> Firm:
    """The firm; what is wrong with the file is added to `problems`."""
    if text is None:
        return Firm()
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(NAME, 0, f"不是 TOML:{error}"))
        return Firm()
    problems += [Problem(NAME, 0, f"不认识「{key}」") for key in data if key not in KNOWN]
    try:
        return _firm(data)
    except (TypeError, KeyError, AttributeError):
        message = 'things 写成 [{ label = "…", entry = "…" }]，[texts] 下面一行一条'
        problems.append(Problem(NAME, 0, message))
        return Firm()


def _firm(data: dict[str, Any]) -> Firm:
    things = tuple(Thing(str(each["label"]), str(each["entry"])) for each in data.get("things", []))
    texts = {str(key): _wordings(value) for key, value in data.get("texts", {}).items()}
    return Firm(
        name=str(data.get("name", "")),
        things=things[:MOST_THINGS],
        texts=texts,
        edited_at_desk=data.get("edited_at_desk") is True,
    )


def _wordings(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(each.strip() for each in value)
    raise TypeError("a text is a text, or several of them")
