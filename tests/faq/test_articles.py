"""Files as people upload them: text in two encodings, Word documents, and what is none of these."""

import io
import zipfile

import pytest

from faq import articles, docx
from faq.articles import read_article
from faq.draft import drafted
from faq.problems import UnreadableError
from tests.faq.word import document, paragraph, table

WORDS = "一、怎么退\n带身份证到营业厅。\n"


def reason(name: str, content: bytes) -> str:
    with pytest.raises(UnreadableError) as refused:
        read_article(name, content)
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
@pytest.mark.parametrize("name", ["a.txt", "说明.MD"])
def test_text_in_either_encoding(name: str, encoding: str) -> None:
    assert read_article(name, WORDS.replace("\n", "\r\n").encode(encoding)) == WORDS


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.pdf", b"%PDF-1.7", articles.PDF),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", articles.OLD_WORD),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1", articles.OLD_WORD),
        ("a.png", b"\x89PNG\r\n", articles.KINDS),
        ("a.txt", b"\x89PNG\r\n\x1a\n\x00\x00", articles.NO_TEXT),
        ("a.txt", WORDS.encode("utf-16"), articles.NO_TEXT),
        ("a.txt", b" \r\n\r\n", articles.EMPTY),
        ("a.txt", b"", articles.EMPTY),
        ("a.txt", b"a" * (articles.BYTES_MAX + 1), articles.TOO_LARGE),
        ("a.docx", b"PK\x03\x04 and no more", docx.BROKEN),
    ],
)
def test_anything_else_is_refused_with_its_reason(name: str, content: bytes, why: str) -> None:
    assert reason(name, content) == why


def test_a_word_document_keeps_its_order_its_lists_and_words_own_numbers() -> None:
    content = document(
        paragraph("退水费"),
        paragraph("怎么退", "一"),
        paragraph("个人", "一", 1),
        paragraph("到营业厅", "1"),
        paragraph("填表", "1"),
        paragraph("单位", "一", 1),
        paragraph("要公函。"),
        paragraph("费用", "一"),
        table(("档", "价"), ("一", "3 元")),
        paragraph("没有别的 & 别的。"),
    )
    text = read_article("a.docx", content)
    assert text.splitlines() == [
        "退水费",
        "一、怎么退",
        "（一）个人",
        "1. 到营业厅",
        "2. 填表",
        "（二）单位",
        "要公函。",
        "二、费用",
        "| 档 | 价 |",
        "| 一 | 3 元 |",
        "没有别的 & 别的。",
    ]
    assert [one.question for one in drafted(text)] == [
        "怎么退（个人）",
        "怎么退（单位）",
        "费用是怎样的",
    ]


ENTITIES = '<!DOCTYPE z [<!ENTITY a "哈哈"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>'


def nested(depth: int) -> str:
    cell = "<w:tbl><w:tr><w:tc>"
    return cell * depth + paragraph("深") + "</w:tc></w:tr></w:tbl>" * depth


def lying(content: bytes) -> bytes:
    """The same archive, whose directory says that the document is ten bytes long."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("word/document.xml").file_size
    return content.replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))


def archive_of(content: bytes) -> bytes:
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("a.docx", content)
    return outer.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (document(paragraph("炸"), more={"word/media/a.png": b"0" * (21 << 20)}), docx.TOO_LARGE),
        (document(paragraph("炸"), more={"word/a.xml": b"<a/>" + b" " * (21 << 20)}),
         docx.TOO_LARGE),
        (document("<w:p/>" * 500_000), docx.TOO_LARGE),
        (lying(document(paragraph("谎" * 9000))), docx.BROKEN),
        (document("<w:p><w:r><w:t>&c;</w:t></w:r></w:p>", head=ENTITIES), docx.HOSTILE),
        (document(nested(5000)), docx.HOSTILE),
        (document("<w:p>"), docx.BROKEN),
        (archive_of(document(paragraph("里面"))), docx.NOT_WORD),
    ],
    ids=["picture", "spaces", "elements", "lie", "entities", "nested", "torn", "archive"],
)  # fmt: skip
def test_a_hostile_document_is_refused(content: bytes, why: str) -> None:
    assert len(content) <= articles.BYTES_MAX
    assert reason("a.docx", content) == why


def test_tables_in_tables_are_read() -> None:
    assert "深" in read_article("a.docx", document(nested(15)))
