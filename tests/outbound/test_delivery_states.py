"""Every state of a delivery under every event: the whole table, written out once more."""

from typing import get_args

import pytest

from handlers.outbound.delivery_states import Event, State, move
from storage.models.conversations import Delivery

TABLE = """
state            take     accept retry   hold  refuse doubt     lose      overtake reply put_in_reply     reply_sent reply_missed defer   resend  confirm
pending          sending  -      -       held  -      -         -         failed   sent  in_passive_reply -          -            pending -       -
held             sending  -      -       held  -      -         -         failed   sent  in_passive_reply -          -            pending -       -
sending          -        sent   pending held  failed uncertain uncertain -        -     -                -          -            -       -       -
in_passive_reply -        -      -       -     -      uncertain uncertain -        -     -                sent       pending      -       -       -
sent             -        -      -       -     -      uncertain -         -        -     -                -          pending      -       -       -
uncertain        -        -      -       -     -      -         -         -        -     -                sent       -            -       pending sent
failed           -        -      -       -     -      -         -         -        -     -                -          -            -       pending -
"""  # noqa: E501 (a table)
HEAD, *ROWS = [line.split() for line in TABLE.strip().splitlines()]


def test_the_table_names_every_state_and_event() -> None:
    assert tuple(HEAD[1:]) == get_args(Event)
    assert {row[0] for row in ROWS} == set(get_args(State))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_an_event_leads_to_the_state_of_the_table(row: list[str]) -> None:
    state, *after = row
    for event, expected in zip(HEAD[1:], after, strict=True):
        delivery = Delivery(state=state, error="before")
        moved = move(delivery, event, "told")  # type: ignore[arg-type]
        assert moved is (expected != "-"), (state, event)
        assert delivery.state == (state if expected == "-" else expected), (state, event)
        assert delivery.error == ("told" if moved else "before")
