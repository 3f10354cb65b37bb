"""An article at the desk: pasted or uploaded, shown piece by piece beside where each came from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, flash, render_template, request

from faq.articles import BYTES_MAX
from faq.sections import guide_titles
from handlers.context import current_context
from handlers.desk.editing import editor, question_and_aliases
from handlers.desk.pages import desk, done, me
from handlers.knowledge import articles, drafts
from handlers.knowledge.articles import PieceSettledError, UnknownPieceError, Upload
from handlers.knowledge.drafts import DraftView
from handlers.knowledge.entry_form import FieldProblem, InvalidEntryError
from storage.queries import articles as stored
from storage.queries.articles import Article, ArticlePiece

SHOWN = 20
LINES = 400
SETTLED = "这一条刚被同事处理过了。"


@dataclass(frozen=True, slots=True)
class PieceCard:
    """An open piece, and what stands in its fields."""

    piece: ArticlePiece
    question: str
    aliases: str
    problems: Sequence[FieldProblem]


@dataclass(slots=True)
class UploadForm:
    """What somebody typed, and what is wrong with it."""

    text: str = ""
    guide: str = ""
    errors: dict[str, str] = field(default_factory=dict)


@desk.get("/bank/articles")
def articles_page() -> str:
    return _upload_page(UploadForm())


def _upload_page(form: UploadForm) -> str:
    with current_context().database.read() as session:
        rows = stored.latest(session)
        draft = drafts.view(session)
    return render_template(
        "desk/articles.html",
        me=me(),
        form=form,
        articles=rows,
        guides=guide_titles(draft.files),
        usual=drafts.usual_guide(draft),
    )


@desk.post("/bank/articles")
def add_article() -> Response | tuple[str, int]:
    form = UploadForm(request.form.get("text", ""), request.form.get("guide", ""))
    name, content = _uploaded()
    try:
        cut = articles.cut(Upload(form.text, name, content, form.guide))
    except InvalidEntryError as error:
        form.errors = {problem.field: problem.reason for problem in error.problems}
        return _upload_page(form), 422
    made = current_context().database.transact(
        lambda session: articles.add(session, cut, editor()).id
    )
    return done("desk.article", article_id=made)


def _uploaded() -> tuple[str, bytes]:
    """("", nothing) without a file."""
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return "", b""
    with upload.stream as stream:
        return upload.filename, stream.read(BYTES_MAX + 1)


@desk.get("/bank/articles/<int:article_id>")
def article(article_id: int) -> str:
    return _article_page(article_id)


def _article_page(article_id: int, refused: PieceCard | None = None) -> str:
    with current_context().database.read() as session:
        row = _article(stored.get(session, article_id))
        pieces = list(row.pieces)
        draft = drafts.view(session)
    waiting = [piece for piece in pieces if piece.state == "open"]
    cards = [_card(piece, draft) for piece in waiting[:SHOWN]]
    if refused:
        cards = [refused if card.piece.id == refused.piece.id else card for card in cards]
    titles = {each.entry.id: each.entry.question for each in draft.entries}
    return render_template(
        "desk/article.html",
        me=me(),
        article=row,
        cards=cards,
        waiting=len(waiting),
        total=len(pieces),
        settled=[piece for piece in pieces if piece.state != "open"],
        titles=titles,
        lines_shown=LINES,
    )


def _article(row: Article | None) -> Article:
    if row is None:
        abort(404)
    return row


def _card(piece: ArticlePiece, draft: DraftView) -> PieceCard:
    content = piece.content
    return PieceCard(
        piece,
        content["question"],
        "\n".join(content["phrasings"]),
        articles.problems(piece, draft),
    )


@desk.get("/bank/articles/<int:article_id>/text")
def article_text(article_id: int) -> str:
    """The article as it was brought, with the numbers of its lines."""
    first = max(1, request.args.get("from", 1, int))
    with current_context().database.read() as session:
        row = _article(stored.get(session, article_id))
    lines = row.text.splitlines()
    return render_template(
        "desk/article_text.html",
        me=me(),
        article=row,
        lines=list(enumerate(lines, start=1))[first - 1 : first - 1 + LINES],
        first=first,
        before=max(1, first - LINES) if first > 1 else 0,
        after=first + LINES if first + LINES <= len(lines) else 0,
    )


@desk.post("/bank/articles/<int:article_id>/remove")
def remove_article(article_id: int) -> Response:
    def work(session: Any) -> None:  # noqa: ANN401 (SQLAlchemy's own)
        row = stored.get(session, article_id)
        if row is not None:
            stored.remove(session, row)

    current_context().database.transact(work)
    flash("文章删掉了。收下的问答还在草稿里。")
    return done("desk.articles_page")


@desk.post("/bank/pieces/<int:piece_id>")
def settle_piece(piece_id: int) -> Response | tuple[str, int]:
    do = request.form.get("do", "")
    given = question_and_aliases(request.form) if do == "take" else {}
    piece = _piece(piece_id)
    try:
        current_context().database.transact(
            lambda session: articles.act(session, piece_id, do, editor(), given)
        )
    except InvalidEntryError as error:
        if do == "take":
            aliases = "\n".join(given["aliases"])
            card = PieceCard(piece, given["question"], aliases, error.problems)
            return _article_page(piece.article_id, card), 422
        flash(str(error))
    except UnknownPieceError:
        abort(404)
    except PieceSettledError:
        flash(SETTLED)
    return done("desk.article", article_id=piece.article_id)


def _piece(piece_id: int) -> ArticlePiece:
    with current_context().database.read() as session:
        piece = stored.piece(session, piece_id)
    if piece is None:
        abort(404)
    return piece
