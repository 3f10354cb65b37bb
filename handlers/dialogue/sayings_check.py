"""What is wrong with a firm's `sayings.toml`, in Chinese, before it is published."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from faq.bank import Bank
from handlers.dialogue.moves import TIERS
from handlers.dialogue.sayings import LABEL

WORDS = frozenset({"us", "vague", "platform", "not_hours", "not_place", "they"})
"""What a firm may say of its subject, each a pattern."""
INQUIRY = frozenset({"says", "unasked", "wrong", "looks", "none", "nothing", "called"})
RULE = frozenset({"when", "needs", "unsure", "asked", "answer", "shut", "start"})
PARTS = frozenset({"branches", "words", "inquiry", "facts", "rules", "moves"})
VALUE = frozenset({"label", "says", "words", "not", "keeps"})


def problems(text: str, bank: Bank) -> list[str]:
    """What is wrong with the file, in Chinese."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"不是 TOML：{error}"]
    unknown = [f"不认识「{name}」" for name in table.keys() - PARTS]
    try:
        return [*unknown, *_unknown(table), *_moves(table), *_rules(table, bank), *_unread(table)]
    except (TypeError, AttributeError, KeyError, ValueError):
        return [*unknown, "写法和自带的 sayings.toml 不一样，照着它改"]


def _unknown(table: Mapping[str, Any]) -> Iterator[str]:
    for part, known in (("words", WORDS), ("inquiry", INQUIRY)):
        for name, value in table.get(part, {}).items():
            keys = value if part == "inquiry" else (name,)
            yield from (f"{part} 里不认识「{key}」" for key in keys if key not in known)
    for fact, values in table.get("facts", {}).items():
        if LABEL not in values:
            yield f"facts.{fact} 没有写 label"
        for name, value in values.items():
            if isinstance(value, dict):
                missing = {"label", "says"} - value.keys()
                yield from (f"facts.{fact}.{name} 没有写 {key}" for key in sorted(missing))
                unknown = sorted(value.keys() - VALUE)
                yield from (f"facts.{fact}.{name} 里不认识「{key}」" for key in unknown)


def _moves(table: Mapping[str, Any]) -> Iterator[str]:
    """Moves that do not exist, and what is no list of sayings."""
    known = [move for tier in TIERS for move in tier if move not in UNSAYABLE]
    for move, examples in table.get("moves", {}).items():
        if move not in known:
            yield f"moves 里没有「{move}」这个动作，可以写的有：{'、'.join(known)}"
        elif not isinstance(examples, list) or not all(isinstance(one, str) for one in examples):
            yield f"moves.{move} 要写成一列说法，比如 {move} = ['整下一个']"


UNSAYABLE = frozenset({"pick", "step_n", "rate", "question", "alarm", "noise"})
"""Read from numbers, from the bank or from alarms: no saying makes them."""


def _rules(table: Mapping[str, Any], bank: Bank) -> Iterator[str]:
    for rule in table.get("rules", []):
        yield from (f"rules 里不认识「{key}」" for key in sorted(rule.keys() - RULE))
        for key in ("asked", "answer", "shut"):
            if key in rule and rule[key] not in bank.by_id:
                yield f"rules 里的「{rule[key]}」没有这条问答"
        if "needs" not in rule and "when" not in rule:
            yield "rules 里有一条没有写 when，也没有写 needs"
        for fact, names in rule.get("when", {}).items():
            unknown = [name for name in names if name not in table.get("facts", {}).get(fact, {})]
            yield from (f"rules 里的 {fact}「{name}」facts 里没有" for name in unknown)


def _unread(table: Mapping[str, Any]) -> Iterator[str]:
    """Patterns that are none."""
    patterns = [(f"words.{name}", one) for name, one in table.get("words", {}).items()]
    patterns += [
        ("rules 的 needs", rule["needs"]) for rule in table.get("rules", []) if "needs" in rule
    ]
    for fact, values in table.get("facts", {}).items():
        for name, value in values.items():
            if isinstance(value, dict):
                patterns += [(f"facts.{fact}.{name}", one) for one in value.get("says", [])]
    for where, one in patterns:
        try:
            re.compile(one)
        except (re.error, TypeError) as error:
            yield f"{where} 的写法读不懂：{error}"
