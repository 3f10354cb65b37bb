"""The folder of what is computed once and read ever after: fitted matchers, moves, vectors."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

FOLDER = Path(__file__).parent / ".compiled"
READABLE = 0o644
"""What one user computes, such as root in `make setup`, is for whoever runs the program."""


def read(file: Path) -> bytes:
    """What was kept, and noted as used: what goes first is what nobody reads. Raises OSError."""
    data = file.read_bytes()
    with suppress(OSError):  # another user's, or a disk that is only read
        os.utime(file)
    return data


def keep(file: Path, data: bytes, *, newest: int = 0) -> None:
    """Write a file whole or not at all. With `newest`, those of its kind not used for longest go.

    Raises OSError where nothing can be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=file.parent, suffix=".part", delete=False) as part:
        part.write(data)
    Path(part.name).chmod(READABLE)
    Path(part.name).replace(file)
    if not newest:
        return
    by_age = sorted(file.parent.glob(f"*{file.suffix}"), key=lambda one: one.stat().st_mtime)
    for old in by_age[:-newest]:
        old.unlink(missing_ok=True)
