"""Sentence vectors of texts that were encoded before: publishing encodes only what is new.

In 8 bits, as banks keep them, so that a bank compiles to the same whether its texts were known
or not. The file has no text, only marks of texts.
"""

from contextlib import suppress
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from faq import compiled
from faq.matching.arrays import Floats
from faq.matching.meant import Bytes, Encoder, from_bytes, to_bytes

MOST = 40_000
"""Texts that are kept, the latest asked for; half a KB each."""
_MARK = 12


class Remembered:
    """An encoder of a bank's texts that encodes none twice; `folder` keeps them (None: nowhere)."""

    def __init__(self, encoder: Encoder, folder: Path | None = None) -> None:
        self.name = encoder.name
        self._encoder = encoder
        self._file = folder and folder / f"texts-{_mark(encoder.name).hex()}.known"
        self._known: dict[bytes, Bytes] = _read(self._file) if self._file else {}

    def encode(self, texts: list[str]) -> Floats:
        """One row per text, as 8 bits tell it."""
        if not texts:
            return self._encoder.encode(texts)
        marks = [_mark(text) for text in texts]
        new = {mark: text for mark, text in zip(marks, texts, strict=True)
               if mark not in self._known}  # fmt: skip
        if new:
            made = to_bytes(self._encoder.encode(list(new.values())))
            self._known.update(zip(new, made, strict=True))
        for mark in dict.fromkeys(marks):
            self._known[mark] = self._known.pop(mark)
        return from_bytes(np.stack([self._known[mark] for mark in marks]))

    def encode_one(self, text: str) -> Floats:
        return self._encoder.encode_one(text)

    def keep(self) -> None:
        """Write what is known; a folder that cannot be written costs only time."""
        if self._file is None or not self._known:
            return
        latest = list(self._known)[-MOST:]
        out = BytesIO()
        marks = np.frombuffer(b"".join(latest), np.uint8)
        rows = np.stack([self._known[mark] for mark in latest])
        np.savez(out, allow_pickle=False, marks=marks, rows=rows)
        with suppress(OSError):
            compiled.keep(self._file, out.getvalue())


def _mark(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=_MARK).digest()


def _read(file: Path) -> dict[bytes, Bytes]:
    try:
        with np.load(BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
            marks = arrays["marks"].reshape(-1, _MARK)
            return dict(zip(map(bytes, marks), arrays["rows"], strict=True))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}
