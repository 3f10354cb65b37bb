"""Making texts comparable: width, script, regional words, emoji, noise, ways of asking.

Bank and message go through the same function, so a rule that is wrong somewhere is wrong on
both sides alike and costs little.
"""

import re
import unicodedata
from functools import cache, lru_cache

from opencc import OpenCC

from faq import language

LONGEST = 1200
"""Characters looked at: a longer message is read from its beginning and its end."""
ENOUGH_LEFT = 4
ANEW = 8
"""Texts that are remembered: a message is read several times over, and by the gate's two banks."""
_CODE = re.compile(r"\[[A-Za-z\u4e00-\u9fff]{1,5}\]")  # WeChat sends 😂 as [捂脸]
_DIGITS = re.compile(r"\d{5,}")
_SAME = re.compile(r"([^\W\d_])\1{2,}")
_PHRASE_AGAIN = re.compile(r"([\u4e00-\u9fff]{2,8}?)(?:[，,。!！ ]*\1){1,}")
_MANNER = re.compile(r"怎么个?([\u4e00-\u9fff])法(?!人)")  # 怎么个退法 asks 怎么退
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
_HAN, _LATIN = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]{2}")


@cache
def _simplifier() -> OpenCC:
    return OpenCC("t2s")


@cache
def _replacer(*tables: str) -> tuple[re.Pattern[str], dict[str, str]]:
    pairs: dict[str, str] = {}
    for name in tables:
        pairs |= language.mapping("wording", name)
    longest_first = sorted(pairs, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))), pairs


def _replace(text: str, *tables: str) -> str:
    pattern, pairs = _replacer(*tables)
    return pattern.sub(lambda found: pairs[found[0]], text)


@cache
def _english(*, mixed: bool) -> tuple[re.Pattern[str], dict[str, str]]:
    words = dict(language.mapping("wording", "english"))
    if mixed:
        words |= language.mapping("wording", "english_mixed")
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf" *(?<![a-z0-9@.])(?:{either})(?![a-z0-9@]) *", re.IGNORECASE), words


def without_english(text: str) -> str:
    """想refund保证金 with its English words in Chinese; pinyin, names and addresses stay.

    Among Chinese characters more words are read than in a text of Latin letters alone, which may be
    pinyin.
    """
    if not _LATIN.search(text):
        return text
    pattern, words = _english(mixed=bool(_HAN.search(text)))
    return pattern.sub(lambda found: words[found[0].strip().lower()], text)


def mixed(text: str) -> str:
    """The same for texts that hold Chinese characters; any other stays, for it may be pinyin."""
    return without_english(text) if _HAN.search(text) else text


def without_dialect(text: str) -> str:
    """我登唔到喎 in mainland words; a text that has none of these words stays as it is written."""
    simple = _simplifier().convert(text)
    said = _replace(simple, "regional", "dialect")
    return text if said == simple else said


@lru_cache(maxsize=ANEW)
def fold(text: str) -> str:
    """Width, case, script, regional and English words made one; punctuation kept."""
    if len(text) > LONGEST:
        text = text[: LONGEST * 2 // 3] + "。" + text[-LONGEST // 3 :]
    text = unicodedata.normalize("NFKC", text)[: LONGEST * 2].lower()
    text = _simplifier().convert(_CODE.sub(" ", text))
    return mixed(_replace(text, "regional", "emoji"))


def plain(folded: str) -> str:
    """A folded text as a row of characters: ways of asking made one, repeats and noise gone."""
    text = _SAME.sub(r"\1", _DIGITS.sub(" ", folded))
    text = _PHRASE_AGAIN.sub(r"\1", text)
    text = _MANNER.sub(r"怎么\1", _replace(text, "question"))
    return _NOT_WORD.sub(" ", text).strip()


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    fronts, backs = (
        "|".join(
            re.escape(word)
            for word in sorted(language.words("wording", "filler", side), key=len, reverse=True)
        )
        for side in ("front", "back")
    )
    return re.compile(f"^(?:(?:{fronts})\\s*)+"), re.compile(f"(?:\\s*(?:{backs}))+$")


def bare(text: str) -> str:
    """A plain text without the greetings and particles around it.

    Itself when little would be left: 好的谢谢 thanks, and 收到啦 is an answer.
    """
    front, back = _edges()
    rest = back.sub("", front.sub("", text)).strip()
    return rest if len(rest) >= ENOUGH_LEFT else text


@lru_cache(maxsize=ANEW)
def tidy(text: str) -> str:
    """A phrasing or a message as it is compared."""
    return bare(plain(fold(text)))


def key(text: str) -> str:
    """Equal for texts that differ in width, case, script or punctuation only."""
    text = _simplifier().convert(unicodedata.normalize("NFKC", text).lower())
    return _NOT_WORD.sub("", text)
