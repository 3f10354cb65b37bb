"""The draft of the bank: the version it starts from, with edits on top.

Edits come one after the other, each knows what it was made from, and a published version only takes
out of the draft what it holds.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import count
from typing import Any

from faq import sections, writing
from faq.bank import Bank, Entry, Neighbour
from faq.bank_files import VOCABULARY
from faq.guides import Vocabulary, entry_of, read_vocabulary
from faq.matching.normalize import key
from faq.sections import Change
from handlers.knowledge import bank_versions, entry_form
from handlers.knowledge.entry_form import invalid
from storage.database import Session
from storage.models.conversations import BankVersion
from storage.models.knowledge import DraftEdit
from storage.queries import banks, drafts
from storage.queries.drafts import Edited

FIRST_REVISION = 1
ENTRY, FILE = "entry:", "file:"
ALARMS = "[alarms]"


class UnknownEntryError(Exception):
    """The draft has no such entry."""


class StaleDraftError(Exception):
    """Somebody changed it meanwhile; `now` is how it stands."""

    def __init__(self, now: "DraftEntry | None") -> None:
        super().__init__("别人刚刚改过这一条，请在新的内容上再改。")
        self.now = now


@dataclass(frozen=True, slots=True)
class DraftEntry:
    """An entry of the draft. `changed`: other than in the version that the draft starts from."""

    entry: Entry
    revision: int
    changed: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class DraftView:
    """The whole draft as it stands."""

    base: int
    files: Mapping[str, str]
    """Of the version it starts from, with the files that were edited as a whole."""
    entries: tuple[DraftEntry, ...]
    words: Vocabulary
    edits: Mapping[str, DraftEdit]

    def bank(self) -> Bank:
        entries = tuple(each.entry for each in self.entries)
        words = self.words
        return Bank(entries, words.neighbours, words.synonyms, alarms=words.alarms)

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        return self.words.neighbours

    def find(self, entry_id: str) -> DraftEntry:
        for each in self.entries:
            if each.entry.id == entry_id:
                return each
        raise UnknownEntryError(entry_id)

    def others(self, entry_id: str) -> list[Entry]:
        return [each.entry for each in self.entries if each.entry.id != entry_id]

    def revision(self, name: str) -> int:
        edit = self.edits.get(name)
        return edit.revision if edit else FIRST_REVISION

    def pending(self) -> list[DraftEdit]:
        """What was edited and is not published."""
        return [edit for edit in self.edits.values() if edit.state != "kept"]

    def sources(self) -> dict[str, str]:
        """The files that it is published as."""
        changes = {
            name.removeprefix(ENTRY): Change(
                edit.guide, edit.text if edit.state == "changed" else None
            )
            for name, edit in self.edits.items()
            if name.startswith(ENTRY) and edit.state != "kept"
        }
        return sections.compose(self.files, changes)


def sources_of(row: BankVersion) -> dict[str, str]:
    """A version's files; those from before files were kept are written from its entries."""
    if row.sources:
        return dict(row.sources)
    return writing.files(bank_versions.BANK.validate_json(row.content))


def free_keys(prefix: str, taken: Collection[str]) -> Iterator[str]:
    """Keys for what somebody adds: this prefix with the numbers that nothing has yet."""
    return (key for number in count(1) if (key := f"{prefix}{number}") not in taken)


def view(session: Session) -> DraftView:
    """The draft; what is in force when nobody edited anything yet."""
    draft = drafts.find(session)
    base = draft.base if draft else banks.latest_id(session)
    if base is None:
        raise bank_versions.nothing_published()
    edits = drafts.edits(session)
    row = banks.get(session, base)
    files = sources_of(row)
    bank = _parsed(row.content)
    for name, edit in edits.items():
        if name.startswith(FILE) and edit.state == "changed":
            files[name.removeprefix(FILE)] = edit.text
    words = Vocabulary(bank.synonyms, bank.neighbours, bank.alarms)
    if edits.get(FILE + VOCABULARY) is not None:
        words = read_vocabulary(files.get(VOCABULARY), [])
    return DraftView(base, files, tuple(_overlaid(bank, edits)), words, edits)


@lru_cache(maxsize=4)
def _parsed(content: str) -> Bank:
    return bank_versions.BANK.validate_json(content)


def _overlaid(bank: Bank, edits: Mapping[str, DraftEdit]) -> list[DraftEntry]:
    found = {entry.id: DraftEntry(entry, FIRST_REVISION) for entry in bank.entries}
    for name, edit in edits.items():
        if not name.startswith(ENTRY):
            continue
        entry_id = name.removeprefix(ENTRY)
        if edit.state == "removed":
            found.pop(entry_id, None)
        elif edit.state == "changed":
            entry = _entry(edit.text, edit.guide)
            found[entry_id] = DraftEntry(entry, edit.revision, changed=True, by=edit.changed_by)
        elif entry_id in found:
            found[entry_id] = replace(found[entry_id], revision=edit.revision)
    return list(found.values())


@lru_cache(maxsize=2000)
def _entry(section: str, guide: str) -> Entry:
    read = sections.read_section(section)
    if read is None:
        raise ValueError("a stored section that is none")
    return entry_of(read, guide)


def locked(session: Session, now: datetime) -> DraftView:
    """The draft, held: whoever edits it next waits until this transaction ends."""
    latest = banks.latest_id(session)
    if latest is None:
        raise bank_versions.nothing_published()
    drafts.begin(session, latest, now)
    drafts.lock(session).changed_at = now
    return view(session)


@dataclass(frozen=True, slots=True)
class Editor:
    """Who edits, and when."""

    by: str
    now: datetime


def put_entry(
    session: Session,
    entry_id: str,
    fields: Mapping[str, Any],
    editor: Editor,
    revision: int | None = None,
) -> DraftEntry:
    """Change these fields. Raises UnknownEntryError, StaleDraftError, InvalidEntryError."""
    draft = locked(session, editor.now)
    current = _current(draft, entry_id, revision)
    entry = entry_form.changed(current.entry, fields, draft.others(entry_id))
    require_guide(entry.guide)
    if entry == current.entry:
        return current
    return _store(session, draft, entry, editor)


def add_entry(session: Session, fields: Mapping[str, Any], editor: Editor) -> DraftEntry:
    """A new entry; its id is made up when none is given."""
    draft = locked(session, editor.now)
    wanted = dict(fields)
    guide = str(wanted.pop("guide", "") or usual_guide(draft))
    require_guide(guide)
    taken = {each.entry.id for each in draft.entries}
    entry_id = wanted.pop("id", None) or _free_id(guide, taken | _removed(draft))
    if not isinstance(entry_id, str) or entry_id in taken:
        raise invalid("id", f"编号「{entry_id}」已经有了，请换一个")
    empty = Entry(entry_id, "", "", guide=guide)
    entry = entry_form.changed(empty, wanted, draft.others(entry_id))
    return _store(session, draft, entry, editor)


def remove_entry(
    session: Session, entry_id: str, editor: Editor, revision: int | None = None
) -> None:
    draft = locked(session, editor.now)
    current = _current(draft, entry_id, revision)
    users = [each.entry for each in draft.entries if entry_id in each.entry.choices]
    if users:
        raise invalid(
            "id", f"「{users[0].question}」（{users[0].id}）的选项里还有它，请先从那里去掉"
        )
    name = ENTRY + entry_id
    edited = Edited(name, "removed", current.entry.guide)
    _put(session, draft, edited, editor)


def put_file(session: Session, draft: DraftView, name: str, text: str, editor: Editor) -> DraftView:
    """Replace a whole file of a draft that is `locked`; the draft as it is then."""
    _put(session, draft, Edited(FILE + name, "changed", "", text), editor)
    return view(session)


def add_neighbour_phrasing(
    session: Session, neighbour: Neighbour, text: str, editor: Editor
) -> None:
    """Make a question known as one that we do not cover. A neighbour of this id gets it, or is
    made."""
    draft = locked(session, editor.now)
    owners = {name: each.entry for each in draft.entries for name in _keys(each.entry)}
    if key(text) in owners:
        raise invalid("text", f"「{owners[key(text)].question}」已经有这个问法")
    known = {each.id: each for each in draft.neighbours}
    one = known.get(neighbour.id, neighbour)
    if text not in one.phrasings:
        one = replace(one, phrasings=(*one.phrasings, text))
    set_neighbours(session, draft, (known | {one.id: one}).values(), editor)


def set_neighbours(
    session: Session, draft: DraftView, neighbours: Iterable[Neighbour], editor: Editor
) -> None:
    """What stands before the first neighbour in the file stays to the letter."""
    text = draft.files.get(VOCABULARY, "")
    head, _, rest = text.partition("[[neighbour]]")
    tables = "\n".join(map(writing.neighbour, neighbours))
    if ALARMS in rest:  # stood behind the neighbours, which are written anew
        tables = f"{writing.alarms(draft.words.alarms)}\n{tables}"
    put_file(session, draft, VOCABULARY, f"{head.rstrip()}\n\n{tables}", editor)


def _keys(entry: Entry) -> list[str]:
    return [key(text) for text in (entry.question, *entry.phrasings)]


def discard(session: Session, editor: Editor) -> None:
    """Begin anew from what is in force; the revisions stay, so that old forms are known as old."""
    draft = locked(session, editor.now)
    latest = banks.latest_id(session)
    for edit in draft.pending():
        _put(session, draft, Edited(edit.name, "kept"), editor)
    drafts.settle(session, latest or draft.base, {}, editor.now)


def _current(draft: DraftView, entry_id: str, revision: int | None) -> DraftEntry:
    name = ENTRY + entry_id
    if revision is not None and revision != draft.revision(name):
        present = [each for each in draft.entries if each.entry.id == entry_id]
        if present or name in draft.edits:
            raise StaleDraftError(present[0] if present else None)
    return draft.find(entry_id)


def _store(session: Session, draft: DraftView, entry: Entry, editor: Editor) -> DraftEntry:
    name = ENTRY + entry.id
    edited = Edited(name, "changed", entry.guide, writing.section(entry))
    row = _put(session, draft, edited, editor)
    return DraftEntry(entry, row.revision, changed=True, by=editor.by)


def _put(session: Session, draft: DraftView, edited: Edited, editor: Editor) -> DraftEdit:
    revision = draft.revision(edited.name) + 1
    return drafts.put(session, edited, revision=revision, by=editor.by, now=editor.now)


def require_guide(guide: str) -> None:
    if not writing.plain_name(guide):
        raise invalid("guide", "指南的短名只能用字母、数字、汉字和连字符，最多 40 个")


def usual_guide(draft: DraftView) -> str:
    return draft.entries[-1].entry.guide if draft.entries else "guide"


def _removed(draft: DraftView) -> set[str]:
    return {name.removeprefix(ENTRY) for name in draft.edits}


def _free_id(guide: str, taken: set[str]) -> str:
    stem = guide if guide.isascii() and guide.islower() else "entry"
    number = 1
    while f"{stem}-new-{number}" in taken:
        number += 1
    return f"{stem}-new-{number}"
