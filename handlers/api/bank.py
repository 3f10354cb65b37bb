"""The bank over the API: what is published, the draft and its entries, the gate, versions."""

from typing import Any

from flask import Response, jsonify, request
from werkzeug.exceptions import Forbidden, NotFound

from handlers.api import knowledge_schemas as schemas
from handlers.api.blueprint import api, described, json_of, me, refuse
from handlers.api.editing import edited, fields_of_body, revision_of
from handlers.cases import is_lead
from handlers.context import current_context
from handlers.knowledge import bank_versions, drafts, publications, views
from handlers.knowledge.drafts import Editor, StaleDraftError, UnknownEntryError
from handlers.knowledge.entry_form import InvalidEntryError, invalid
from handlers.knowledge.publications import PublishRequest, RunningError, UnknownVersionError
from storage.database import Session
from storage.models.knowledge import Publication

NOTE_MAX = 200


def admin() -> str:
    """The name of whoever asks. Raises Forbidden for who is no admin."""
    with current_context().database.read() as session:
        who = me(session)
        if not is_lead(who):
            raise Forbidden
        return who.name


@api.errorhandler(InvalidEntryError)
def _invalid(error: InvalidEntryError) -> tuple[Response, int]:
    first = error.problems[0]
    fields = [{"field": each.field, "reason": each.reason} for each in error.problems]
    body = {"code": "invalid", "message": str(error), "field": first.field, "reason": first.reason}
    return jsonify(error={**body, "fields": fields}), 422


@api.errorhandler(StaleDraftError)
def _stale(error: StaleDraftError) -> tuple[Response, int]:
    response, _ = refuse("old_revision", str(error), 409)
    if error.now is None:
        return response, 409
    body: dict[str, Any] = response.get_json()
    body["error"]["field"] = "revision"
    body["error"]["entry"] = views.draft_entry(error.now)
    return jsonify(body), 409


@api.errorhandler(RunningError)
def _running(error: RunningError) -> tuple[Response, int]:
    body = {"code": "running", "message": str(error), "publication": error.publication}
    return jsonify(error=body, publication=error.publication), 409


@api.errorhandler(UnknownEntryError)
def _unknown_entry(_: UnknownEntryError) -> tuple[Response, int]:
    return refuse("not_found", "草稿里没有这一条。", 404)


@api.errorhandler(bank_versions.BankError)
def _no_bank(error: bank_versions.BankError) -> tuple[Response, int]:
    return refuse("nothing_published", str(error), 409)


@api.get("/bank")
@described("What is published", answer=schemas.BankOut)
def published() -> Response:
    bank = current_context().published_bank
    bank.refresh()
    entries = [views.entry(entry) for entry in bank.bank().entries]
    return jsonify(version=bank.version(), entries=entries)


@api.get("/bank/draft")
@described("The draft", answer=schemas.DraftOut)
def draft() -> Response:
    with current_context().database.read() as session:
        found = drafts.view(session)
    return jsonify(version=found.base, entries=[views.draft_entry(each) for each in found.entries])


@api.put("/bank/entries/<entry_id>")
@described("Edit an entry of the draft", answer=schemas.DraftEntryOut, body=schemas.EntryFields)
def put_entry(entry_id: str) -> Response:
    fields = fields_of_body()
    revision = revision_of(fields)
    _drop_same_id(fields, entry_id)
    return jsonify(
        edited(lambda s, e: views.draft_entry(drafts.put_entry(s, entry_id, fields, e, revision)))
    )


@api.post("/bank/entries")
@described(
    "Add an entry to the draft", answer=schemas.DraftEntryOut, body=schemas.NewEntry, status=201
)
def add_entry() -> tuple[Response, int]:
    fields = fields_of_body()
    revision_of(fields)
    made = edited(lambda session, who: views.draft_entry(drafts.add_entry(session, fields, who)))
    return jsonify(made), 201


@api.delete("/bank/entries/<entry_id>")
@described(
    "Take an entry out of the draft",
    answer=schemas.Removed,
    query={"revision": "refused when the entry has a newer one"},
)
def remove_entry(entry_id: str) -> Response:
    fields = request.get_json(silent=True)
    asked = dict(fields) if isinstance(fields, dict) else {}
    if "revision" in request.args:
        asked["revision"] = request.args.get("revision", type=int)
    revision = revision_of(asked)

    def work(session: Session, who: Editor) -> dict[str, Any]:
        drafts.remove_entry(session, entry_id, who, revision)
        return {"id": entry_id, "removed": True}

    return jsonify(edited(work))


@api.post("/bank/publish")
@described("Publish the draft", answer=schemas.Publishing, body=schemas.NewPublication, status=202)
def publish() -> tuple[Response, int]:
    by = admin()
    body = request.get_json(silent=True)
    given = body if isinstance(body, dict) else {}
    wish = PublishRequest(
        by, str(given.get("note", ""))[:NOTE_MAX], force=given.get("force") is True
    )
    return json_of(
        schemas.Publishing(publication=publications.publish_draft(current_context(), wish))
    ), 202


@api.get("/bank/publications/<int:publication_id>")
@described("How far it is", answer=schemas.PublicationOut)
def publication(publication_id: int) -> Response:
    found = publications.find(current_context(), publication_id)
    if found is None:
        raise NotFound
    return jsonify(_publication(found))


def _publication(row: Publication) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": row.state,
        "kind": row.kind,
        "version": row.version,
        "by": row.started_by,
        "forced": row.forced,
        "phase": row.phase,
        "percent": row.percent,
        "error": row.error,
        "report": {**publications.EMPTY, **row.report},
    }


@api.get("/bank/versions")
@described("All versions", answer=schemas.VersionsOut)
def versions() -> Response:
    rows = publications.history(current_context())
    return jsonify(versions=[views.version(row) for row in rows])


@api.post("/bank/rollback")
@described("An old version again", answer=schemas.Publishing, body=schemas.Rollback, status=202)
def rollback() -> tuple[Response, int]:
    by = admin()
    wanted = fields_of_body().get("version")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise invalid("version", "要写成版本号，例如 3")
    try:
        number = publications.roll_back(current_context(), wanted, by)
    except UnknownVersionError:
        raise invalid("version", f"没有第 {wanted} 版") from None
    return json_of(schemas.Publishing(publication=number)), 202


def _drop_same_id(fields: dict[str, Any], entry_id: str) -> None:
    if fields.pop("id", entry_id) != entry_id:
        raise invalid("id", "编号不能改；请新加一条，再删掉这一条")
