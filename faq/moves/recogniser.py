"""What a message does to the conversation: every clause scored against every move."""

import hashlib
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from faq import compiled, language
from faq.moves import features, numerals, reading
from faq.moves.heard import ANY, Clause, Heard, OwnSayings
from faq.moves.model import MoveModel
from faq.moves.training import GUIDES, learned

CACHE = compiled.FOLDER
KEPT = 4
SHOWN = 5
MOST_WHOLE = 24
"""A message of several clauses, and no longer, is also read as one."""
OWN_SCORE = 0.97


@dataclass(frozen=True)
class LearnedRecogniser:
    """A learned model. Not changed by use: safe to share."""

    model: MoveModel

    def hear(self, text: str, state: str = ANY, own: OwnSayings = ()) -> Heard:
        """Read one message while `state` is open; the firm's `own` sayings are believed first."""
        said, moves = reading.read(text), _by_clause(own)
        clauses = tuple(self._clause(one, state, moves.get(one)) for one in said.clauses)
        joined = "".join(said.clauses)
        if len(clauses) < 2 or len(joined) > MOST_WHOLE:  # noqa: PLR2004 (several)
            return Heard(said, clauses)
        return Heard(said, clauses, self._clause(joined, state, moves.get(joined)))

    def _clause(self, clause: str, state: str, own: str | None) -> Clause:
        likely = ((own, OWN_SCORE),) if own else self._likely(clause, state)
        return Clause(clause, likely, numerals.choice(clause), numerals.step(clause))

    def _likely(self, clause: str, state: str) -> tuple[tuple[str, float], ...]:
        shares = self.model.shares(features.of(clause, state))
        best = np.argsort(-shares)[:SHOWN].tolist()
        return tuple((self.model.labels[place], round(float(shares[place]), 4)) for place in best)


@lru_cache(maxsize=8)
def _by_clause(own: OwnSayings) -> Mapping[str, str]:
    """The firm's sayings as clauses are written."""
    return {reading.plain(saying): move for saying, move in own}


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


def _dump(model: MoveModel) -> bytes:
    names = json.dumps([model.labels, model.features], ensure_ascii=False).encode()
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        names=np.frombuffer(names, np.uint8),
        weights=model.weights.astype(np.float16),
    )
    return packed.getvalue()


def _load(data: bytes) -> MoveModel:
    with np.load(io.BytesIO(data), allow_pickle=False) as parts:
        labels, names = json.loads(parts["names"].tobytes())
        return MoveModel(tuple(labels), tuple(names), parts["weights"].astype(np.float32))
