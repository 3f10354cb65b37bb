"""Where pictures and files lie: a folder outside the web root, names that say nothing."""

import re
import secrets
import unicodedata
from pathlib import Path

from handlers.context import FirmSettings

_MEDIA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9]{1,8}", re.ASCII)


def media_folder(firm: FirmSettings) -> Path:
    return firm.data / "media"


def is_media_name(name: str) -> bool:
    """Is it a name that we give? A restored database may hold any."""
    return _MEDIA_NAME.fullmatch(name) is not None


def media_file(firm: FirmSettings, name: str) -> Path | None:
    """Where a file lies; None for a name that is none of ours, and for a link."""
    path = media_folder(firm) / name
    return path if is_media_name(name) and not path.is_symlink() else None


def download_name(title: str, ending: str) -> str:
    """What a file is called on a consultant's disk: its sender's name for it, as far as the ending
    fits what the bytes are; nothing invisible in it, such as what turns "gpj.exe" around."""
    visible = "".join(each for each in title if unicodedata.category(each)[0] not in "CZ")
    name = _UNFIT.sub("_", visible)[-_NAME_MAX:].lstrip(".") or _NAMELESS.get(ending, "文件")
    allowed = _ENDINGS.get(ending, (ending,))
    return name if Path(name).suffix.lower() in allowed else name + ending


_UNFIT = re.compile(r'[/\\:*?"<>|]')
_NAME_MAX = 80
_NAMELESS = {".amr": "语音", ".mp3": "语音"}
# Containers whose kind only the sender's name tells.
_ENDINGS = {
    ".zip": (".zip", ".docx", ".xlsx", ".pptx"),
    ".doc": (".doc", ".xls", ".ppt", ".wps", ".et"),
    ".jpg": (".jpg", ".jpeg"),
}


def store(firm: FirmSettings, content: bytes, ending: str) -> str:
    """Write it under a random name with this ending, such as ".png". Returns the name."""
    folder = media_folder(firm)
    folder.mkdir(parents=True, exist_ok=True)
    name = secrets.token_hex(16) + ending
    (folder / name).write_bytes(content)
    return name
