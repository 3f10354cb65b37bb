"""Articles that become entries, over the API: cut, looked at, taken piece by piece."""

from typing import Any

from flask import Response, jsonify, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import NotFound

from faq.articles import BYTES_MAX
from handlers.api import knowledge_schemas as schemas
from handlers.api.blueprint import api, described, refuse
from handlers.api.editing import edited, fields_of_body, revision_of
from handlers.context import current_context
from handlers.knowledge import articles, drafts
from handlers.knowledge.articles import PieceSettledError, UnknownPieceError, Upload
from handlers.knowledge.drafts import DraftView, Editor
from handlers.knowledge.entry_form import invalid
from storage.database import Session
from storage.queries import articles as stored
from storage.queries.articles import Article, ArticlePiece


@api.errorhandler(UnknownPieceError)
def _unknown_piece(_: UnknownPieceError) -> tuple[Response, int]:
    return refuse("not_found", "没有这篇文章，或者没有这一条。", 404)


@api.errorhandler(PieceSettledError)
def _settled_piece(_: PieceSettledError) -> tuple[Response, int]:
    return refuse("settled", "这一条刚被处理过了。", 409)


@api.get("/bank/articles")
@described("Articles that were cut", answer=schemas.ArticlesOut)
def list_articles() -> Response:
    with current_context().database.read() as session:
        rows = stored.latest(session)
    return jsonify(articles=[_summary(row, waiting) for row, waiting in rows])


@api.post("/bank/articles")
@described("Cut an article", answer=schemas.ArticleOut, body=schemas.NewArticle, status=201)
def add_article() -> tuple[Response, int]:
    cut = articles.cut(_upload())

    def work(session: Session, who: Editor) -> dict[str, Any]:
        row = articles.add(session, cut, who)
        return _whole(row, drafts.view(session))

    return jsonify(edited(work)), 201


def _upload() -> Upload:
    file = request.files.get("file")
    if file is not None:
        return _uploaded(file)
    fields = fields_of_body()
    text, guide = fields.pop("text", None), fields.pop("guide", None) or ""
    if fields:
        raise invalid(next(iter(fields)), "没有这个字段")
    if not isinstance(text, str):
        raise invalid("text", "要写成一段文字；文件请用 multipart/form-data 的 file")
    if not isinstance(guide, str):
        raise invalid("guide", "要写成一段文字")
    return Upload(text=text, guide=guide)


def _uploaded(file: FileStorage) -> Upload:
    with file.stream as stream:
        content = stream.read(BYTES_MAX + 1)
    return Upload(name=file.filename or "?", content=content, guide=request.form.get("guide", ""))


@api.get("/bank/articles/<int:article_id>")
@described("One with its pieces", answer=schemas.ArticleOut)
def one_article(article_id: int) -> Response:
    with current_context().database.read() as session:
        row = stored.get(session, article_id)
        if row is None:
            raise NotFound
        return jsonify(_whole(row, drafts.view(session)))


@api.post("/bank/pieces/<int:piece_id>")
@described("Take or skip a piece", answer=schemas.PieceSettled, body=schemas.PieceVerb)
def settle_piece(piece_id: int) -> Response:
    given = fields_of_body()
    do = str(given.pop("do", ""))
    revision_of(given)

    def work(session: Session, who: Editor) -> dict[str, Any]:
        piece = articles.act(session, piece_id, do, who, given)
        return {"id": piece.id, "do": do, "state": piece.state, "entry": piece.entry or None}

    return jsonify(edited(work))


def _summary(row: Article, waiting: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "guide": row.guide,
        "by": row.added_by,
        "at": row.added_at.isoformat(),
        "waiting": waiting,
    }


def _whole(row: Article, draft: DraftView) -> dict[str, Any]:
    waiting = sum(piece.state == "open" for piece in row.pieces)
    pieces = [_piece(piece, draft) for piece in row.pieces]
    return {**_summary(row, waiting), "text": row.text, "pieces": pieces}


def _piece(piece: ArticlePiece, draft: DraftView) -> dict[str, Any]:
    found = articles.problems(piece, draft) if piece.state == "open" else []
    return {
        "id": piece.id,
        "state": piece.state,
        "entry": piece.entry or None,
        **articles.fields_of(piece),
        "line": piece.content["at"],
        "lines": [
            {"text": line["text"], "line": line["at"], "step": line["step"]}
            for line in piece.content["lines"]
        ],
        "problems": [{"field": each.field, "reason": each.reason} for each in found],
    }
