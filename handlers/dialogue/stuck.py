"""Being stuck at a step: what the guide knows of it, then a person; and what was tried in vain."""

from dataclasses import replace

from faq.bank import Entry
from handlers.dialogue import (
    answer_parts,
    commands,
    explaining,
    handoff,
    position,
    progress,
    render,
    steps,
)
from handlers.dialogue.memory import Walk
from handlers.dialogue.turn import Outcome, Turn, blocks, lines

MAX_TROUBLE = 20
"""Characters of a message that tells trouble at a step; a longer one tells a story."""


def step_missed(turn: Turn) -> int | None:
    """The step that 找不到保证金管理 is about, wherever the walk stands."""
    here = position.place(turn)
    if here is None or turn.meant.move == "step_n":
        return None
    name = commands.content(steps.STUCK_WORDS.sub("", turn.meant.clause or turn.text))
    return answer_parts.names_step(here[1], name)


def stuck(turn: Turn) -> Outcome:
    """What the guide knows about the step; the second time, a person."""
    here = position.place(turn)
    if here is None:
        return handoff.offer(turn, turn.say("unsolved_second"))
    walk, entry = here
    missed = step_missed(turn) or walk.step
    if missed != walk.step:
        walk = Walk(entry.id, missed)
    if walk.step == 0:
        memory = replace(turn.memory, numbers="steps", options=())
        return Outcome(turn.say("stuck_which", steps=len(entry.steps)), memory, entry=entry.id)
    if walk.stuck >= 1:
        return handoff.call(turn, "stuck", turn.say("stuck_call", step=walk.step))
    return _helped(turn, entry, walk)


def _helped(turn: Turn, entry: Entry, walk: Walk) -> Outcome:
    """What the guide knows about a step that somebody is stuck at for the first time."""
    memory = replace(
        turn.memory, walk=replace(walk, stuck=1), numbers="steps", options=(), entry=entry.id
    )
    known = explaining.of_entry(turn, entry) or render.more_help(turn, entry, walk.step)
    known = known or turn.say("stuck_unknown")
    known = lines(known, steps.may_have_changed(turn, entry, walk.step))
    place_line = turn.say("step_place", step=walk.step, steps=len(entry.steps))
    return Outcome(
        blocks(lines(place_line, known), turn.say("stuck_footer")), memory, entry=entry.id
    )


def tried(turn: Turn) -> Outcome | None:
    """流量也换了 还是没有: what was tried is behind us, and the next step is shown."""
    here = position.place(turn)
    if here is None or commands.is_question(turn.text) or len(turn.text) > MAX_TROUBLE:
        return None
    walk, entry = here
    at = progress.tried_step(entry, turn.text, walk.step)
    if not max(walk.step, 1) <= at < len(entry.steps):
        return None
    return steps.show(turn, entry, at + 1, lead=turn.say("step_tried"))
