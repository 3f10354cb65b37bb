"""公司资料: what is the firm's own in what the bot says, as a form into the draft."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from flask import Response, flash, render_template, request

from faq.bank import InquiryField, Neighbour, Thing
from faq.bank_files import FIRM, VOCABULARY
from faq.firm import BUTTON_BYTES, MOST_BUTTONS, MOST_FIELDS, MOST_THINGS, PERSON
from handlers.context import current_context
from handlers.desk.auth import admins_only
from handlers.desk.pages import desk, done, me
from handlers.dialogue.text_groups import text_groups
from handlers.dialogue.texts import MAX_BYTES, load_texts
from handlers.knowledge import drafts, firm_form
from handlers.knowledge.drafts import FILE, DraftView, Editor, StaleDraftError
from handlers.knowledge.entry_form import FieldProblem, InvalidEntryError
from handlers.knowledge.firm_form import URL, ButtonRow, FirmDefaults, FirmValues
from handlers.outbound import menu_publishing
from handlers.outbound.menu_publishing import MenuError
from storage.database import Session

T = TypeVar("T")
FIRST_TEXTS = ("welcome", "greeting")
"""Shown at the top, before all the others."""
KINDS = (
    ("name", "怎么称呼（显示在工作台）"),
    ("problem", "什么问题"),
    ("contact", "联系方式"),
    ("text", "别的，一句话"),
)
SAVED = "存进草稿了。发布以后才对商家生效。"
CHANGED = "别人刚刚改过公司资料。您写的都在；看过现在的内容以后，再存一次就以您的为准。"


@dataclass(slots=True)
class FirmForm:
    """What stands in the page: of the draft, or as somebody typed it."""

    values: FirmValues
    revision: int
    errors: dict[str, list[str]] = field(default_factory=dict)
    newer: FirmValues | None = None


def _settings() -> FirmDefaults:
    context = current_context()
    return FirmDefaults(context.texts, context.firm.menu)


def _editor() -> Editor:
    return Editor(me().name, current_context().now())


@desk.get("/firm")
@admins_only
def firm_page() -> str:
    with current_context().database.read() as session:
        draft = drafts.view(session)
    return _page(draft, FirmForm(firm_form.values(draft, _settings()), draft.revision(FILE + FIRM)))


@desk.post("/firm")
@admins_only
def save_firm() -> Response | tuple[str, int]:
    typed = _typed()
    revision = request.form.get("revision", type=int)
    problem: Exception
    try:
        current_context().database.transact(
            lambda session: firm_form.save(session, typed, _editor(), revision)
        )
    except (InvalidEntryError, StaleDraftError) as error:
        problem = error
    else:
        flash(SAVED)
        return done("desk.firm_page")
    with current_context().database.read() as session:
        draft = drafts.view(session)
    form = FirmForm(typed, draft.revision(FILE + FIRM))
    if isinstance(problem, InvalidEntryError):
        form.errors, form.revision = _by_field(problem.problems), revision or form.revision
        return _page(draft, form), 422
    form.newer = firm_form.values(draft, _settings())
    form.errors = {"": [CHANGED]}
    return _page(draft, form), 409


@desk.post("/firm/outside")
@admins_only
def save_outside() -> Response | tuple[str, int]:
    rows = _typed_neighbours()
    revision = request.form.get("revision", type=int)

    def work(session: Session) -> None:
        firm_form.save_neighbours(session, rows, _editor(), revision)

    try:
        current_context().database.transact(work)
    except (InvalidEntryError, StaleDraftError) as error:
        status, words = (409, CHANGED) if isinstance(error, StaleDraftError) else (422, str(error))
        with current_context().database.read() as session:
            draft = drafts.view(session)
        shown = replace(draft, words=replace(draft.words, neighbours=rows))
        values = firm_form.values(draft, _settings())
        form = FirmForm(values, draft.revision(FILE + FIRM), {"neighbours": [words]})
        return _page(shown, form), status
    flash(SAVED)
    return done("desk.firm_page")


@desk.post("/firm/menu")
@admins_only
def send_menu() -> Response:
    """The menu in force, to WeChat."""
    context = current_context()
    context.published_bank.refresh()
    try:
        menu_publishing.publish(context.client, context.menu, context.published_bank.bank())
        flash("菜单发到微信了。手机上最迟一天内看到，重新关注马上看到。")
    except MenuError as error:
        flash(f"没有发出去：{error}")
    return done("desk.firm_page")


def _by_field(problems: Iterable[FieldProblem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in problems:
        found.setdefault(each.field, []).append(each.reason)
    return found


def _listed(name: str) -> list[str]:
    return [each.replace("\r\n", "\n").strip() for each in request.form.getlist(name)]


def _rows(*names: str) -> Iterable[tuple[str, ...]]:
    """Fields that stand beside each other, row by row."""
    return zip(*(_listed(name) for name in names), strict=False)


def _typed() -> FirmValues:
    asked = _rows("field_name", "field_label", "field_ask", "field_kind")
    return FirmValues(
        name=request.form.get("name", "").strip(),
        person=request.form.get("person", "").strip(),
        things=tuple(Thing(*row) for row in _rows("thing_label", "thing_entry")),
        menu=tuple(
            ButtonRow(*row)
            for row in _rows("button_name", "button_target", "button_url", "button_key")
        ),
        inquiry=tuple(InquiryField(*row) for row in asked),
        texts=_typed_texts(),
    )


def _typed_texts() -> dict[str, tuple[str, ...]]:
    """The texts that the form holds; an emptied one is the shipped one again."""
    shipped = load_texts().wordings
    keys = [
        key for group in text_groups() for key, _ in group.keys if f"text:{key}" in request.form
    ]
    return {key: tuple(filter(None, _listed(f"text:{key}"))) or shipped[key] for key in keys}


def _typed_neighbours() -> tuple[Neighbour, ...]:
    rows = _rows("outside_id", "outside_title", "outside_reply", "outside_phrasings")
    return tuple(
        Neighbour(name, title, reply, tuple(filter(None, map(str.strip, said.split("\n")))))
        for name, title, reply, said in rows
    )


def _page(draft: DraftView, form: FirmForm) -> str:
    values = form.values
    blank = InquiryField("", "", "", "text")
    return render_template(
        "desk/firm.html",
        me=me(),
        form=form,
        things=_padded(values.things, Thing("", ""), MOST_THINGS),
        buttons=_padded(values.menu, ButtonRow(), MOST_BUTTONS),
        fields=_padded(values.inquiry, blank, min(len(values.inquiry) + 1, MOST_FIELDS)),
        groups=text_groups(),
        first=FIRST_TEXTS,
        shipped=load_texts().wordings,
        entries=[each.entry for each in draft.entries],
        neighbours=draft.neighbours,
        neighbours_revision=draft.revision(FILE + VOCABULARY),
        kinds=KINDS,
        person=PERSON,
        url=URL,
        text_limit=MAX_BYTES,
        button_limit=BUTTON_BYTES,
        pending=[edit for edit in draft.pending() if edit.name in (FILE + FIRM, FILE + VOCABULARY)],
    )


def _padded(rows: tuple[T, ...], blank: T, most: int) -> list[T]:
    return [*rows, *[blank] * (most - len(rows))]
