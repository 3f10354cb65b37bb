"""Voices as browsers play them: WeChat records AMR, which no browser knows."""

import shutil
import subprocess
from pathlib import Path

AMR, MP3 = "audio/amr", "audio/mpeg"
SECONDS = 20
"""A voice lasts a minute at most and is converted in a fraction of a second."""


class VoiceError(Exception):
    """The sound is broken, or the converter is away."""


def is_playable(content_type: str) -> bool:
    """Can a page of ours play it here?"""
    return content_type == MP3 or (content_type == AMR and shutil.which("ffmpeg") is not None)


def as_mp3(path: Path, content_type: str) -> bytes:
    """The sound as MP3. AMR is named to ffmpeg, so that it reads nothing else, and no network."""
    if content_type == MP3:
        return path.read_bytes()
    command = (
        "ffmpeg", "-nostdin", "-v", "error", "-protocol_whitelist", "pipe",
        "-f", "amr", "-i", "pipe:0", "-f", "mp3", "pipe:1",
    )  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 (no word of it is anybody's input)
            command, input=path.read_bytes(), capture_output=True, timeout=SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise VoiceError from error
    return done.stdout
