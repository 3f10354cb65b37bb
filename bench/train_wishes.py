"""Makes faq/matching/wishes.npz: what alarms and wishes for a person are made of.

Fitted to the examples in `faq/language` against those that mean no harm, the phrasings of the
firm's guides and of the training guides, small talk and other subjects. Of every example there
are also some in other frames: what is supposed or asked about is no alarm, what comes with a
greeting or a question still is one. What the fifths left out come to is printed; pairs stay
together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from typing import cast
from zlib import crc32

import click
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bench import episodes
from bench.wishes import lines
from faq import language
from faq.bank import Bank
from faq.guides import read_bank
from faq.matching.concepts import features
from faq.matching.wishes import LEAST, HeardWish, Hearing, hash_gram, hash_structure, unit

ROOT = Path(__file__).parents[1]
OUT = ROOT / "faq" / "matching" / "wishes.npz"
NONE, PERSON = "none", "human"
COUNTS = {"example": 1.5, "harmless": 4.0, "short": 1.0, "bank": 1.0, "framed": 0.5}
"""How much an example of each sort counts: harmless ones are few, and say most."""
STRICT, FEWEST, FEWEST_KIND = 20.0, 2, 3
PARTS = 5
LONGEST_FRAMED = 40
WISHES_ELSEWHERE = frozenset({"service-contact"})
"""Entries that answer what is a wish for a person where no bank has such an entry."""
CONTRADICTS = 0.5
"""A bank's phrasing that sounds like a wish to models that never saw it says nothing of wishes:
some firms have an entry about what is an alarm elsewhere."""
SUPPOSED = (
    "如果{}怎么办", "万一{}怎么办", "要是{}会怎么样", "会不会{}啊", "我怕{}", "听说有人{}",
    "担心{}，先问问", "{}这种情况你们处理过吗，先了解一下", "怎么防止{}", "假如{}，能退吗",
    "{}是什么意思", "什么情况下会{}",
)  # fmt: skip
SAID = (
    "你好，{}", "请问{}，怎么办", "{}，怎么处理", "{}，能帮我吗", "{}，谢谢", "在吗 {}",
    "{} 怎么弄啊", "我想问一下{}该怎么办", "{}，钱怎么退",
)  # fmt: skip
CALLED_OFF = ("不用{}", "不要{}了", "先不{}", "刚才{}，现在不用了", "怎么设置让买家{}")
WANTED = ("你好，{}", "{}，谢谢", "算了，{}", "{}可以吗", "麻烦{}")


@dataclass(frozen=True, slots=True)
class WishExample:
    """A text, what it is (a kind of alarm, `human` or `none`), its sort, and what it stays with."""

    text: str
    means: str
    sort: str
    group: str


def examples() -> list[WishExample]:
    """Every example, each text once, with its frames."""
    own = [*_wishes(), *_harmless()]
    framed = [one for each in own for one in _framed(each)]
    known: dict[str, WishExample] = {}
    measured = {line.text for line in lines()}
    for one in (*own, *framed, *_banks()):
        # Pinyin is heard as it is read; what is measured is not learned.
        if not one.text.isascii() and one.text not in measured:
            known.setdefault(one.text, one)
    return list(known.values())


def _wishes() -> Iterator[WishExample]:
    for kind, body in language.sections("wish_examples").items():
        yield from (WishExample(text, kind, "example", text) for text in body["phrasings"])
    for kind, body in language.sections("alarms").items():
        yield from (WishExample(text, kind, "short", text) for text in body["phrasings"])
    for text in language.words("human", "phrasings"):
        yield WishExample(text, PERSON, "short", text)


def _harmless() -> Iterator[WishExample]:
    for body in language.sections("harmless_examples").values():
        yield from (WishExample(text, NONE, "harmless", text) for text in body["phrasings"])
    for kind, pairs in language.table("wish_pairs").items():
        for wish, harmless in cast("dict[str, list[list[str]]]", pairs)["pairs"]:
            yield WishExample(wish, kind, "example", wish)
            yield WishExample(harmless, NONE, "harmless", wish)


def _framed(one: WishExample) -> Iterator[WishExample]:
    dice = Random(one.text)  # noqa: S311 - the same frames every time
    text = one.text.rstrip("。.！!？?~")
    if one.means == NONE or len(text) > LONGEST_FRAMED:
        return
    alarm = one.means != PERSON
    # 我怕你们是骗子 is still said in anger: fewer of those.
    if alarm and (one.means != "complaint" or dice.random() < 0.3):  # noqa: PLR2004
        for frame in dice.sample(SUPPOSED, 2):
            yield WishExample(frame.format(text), NONE, "framed", one.group)
    if not alarm and dice.random() < 0.4:  # noqa: PLR2004
        yield WishExample(dice.choice(CALLED_OFF).format(text), NONE, "framed", one.group)
    said = dice.choice(SAID if alarm else WANTED)
    yield WishExample(said.format(text), one.means, "framed", one.group)


def _banks() -> Iterator[WishExample]:
    """What is said to banks. A training guide is one group: a new trade's words are unseen."""
    for text in _said(read_bank(ROOT / "faq" / "guides")[0]):
        yield WishExample(text, NONE, "bank", text)
    for name in episodes.trades():
        asked = [one.text for one in episodes.questions(name)]
        for text in (*_said(episodes.guide(name)), *asked):
            yield WishExample(text, NONE, "bank", name)
    for file in ("social", "outside"):
        for body in language.table(file).values():
            if isinstance(body, dict) and "phrasings" in body:
                yield from (WishExample(text, NONE, "bank", text) for text in body["phrasings"])


def _said(bank: Bank) -> Iterator[str]:
    for entry in bank.entries:
        if entry.id not in WISHES_ELSEWHERE:
            yield from (entry.question, *entry.phrasings)
    for neighbour in bank.neighbours:
        yield from neighbour.phrasings


@dataclass(frozen=True)
class FeatureRows:
    """The examples as rows of features that more than one of them has."""

    rows: csr_matrix
    keys: NDArray[np.uint32]
    letters: NDArray[np.bool_]


def seen(lot: Sequence[WishExample]) -> FeatureRows:
    """The features of all examples, each row's letters and structure of length one."""
    made = []
    letter: dict[int, bool] = {}
    counts: dict[int, int] = {}
    for one in lot:
        grams, structure = features(one.text)
        hashed = [hash_gram(gram) for gram in grams] + [hash_structure(each) for each in structure]
        for place, key in enumerate(hashed):
            letter.setdefault(key, place < len(grams))
            counts[key] = counts.get(key, 0) + 1
        made.append(hashed)
    keys = np.array(sorted(key for key, count in counts.items() if count >= FEWEST), np.uint32)
    letters = np.array([letter[int(key)] for key in keys])
    where = {int(key): at for at, key in enumerate(keys)}
    starts, places, values = [0], [], []
    for hashed in made:
        # Sorted, for the order of a set is another one in every process.
        found = np.array(sorted({where[key] for key in hashed if key in where}), np.intp)
        many = int(letters[found].sum())
        places.append(found)
        values.append(np.where(letters[found], unit(many), unit(len(found) - many)))
        starts.append(starts[-1] + len(found))
    shape = (len(lot), len(keys))
    data = (np.concatenate(values), np.concatenate(places), starts)
    return FeatureRows(csr_matrix(data, shape=shape, dtype=np.float32), keys, letters)


def fit(
    rows: csr_matrix, right: NDArray[np.bool_], weight: NDArray[np.float64]
) -> LogisticRegression:
    model = LogisticRegression(C=STRICT, solver="liblinear", tol=1e-3, random_state=0)
    return model.fit(rows, right, sample_weight=weight)


@dataclass(frozen=True)
class FoldModels:
    """Models that are each fitted without a part of the examples; `groups` is text → group."""

    hearings: tuple[Hearing, ...]
    groups: dict[str, str]

    def hear(self, text: str, group: str = "") -> HeardWish | None:
        """What a text is to a model that saw nothing of its group, which an example has and another
        text is given; None for another text without."""
        group = group or self.groups.get(text, "")
        return self.hearings[part_of(group)].hear(text) if group else None


def part_of(group: str) -> int:
    return crc32(group.encode()) % PARTS


def in_parts(lot: Sequence[WishExample], looked: FeatureRows) -> FoldModels:
    """Fit them."""
    part = np.array([part_of(one.group) for one in lot])
    weight = np.array([COUNTS[one.sort] for one in lot])
    made = []
    for number in range(PARTS):
        rest = part != number
        models = [fit(looked.rows[rest], right[rest], weight[rest]) for right in _rights(lot)]
        nothing = np.zeros((len(looked.keys) + 1, 1), np.float32)
        wishes = _table(models).astype(np.float32)
        made.append(Hearing(looked.keys, looked.letters, wishes, nothing, ("complaint",)))
    return FoldModels(tuple(made), {one.text: one.group for one in lot})


def _rights(lot: Sequence[WishExample]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which are alarms, and which are wishes for a person."""
    means = np.array([one.means for one in lot])
    return ~np.isin(means, (NONE, PERSON)), means == PERSON


def left_out(
    lot: Sequence[WishExample], looked: FeatureRows, parts: FoldModels
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each example's chances by a model that saw neither it nor what belongs to it."""
    part = np.array([part_of(one.group) for one in lot])
    chances = np.zeros((len(lot), 2))
    for number, hearing in enumerate(parts.hearings):
        mine = part == number
        raised = looked.rows[mine] @ hearing.wishes[:-1] + hearing.wishes[-1]
        chances[mine] = 1 / (1 + np.exp(-raised))
    return chances[:, 0], chances[:, 1]


def agreeing(lot: list[WishExample], chances: Sequence[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Which examples are learned from: all but banks' phrasings that contradict the others."""
    most = np.maximum(*chances)
    return np.array([one.sort != "bank" or most[at] < CONTRADICTS for at, one in enumerate(lot)])


def tell(
    lot: Sequence[WishExample], alarm: NDArray[np.float64], person: NDArray[np.float64]
) -> None:
    """What the examples that were left out come to."""
    heard_alarm = (alarm >= LEAST["escalate"]) & (alarm >= person)
    heard_person = (person >= LEAST["human"]) & ~heard_alarm
    kinds = sorted({one.means for one in lot})
    for sort in COUNTS:
        for kind in kinds:
            mine = np.array([one.sort == sort and one.means == kind for one in lot])
            if mine.any():
                click.echo(
                    f"{sort:9} {kind:13} {mine.sum():6} alarm {heard_alarm[mine].mean():.3f}"
                    f"  person {heard_person[mine].mean():.3f}"
                )


def sweep(
    lot: Sequence[WishExample], alarm: NDArray[np.float64], person: NDArray[np.float64]
) -> None:
    """What each threshold would give: the one in `wishes.LEAST` is chosen by this."""
    for name, chance, wanted in (("alarm", alarm, None), ("person", person, PERSON)):
        lots = {
            "recalled": [
                one.sort in ("example", "short")
                and (one.means == wanted if wanted else one.means not in (NONE, PERSON))
                for one in lot
            ],
            "harmless": [one.sort == "harmless" for one in lot],
            "bank": [one.sort == "bank" for one in lot],
        }
        for least in (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
            told = (f"{key} {(chance[mine] >= least).mean():.4f}" for key, mine in lots.items())
            click.echo(f"{name} from {least:.2f}: " + ", ".join(told))


def dump(lot: Sequence[WishExample], all_seen: FeatureRows) -> bytes:
    """The models fitted to all examples."""
    weight = np.array([COUNTS[one.sort] for one in lot])
    means = np.array([one.means for one in lot])
    alarms = _rights(lot)[0]
    both = [fit(all_seen.rows, right, weight) for right in _rights(lot)]
    wishes = _table(both)
    names = sorted(set(means[alarms].tolist()))
    few = np.asarray((all_seen.rows[alarms] > 0).sum(axis=0)).ravel() < FEWEST_KIND
    own = all_seen.rows[alarms]
    kinds = _table([fit(own, means[alarms] == name, weight[alarms]) for name in names])
    kinds[:-1][few] = 0
    out = BytesIO()
    np.savez_compressed(
        out,
        allow_pickle=False,
        keys=all_seen.keys,
        letters=all_seen.letters,
        wishes=wishes.astype(np.float16),
        kinds=kinds.astype(np.float16),
        names=np.array(names),
    )
    return out.getvalue()


def _table(models: Sequence[LogisticRegression]) -> NDArray[np.float64]:
    """A column per model; the last row is its constant."""
    return np.column_stack([np.append(model.coef_[0], model.intercept_[0]) for model in models])


def learned() -> FoldModels:
    """Models that are fitted without a part of the examples."""
    lot = examples()
    return in_parts(lot, seen(lot))


def make() -> FoldModels:
    """Fit and write the models; gives those of `learned` as well."""
    lot = examples()
    looked = seen(lot)
    parts = in_parts(lot, looked)
    chances = left_out(lot, looked, parts)
    tell(lot, *chances)
    sweep(lot, *chances)
    keep = agreeing(lot, chances)
    kept = [one for one, good in zip(lot, keep.tolist(), strict=True) if good]
    OUT.write_bytes(dump(kept, seen(kept)))
    click.echo(f"{OUT.name}: {OUT.stat().st_size:,} bytes from {len(kept)} examples")
    return parts


if __name__ == "__main__":
    make()
