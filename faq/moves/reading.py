"""A message made ready: the quoted part and the faces gone, cut into clauses."""

import re
import unicodedata

from faq.matching.normalize import fold, mixed
from faq.moves import numerals
from faq.moves.heard import Said

_QUOTE = re.compile(r"^「[^\n]*(?:\n[^\n]*)*?」?\s*\n\s*(?:-\s?){5,}\s*\n", re.MULTILINE)
"""WeChat puts what is quoted in 「name：text」, a line of dashes below it, then the new words."""
_LETTERS_FACE = re.compile(r"/:[^\s\u4e00-\u9fff]{1,8}")
"""Faces of old WeChat: /::) /:8-) /:strong."""
_FACE = re.compile(r"\[[\u4e00-\u9fffA-Za-z]{1,6}\]")
_CUT = re.compile(r"[\s,，。.;；!！?？、~～…]+")
_GOES_ON = re.compile(
    r"(?<=[\u4e00-\u9fff]{4})(?=(?:然后呢|然后怎么|然后咋|接下来|下一步|接着呢|下面呢|完了呢)"
    r"[呢啊呀吧怎么办弄咋整做]*$)"
    r"|(?<=[\u4e00-\u9fff]{2}[好去来完上到成进]了)(?=然后|接着|完了)"
    r"|(?<=[\u4e00-\u9fff]{2}[好去来完上到成进]了[呀啊哦呢哈])(?=然后|接着|完了)"
)
"""A voice has no commas: 第一步我登录上去了然后呢, 填好了呀然后点哪个."""
_IN_ONE = re.compile(r"(?<=[\u4e00-\u9fff]) +(?=[A-Za-z]{5})|(?<=[A-Za-z]{5}) +(?=[\u4e00-\u9fff])")
"""人在 Penang 收不到: the spaces around a foreign word end no clause."""
_INVISIBLE = "\ufe0f\u20e3\u200d"
_LATIN = 0xFF
_NUMBER_BREAK = re.compile(r"(?<=\d)[\s\-](?=\d)")
_NOT_WORD = re.compile(r"[^0-9a-z\u3400-\u9fff]+")
MOST_CLAUSES = 8
LONGEST = 400


def unquoted(text: str) -> str:
    """The words below WeChat's quote line; the text itself when nothing is quoted."""
    lines = [match.end() for match in _QUOTE.finditer(text)]
    return text[lines[-1] :].strip() if lines else text


def faceless(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without faces and pictures, and the faces. 1\ufe0f\u20e3 stays a number."""
    faces = (*_FACE.findall(text), *_LETTERS_FACE.findall(text))
    bare = _LETTERS_FACE.sub(" ", _FACE.sub(" ", text))
    pictures = tuple(filter(_is_picture, bare))
    kept = (" " if _is_picture(one) else one for one in bare if one not in _INVISIBLE)
    return "".join(kept).strip(), faces + pictures


def _is_picture(character: str) -> bool:
    return ord(character) > _LATIN and unicodedata.category(character) in ("So", "Sk")


def read(text: str) -> Said:
    """A message of any length, made ready."""
    bare, faces = faceless(unquoted(text[: 4 * LONGEST]))
    cut = _CUT.split(_NUMBER_BREAK.sub("", _IN_ONE.sub("", mixed(bare[:LONGEST]))))
    parts = [plain(one) for part in cut for one in _GOES_ON.split(part)]
    clauses = tuple(part for part in parts if part)
    if len(clauses) > 1 and all(part.isascii() and part.isalpha() for part in clauses):
        clauses = ("".join(clauses),)  # xia yi bu: pinyin with a space between syllables
    if len(clauses) > MOST_CLAUSES:
        clauses = (*clauses[: MOST_CLAUSES - 1], "".join(clauses[MOST_CLAUSES - 1 :]))
    return Said(bare, clauses, faces, asks="?" in bare or "？" in bare)


def plain(clause: str) -> str:
    """One width, one script, one case, mainland words, and nothing but characters."""
    return _NOT_WORD.sub("", fold(clause))


def step_number(text: str) -> int | None:
    """The step in 第三步是啥, -1 for 最后一步; None when the message names none."""
    return numerals.step(plain(text))
