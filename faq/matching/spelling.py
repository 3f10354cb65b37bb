"""Reading what a keyboard made of it: pinyin, initials, homophones, by the bank's words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log

from faq.matching.pinyin import Sounds, fuzzy

_LATIN = re.compile(r"[a-z][a-z ']*[a-z]|[a-z]")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_WORDS = range(2, 5)
_LONGEST_FIRST = tuple(reversed(_WORDS))
_COMMON = 3
"""How often the bank must use a word before a message is read as meaning it."""
_BEAM = 6
_FAR_RARER = log(8)
"""A guide may hold a few slips among its phrasings: they do not make the slip a word."""
_ASKING = frozenset("哪几怎谁啥何咋")
_MOSTLY = 0.9
"""The share of its places in which a piece of a longer word stands there."""
_SMALL = frozenset("的了吗呢吧啊呀么着过是我你他她它就还也都会能要不没有在这那个")
"""Characters that say too little to tell a slip by: 会飞吗 is not a way to write 会费吗."""


@dataclass(frozen=True)
class Speller:
    """What the bank's own words say about letters and sounds.

    `by_initials` is "yzm" → 验证码; `by_sound` is how a word sounds (`Sounds.string`) → the word;
    `chars` is a toneless syllable → characters with log-frequencies, `pairs` the log-frequency
    bonus of two characters in a row; `known` are the character pairs the bank uses.
    """

    sounds: Sounds
    by_initials: dict[str, str] = field(default_factory=dict)
    by_sound: dict[str, str] = field(default_factory=dict)
    chars: dict[str, dict[str, float]] = field(default_factory=dict)
    pairs: dict[str, float] = field(default_factory=dict)

    def read(self, text: str) -> str:
        """A plain text with pinyin, initials and wrong homophones turned into the bank's words."""
        if text.isascii() or _LATIN.search(text):
            text = _LATIN.sub(lambda found: self._letters(found[0]), text)
        return _HAN.sub(lambda found: self._homophones(found[0]), text)

    def alike(self, char: str) -> set[str]:
        """Other characters of the bank that sound like this one, to a careless ear."""
        return set(self.chars.get(self.sounds.of.get(char, ""), ())) - {char}

    def _letters(self, letters: str) -> str:
        words = letters.replace("'", " ").split()
        read = [self._word(word) for word in words]
        if not any(isinstance(word, list) for word in read):
            return " ".join(str(word) for word in read)
        return self._decode(read)

    def _word(self, word: str) -> str | list[str]:
        """One typed word: a bank word by its initials, syllables, or itself."""
        if word in self.by_initials:
            return self.by_initials[word]
        if word in ("app", "hi", "hello", "ok", "wifi", "me", "a", "e", "o"):
            return word if word not in ("me", "a", "e") else [word]
        return self.sounds.segment(word) or word

    def _decode(self, read: list[str | list[str]]) -> str:
        """The likeliest characters for a row of words and syllables, by the bank's pairs."""
        beams: list[tuple[float, str]] = [(0.0, "")]
        for piece in read:
            for syllable in piece if isinstance(piece, list) else [None]:
                options = {str(piece): 0.0} if syllable is None else self._options(syllable)
                grown = [
                    (score + weight + self._pair(text, option), text + option)
                    for score, text in beams
                    for option, weight in options.items()
                ]
                beams = sorted(grown, reverse=True)[:_BEAM]
        return beams[0][1]

    def _options(self, syllable: str) -> dict[str, float]:
        return self.chars.get(syllable) or self.chars.get(fuzzy(syllable)) or {syllable: -9.0}

    def _pair(self, text: str, option: str) -> float:
        return self.pairs.get(text[-1:] + option[:1], -2.0) if text else 0.0

    def _homophones(self, run: str) -> str:
        """A row of characters with words that only sound like the bank's written as the bank's."""
        if len(run) < _WORDS[0]:
            return run
        sounds = self.sounds.string(run)
        for at in range(len(run) - 1):  # a word that is right may overlap one that is not
            word = self._heard(run, sounds, at)
            run = f"{run[:at]}{word}{run[at + len(word) :]}"
        return run

    def _heard(self, run: str, sounds: str, at: int) -> str:
        for length in _LONGEST_FIRST:
            word = self.by_sound.get(sounds[at : at + length])
            if word:
                written = run[at : at + length]
                if word == written or self._rarer(written, word):
                    return word
        return ""

    def _rarer(self, written: str, word: str) -> bool:
        """Whether the bank writes this so much more seldom than the word that it may be a slip.

        A character that asks is none: 退款进哪 is no 退款金拿.
        """
        if not _ASKING.isdisjoint(set(written) - set(word)):
            return False
        return self._seen(word) - self._seen(written) > _FAR_RARER

    def _seen(self, word: str) -> float:
        return min(self.pairs.get(word[at : at + 2], 0.0) for at in range(len(word) - 1))


def learn_spelling(texts: Iterable[str], sounds: Sounds) -> Speller:
    """Learn from plain texts of the bank what letters and sounds stand for."""
    grams: Counter[str] = Counter()
    for text in texts:
        for run in _HAN.findall(text):
            for length in range(1, _WORDS[-1] + 1):
                grams.update({run[i : i + length] for i in range(len(run) - length + 1)})
    single = {gram: count for gram, count in grams.items() if len(gram) == 1}
    chars: dict[str, dict[str, float]] = defaultdict(dict)
    total = sum(single.values()) or 1
    for char, count in single.items():
        reading = sounds.toneless.get(char, "")
        for spelt in {reading, sounds.of.get(char, "")} - {""}:
            chars[spelt][char] = log(count / total) / 3
    pairs = {gram: log(1 + n) for gram, n in grams.items() if len(gram) == 2}  # noqa: PLR2004 - a pair
    return Speller(sounds, _initials(grams, sounds), _by_sound(grams, sounds), dict(chars), pairs)


def _initials(grams: Counter[str], sounds: Sounds) -> dict[str, str]:
    """The bank's commonest word for each row of initials that is no syllable itself."""
    best: dict[str, tuple[int, str]] = {}
    for gram, count in grams.items():
        if count < 2 * _COMMON or len(gram) not in _WORDS:
            continue
        letters = "".join(sounds.initials.get(char, "?") for char in gram)
        if sounds.segment(letters) is None:
            best[letters] = max(best.get(letters, (0, "")), (count, gram))
    return {letters: gram for letters, (_, gram) in best.items()}


def _pieces(grams: Counter[str]) -> set[str]:
    """What is hardly ever written but within one longer word: 司注 of 公司注册 is no word that
    真是猪 could be meant for."""
    longer = ((gram, count) for gram, count in grams.items() if len(gram) > _WORDS[0])
    return {
        part
        for gram, count in longer
        for part in (gram[1:], gram[:-1])
        if count >= _MOSTLY * grams[part]
    }


def _by_sound(grams: Counter[str], sounds: Sounds) -> dict[str, str]:
    """Words by their fuzzy sound, where one of them is far commoner than all others."""
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    pieces = _pieces(grams)
    for gram, count in grams.items():
        if gram in pieces or len(gram) not in _WORDS:
            continue
        if sum(char not in _SMALL for char in gram) >= _WORDS[0]:
            heard[sounds.string(gram)][gram] += count
    chosen: dict[str, str] = {}
    for sound, words in heard.items():
        word, count = words.most_common(1)[0]
        if count >= _COMMON * (2 if len(word) == _WORDS[0] else 1):
            chosen[sound] = word
    return chosen
