"""What a message does to the conversation: every clause scored against every move."""

import hashlib
import io
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from faq import compiled, language
from faq.moves import features, numerals, reading
from faq.moves.heard import ANY, Clause, Heard
from faq.moves.model import Model
from faq.moves.training import GUIDES, learned

CACHE = compiled.FOLDER
KEPT = 4
SHOWN = 5
MOST_WHOLE = 24
"""A message of several clauses, and no longer, is also read as one."""


@dataclass(frozen=True)
class LearnedRecogniser:
    """A learned model. Not changed by use: safe to share."""

    model: Model

    def hear(self, text: str, state: str = ANY) -> Heard:
        """Read one message while `state` is open."""
        said = reading.read(text)
        clauses = tuple(self._clause(clause, state) for clause in said.clauses)
        joined = "".join(said.clauses)
        whole = (
            self._clause(joined, state) if len(clauses) > 1 and len(joined) <= MOST_WHOLE else None
        )
        return Heard(said, clauses, whole)

    def _clause(self, clause: str, state: str) -> Clause:
        shares = self.model.shares(features.of(clause, state))
        best = np.argsort(-shares)[:SHOWN].tolist()
        likely = tuple((self.model.labels[place], round(float(shares[place]), 4)) for place in best)
        return Clause(clause, likely, numerals.choice(clause), numerals.step(clause))


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(language.__file__).parent, GUIDES):
        for file in sorted(folder.iterdir()):
            if file.suffix in (".toml", ".py", ".md"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


@lru_cache(maxsize=1)
def recogniser(cache_folder: Path | None = CACHE) -> LearnedRecogniser:
    """The recogniser: learned once, some ten seconds, then read from the cache folder."""
    if cache_folder is None:
        return LearnedRecogniser(learned())
    file = cache_folder / f"{_fingerprint()}.moves"
    try:
        return LearnedRecogniser(_load(compiled.read(file)))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        model = learned()
    with suppress(OSError):
        compiled.keep(file, _dump(model), newest=KEPT)
    return LearnedRecogniser(_load(_dump(model)))


def _dump(model: Model) -> bytes:
    names = json.dumps([model.labels, model.features], ensure_ascii=False).encode()
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        names=np.frombuffer(names, np.uint8),
        weights=model.weights.astype(np.float16),
    )
    return packed.getvalue()


def _load(data: bytes) -> Model:
    with np.load(io.BytesIO(data), allow_pickle=False) as parts:
        labels, names = json.loads(parts["names"].tobytes())
        return Model(tuple(labels), tuple(names), parts["weights"].astype(np.float32))
