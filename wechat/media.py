"""Detects the media type from the content: names and declared types are not trusted."""

from typing import NamedTuple

from wechat import pictures
from wechat.errors import MediaError
from wechat.media_limits import MAX_IMAGE, MAX_IMAGE_BYTES

ZIP = "application/zip"
"""Also Word, Excel and PowerPoint since 2007: told apart only by unpacking, which nobody does."""
OLD_OFFICE = "application/x-ole-storage"
"""Word, Excel and PowerPoint before 2007."""

_SIGNATURES: tuple[tuple[bytes, int, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "png"),
    (b"\xff\xd8\xff", 0, "image/jpeg", "jpg"),
    (b"GIF87a", 0, "image/gif", "gif"),
    (b"GIF89a", 0, "image/gif", "gif"),
    (b"#!AMR", 0, "audio/amr", "amr"),
    (b"ID3", 0, "audio/mpeg", "mp3"),
    (b"\xff\xfb", 0, "audio/mpeg", "mp3"),
    (b"\xff\xf3", 0, "audio/mpeg", "mp3"),
    (b"\xff\xf2", 0, "audio/mpeg", "mp3"),
    (b"ftyp", 4, "video/mp4", "mp4"),
    (b"%PDF-", 0, "application/pdf", "pdf"),
    (b"PK\x03\x04", 0, ZIP, "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, OLD_OFFICE, "doc"),
    (b"Rar!\x1a\x07", 0, "application/vnd.rar", "rar"),
    (b"7z\xbc\xaf\x27\x1c", 0, "application/x-7z-compressed", "7z"),
)


UNKNOWN = "这个文件不是图片、语音、视频、PDF、Word、Excel 或压缩包，没有保存。"


class RecognisedMedia(NamedTuple):
    """`filename` is ours, such as `image.jpg`: never a name that somebody sent."""

    content: bytes
    content_type: str
    filename: str

    @property
    def shown(self) -> tuple[int, int]:
        """Width and height of a picture as it is shown; (0, 0) for anything else."""
        return pictures.size(self.content, self.content_type)


def recognised(content: bytes) -> RecognisedMedia:
    """What it is, a picture without the place where it was taken.

    Raises MediaError for anything but PNG, JPEG, GIF, AMR, MP3, MP4, PDF, Word, Excel and archives,
    and for a broken picture or one with too many pixels.
    """
    media = _detected(content)
    if media is None:
        raise MediaError("not a known kind of file", UNKNOWN)
    return _bare(media) if _is_picture(media) else media


def _detected(content: bytes) -> RecognisedMedia | None:
    for signature, offset, content_type, extension in _SIGNATURES:
        if content.startswith(signature, offset):
            return RecognisedMedia(
                content, content_type, f"{content_type.split('/')[0]}.{extension}"
            )
    return None


def picture(content: bytes) -> RecognisedMedia:
    """A picture that may be sent, without the place where it was taken.

    Raises MediaError for another kind, a broken one and one that is too large.
    """
    if len(content) > MAX_IMAGE_BYTES:
        raise MediaError(
            f"a picture over {MAX_IMAGE}",
            f"图片超过 {MAX_IMAGE}，微信不收。请压缩或截取需要的部分再发。",
        )
    media = _detected(content)
    if media is None or not _is_picture(media):
        raise MediaError("not a picture", "只能发 JPG、PNG 或 GIF 图片。")
    return _bare(media)


def _is_picture(media: RecognisedMedia) -> bool:
    return media.content_type.startswith("image/")


def _bare(media: RecognisedMedia) -> RecognisedMedia:
    return media._replace(content=pictures.stripped(media.content, media.content_type))
