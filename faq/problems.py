"""What is wrong with a guide or a bank file, said to the person who wrote it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "clash", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. `line` counts from 1, 0 means the whole file; `message` is Chinese.

    A "warning" does not keep a bank from being published. A "clash" does: the bank can be tried
    (`ask --bank`), but one of two homes of the same words would silently win.
    """

    file: str
    line: int
    message: str
    severity: Severity = "error"
    field: str = ""
    """Of an entry, what it is about: question, aliases, answer, steps, choices …"""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        kind = "注意" if self.severity == "warning" else "错误"
        return f"{where}: {kind}: {self.message}"


class UnreadableError(Exception):
    """A file whose text cannot be read; the reason is Chinese."""
