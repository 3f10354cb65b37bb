"""不是这条: words that a person said are not answered with an entry are not, from now on.

It holds in every process within seconds, for the same words with whatever courtesies around them,
and ends with the verdict: by 撤销, by a newer one, by `forget`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from faq.understanding import Matcher, Topic, TopicLine, Understanding
from handlers.knowledge.private import clean, question_key
from storage.database import Session
from storage.queries import verdicts as stored_verdicts

Refused = Mapping[str, frozenset[str]]
"""Key of the words → entries that do not answer them."""
LIKELY, WORTH = 0.3, 0.1
"""How likely the next entry must be, now that the likeliest is out, for a list to be offered, and
each one in it."""
OFFERED = 3


@dataclass(frozen=True)
class Corrected:
    """A matcher that heeds what people said."""

    matcher: Matcher
    refused: Refused

    def understand(self, text: str, context: Topic | None = None) -> Understanding:
        meaning = self.matcher.understand(text, context)
        entries = self._not(text)
        return without(meaning, entries) if entries else meaning

    def within(self, entry: str, text: str) -> Sequence[TopicLine]:
        return () if entry in self._not(text) else self.matcher.within(entry, text)

    def _not(self, text: str) -> frozenset[str]:
        return self.refused.get(question_key(clean(text)), frozenset())


def corrected(matcher: Matcher, refused: Refused) -> Matcher:
    return Corrected(matcher, refused) if refused else matcher


def without(meaning: Understanding, entries: frozenset[str]) -> Understanding:
    """The same message, with these entries out of the question."""
    ranking = tuple(one for one in meaning.ranking if one[0] not in entries)
    options = tuple(name for name in meaning.options if name not in entries)
    made = replace(meaning, ranking=ranking, options=options)
    if meaning.ranking[:1] != ranking[:1]:
        made = replace(made, sentence=None)
    if meaning.outcome == "answer" and meaning.entry in entries:
        return _next_best(
            made, 1 - sum(share for name, share in meaning.ranking if name in entries)
        )
    if meaning.outcome == "options" and not options:
        return replace(made, outcome="none")
    return made


def _next_best(made: Understanding, left: float) -> Understanding:
    """What remains is offered where it is likely, and is no answer at once: nobody said that it
    is one."""
    likely = [(name, share / max(left, 1e-6)) for name, share in made.ranking]
    if not likely or likely[0][1] < LIKELY:
        return replace(made, outcome="none", entry=None, score=0.0)
    options = tuple(name for name, share in likely[:OFFERED] if share >= WORTH)
    return replace(made, outcome="options", entry=None, options=options, score=likely[0][1])


def refused(session: Session) -> Refused:
    """What people said last of the same words counts."""
    return {
        key: frozenset(filter(None, expected.get("accept", ())))
        for key, expected in stored_verdicts.said_wrong(session)
    }
