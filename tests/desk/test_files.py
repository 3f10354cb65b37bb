"""Documents and voices of merchants: kept, offered, never shown as a page of ours."""

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from handlers.inbound import media_download
from handlers.media_files import download_name
from storage.queries import media as stored_media
from tests.desk.fixtures import Browser, open_office
from tests.full_stack import Stage

PDF = b"%PDF-1.7\n" + b"0" * 64
# A second of nothing, as a phone records it: fifty frames of 12.2 kbit/s.
AMR = b"#!AMR\n" + (b"\x3c" + b"\0" * 31) * 50


def docx() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return kept.getvalue()


def fetch(stage: Stage) -> int:
    """What the background does; returns the newest file's id."""
    context = stage.house.context
    with context.database.read() as session:
        due = stored_media.due(session, context.now())
    for media_id in due:
        media_download.fetch(context, media_id)
    return max(due)


def browser(stage: Stage) -> Browser:
    return open_office(stage.house).browser("小林")


@pytest.mark.parametrize(
    ("content", "title", "name"),
    ids=["pdf", "docx", "a program"],
    argvalues=[
        (PDF, "营业执照.pdf", "营业执照.pdf"),
        (docx(), "情况说明.docx", "情况说明.docx"),
        (PDF, "../../报价.exe", ".._报价.exe.pdf"),
    ],
)
def test_a_document_is_kept_and_offered_as_a_download(
    stage: Stage, content: bytes, title: str, name: str
) -> None:
    stage.simulator.file("oMerchant", content, title)
    found = fetch(stage)
    client = browser(stage)
    assert f'/desk/media/{found}">下载文件</a> ' in client.get("/desk/c/1").text
    with client.get(f"/desk/media/{found}") as answer:
        assert answer.data == content
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert Path(name).suffix in disposition
    assert "/" not in disposition.partition("filename")[2].replace("UTF-8''", "")


def test_what_is_no_document_is_said_to_be_none(stage: Stage) -> None:
    stage.simulator.send("oMerchant", "file", {"Title": "合同.pdf"})
    assert "文件" in browser(stage).get("/desk/c/1").text


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
def test_a_voice_is_played_in_the_page(stage: Stage) -> None:
    stage.simulator.voice("oMerchant", AMR)
    found = fetch(stage)
    client = browser(stage)
    assert f'<audio controls preload="none" src="/desk/media/{found}/play"' in (
        client.get("/desk/c/1").text
    )
    with client.get(f"/desk/media/{found}/play") as whole:
        assert (whole.mimetype, whole.data[:3]) == ("audio/mpeg", b"ID3")
    with client.get(f"/desk/media/{found}/play", Range="bytes=0-9") as piece:
        assert (piece.status_code, piece.data) == (206, whole.data[:10])


def test_without_a_converter_the_page_says_so_and_offers_the_file(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.simulator.voice("oMerchant", AMR)
    found = fetch(stage)
    client = browser(stage)
    monkeypatch.setenv("PATH", "")
    page = client.get("/desk/c/1").text
    assert "没有装 ffmpeg" in page
    assert "<audio" not in page
    assert client.get(f"/desk/media/{found}/play").status_code == 404
    with client.get(f"/desk/media/{found}") as answer:
        assert answer.data == AMR


@pytest.mark.parametrize(
    ("title", "ending", "name"),
    [
        ("报价单.XLSX", ".zip", "报价单.XLSX"),
        ("报价单", ".zip", "报价单.zip"),
        ("报价\u202efdp.exe", ".pdf", "报价fdp.exe.pdf"),
        ("", ".pdf", "文件.pdf"),
        ("", ".amr", "语音.amr"),
        ("..", ".pdf", "文件.pdf"),
        ("a/b\\c:d.pdf", ".pdf", "a_b_c_d.pdf"),
        ("长" * 300 + ".pdf", ".pdf", "长" * 76 + ".pdf"),
    ],
)
def test_the_name_on_disk_says_what_the_bytes_are(title: str, ending: str, name: str) -> None:
    assert download_name(title, ending) == name
