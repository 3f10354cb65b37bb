"""The bank as a folder of files: pulled, edited, and published if that undoes nothing."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from faq import sections
from faq.guides import folder_files
from handlers.context import Context
from handlers.knowledge import drafts
from storage.database import Session
from storage.queries import banks

MARK = "bank.version"
"""Beside the files: the version that they were pulled from."""
LINES_MAX = 60


class CheckoutError(Exception):
    """Nothing was done; the text says why, in Chinese."""


def pull(context: Context, folder: Path, *, force: bool = False) -> int:
    """Write the version in force into a folder; its number. Raises CheckoutError rather than write
    over what somebody changed there."""
    with context.database.read() as session:
        head = banks.latest_id(session)
        if head is None:
            raise CheckoutError("还没有发布过指南。")
        sources = drafts.sources_of(banks.get(session, head))
        folder.mkdir(parents=True, exist_ok=True)
        here, _ = folder_files(folder)
        if here and not force and here != _base_sources(session, folder) and here != sources:
            raise CheckoutError(
                f"{folder} 里有还没发布的改动，没有覆盖。先发布，或者换一个文件夹，或者加 --force。"
            )
    for name in here.keys() - sources.keys():
        (folder / name).unlink()
    for name, text in sources.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    mark(folder, head)
    return head


def mark(folder: Path, version: int) -> None:
    (folder / MARK).write_text(f"{version}\n", encoding="utf-8")


def base_of(session: Session, folder: Path) -> int | None:
    """The version that these files started from: the mark's, else the last that came from files."""
    try:
        number = int((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return banks.latest_from_files(session)
    return number if banks.find(session, number) else None


def _base_sources(session: Session, folder: Path) -> dict[str, str] | None:
    base = base_of(session, folder)
    return drafts.sources_of(banks.get(session, base)) if base else None


def require_newest(session: Session, folder: Path, sources: Mapping[str, str]) -> None:
    """Raises CheckoutError, with the difference, when these files know nothing of the version in
    force: publishing them would undo what a colleague changed."""
    head = banks.latest_id(session)
    base = base_of(session, folder)
    if head is not None and base == head:
        _require_no_conflict(session, drafts.sources_of(banks.get(session, head)), sources)
    if head is None or base == head:
        return
    newer = drafts.sources_of(banks.get(session, head))
    if newer == sources:
        return
    before = drafts.sources_of(banks.get(session, base)) if base else {}
    raise _would_undo(head, base, list(_difference(before, newer)))


def _would_undo(head: int, base: int | None, lines: Sequence[str]) -> CheckoutError:
    more = f"\n……还有 {len(lines) - LINES_MAX} 行" if len(lines) > LINES_MAX else ""
    return CheckoutError(
        f"正在用的是第 {head} 版，这些文件是从{f'第 {base} 版' if base else '别处'}来的，"
        "发布会丢掉别人的改动：\n"
        + "\n".join(lines[:LINES_MAX])
        + more
        + "\n请先 faq pull 到另一个文件夹，把两边的改动合在一起再发布。"
    )


def _require_no_conflict(
    session: Session, base: Mapping[str, str], mine: Mapping[str, str]
) -> None:
    """An entry that was edited here and, otherwise, in the desk's draft: one would undo the other
    at the next publication."""
    before, here, desk = (_sections(each) for each in (base, mine, drafts.view(session).sources()))
    torn = [
        name
        for name in before.keys() | here.keys() | desk.keys()
        if before.get(name) != here.get(name) != desk.get(name) != before.get(name)
    ]
    if torn:
        theirs = {f"{name}（草稿）": desk.get(name, "") for name in sorted(torn)}
        ours = {f"{name}（草稿）": here.get(name, "") for name in sorted(torn)}
        lines = list(_difference(theirs, ours))[:LINES_MAX]
        raise CheckoutError(
            "同一条问答，工作台的草稿里和这些文件里改得不一样（- 是草稿，+ 是文件）：\n"
            + "\n".join(lines)
            + "\n请两边商量好，改成一样，或者先在工作台发布、丢掉草稿，再发布文件。"
        )


def _sections(files: Mapping[str, str]) -> dict[str, str]:
    """Each entry's section, by its id."""
    return {
        entry: text.strip()
        for name, whole in files.items()
        if name.endswith(".md")
        for entry, text in sections.cut(whole, name).sections.items()
    }


def _difference(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ""), after.get(name, "")
        yield from difflib.unified_diff(
            old.splitlines(), new.splitlines(), name, name, lineterm="", n=1
        )
