"""What is the firm's own, as a form: its name, things, menu, inquiry and texts, into the draft."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from faq import writing
from faq.bank import Bank, Button, Firm, InquiryField, Neighbour, Thing
from faq.bank_files import FIRM, SAYINGS, VOCABULARY
from faq.checks import small_talk_clashes
from faq.firm import OF_THEIR_OWN, PERSON, check_firm, read_firm
from faq.matching.normalize import key
from handlers.dialogue.texts import Texts, firm_problems, load_texts
from handlers.firm import menu
from handlers.knowledge import drafts
from handlers.knowledge.drafts import FILE, DraftView, Editor, StaleDraftError
from handlers.knowledge.entry_form import FieldProblem, InvalidEntryError, invalid
from storage.database import Session

URL = "url"
"""Where a button leads that opens a page; else to an entry's id, or to `PERSON`."""
PHRASINGS_MAX, REPLY_MAX = 400, 600


@dataclass(frozen=True, slots=True)
class ButtonRow:
    """A button as it is filled in: `target` is an entry's id, `PERSON` or `URL`."""

    name: str = ""
    target: str = ""
    url: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class FirmValues:
    """What stands in the form. `texts` are the wordings in force, by key."""

    name: str
    person: str
    things: tuple[Thing, ...]
    menu: tuple[ButtonRow, ...]
    inquiry: tuple[InquiryField, ...]
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FirmDefaults:
    """What the settings say, which stands until the desk edits it."""

    texts: Texts
    menu: tuple[Button, ...]


def of_draft(draft: DraftView) -> Firm:
    firm = read_firm(draft.files.get(FIRM), [])
    return replace(firm, sayings=draft.files.get(SAYINGS, ""))


def values(draft: DraftView, settings: FirmDefaults) -> FirmValues:
    """The form of the draft, with what stands in the settings where it still goes before."""
    firm = of_draft(draft)
    texts = settings.texts.of_firm(replace(firm, person=""))
    fields = tuple(
        replace(
            each,
            ask=texts.text(f"form_ask_{each.name}"),
            label=texts.text(f"field_{each.name}"),
        )
        for each in firm.asks
    )
    buttons = menu.in_force(settings.menu, firm)
    rows = tuple(_row(button, firm) for button in buttons)
    return FirmValues(firm.name, firm.person, firm.things, rows, fields, texts.wordings)


def _row(button: Button, firm: Firm) -> ButtonRow:
    if button.url:
        return ButtonRow(button.name, URL, button.url)
    sent = menu.sent_by(button)
    return ButtonRow(button.name, button.entry or menu.target(sent, firm), key=sent)


def save(
    session: Session, typed: FirmValues, editor: Editor, revision: int | None = None
) -> DraftView:
    """Put it into the draft. Raises InvalidEntryError, whose fields are `name`, `things`, `menu`,
    `inquiry` and the texts' keys, and StaleDraftError."""
    draft = drafts.locked(session, editor.now)
    _require_newest(draft, FIRM, revision)
    firm = _firm(typed, of_draft(draft))
    problems = [FieldProblem(where, words) for where, words in check_firm(firm, draft.bank())]
    problems += [FieldProblem(name, words) for name, words in firm_problems(firm)]
    if problems:
        raise InvalidEntryError(problems)
    text = writing.firm(firm)
    if replace(read_firm(text, []), sayings=firm.sayings) != firm:
        raise invalid("name", "里面有不能保存的字符，请去掉")
    return drafts.put_file(session, draft, FIRM, text, editor)


def _require_newest(draft: DraftView, file: str, revision: int | None) -> None:
    if revision is not None and revision != draft.revision(FILE + file):
        raise StaleDraftError(None)


def _firm(typed: FirmValues, before: Firm) -> Firm:
    """As it is written: what the program says anyway is left out."""
    shipped = load_texts().wordings
    texts = {
        key: wordings
        for key, wordings in typed.texts.items()
        if key in shipped and wordings and wordings != shipped[key] and not _of_field(key)
    }
    return Firm(
        name=typed.name,
        person=typed.person,
        things=tuple(thing for thing in typed.things if thing.label or thing.entry),
        menu=tuple(_button(row) for row in typed.menu if row.name or row.url),
        inquiry=_inquiry(typed.inquiry),
        texts={**_kept(typed, before), **texts},
        edited_at_desk=True,
        sayings=before.sayings,
    )


def _kept(typed: FirmValues, before: Firm) -> dict[str, tuple[str, ...]]:
    """Texts that the form did not hold."""
    return {key: text for key, text in before.texts.items() if key not in typed.texts}


def _of_field(key: str) -> bool:
    return key.startswith(("form_ask_", "field_"))


def _button(row: ButtonRow) -> Button:
    if row.target == URL:
        return Button(row.name, url=row.url)
    if row.target == PERSON:
        return Button(row.name, PERSON)
    own = row.key if row.key not in ("", row.target, PERSON) else ""
    return Button(row.name, own, row.target)


def _inquiry(rows: Sequence[InquiryField]) -> tuple[InquiryField, ...]:
    """Rows without words are taken away; a new one gets a key of its own."""
    kept = [row for row in rows if row.label or row.ask]
    free = drafts.free_keys("field_", {row.name for row in kept})
    return tuple(replace(row, name=_field_name(row) or next(free)) for row in kept)


def _field_name(row: InquiryField) -> str:
    """ "" for one that needs a key: it is new, or no longer of a kind with a key of its own."""
    if row.kind in OF_THEIR_OWN:
        return row.kind
    return "" if row.name in OF_THEIR_OWN else row.name


def save_neighbours(
    session: Session, rows: Sequence[Neighbour], editor: Editor, revision: int | None = None
) -> None:
    """What the firm does not do, and its replies. Raises InvalidEntryError, StaleDraftError."""
    draft = drafts.locked(session, editor.now)
    _require_newest(draft, VOCABULARY, revision)
    kept = [row for row in rows if row.title or row.reply or row.phrasings]
    for row in kept:
        _require_complete(row)
    named = _named(kept, {each.entry.id for each in draft.entries})
    bank = Bank(draft.bank().entries, tuple(named))
    clashes = [*_claimed(bank), *small_talk_clashes(bank)]
    if clashes:
        raise InvalidEntryError([FieldProblem("neighbours", str(each)) for each in clashes])
    drafts.set_neighbours(session, draft, named, editor)


def _require_complete(row: Neighbour) -> None:
    if not (row.title and row.reply and row.phrasings):
        raise invalid(row.id or "new", "叫法、答复、问法都要写")
    if len(row.reply) > REPLY_MAX or len(row.phrasings) > PHRASINGS_MAX:
        raise invalid(row.id, f"答复最多 {REPLY_MAX} 字，问法最多 {PHRASINGS_MAX} 句")


def _named(rows: Sequence[Neighbour], taken: Collection[str]) -> list[Neighbour]:
    """A new row gets a key that neither a row nor an entry has."""
    free = drafts.free_keys("outside-", {row.id for row in rows} | set(taken))
    return [row if row.id else replace(row, id=next(free)) for row in rows]


def _claimed(bank: Bank) -> Iterator[str]:
    """Questions that an entry answers already."""
    owners = {key(text): one for one in bank.entries for text in (one.question, *one.phrasings)}
    for each in bank.neighbours:
        for text in each.phrasings:
            if owner := owners.get(key(text)):
                yield f"「{each.title}」的「{text}」已经是「{owner.question}」的问法，只能放一处"
