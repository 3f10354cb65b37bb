"""What is computed once is kept, and what is in use is kept longest."""

import os
from pathlib import Path

from faq import compiled


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    for second, name in enumerate(("shipped", "old", "older")):
        compiled.keep(tmp_path / f"{name}.npz", name.encode())
        os.utime(tmp_path / f"{name}.npz", (second, second))
    assert compiled.read(tmp_path / "shipped.npz") == b"shipped"
    compiled.keep(tmp_path / "new.npz", b"new", newest=2)
    assert {file.name for file in tmp_path.iterdir()} == {"shipped.npz", "new.npz"}
