"""A guide's Markdown as sections: what stands under each heading, piece by piece, with lines."""

import re
import unicodedata
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from faq.source import Document, GuideSection, ListItem, SourceLine

_HEADING = re.compile(r"^(?P<title>.*?)\s*\{\s*#\s*(?P<id>[^}\s]*)\s*\}\s*$")
_LABEL = re.compile(r"^(问法|选项|短问|细问)\s*:\s*(?P<rest>.*)$", re.DOTALL)
# 问法 alone, or with its texts behind it instead of in a list below it.
_LOOSE_LABEL = re.compile(r"^[#\s]*(?:问法|选项|细问)(?:[ \t]*[:：]|[ \t]*$|[ \t]*\n)")
_PAIR = re.compile(r"^(?P<key>[^:]+?)\s*:\s*(?P<value>.*)$")
# People type lists as a phone keyboard lets them: 1、登录, －问法, full-width hashes.
_NUMBERED = re.compile(r"^(\s*)(\d{1,2})\s*(?:[、\uff0e）)]|\.(?![0-9]))[ \t\u3000]*(?=\S)")
_BULLET = re.compile(r"^(\s*)(?:[－•·]\s*|-\s*(?=[^\s\-]))(?=\S)")
_HASHES = re.compile(r"^([#\uff03]{1,6})\s*(?=[^#\uff03\s])")
_BLANK_IN_LINE = re.compile(r"[ \t\u3000]+")


def parse(text: str) -> Document:
    """Read one guide. Never raises: what is not understood is kept among the strays."""
    document = Document()
    lines = text.removeprefix("\ufeff").splitlines()
    body_from = _front_matter(lines, document)
    body = "\n".join([""] * body_from + [_usual(line) for line in lines[body_from:]])
    tree = SyntaxTreeNode(MarkdownIt("commonmark").parse(body))
    label = ""
    for node in tree.children:
        label = _place(node, label, document)
    return document


def _usual(line: str) -> str:
    """Write a line's beginning the way CommonMark knows it."""
    line = _HASHES.sub(lambda m: "#" * len(m[1]) + " ", line)
    line = _NUMBERED.sub(lambda m: f"{m[1]}{int(m[2])}. ", line)
    return _BULLET.sub(lambda m: f"{m[1]}- ", line)


def _front_matter(lines: list[str], document: Document) -> int:
    """Fill the document's front matter; return how many lines it took."""
    if not lines or lines[0].strip() != "---":
        return 0
    for number, line in enumerate(lines[1:], start=2):
        if line.strip() == "---":
            return number
        pair = _PAIR.match(line.replace("：", ":", 1).strip())
        if pair:
            document.matter[pair["key"]] = SourceLine(pair["value"].strip("\"' "), number)
        elif line.strip():
            document.strays.append(SourceLine(line, number))
    document.matter.clear()
    return 0


def _place(node: SyntaxTreeNode, label: str, document: Document) -> str:
    """Put one top-level block where it belongs; return the label that the next list obeys."""
    at = node.map[0] + 1 if node.map else 0
    if node.type == "heading" and node.tag == "h2":
        document.sections.append(_section(_plain(node), at))
        return ""
    if not document.sections:
        if node.type != "heading":
            document.strays.append(SourceLine(_plain(node), at))
        return ""
    section = document.sections[-1]
    section.lost += [SourceLine(words, at) for words in _lost(node)]
    if node.type == "paragraph":
        return _paragraph(section, SourceLine(_plain(node), at))
    if node.type == "bullet_list":
        _bullets(section, node, label)
    elif node.type == "ordered_list" and not section.steps and not label:
        section.steps = [_step(item) for item in node.children]
    else:
        section.strays.append(SourceLine(_plain(node), at))
    return ""


def _section(heading: str, at: int) -> GuideSection:
    found = _HEADING.match(unicodedata.normalize("NFKC", heading))
    if not found:
        return GuideSection("", heading.strip(), at)
    # The title keeps its own punctuation; only the id's braces are folded.
    title = re.split(r"\s*[{\uff5b]\s*[#\uff03]", heading)[0].strip()
    return GuideSection(found["id"], title, at)


def _paragraph(section: GuideSection, line: SourceLine) -> str:
    labelled = _LABEL.match(line.text.replace("：", ":", 1))
    if labelled and labelled[1] == "短问":
        section.short = labelled["rest"].strip()
        return ""
    if labelled and not labelled["rest"].strip():
        return labelled[1]
    if _LOOSE_LABEL.match(line.text):
        section.labels.append(line)
        return ""
    (section.after if section.steps else section.before).append(line)
    return ""


def _bullets(section: GuideSection, node: SyntaxTreeNode, label: str) -> None:
    items = [
        SourceLine(_plain(item).strip(), (item.map or (0, 0))[0] + 1) for item in node.children
    ]
    if label == "问法":
        section.phrasings += items
    elif label == "选项":
        section.choices += items
    elif label == "细问":
        section.details += items
    else:
        text = "\n".join(f"· {item.text}" for item in items)
        (section.after if section.steps else section.before).append(SourceLine(text, items[0].at))


def _step(item: SyntaxTreeNode) -> ListItem:
    words = [child for child in item.children if child.type != "blockquote"]
    helps = [child for child in item.children if child.type == "blockquote"]
    at = (item.map or (0, 0))[0] + 1
    line = SourceLine("\n".join(_plain(child) for child in words).strip(), at)
    return ListItem(line, "\n".join(_plain(child) for child in helps).strip())


def _plain(node: SyntaxTreeNode) -> str:
    """The text a merchant would see: WeChat shows no Markdown."""
    return _BLANK_IN_LINE.sub(" ", "".join(_pieces(node))).strip()


def _lost(node: SyntaxTreeNode) -> Iterator[str]:
    """What stands in the text and not in what a merchant sees of it."""
    for inner in node.walk():
        if inner.type == "image":
            yield f"图片「{_plain(inner) or inner.attrs.get('src', '')}」"
        elif inner.type == "link" and _plain(inner) != inner.attrs.get("href"):
            yield f"链接「{_plain(inner)}」的网址"
        elif inner.type in ("html_block", "html_inline"):
            yield f"「{inner.content.strip()[:20]}」"


def _pieces(node: SyntaxTreeNode) -> Iterator[str]:
    if node.type in ("text", "code_inline", "fence", "code_block"):
        yield node.content
    elif node.type in ("softbreak", "hardbreak"):
        yield "\n"
    else:
        for index, child in enumerate(node.children):
            if index and child.block:
                yield "\n"
            yield from _pieces(child)
