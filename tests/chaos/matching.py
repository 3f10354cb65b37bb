"""Do the rows explain, in order, what WeChat was sent?"""

from collections.abc import Sequence

JOIN = "\n\n"
Row = tuple[str, bool]  # text, and whether the row is sure that it arrived


def explained(rows: Sequence[Row], delivered: Sequence[str]) -> str:
    """ "" when every delivered text is one or more rows in a row, each row used once, in order,
    and no row that is sure was skipped; else a sentence.

    `reach` is the set of row positions from which the rest may still fit: a row that is not sure
    may have arrived or not, so there can be several.
    """
    reach = _skips(rows, {0})
    for number, text in enumerate(delivered):
        reach = _skips(rows, {end for start in reach for end in _ends(rows, start, text)})
        if not reach:
            return f"what arrived as number {number + 1} of {len(delivered)} has no row of its own"
    if len(rows) not in reach:
        return f"{len(rows) - max(reach)} rows are called sent beyond what arrived"
    return ""


def _ends(rows: Sequence[Row], start: int, text: str) -> list[int]:
    """Positions after the rows from `start` on that make exactly this text."""
    for end in range(start + 1, len(rows) + 1):
        joined = JOIN.join(row[0] for row in rows[start:end])
        if joined == text:
            return [end]
        if len(joined) >= len(text):
            break
    return []


def _skips(rows: Sequence[Row], reach: set[int]) -> set[int]:
    """Also the positions behind rows that may not have arrived."""
    found = set(reach)
    for start in reach:
        at = start
        while at < len(rows) and not rows[at][1]:
            at += 1
            found.add(at)
    return found
