"""bot.py with a clock that a file moves: `python -m tests.chaos.program OFFSET_FILE serve …`."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import bot

_offset = Path(sys.argv.pop(1))


def now() -> datetime:
    ahead = float(_offset.read_text(encoding="utf-8")) if _offset.exists() else 0.0
    return datetime.now(UTC) + timedelta(seconds=ahead)


bot.now = now
bot.cli(prog_name="bot.py")
