"""The OpenAPI document, made from the shapes and this table of routes."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from handlers.api import knowledge_schemas as bank
from handlers.api import schemas

ONE = "/conversations/{id}"
ENTRY = "/bank/entries/{id}"
Route = tuple[str, str, str, type[BaseModel] | None, type[BaseModel], int]
ROUTES: tuple[Route, ...] = (
    ("get", "/conversations", "List conversations", None, schemas.ConversationsOut, 200),
    ("get", ONE, "One conversation with its messages", None, schemas.FullConversationOut, 200),
    ("post", f"{ONE}/claim", "Take it", schemas.Claim, schemas.ConversationOut, 200),
    (
        "post",
        f"{ONE}/release",
        "Hand it back to the bot",
        schemas.HandBack,
        schemas.ConversationOut,
        200,
    ),
    (
        "post",
        f"{ONE}/requeue",
        "Put it back into the queue",
        schemas.HandBack,
        schemas.ConversationOut,
        200,
    ),
    ("post", f"{ONE}/resolve", "The case is done", schemas.HandBack, schemas.ConversationOut, 200),
    ("post", f"{ONE}/transfer", "Hand it on", schemas.TransferTo, schemas.ConversationOut, 200),
    ("post", f"{ONE}/messages", "Say something", schemas.NewMessage, schemas.MessageOut, 201),
    ("post", f"{ONE}/notes", "Whisper", schemas.NewNote, schemas.NoteOut, 201),
    ("get", f"{ONE}/profile", "The merchant's profile", None, schemas.ProfileOut, 200),
    ("put", f"{ONE}/profile", "Note down", schemas.ProfileIn, schemas.ProfileOut, 200),
    ("get", f"{ONE}/timeline", "All that happened", None, schemas.TimelineOut, 200),
    ("get", "/bank", "What is published", None, bank.BankOut, 200),
    ("get", "/bank/draft", "The draft", None, bank.DraftOut, 200),
    ("post", "/bank/entries", "Add an entry to the draft", bank.NewEntry, bank.DraftEntryOut, 201),
    ("put", ENTRY, "Edit an entry of the draft", bank.EntryFields, bank.DraftEntryOut, 200),
    ("delete", ENTRY, "Take an entry out of the draft", None, bank.Removed, 200),
    ("post", "/bank/publish", "Publish the draft", bank.NewPublication, bank.Publishing, 202),
    ("get", "/bank/publications/{id}", "How far it is", None, bank.PublicationOut, 200),
    ("get", "/bank/versions", "All versions", None, bank.VersionsOut, 200),
    ("post", "/bank/rollback", "An old version again", bank.Rollback, bank.Publishing, 202),
    ("get", "/bank/articles", "Articles that were cut", None, bank.ArticlesOut, 200),
    ("post", "/bank/articles", "Cut an article", bank.NewArticle, bank.ArticleOut, 201),
    ("get", "/bank/articles/{id}", "One with its pieces", None, bank.ArticleOut, 200),
    ("post", "/bank/pieces/{id}", "Take or skip a piece", bank.PieceVerb, bank.PieceSettled, 200),
    ("get", "/bank/steps", "Steps that may have changed", None, bank.MarkedSteps, 200),
    ("post", "/bank/steps/{id}/looked", "Somebody has looked", None, bank.LookedAt, 200),
    ("post", "/messages/{id}/verdict", "Judge it", bank.NewVerdict, bank.VerdictOut, 201),
    ("get", "/verdicts", "The pinned examples", None, bank.PinnedListOut, 200),
    ("get", "/suggestions", "The learning queue", None, bank.SuggestionsOut, 200),
    ("post", "/suggestions/{id}", "Settle one", bank.SuggestionVerb, bank.Settled, 200),
)
TEXT_IDS = frozenset({ENTRY})
QUERY = {
    ENTRY: {"revision": "of DELETE: refused when the entry has a newer one"},
    "/suggestions": {"limit": "most rows"},
    "/conversations": {
        "state": "bot, waiting or consultant",
        "merchant": "openid",
        "limit": "most rows",
    },
    ONE: {"before": "only messages older than this id", "limit": "most messages"},
}


@cache
def document() -> dict[str, Any]:
    """OpenAPI 3.1."""
    models = {shape for route in ROUTES for shape in route[3:5] if isinstance(shape, type)}
    _, definitions = models_json_schema(
        [(model, "serialization") for model in sorted(models | {schemas.ErrorOut}, key=str)],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(f"/api/v1{route[1]}", {})[route[0]] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Dianban", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    _, path, summary, body, answer, status = route
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": _parameters(path),
        "responses": {
            str(status): {"description": "done", "content": _content(answer)},
            "default": {"description": "refused", "content": _content(schemas.ErrorOut)},
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _content(body)}
    return operation


def _parameters(path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if "{id}" in path:
        kind = {"type": "string" if path in TEXT_IDS else "integer"}
        found.append({"name": "id", "in": "path", "required": True, "schema": kind})
    return found + [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in QUERY.get(path, {}).items()
    ]


def _content(shape: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}
