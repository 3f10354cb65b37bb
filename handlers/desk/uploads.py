"""Pictures that a consultant uploads: for a message, or for a quick reply."""

from flask import request

from handlers.cases import CaseError
from wechat.errors import MediaError
from wechat.media import RecognisedMedia, picture
from wechat.media_limits import MAX_IMAGE_BYTES


def uploaded_picture() -> bytes:
    upload = request.files.get("picture")
    if upload is None:
        return b""
    with upload.stream as stream:
        return stream.read(MAX_IMAGE_BYTES + 1)


def checked_picture(content: bytes) -> RecognisedMedia:
    """A picture that WeChat takes; CaseError for anything else."""
    if not content:
        raise CaseError("没有收到图片，请再选一次。")
    try:
        return picture(content)
    except MediaError as error:
        raise CaseError(error.explanation) from error
