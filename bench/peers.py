"""Other ways to find the entry, for comparison: each ranks entries with one score.

They see the same phrasings of the same entries and no more; none of them knows human, social or
alarm wishes, so they are compared on the questions alone. ChatterBot 1.2 asks for SQLAlchemy 2.0
and cannot be installed beside the program.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import bm25s
import jieba
import numpy as np
import tantivy
from rapidfuzz import fuzz, process
from sklearn.feature_extraction.text import TfidfVectorizer

from faq.bank import Bank

Best = tuple[str, float]
Split = Callable[[str], list[str]]


class Peer(Protocol):
    """Gives the best entries for a text, best first, with scores that grow with likeness."""

    def rank(self, text: str) -> list[Best]: ...


def _best_per_entry(found: Iterator[Best], most: int = 3) -> list[Best]:
    best: dict[str, float] = {}
    for entry, score in found:
        best[entry] = max(score, best.get(entry, score))
    return sorted(best.items(), key=lambda one: -one[1])[:most]


class Fuzzy:
    """rapidfuzz `process.extract` with one of its scorers, over every phrasing."""

    def __init__(
        self, texts: Sequence[str], of: Sequence[str], scorer: Callable[..., float]
    ) -> None:
        self._texts, self._of, self._scorer = texts, of, scorer

    def rank(self, text: str) -> list[Best]:
        found = process.extract(text, self._texts, scorer=self._scorer, limit=40)
        return _best_per_entry((self._of[row], score) for _, score, row in found)


class Okapi:
    """BM25 (k1 1.2, b 0.75) over words or character pairs."""

    def __init__(self, texts: Sequence[str], of: Sequence[str], split: Split) -> None:
        self._of, self._split = np.array(of), split
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index([split(text) for text in texts], show_progress=False)

    def rank(self, text: str) -> list[Best]:
        tokens = [token for token in self._split(text) if token in self._index.vocab_dict]
        if not tokens:
            return []
        scores = self._index.get_scores(tokens)
        rows = np.argsort(-scores)[:40]
        return _best_per_entry((str(self._of[row]), float(scores[row])) for row in rows)


class TfIdf:
    """Cosine of TF-IDF over one to three characters (scikit-learn)."""

    def __init__(self, texts: Sequence[str], of: Sequence[str]) -> None:
        self._of = np.array(of)
        self._vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
        self._rows = self._vectors.fit_transform(texts)

    def rank(self, text: str) -> list[Best]:
        scores = (self._rows @ self._vectors.transform([text]).T).toarray()[:, 0]
        rows = np.argsort(-scores)[:40]
        return _best_per_entry((str(self._of[row]), float(scores[row])) for row in rows)


class Tantivy:
    """tantivy's BM25 over its n-gram tokenizer, one and two characters."""

    def __init__(self, texts: Sequence[str], of: Sequence[str]) -> None:
        schema = tantivy.SchemaBuilder().add_text_field("text", tokenizer_name="grams")
        schema = schema.add_text_field("entry", stored=True, tokenizer_name="raw")
        self._index = tantivy.Index(schema.build())
        grams = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(1, 2, prefix_only=False))
        self._grams = grams.build()
        self._index.register_tokenizer("grams", self._grams)
        writer = self._index.writer(heap_size=50_000_000, num_threads=1)
        for text, entry in zip(texts, of, strict=True):
            writer.add_document(tantivy.Document(text=text, entry=entry))
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def rank(self, text: str) -> list[Best]:
        terms = [
            (tantivy.Occur.Should, tantivy.Query.term_query(self._index.schema, "text", gram))
            for gram in dict.fromkeys(self._grams.analyze(text))
        ]
        if not terms:
            return []
        hits = self._searcher.search(tantivy.Query.boolean_query(terms), limit=40).hits
        found = ((self._searcher.doc(address)["entry"][0], score) for score, address in hits)
        return _best_per_entry(found)


def pairs_of(text: str) -> list[str]:
    return [text[at : at + 2] for at in range(len(text) - 1)] or [text]


def peers(texts: Sequence[str], of: Sequence[str]) -> Iterator[tuple[str, Callable[[], Peer]]]:
    """Name and maker of every peer; making one is building its index."""
    yield "rapidfuzz WRatio", lambda: Fuzzy(texts, of, fuzz.WRatio)
    yield "rapidfuzz token_set_ratio", lambda: Fuzzy(texts, of, fuzz.token_set_ratio)
    yield "rapidfuzz ratio", lambda: Fuzzy(texts, of, fuzz.ratio)
    yield "BM25 words (jieba)", lambda: Okapi(texts, of, jieba.lcut)
    yield "BM25 character pairs", lambda: Okapi(texts, of, pairs_of)
    yield "TF-IDF 1-3 characters", lambda: TfIdf(texts, of)
    yield "tantivy 1-2 characters", lambda: Tantivy(texts, of)


def phrasings(bank: Bank) -> tuple[list[str], list[str]]:
    """Every phrasing of every entry, and whose it is."""
    rows = [(text, e.id) for e in bank.entries for text in (e.question, *e.phrasings)]
    return [text for text, _ in rows], [entry for _, entry in rows]
