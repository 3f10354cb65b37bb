"""A guide's text cut into its sections, so that one of them can be put in another's place."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from faq import writing
from faq.markdown import parse
from faq.source import GuideSection


@dataclass(frozen=True, slots=True)
class Cut:
    """What stands before the first section, and each section's text by its entry's id."""

    guide: str
    head: str
    sections: dict[str, str]


def cut(text: str, name: str) -> Cut:
    document = parse(text)
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    starts = [section.at - 1 for section in document.sections]
    ends = [*starts[1:], len(lines)]
    guide = document.matter["guide"].text if "guide" in document.matter else name[: -len(".md")]
    found = {
        section.id: "".join(lines[start:end])
        for section, start, end in zip(document.sections, starts, ends, strict=True)
    }
    return Cut(guide, "".join(lines[: starts[0] if starts else len(lines)]), found)


def read_section(text: str) -> GuideSection | None:
    """The one section that this text is; None when it is none or several."""
    document = parse(text)
    return document.sections[0] if len(document.sections) == 1 and not document.strays else None


def guide_titles(files: Mapping[str, str]) -> dict[str, str]:
    """The title of each guide, by its short name."""
    titles = {}
    for name, text in files.items():
        if name.endswith(".md"):
            matter = parse(text[:2000]).matter
            guide = matter["guide"].text if "guide" in matter else name[: -len(".md")]
            titles[guide] = matter["title"].text if "title" in matter else guide
    return titles


@dataclass(frozen=True, slots=True)
class Change:
    """An entry's new section in a guide, or None: it is taken out."""

    guide: str
    section: str | None


def compose(files: Mapping[str, str], changes: Mapping[str, Change]) -> dict[str, str]:
    """The files with these entries changed, added or taken out; everything else to the letter."""
    guides = {name: cut(text, name) for name, text in files.items() if name.endswith(".md")}
    composed = {name: text for name, text in files.items() if name not in guides}
    wanted = {entry: change for entry, change in changes.items() if change.section is not None}
    for name, guide in sorted(guides.items()):
        mine = {entry: one for entry, one in wanted.items() if one.guide == guide.guide}
        wanted = {entry: one for entry, one in wanted.items() if entry not in mine}
        sections = _changed(guide.sections, mine, changes.keys())
        if sections == guide.sections:
            composed[name] = files[name]
        elif sections:
            composed[name] = guide.head + _joined(sections.values())
    for guide_name in dict.fromkeys(change.guide for change in wanted.values()):
        new = [one.section or "" for one in wanted.values() if one.guide == guide_name]
        composed[_free(f"{guide_name}.md", composed)] = writing.guide(guide_name, guide_name, new)
    return composed


def _changed(
    before: Mapping[str, str], mine: Mapping[str, Change], gone: Collection[str]
) -> dict[str, str | None]:
    """A guide's sections with its own changes: in their places, the new ones at the end."""
    kept = {
        entry: mine[entry].section if entry in mine else text
        for entry, text in before.items()
        if entry in mine or entry not in gone
    }
    return kept | {entry: one.section for entry, one in mine.items()}


def _joined(sections: Iterable[str | None]) -> str:
    return "\n".join(f"{(text or '').rstrip()}\n" for text in sections)


def _free(name: str, taken: Mapping[str, str]) -> str:
    number = 1
    stem = name[: -len(".md")]
    while name in taken:
        number += 1
        name = f"{stem}-{number}.md"
    return name
