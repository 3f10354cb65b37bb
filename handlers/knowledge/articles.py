"""An article on its way into the draft of the bank: cut into pieces, each taken or skipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq.articles import checked, read_article
from faq.bank import Entry
from faq.draft import Drafted, drafted
from faq.problems import UnreadableError
from handlers.knowledge import drafts, entry_form
from handlers.knowledge.drafts import DraftView, Editor, StaleDraftError, UnknownEntryError
from handlers.knowledge.entry_form import FieldProblem, InvalidEntryError, invalid
from storage.database import Session
from storage.queries import articles
from storage.queries.articles import Article, ArticlePiece

VERBS = ("take", "skip", "undo")
TITLE_MAX = 100
BEFORE, AFTER = 0, -1
CHANGED = "收下以后又改过这一条，放不回来了。不要它的话，请到问答库里删。"


class UnknownPieceError(Exception):
    """There is no such article, or no such piece."""


class PieceSettledError(Exception):
    """A colleague was quicker, or there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody brings: text, or a file with its name; and the guide that it is for."""

    text: str = ""
    name: str = ""
    content: bytes = b""
    guide: str = ""


@dataclass(frozen=True, slots=True)
class CutArticle:
    """An article, read and cut, and not yet stored."""

    title: str
    text: str
    guide: str
    contents: Sequence[Mapping[str, Any]]


def cut(upload: Upload) -> CutArticle:
    """Read it and cut it. Raises InvalidEntryError at `file`, `text` or `guide`.

    A long Word document takes seconds: do it outside a transaction.
    """
    text = _text(upload)
    guide = upload.guide.strip()
    if guide:
        drafts.require_guide(guide)
    contents = [_content(one) for one in drafted(text)]
    return CutArticle((upload.name.strip() or _first_line(text))[:TITLE_MAX], text, guide, contents)


def add(session: Session, one: CutArticle, editor: Editor) -> Article:
    """Store it; without a guide its entries go where the last ones are."""
    guide = one.guide or drafts.usual_guide(drafts.view(session))
    row = Article(
        title=one.title, guide=guide, text=one.text, added_by=editor.by, added_at=editor.now
    )
    return articles.add(session, row, one.contents)


def _text(upload: Upload) -> str:
    try:
        return read_article(upload.name, upload.content) if upload.name else checked(upload.text)
    except UnreadableError as error:
        raise invalid("file" if upload.name else "text", str(error)) from None


def _first_line(text: str) -> str:
    return next(line.strip("# \t\u3000") for line in text.splitlines() if line.strip())


def _content(one: Drafted) -> dict[str, Any]:
    lines = [{"text": line.text, "at": line.at, "step": BEFORE} for line in one.before]
    for number, step in enumerate(one.steps, start=1):
        lines += [{"text": line.text, "at": line.at, "step": number} for line in step.lines]
    lines += [{"text": line.text, "at": line.at, "step": AFTER} for line in one.after]
    entry = one.entry("x", "")
    return {
        "question": one.question,
        "at": one.at,
        "phrasings": list(entry.phrasings),
        "answer": entry.answer,
        "steps": list(entry.steps),
        "after": entry.after,
        "lines": lines,
    }


def fields_of(piece: ArticlePiece) -> dict[str, Any]:
    """What the entry would be given as it stands."""
    content = piece.content
    return {
        "question": content["question"],
        "aliases": content["phrasings"],
        "answer": content["answer"],
        "steps": content["steps"],
        "after": content["after"],
    }


def problems(piece: ArticlePiece, draft: DraftView) -> list[FieldProblem]:
    """Why it cannot be taken as it stands."""
    try:
        entry_form.changed(Entry("x", "", ""), fields_of(piece), draft.others("x"))
    except InvalidEntryError as error:
        return error.problems
    return []


def act(
    session: Session, piece_id: int, do: str, editor: Editor, given: Mapping[str, Any] | None = None
) -> ArticlePiece:
    """Take a piece (with `given` instead of its own fields), skip it, or put it back.

    Raises UnknownPieceError, PieceSettledError, InvalidEntryError: nothing was changed then.
    """
    if do not in VERBS:
        raise invalid("do", f"要是 {'、'.join(VERBS)} 之一")
    drafts.locked(session, editor.now)  # before the piece, as everybody does
    piece = articles.lock_piece(session, piece_id)
    if piece is None:
        raise UnknownPieceError
    if (piece.state == "open") is (do == "undo"):
        raise PieceSettledError
    if do == "take":
        _take(session, piece, given or {}, editor)
    elif do == "skip":
        articles.settle(piece, "skipped", editor.by, editor.now)
    else:
        _put_back(session, piece, editor)
    return piece


def _take(session: Session, piece: ArticlePiece, given: Mapping[str, Any], editor: Editor) -> None:
    fields = {"guide": piece.article.guide} | fields_of(piece) | dict(given)
    made = drafts.add_entry(session, fields, editor)
    piece.entry, piece.revision = made.entry.id, made.revision
    articles.settle(piece, "taken", editor.by, editor.now)


def _put_back(session: Session, piece: ArticlePiece, editor: Editor) -> None:
    if piece.state == "taken":
        try:
            drafts.remove_entry(session, piece.entry, editor, piece.revision)
        except UnknownEntryError:
            pass  # somebody took it out already
        except StaleDraftError:
            raise invalid("do", CHANGED) from None
    piece.entry, piece.revision = "", 0
    articles.settle(piece, "open", "", editor.now)
    piece.done_at = None
