"""Style sheets and scripts under an address that changes with them."""

import hashlib
from functools import cache
from pathlib import Path

YEAR_SECONDS = 365 * 24 * 3600
"""How long browsers may keep a file under its address."""


@cache
def version_of(folder: Path) -> str:
    """Changes with any of the files, so that browsers may keep them for ever."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
