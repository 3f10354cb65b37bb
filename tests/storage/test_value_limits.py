"""SQLite refuses what PostgreSQL refuses, so that nothing is in the way of a move."""

import pytest
import requests

from storage.database import Database, UnfitValueError
from storage.queries import notes
from tests.desk.fixtures import Office
from tests.full_stack import Stage
from tests.installed import House
from tests.ops.tools import conversation


@pytest.mark.parametrize("name", ["长" * 100, "a\x00b"])
def test_a_name_that_does_not_fit(house: House, name: str) -> None:
    with pytest.raises(UnfitValueError):
        house.consultant(name)


def test_a_note_with_a_nul(house: House, database: Database) -> None:
    li = house.consultant("小李")
    house.says("你好")
    with pytest.raises(UnfitValueError), database.write() as session:
        notes.add(
            session,
            conversation_id=conversation(session).id,
            consultant_id=li.id,
            text="a\x00b",
            now=house.context.now(),
        )


def test_deeply_nested_json_is_a_bad_request(stage: Stage) -> None:
    li = stage.consultant("小李")
    answer = requests.post(
        f"{stage.url}/api/v1/conversations/1/notes",
        data=b"[" * 100_000,
        headers={"Authorization": f"Bearer {li.token}", "Content-Type": "application/json"},
        timeout=10,
    )
    assert answer.status_code in {400, 422}


def test_a_nul_in_an_address_is_a_bad_request(stage: Stage, office: Office) -> None:
    li = stage.consultant("小陈")
    assert li.get("conversations", merchant="a\0b").status_code == 400
    assert li.get("conversations", merchant="ab").status_code == 200
    browser = office.browser("小林")
    assert browser.get("/desk/?q=%00").status_code == 400
    assert browser.get("/desk/?q=a").status_code == 200
