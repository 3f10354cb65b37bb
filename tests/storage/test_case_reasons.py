"""A case of the version before gets the kind of its alarm as its reason, and back."""

import pytest
from sqlalchemy import select

from storage import schema
from storage.database import Database
from storage.models.conversations import Case, CaseEvent, Conversation
from tests.conftest import Clock

CASES = [
    ("anger", "投诉", "complaint", "anger"),
    ("anger", "法律", "legal", "anger"),
    ("anger", "", "complaint", "anger"),
    ("urgent", "账号被盗", "stolen", "urgent"),
    ("urgent", "被骗", "scammed", "urgent"),
    ("urgent", "扣款有争议", "deducted", "urgent"),
    ("urgent", "情绪很差", "distress", "urgent"),
    ("urgent", "", "urgent", "urgent"),
    ("secret", "发了密码或验证码", "secret", "secret"),
    ("asked", "", "asked", "asked"),
]


def reasons(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        query = select(Case.reason, CaseEvent.detail).join(CaseEvent, CaseEvent.case_id == Case.id)
        return [(case, event) for case, event in session.execute(query.order_by(Case.id))]


@pytest.fixture
def old_cases(database: Database, clock: Clock) -> Database:
    with database.write() as session:
        talk = Conversation(openid="oOld", created_at=clock(), updated_at=clock())
        session.add(talk)
        session.flush()
        for reason, alarm, _, _ in CASES:
            form = {"alarm": alarm} if alarm else {}
            case = Case(
                conversation_id=talk.id,
                reason=reason,
                form=form,
                state="resolved",
                opened_at=clock(),
            )
            session.add(case)
            session.flush()
            session.add(
                CaseEvent(case_id=case.id, at=clock(), actor="bot", action="opened", detail=reason)
            )
    return database


def test_reasons_are_renamed_and_back(old_cases: Database) -> None:
    schema.downgrade(old_cases, "0004")
    schema.upgrade(old_cases)
    assert reasons(old_cases) == [(new, new) for _, _, new, _ in CASES]
    schema.downgrade(old_cases, "0004")
    assert reasons(old_cases) == [(back, back) for _, _, _, back in CASES]
    schema.upgrade(old_cases)
