"""A compiled matcher as bytes, and back: starting costs a read instead of a fit.

One `.npz` without pickled objects: the arrays, and everything else as JSON in bytes.
"""

import hashlib
import io
import json
from dataclasses import asdict
from importlib.resources import files

import numpy as np

from faq import language, match
from faq.bank import Bank
from faq.match.doubter import Doubter
from faq.match.features import Featurer
from faq.match.library import Letters, Library, Meaning
from faq.match.sound import Sounds
from faq.match.space import Floats, Space
from faq.match.spell import Speller
from faq.match.verdict import Bands

ROWS = ("first", "kinds", "owner_starts", "owners", "named", "heft")
SPACE = ("idf", "blocks", "starts", "where", "lengths")
Parts = tuple[Library, Floats, Doubter, Bands, dict[str, str]]
"""The library, the judge's weights, the doubter, the bands, and entry id → guide."""
DOUBTER = ("centre", "spread", "knots", "weights")


def fingerprint(bank: Bank) -> str:
    """A name for what a bank compiles to: its content, the language files and this program."""
    digest = hashlib.sha256(json.dumps(asdict(bank), sort_keys=True, default=list).encode())
    for package in (language, match):
        for file in sorted(files(package).iterdir(), key=lambda one: one.name):
            if file.name.endswith((".toml", ".py")):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def dump(parts: Parts) -> bytes:
    """Everything a matcher is made of."""
    library, judge, doubter, bands, guides = parts
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
        "bands": [bands.answer, bands.offer],
        "guides": guides,
    }
    arrays = {name: getattr(library, name) for name in ROWS}
    arrays |= {f"space_{name}": getattr(space, name) for name in SPACE}
    arrays |= {f"doubter_{name}": getattr(doubter, name) for name in DOUBTER}
    arrays["judge"] = judge
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
        space = Space(vocabulary, **{name: arrays[f"space_{name}"] for name in SPACE})
        spelling = (plain[name] for name in ("by_initials", "by_sound", "chars", "pairs"))
        library = Library(
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
        )
        judge = arrays["judge"]
        doubter = Doubter(*(arrays[f"doubter_{name}"] for name in DOUBTER))
    return library, judge, doubter, Bands(*plain["bands"]), plain["guides"]
