"""What to expect of a bank before anybody asks it: it is asked its own phrasings.

The phrasings are cut into parts; a library that does not know a part is asked it. What comes of
that is told to the owner in words: how much will be answered, which entries are close to each
other, and which have too few phrasings. Nothing of the matcher depends on it.
"""

from collections import Counter
from dataclasses import dataclass

from faq.bank import Bank, Entry
from faq.checks import FEW
from faq.matching import vectors
from faq.matching.matcher import CACHE, TrainedMatcher, fit_library
from faq.matching.meanings import ENTRY, NEIGHBOUR, Meaning, Phrasing
from faq.matching.meant import Encoder
from faq.matching.remembered import Remembered

FOLDS = 4
MOST_OF_ENTRY = 24
"""Phrasings of one entry that take part: a large bank is told as much by some of them."""
CLOSE = 2
"""So many phrasings that find another entry first make two entries close."""
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Forecast:
    """Shares of questions, 0 to 1; `close` are pairs of entry ids that are taken for each other."""

    at_once: float
    in_three: float
    close: tuple[tuple[str, str], ...]
    few: tuple[str, ...]

    def in_words(self, bank: Bank) -> list[str]:
        """What the owner reads, a line each."""
        expected = (
            f"预计每 100 个问得到的问题里，大约 {round(100 * self.at_once)} 个当场答对，"
            f"{round(100 * self.in_three)} 个当场答对或者出现在三个选项里。"
        )
        lines = [expected]
        for one, other in self.close[:MOST_TOLD]:
            first, second = bank.by_id[one].question, bank.by_id[other].question
            lines.append(f"「{first}」和「{second}」很像，容易认混：各加几句只属于自己的问法。")
        if self.few:
            names = "、".join(f"「{bank.by_id[each].question}」" for each in self.few[:MOST_TOLD])
            more = f"等 {len(self.few)} 条" if len(self.few) > MOST_TOLD else ""
            lines.append(f"{names}{more}的问法少于 {FEW} 句，补到 {FEW} 句以上认得更准。")
        return lines


def forecast(bank: Bank) -> Forecast:
    """Ask a bank itself; a second or two."""
    chosen = {entry.id: _some(entry) for entry in bank.entries}
    encoder = vectors.current()
    memory = Remembered(encoder, CACHE) if encoder else None
    first = three = asked = 0
    confused: Counter[tuple[str, str]] = Counter()
    for fold_number in range(FOLDS):
        matcher, left = _part(bank, chosen, fold_number, memory)
        for entry, text in left:
            meaning = matcher.understand(text)
            names = [name for name, _ in meaning.ranking]
            right = meaning.entry == entry
            asked += 1
            first += right
            three += right or entry in meaning.options[:3]
            if names and names[0] != entry:
                confused[min(entry, names[0]), max(entry, names[0])] += 1
    close = [pair for pair, times in confused.most_common() if times >= CLOSE]
    few = [entry.id for entry in bank.entries if len(entry.phrasings) < FEW]
    count = max(1, asked)
    return Forecast(first / count, three / count, tuple(close), tuple(few))


def _some(entry: Entry) -> list[str]:
    """The phrasings that take part, spread over all of them."""
    step = -(-len(entry.phrasings) // MOST_OF_ENTRY) or 1
    return list(entry.phrasings[::step])


def _part(
    bank: Bank, chosen: dict[str, list[str]], number: int, encoder: Encoder | None
) -> tuple[TrainedMatcher, list[tuple[str, str]]]:
    """A matcher that lacks one part of the phrasings, and that part with its entries."""
    known: list[Phrasing] = []
    left: list[tuple[str, str]] = []
    for entry in bank.entries:
        own = Meaning(ENTRY, entry.id)
        known += [Phrasing(text, own) for text in (entry.question, entry.short) if text]
        for place, text in enumerate(chosen[entry.id]):
            if place % FOLDS == number:
                left.append((entry.id, text))
            else:
                known.append(Phrasing(text, own))
    for neighbour in bank.neighbours:
        texts = neighbour.phrasings[:MOST_OF_ENTRY]
        known += [Phrasing(text, Meaning(NEIGHBOUR, neighbour.id)) for text in texts]
    return TrainedMatcher(*fit_library(bank, known, encoder), encoder), left
