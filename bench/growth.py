"""How time and memory grow with the bank: generated phrasings, seeded, 100 to 100,000."""

import gc
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter

from bench.peers import peers, phrasings
from faq.bank import Bank, Entry
from faq.matching.matcher import dump_matcher, fit_matcher, load_matcher

SIZES = (100, 1_000, 10_000, 100_000)
PER_ENTRY = 40
ASKED = 300


@dataclass(frozen=True)
class Speed:
    """Milliseconds per message, build seconds, megabytes held once it answers."""

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
    """Ours and every peer at each size, each in a process of its own."""
    names = ["dianban", *(name for name, _ in peers([], []))]
    for size in sizes:
        bank = generated(seed, size, Random(size))  # noqa: S311 - repeatable on purpose
        for name in names:
            # A worker serves once, so that one contestant's memory is not another's.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
                compiled = worker.submit(_fitted, bank).result() if name == "dianban" else None
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
                yield worker.submit(_timed, name, size, bank, asked, compiled).result()


def _fitted(bank: Bank) -> tuple[bytes, float]:
    """A compiled bank and how long it took: a web process only loads it."""
    began = perf_counter()
    return dump_matcher(fit_matcher(bank)), perf_counter() - began


def _timed(
    name: str, size: int, bank: Bank, asked: list[str], compiled: tuple[bytes, float] | None
) -> Speed:
    texts, of = phrasings(bank)
    dice = Random(1)  # noqa: S311 - repeatable on purpose
    questions = [dice.choice(texts)[1:] if n % 2 else asked[n % len(asked)] for n in range(ASKED)]
    gc.collect()
    before, began = _resident(), perf_counter()
    ask: Callable[[str], object]
    if compiled:
        ask, build = load_matcher(compiled[0]).understand, compiled[1]
    else:
        ask = dict(peers(texts, of))[name]().rank
        build = perf_counter() - began
    ask(questions[0])
    gc.collect()
    held = _resident() - before
    took = []
    for question in questions:
        began = perf_counter()
        ask(question)
        took.append((perf_counter() - began) * 1e3)
    took.sort()
    return Speed(name, size, took[len(took) // 2], took[int(len(took) * 0.99)], build, held)


def _resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
