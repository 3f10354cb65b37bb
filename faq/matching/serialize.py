"""A compiled matcher as bytes, and back: starting costs a read instead of a fit.

One `.npz` without pickled objects: the arrays, and everything else as JSON in bytes.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np

import faq
from faq.bank import Bank
from faq.matching.features import Featurer
from faq.matching.index import Index
from faq.matching.letters import Letters
from faq.matching.lines import Line, Lines
from faq.matching.meanings import Meaning
from faq.matching.meant import Meant
from faq.matching.pinyin import Sounds
from faq.matching.sparse import SparseIndex
from faq.matching.spelling import Speller
from faq.matching.told import Sentence, Told

ROWS = ("first", "kinds", "owner_starts", "owners", "named", "heft")
SPACE = ("idf", "blocks", "starts", "where", "lengths")
TOLD = ("first", "weights", "starts", "where", "lengths")
MEANT = ("phrasings", "told", "linear")
Parts = tuple[Index, dict[str, str]]
"""The library, and entry id → guide."""
NOT_SHAPING = frozenset({"guides", "moves", "__pycache__", ".compiled"})
"""Folders of `faq`: the guides are in the bank already, and moves are recognised by themselves."""
LIBRARIES = ("numpy", "opencc", "pypinyin", "rapidfuzz")


def fingerprint(bank: Bank, model: str) -> str:
    """A name for what a bank compiles to: its content, the model of its sentence vectors (""
    without), and all code and data that shape it."""
    content = asdict(bank)
    del content["firm"]  # how the bot words things changes nothing that it understands
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=list).encode())
    digest.update(model.encode())
    digest.update(_shaping())
    return digest.hexdigest()[:32]


@cache
def _shaping() -> bytes:
    """Code and data of `faq` (a few files too many cost a fit, one too few a stale matcher), and
    the versions of the libraries that compute with them."""
    digest = hashlib.sha256()
    for name, content in sorted(sources()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    for library in LIBRARIES:
        digest.update(f"{library} {metadata.version(library)}\0".encode())
    return digest.digest()


def sources(folder: Traversable | None = None, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of `faq` that may shape a matcher."""
    for item in (folder or files(faq)).iterdir():
        name = f"{path}/{item.name}"
        if item.is_dir() and item.name not in NOT_SHAPING:
            yield from sources(item, name)
        elif item.name.endswith((".toml", ".py", ".npz")):
            yield name, item.read_bytes()


def dump(parts: Parts) -> bytes:
    """Everything a matcher is made of."""
    library, guides = parts
    space, letters = library.space, library.letters
    speller, featurer = letters.speller, letters.featurer
    plain = {
        "meanings": [[meaning.kind, meaning.name] for meaning in library.meanings],
        "texts": library.texts,
        "sounds": library.sounds,
        "vocabulary": list(space.vocabulary),
        "readings": " ".join(reading or "-" for reading in featurer.sounds.readings),
        "synonyms": featurer.synonyms,
        "platforms": featurer.platforms,
        "by_initials": speller.by_initials,
        "by_sound": speller.by_sound,
        "chars": speller.chars,
        "pairs": speller.pairs,
        "guides": guides,
        "told": [[each.entry, each.part, each.text] for each in library.told.sentences],
        "told_vocabulary": list(library.told.vocabulary),
        "lines": [[each.entry, each.kind, each.text, each.keys] for each in library.lines.lines],
        "model": library.meant.model if library.meant else "",
        "usual": [library.usual_words, library.usual_near],
    }
    arrays = {name: getattr(library, name) for name in ROWS}
    arrays |= {f"space_{name}": getattr(space, name) for name in SPACE}
    arrays |= {f"told_{name}": getattr(library.told, name) for name in TOLD}
    arrays["lines_vectors"] = library.lines.vectors
    if library.meant is not None:
        arrays |= {f"meant_{name}": getattr(library.meant, name) for name in MEANT}
    if library.weights is not None:
        arrays["weights"] = library.weights
    arrays["plain"] = np.frombuffer(json.dumps(plain, ensure_ascii=False).encode(), np.uint8)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def load(data: bytes) -> Parts:
    """The parts that `dump` wrote. Raises ValueError or KeyError when the bytes are damaged."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        plain = json.loads(arrays["plain"].tobytes())
        readings = tuple("" if r == "-" else r for r in plain["readings"].split(" "))
        sounds = Sounds(readings)
        vocabulary = {name: index for index, name in enumerate(plain["vocabulary"])}
        space = SparseIndex(vocabulary, **{name: arrays[f"space_{name}"] for name in SPACE})
        spelling = (plain[name] for name in ("by_initials", "by_sound", "chars", "pairs"))
        library = Index(
            meanings=tuple(Meaning(kind, name) for kind, name in plain["meanings"]),
            texts=tuple(plain["texts"]),
            sounds=tuple(plain["sounds"]),
            space=space,
            weights=arrays.get("weights", None),
            **{name: arrays[name] for name in ROWS},
            letters=Letters(
                Speller(sounds, *spelling),
                Featurer(sounds, plain["synonyms"], tuple(plain["platforms"])),
            ),
            told=Told(
                tuple(Sentence(*each) for each in plain["told"]),
                vocabulary={name: n for n, name in enumerate(plain["told_vocabulary"])},
                **{name: arrays[f"told_{name}"] for name in TOLD},
            ),
            meant=Meant(plain["model"], *(arrays[f"meant_{name}"] for name in MEANT))
            if plain["model"]
            else None,
            usual_words=plain["usual"][0],
            usual_near=plain["usual"][1],
            lines=Lines(
                tuple(
                    Line(entry, kind, text, tuple(keys))
                    for entry, kind, text, keys in plain["lines"]
                ),
                arrays["lines_vectors"],
            ),
        )
    return library, plain["guides"]
