"""How time and memory grow with the bank: generated phrasings, seeded, 100 to 100,000."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from time import perf_counter

from bench.peers import peers, phrasings
from faq.bank import Bank, Entry
from faq.matcher import fit_matcher

SIZES = (100, 1_000, 10_000, 100_000)
PER_ENTRY = 40
ASKED = 300


@dataclass(frozen=True)
class Speed:
    """Milliseconds per message, build seconds, megabytes held afterwards."""

    name: str
    size: int
    median: float
    slow: float
    build: float
    megabytes: float


def generated(seed: Bank, size: int, dice: Random) -> Bank:
    """A bank of `size` phrasings: real ones cut and joined anew, each entry with its own theme."""
    pool = [text for entry in seed.entries for text in entry.phrasings]
    entries = []
    for number in range(max(1, size // PER_ENTRY)):
        theme = "".join(chr(dice.randrange(0x4E00, 0x8000)) for _ in range(3))
        lines = tuple(
            dict.fromkeys(_joined(pool, theme, dice) for _ in range(min(size, PER_ENTRY)))
        )
        entries.append(Entry(f"made-{number}", f"{theme}怎么办", "…", lines))
    return Bank(tuple(entries))


def _joined(pool: list[str], theme: str, dice: Random) -> str:
    one, two = dice.choice(pool), dice.choice(pool)
    half = one[: dice.randrange(2, max(3, len(one)))]
    return f"{half}{theme}{two[-dice.randrange(2, max(3, len(two))) :]}"


def measure(seed: Bank, asked: list[str], sizes: tuple[int, ...] = SIZES) -> Iterator[Speed]:
    """Ours and every peer at each size."""
    for size in sizes:
        bank = generated(seed, size, Random(size))  # noqa: S311 - repeatable on purpose
        texts, of = phrasings(bank)
        dice = Random(1)  # noqa: S311 - as above
        questions = [dice.choice(texts)[1:] if n % 2 else dice.choice(asked) for n in range(ASKED)]
        yield _timed("dianban", size, lambda: fit_matcher(bank).understand, questions)  # noqa: B023 - used at once
        for name, make in peers(texts, of):
            yield _timed(name, size, lambda: make().rank, questions)  # noqa: B023 - used at once


def _timed(
    name: str, size: int, make: Callable[[], Callable[[str], object]], questions: list[str]
) -> Speed:
    gc.collect()
    tracemalloc.start()
    began = perf_counter()
    ask = make()
    build = perf_counter() - began
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    took = []
    for question in questions:
        began = perf_counter()
        ask(question)
        took.append((perf_counter() - began) * 1e3)
    took.sort()
    return Speed(name, size, took[len(took) // 2], took[int(len(took) * 0.99)], build, held)
