"""`python -m bench conversations FILE…`: how many conversations hold, and why the others do not.

They are played in memory by the runner of the tests, tests/dialogue/playing.py.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from tests.dialogue.driver import in_memory
from tests.dialogue.playing import Played, play, read

LISTS_PER = 30
STATES = ("walk", "list", "form", "offer", "queue", "rating", "idle")
MOVES = (
    *("next", "done", "back", "again", "which_step", "step_n", "stuck", "page_differs", "pick"),
    *("none_of_these", "yes", "no", "cancel", "call_off_human", "solved", "not_solved", "thanks"),
    *("wait", "correct"),
)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--show", "names", multiple=True, help="A number or a name: its transcript.")
@click.option("--failed", is_flag=True, help="The transcripts of all that fail.")
@click.option("--cells", is_flag=True, help="Passed of played for each cell of move × state.")
def main(files: tuple[Path, ...], names: tuple[str, ...], *, failed: bool, cells: bool) -> None:
    """Play conversations in memory and count the checks that hold."""
    everything = []
    for path in files:
        played = [play(script, in_memory) for script in read(path)]
        click.echo(f"{path.name}: {_count(played)}")
        everything += played
    click.echo(f"all: {_count(everything)}, {_lists(everything):.2f} unneeded lists in 30 turns")
    for line in _checks(everything):
        click.echo(line)
    if cells:
        for line in coverage(everything):
            click.echo(line)
    for number, one in enumerate(everything, start=1):
        wanted = str(number) in names or one.script.name in names
        if wanted or (failed and not one.passed):
            click.echo(transcript(number, one))


def _count(played: Sequence[Played]) -> str:
    return f"{sum(each.passed for each in played)} of {len(played)} hold"


def _lists(played: Sequence[Played]) -> float:
    turns = [exchange for each in played for exchange in each.exchanges]
    unneeded = sum("list" in exchange.faults for exchange in turns)
    return LISTS_PER * unneeded / max(len(turns), 1)


def _checks(played: Sequence[Played]) -> Iterable[str]:
    """In how many conversations, and in how many turns, each check fails."""
    turns: Counter[str] = Counter()
    conversations: Counter[str] = Counter()
    for each in played:
        faults = [name for exchange in each.exchanges for name in exchange.faults]
        turns.update(faults)
        conversations.update(set(faults))
    for name, count in conversations.most_common():
        yield f"  {name} fails in {count} conversations, {turns[name]} turns"


def coverage(played: Sequence[Played]) -> Iterable[str]:
    """A table of move × state: held of played; then the cells that nothing covers, and the rest."""
    runs: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for each in played:
        cells = set(each.script.covers)
        runs.update(cells)
        held.update(cells if each.passed else ())
    yield "| move | " + " | ".join(STATES) + " |"
    yield "|---" * (len(STATES) + 1) + "|"
    for move in MOVES:
        row = [f"{state}/{move}" for state in STATES]
        shown = (f"{held[cell]} of {runs[cell]}" if runs[cell] else "–" for cell in row)
        yield f"| {move} | " + " | ".join(shown) + " |"
    table = [f"{state}/{move}" for state in STATES for move in MOVES]
    yield "empty: " + (", ".join(cell for cell in table if not runs[cell]) or "none")
    others = sorted(runs.keys() - set(table))
    yield "others: " + ", ".join(f"{cell} {held[cell]} of {runs[cell]}" for cell in others)


def transcript(number: int, played: Played) -> str:
    """A conversation as it would be read on the phone, with what does not hold beside it."""
    lines = [f"\n── {number} {played.script.name} {'holds' if played.passed else 'fails'}"]
    for exchange in played.exchanges:
        heard = exchange.heard
        lines.append(f"商家: {exchange.put}")
        lines += (f"    │ {line}" for line in (heard.text or "（没有回复）").splitlines())
        lines.append(f"    └ {heard.entry or '-'} · {heard.state}")
        lines += (f"  ✗ {name}: {why}" for name, why in exchange.faults.items())
    return "\n".join(lines)


if __name__ == "__main__":
    main()
