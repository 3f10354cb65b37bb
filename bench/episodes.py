"""Banks to learn from: parts of ten trades' guides and of the firm's, with questions to each.

An episode is a bank of some entries with some of their phrasings, and questions with what they
should have found: entries that were left out, other trades and everyday subjects find nothing.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import cast

from faq import language
from faq.bank import Bank, Entry, Neighbour
from faq.guides import read_bank
from faq.matching.meanings import ENTRY, ESCALATE, HUMAN, NEIGHBOUR, OUTSIDE, Meaning, Phrasing
from faq.matching.phrasings import phrasings_of

ROOT = Path(__file__).parents[1]
GUIDES = ROOT / "tests" / "data" / "guides"
FIRM = "firm"
SIZES = {"whole": 8, "six": 6, "half": 4, "three": 3, "two": 2}
"""Phrasings an entry in the episodes with all of a guide's entries."""
PARTS = 3
"""Episodes with part of a guide's entries, ..."""
MIXED, BESIDE = 2, 15
"""... and with those of another trade beside them, at most so many."""
FIRM_PARTS = 8
FIRM_WHOLE = 4
FROM_OTHERS = 40
WISHES_ASKED, HARMLESS_ASKED = 40, 20
"""Of what alarms and wishes are learned from, the examples that an episode is asked."""
PAIRS_ASKED = 24
"""Of the pairs of a wish and what denies it, those whose two sides an episode is asked."""
WISH, HARMLESS, PAIR = "wish", "harmless", "pair"
"""Their `style`."""
GENERAL_ASKED = 0.06
FIRM_GENERAL_ASKED = 0.15
"""Of the general phrasings, those that an episode does not know and is asked."""
OUTSIDE_ABSENT = 0.3
FIRM_ASKED = 260
FIRM_WHOLE_ASKED = 600


@dataclass(frozen=True, slots=True)
class Question:
    """`accept` are the entries that are right, or the meaning; empty when nothing is.

    `sort` is "in", "near", "far", "gone" (its entry was left out) or the kind of wish; `real` are
    questions by other hands than the phrasings.
    """

    text: str
    accept: tuple[Meaning, ...]
    sort: str
    style: str = ""
    real: bool = True


@dataclass(frozen=True, slots=True)
class Episode:
    """A bank with what it knows besides, and what it is asked. `whole` marks a guide as it is."""

    guide: str
    name: str
    bank: Bank
    phrasings: tuple[Phrasing, ...]
    questions: tuple[Question, ...]


def trades() -> list[str]:
    return sorted(folder.name for folder in GUIDES.iterdir() if folder.is_dir())


def guide(name: str) -> Bank:
    return read_bank(GUIDES / name)[0]


def questions(name: str) -> list[Question]:
    """The questions of a trade, by other hands than its phrasings."""
    made = []
    for line in (GUIDES / name / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        accept = tuple(Meaning(ENTRY, each) for each in data["accept"])
        sort = "in" if data["kind"] == "in" else "near" if data.get("near") else "far"
        made.append(Question(data["text"], accept, sort, data["style"]))
    return made


def of_trade(name: str, dice: Random) -> Iterator[Episode]:
    """A trade's episodes: whole with fewer and fewer phrasings, parts, and beside another trade."""
    bank, asked = guide(name), questions(name)
    others = [one for other in trades() if other != name for one in questions(other)]
    for what, most in SIZES.items():
        fewer = tuple(_fewer(entry, most, dice) for entry in bank.entries)
        yield _episode(name, what, replace(bank, entries=fewer), asked, [], dice)
    for number in range(PARTS + MIXED):
        chance = dice.choice((0.4, 0.6, 0.8, 1.0))
        kept = [entry for entry in bank.entries if dice.random() < chance]
        beside = _beside(name, dice) if number >= PARTS else []
        fewest = dice.randint(2, 8)
        part = replace(
            bank,
            entries=tuple(
                _fewer(entry, dice.randint(fewest, 8), dice) for entry in (*kept, *beside)
            ),
        )
        known = {Meaning(ENTRY, entry.id) for entry in kept}
        here = [
            one if not one.accept or known & {*one.accept} else replace(one, accept=(), sort="near")
            for one in asked
        ]
        theirs = {Meaning(ENTRY, entry.id) for entry in beside}
        elsewhere = [one for one in others if not theirs & {*one.accept}]
        far = [replace(one, accept=(), sort="far") for one in dice.sample(elsewhere, FROM_OTHERS)]
        yield _episode(name, f"part {number}", part, here, far, dice)


def _beside(name: str, dice: Random) -> list[Entry]:
    """Entries of another trade."""
    other = dice.choice([trade for trade in trades() if trade != name])
    return dice.sample(guide(other).entries, BESIDE)


def _fewer(entry: Entry, most: int, dice: Random) -> Entry:
    return replace(
        entry,
        phrasings=tuple(dice.sample(entry.phrasings, min(most, len(entry.phrasings)))),
        short="",
    )


def _episode(
    name: str, what: str, bank: Bank, asked: list[Question], more: list[Question], dice: Random
) -> Episode:
    share = FIRM_GENERAL_ASKED if name == FIRM else GENERAL_ASKED
    known, general = split_general(phrasings_of(bank), share, dice)
    wishes = (*_wishes(dice), *_pairs(dice))
    return Episode(name, what, bank, tuple(known), (*asked, *more, *general, *wishes))


def _wishes(dice: Random) -> list[Question]:
    """Alarms, wishes for a person and what only looks like them."""
    wishes, harmless = [], []
    for kind, body in language.sections("wish_examples").items():
        wishes += [_wish(text, kind, WISH) for text in body["phrasings"]]
    for body in language.sections("harmless_examples").values():
        harmless += [Question(text, (), "far", HARMLESS, real=False) for text in body["phrasings"]]
    return dice.sample(wishes, WISHES_ASKED) + dice.sample(harmless, HARMLESS_ASKED)


def _wish(text: str, kind: str, style: str) -> Question:
    """An alarm of this kind, or a wish for a person."""
    human = kind == "human"
    meaning = Meaning(HUMAN if human else ESCALATE, kind)
    return Question(text, (meaning,), "human" if human else "escalate", style, real=False)


def _pairs(dice: Random) -> list[Question]:
    """Wishes, and what has nearly the same words and denies them."""
    every = [
        (_wish(wish, kind, PAIR), Question(harmless, (), "far", PAIR, real=False))
        for kind, body in language.table("wish_pairs").items()
        for wish, harmless in cast("dict[str, list[list[str]]]", body)["pairs"]
    ]
    return [side for pair in dice.sample(every, PAIRS_ASKED) for side in pair]


def split_general(
    every: Sequence[Phrasing], share: float, dice: Random
) -> tuple[list[Phrasing], list[Question]]:
    """Keep some of the general phrasings to ask them; some subjects outside are left out whole."""
    absent = {
        meaning
        for meaning in dict.fromkeys(one.meaning for one in every)
        if meaning.kind == OUTSIDE and dice.random() < OUTSIDE_ABSENT
    }
    known, asked = [], []
    for one in every:
        out = one.meaning in absent
        if one.meaning.kind not in (ENTRY, NEIGHBOUR) and (out or dice.random() < share):
            if not out or dice.random() < share * 3:
                outside = one.meaning.kind == OUTSIDE
                accept = () if outside else (one.meaning,)
                sort = "far" if outside else ("human", "escalate", "social")[one.meaning.kind - 3]
                asked.append(Question(one.text, accept, sort, real=False))
        else:
            known.append(one)
    return known, asked


def of_firm(dice: Random) -> Iterator[Episode]:
    """The firm's bank in parts, small and large, and whole but for the phrasings that are asked."""
    bank, _ = read_bank(ROOT / "faq" / "guides")
    far = [one for name in trades() for one in questions(name)]
    for number in range(FIRM_PARTS + FIRM_WHOLE):
        whole = number >= FIRM_PARTS
        yield _firm_episode(bank, far, number, dice, whole=whole)


def _firm_episode(
    bank: Bank, far: list[Question], number: int, dice: Random, *, whole: bool
) -> Episode:
    size = 10**6 if whole else round(4 * 10 ** dice.random())
    kept, asked = [], []
    for entry in bank.entries:
        order = list(entry.phrasings)
        dice.shuffle(order)
        spare = max(4, len(order) // 10) if whole else len(order) // 2
        meaning = Meaning(ENTRY, entry.id)
        out = dice.random() < (0.1 if whole else 0.3)
        asked += [
            Question(text, () if out else (meaning,), "gone" if out else "in", real=False)
            for text in order[:spare]
        ]
        if not out:
            kept.append(replace(entry, phrasings=tuple(order[spare : spare + size])))
    neighbours, beside = _neighbours(bank, dice, whole=whole)
    most = FIRM_WHOLE_ASKED if whole else FIRM_ASKED
    asked = dice.sample(asked, min(len(asked), most))
    asked += dice.sample(beside, min(len(beside), most // 3))
    asked += [replace(one, accept=(), sort="far") for one in dice.sample(far, FROM_OTHERS)]
    made = replace(bank, entries=tuple(kept), neighbours=tuple(neighbours))
    return _episode(FIRM, f"{'whole' if whole else 'part'} {number}", made, asked, [], dice)


def _neighbours(bank: Bank, dice: Random, *, whole: bool) -> tuple[list[Neighbour], list[Question]]:
    """Some of the firm's neighbours, with some of their phrasings; the others are asked."""
    chance = 0.8 if whole else dice.choice((0.0, 0.5, 0.9))
    kept: list[Neighbour] = []
    asked: list[Question] = []
    for one in bank.neighbours:
        order = list(one.phrasings)
        dice.shuffle(order)
        known = dice.random() < chance
        spare = len(order) // 8 if known else len(order)
        asked += [Question(text, (), "near", real=False) for text in order[:spare]]
        if known:
            kept.append(replace(one, phrasings=tuple(order[spare:])))
    return kept, asked
