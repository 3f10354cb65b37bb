"""The bank at the desk: entries by guide, and one entry as a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, abort, flash, render_template, request

from faq.bank import Entry
from faq.sections import guide_titles
from handlers.context import current_context
from handlers.desk.editing import (
    acting_as_me,
    bank_in_force,
    editor,
    question_and_aliases,
)
from handlers.desk.pages import desk, done, me
from handlers.knowledge import articles, drafts, drift, entry_help, learning
from handlers.knowledge.articles import PieceSettledError, UnknownPieceError
from handlers.knowledge.drafts import DraftEntry, StaleDraftError, UnknownEntryError
from handlers.knowledge.entry_form import InvalidEntryError
from handlers.knowledge.learning import SettledError, UnknownSuggestionError, Verb
from handlers.model.asking import Refused
from handlers.model.client import ADVICE, ModelError
from handlers.model.phrasings import Proposal, propose
from storage.database import Session
from storage.models.knowledge import Observation, Suggestion
from storage.queries import articles as stored_articles
from storage.queries.articles import ArticlePiece

BLANK_STEPS = 2
LIST_FIELDS = ("aliases", "choices", "details")


@desk.get("/bank")
def bank() -> str:
    words = request.args.get("q", "").strip()
    with current_context().database.read() as session:
        draft = drafts.view(session)
        changed = {step.entry.id for step in drift.changed_steps(session, bank_in_force())}
    titles = guide_titles(draft.files)
    guides: dict[str, list[DraftEntry]] = {}
    for each in draft.entries:
        if not words or entry_help.holds(each.entry, words):
            guides.setdefault(each.entry.guide, []).append(each)
    return render_template(
        "desk/bank.html",
        me=me(),
        guides=[(titles.get(guide, guide), found) for guide, found in guides.items()],
        words=words,
        changed=changed,
        pending=len(draft.pending()),
        total=len(draft.entries),
    )


@dataclass(slots=True)
class EntryForm:
    """What stands in the form: of an entry, or as somebody typed it."""

    id: str = ""
    revision: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    newer: Entry | None = None
    suggestion: int = 0
    piece: int = 0


def _of_entry(each: DraftEntry) -> EntryForm:
    entry = each.entry
    helps = [*entry.step_help, *[""] * len(entry.steps)]
    values = {
        "guide": entry.guide,
        "question": entry.question,
        "short": entry.short,
        "aliases": "\n".join(entry.phrasings),
        "answer": entry.answer,
        "steps": list(zip(entry.steps, helps, strict=False)),
        "after": entry.after,
        "choices": "\n".join(entry.choices),
        "details": "\n".join(entry.details),
    }
    return EntryForm(entry.id, each.revision, values)


def _typed(form: Mapping[str, Any], entry_id: str) -> EntryForm:
    texts = {
        name: str(form.get(name, "")).replace("\r\n", "\n")
        for name in ("guide", "question", "short", "answer", "after", *LIST_FIELDS)
    }
    pairs = zip(request.form.getlist("step"), request.form.getlist("help"), strict=False)
    steps = [(step.strip(), helps.replace("\r\n", "\n").strip()) for step, helps in pairs]
    typed = EntryForm(entry_id, request.form.get("revision", type=int))
    typed.values = {**texts, "steps": [pair for pair in steps if any(pair)]}
    typed.suggestion = request.form.get("suggestion", 0, int)
    typed.piece = request.form.get("piece", 0, int)
    return typed


def _fields(form: EntryForm) -> dict[str, Any]:
    """What the draft is given."""
    values = form.values
    lists = {
        name: [line for line in values[name].split("\n") if line.strip()] for name in LIST_FIELDS
    }
    return {
        **{name: values[name] for name in ("guide", "question", "short", "answer", "after")},
        **lists,
        "steps": [step for step, _ in values["steps"]],
        "step_help": [helps for _, helps in values["steps"]],
    }


@desk.get("/bank/e/<entry_id>")
def bank_entry(entry_id: str) -> str:
    with current_context().database.read() as session:
        try:
            found = drafts.view(session).find(entry_id)
        except UnknownEntryError:
            abort(404)
    return form_page(_of_entry(found))


@desk.get("/bank/new")
def new_entry() -> str:
    """An empty form; begun with a question of the queue and what a consultant answered to it."""
    form = EntryForm(suggestion=request.args.get("from", 0, int))
    with current_context().database.read() as session:
        row = session.get(Suggestion, form.suggestion) if form.suggestion else None
        seen = list(row.observations) if row else []
        guide = drafts.view(session).entries[-1].entry.guide if not seen else ""
    form.values = {"guide": guide or request.args.get("guide", ""), **_of_observations(seen)}
    return form_page(form)


def _of_observations(seen: Sequence[Observation]) -> dict[str, Any]:
    asked = seen[-1].text if seen else ""
    answers = [each.consultant for each in seen if each.consultant]
    answer = answers[-1] if answers else ""
    return {"question": asked, "aliases": asked, "answer": answer, "steps": []}


@desk.post("/bank/pieces/<int:piece_id>/edit")
def edit_piece(piece_id: int) -> str:
    """The entry's form with the piece in it; saving it takes the piece."""
    with current_context().database.read() as session:
        piece = stored_articles.piece(session, piece_id)
        guide = piece.article.guide if piece else ""
    if piece is None:
        abort(404)
    values = {"guide": guide, **_of_piece(piece, question_and_aliases(request.form))}
    return form_page(EntryForm(values=values, piece=piece_id))


def _of_piece(piece: ArticlePiece, given: Mapping[str, Any]) -> dict[str, Any]:
    fields = articles.fields_of(piece)
    return {
        "question": given["question"] or fields["question"],
        "aliases": "\n".join(given["aliases"]),
        "answer": fields["answer"],
        "after": fields["after"],
        "steps": [(step, "") for step in fields["steps"]],
    }


@desk.post("/bank/e/<entry_id>")
def save_entry(entry_id: str) -> Response | str | tuple[str, int]:
    form = _typed(request.form, entry_id)
    if "preview" in request.form:
        return form_page(form)
    try:
        current_context().database.transact(
            lambda session: drafts.put_entry(
                session, entry_id, _fields(form), editor(), form.revision
            )
        )
    except UnknownEntryError:
        abort(404)
    except InvalidEntryError as error:
        return form_page(_refused(form, error)), 422
    except StaleDraftError as error:
        return form_page(_stale(form, error)), 409
    flash("存进草稿了。发布以后才对商家生效。")
    return done("desk.bank_entry", entry_id=entry_id)


@desk.post("/bank/new")
def add_entry() -> Response | str | tuple[str, int]:
    form = _typed(request.form, "")
    if "preview" in request.form:
        return form_page(form)
    try:
        made = current_context().database.transact(lambda session: _add(session, form))
    except InvalidEntryError as error:
        return form_page(_refused(form, error)), 422
    except (SettledError, UnknownSuggestionError, PieceSettledError, UnknownPieceError):
        form.suggestion = form.piece = 0
        form.errors = {"": "这个问题刚被同事处理过了。写的内容都在，再点一次就单独存成新的一条。"}
        return form_page(form), 409
    flash("新的一条存进草稿了。发布以后才对商家生效。")
    if article := _article_of(form.piece):
        return done("desk.article", article_id=article)
    if form.suggestion:  # on to the next one of the queue
        return done("desk.learn", done=form.suggestion, _anchor="done")
    return done("desk.bank_entry", entry_id=made)


def _article_of(piece_id: int) -> int:
    """0 when it is none of an article."""
    if not piece_id:
        return 0
    with current_context().database.read() as session:
        piece = stored_articles.piece(session, piece_id)
    return piece.article_id if piece else 0


def _add(session: Session, form: EntryForm) -> str:
    fields = {name: value for name, value in _fields(form).items() if value or name == "answer"}
    if form.piece:
        return articles.act(session, form.piece, "take", editor(), fields).entry
    if not form.suggestion:
        return drafts.add_entry(session, fields, editor()).entry.id
    verb = Verb("new", question=form.values["question"], answer=form.values["answer"])
    by, now = acting_as_me(session), current_context().now()
    made = learning.act(session, form.suggestion, verb, by, now)
    drafts.put_entry(session, made, fields, editor())
    return made


@desk.post("/bank/e/<entry_id>/remove")
def remove_entry(entry_id: str) -> Response:
    try:
        current_context().database.transact(
            lambda session: drafts.remove_entry(
                session, entry_id, editor(), request.form.get("revision", type=int)
            )
        )
    except UnknownEntryError:
        abort(404)
    except (InvalidEntryError, StaleDraftError) as error:
        flash(str(error))
        return done("desk.bank_entry", entry_id=entry_id)
    flash("从草稿里删掉了。发布以后才对商家生效。")
    return done("desk.bank")


def _stale(form: EntryForm, error: StaleDraftError) -> EntryForm:
    """What was typed stays; each field that a colleague has otherwise says how."""
    form.errors = {"": str(error)}
    form.newer = error.now.entry if error.now else None
    form.revision = error.now.revision if error.now else None
    theirs = _of_entry(error.now).values if error.now else {}
    for name, value in theirs.items():
        if value != form.values.get(name):
            words = "见上面的内容" if name == "steps" else value or "（空的）"
            form.errors[name] = f"现在草稿里是：{words}"
    return form


def _refused(form: EntryForm, error: InvalidEntryError) -> EntryForm:
    for problem in error.problems:
        form.errors.setdefault(problem.field, problem.reason)
    return form


@desk.post("/bank/e/<entry_id>/propose")
def propose_phrasings(entry_id: str) -> str:
    """Ways to ask it, by the language model where the settings allow: a list to pick from."""
    context = current_context()
    with context.database.read() as session:
        try:
            found = drafts.view(session).find(entry_id)
        except UnknownEntryError:
            abort(404)
    model = context.model
    if model is None or not model.settings.phrasings:
        abort(404)
    bank = context.published_bank
    near = [each.entry for each in entry_help.close_to(entry_id, found.entry.question, context)]
    proposed: list[Proposal] = []
    try:
        proposed = propose(model, bank.bank(), bank.matcher(), found.entry, near)
    except Refused:
        flash("现在问的人太多，或今天的次数用完了，请自己写。")
    except ModelError as error:
        flash(f"没有写出来。{ADVICE[error.kind]}")
    return form_page(_of_entry(found), proposed)


def form_page(form: EntryForm, proposed: Sequence[Proposal] = ()) -> str:
    model = current_context().model
    with current_context().database.read() as session:
        draft = drafts.view(session)
        heard = entry_help.heard(session, form.id, draft) if form.id else []
        source = _source(session, form)
        changed = drift.of_entry(drift.changed_steps(session, bank_in_force()), form.id)
    preview = _preview(form)
    return render_template(
        "desk/entry.html",
        me=me(),
        form=form,
        steps=[*form.values.get("steps", []), *[("", "")] * BLANK_STEPS],
        guides=guide_titles(draft.files),
        entries=[each.entry for each in draft.entries if each.entry.id != form.id],
        preview=preview,
        size=len(preview.encode()),
        limit=entry_help.LIMIT,
        heard=heard,
        source=source,
        changed=changed,
        proposed=proposed,
        may_propose=bool(form.id) and model is not None and model.settings.phrasings,
        titles={each.entry.id: each.entry.short or each.entry.question for each in draft.entries},
        close=entry_help.close_to(form.id, str(form.values.get("question", "")), current_context()),
    )


def _source(session: Session, form: EntryForm) -> ArticlePiece | None:
    """The piece of an article that it was, or is to be, taken from; with its article."""
    piece = stored_articles.piece(session, form.piece) if form.piece else None
    piece = piece or (stored_articles.piece_of(session, form.id) if form.id else None)
    if piece is not None:
        assert piece.article.title  # noqa: S101 (read here: the session ends before the page)
    return piece


def _preview(form: EntryForm) -> str:
    values = form.values
    steps = tuple(step for step, _ in values.get("steps", []))
    entry = Entry(
        "x", "", str(values.get("answer", "")), steps=steps, after=str(values.get("after", ""))
    )
    return entry.as_text(".").replace("{phone}", current_context().firm.phone)
