"""When a consultant leaves, the merchant reads in one line who answers from now on."""

import pytest

from handlers.context import EXTENSION
from storage.models.conversations import Conversation
from storage.queries import conversations
from tests.full_stack import Api, Stage

WHO = "oMerchant"
TOLD = {"release": "自动答复", "resolve": "处理完了", "requeue": "回到队里"}


@pytest.fixture
def li(stage: Stage) -> Api:
    return stage.consultant("小李")


@pytest.fixture
def claimed(stage: Stage, li: Api) -> str:
    """小李 has the case; the path of the conversation."""
    stage.says(WHO, "转人工")
    found = li.get("conversations", merchant=WHO).json()["conversations"]
    path = f"conversations/{found[0]['id']}"
    li.post(f"{path}/claim")
    return path


def told(li: Api, path: str) -> list[tuple[str, str]]:
    """What the bot said since the receipt, and how its delivery stands."""
    said = li.get(path).json()["messages"]
    return [(m["text"], m["delivery"]) for m in said if m["from"] == "bot"][1:]


def has_left(stage: Stage, count: int) -> None:
    """So many of the five messages are left."""
    with stage.house.database.write() as session:
        found = conversations.by_openid(session, WHO)
        assert isinstance(found, Conversation)
        found.window_left = count


@pytest.mark.parametrize("action", TOLD)
def test_the_merchant_is_told_unless_the_consultant_leaves_it_out(
    stage: Stage, li: Api, claimed: str, action: str
) -> None:
    assert li.post(f"{claimed}/{action}", {"tell": False}).status_code == 200
    assert told(li, claimed) == []
    li.post(f"{claimed}/claim")
    assert li.post(f"{claimed}/{action}").status_code == 200
    stage.deliver()
    assert TOLD[action] in stage.arrived(WHO)[-1].splitlines()[0]
    assert told(li, claimed) == [(stage.arrived(WHO)[-1], "sent")]


def test_a_rating_is_asked_once_with_the_line(stage: Stage, li: Api, claimed: str) -> None:
    li.post(f"{claimed}/resolve")
    li.post(f"{claimed}/claim")
    li.post(f"{claimed}/resolve")
    first, second = (text for text, _ in told(li, claimed))
    asked = stage.house.context.texts.text("rate_ask")
    assert first.endswith(asked)
    assert asked not in second
    stage.deliver()
    assert "谢谢" in stage.says(WHO, "5")


def test_the_last_message_is_not_spent_and_the_next_answer_begins_with_the_line(
    stage: Stage, li: Api, claimed: str
) -> None:
    has_left(stage, 1)
    li.post(f"{claimed}/resolve")
    stage.deliver()
    assert (told(li, claimed), stage.arrived(WHO)) == ([], [])
    answer = stage.says(WHO, "关店要满足什么条件")
    assert TOLD["resolve"] in answer.splitlines()[0]
    assert "订单" in answer
    assert TOLD["resolve"] not in stage.says(WHO, "退到哪张卡")


def test_the_last_message_is_spent_when_the_consultant_says_so(
    stage: Stage, li: Api, claimed: str
) -> None:
    has_left(stage, 1)
    li.post(f"{claimed}/release", {"tell": True})
    stage.deliver()
    assert TOLD["release"] in stage.arrived(WHO)[-1]


def test_with_none_left_the_line_is_held_for_the_next_message(
    stage: Stage, li: Api, claimed: str
) -> None:
    has_left(stage, 0)
    li.post(f"{claimed}/release")
    stage.deliver()
    assert [state for _, state in told(li, claimed)] == ["held"]
    answer = stage.says(WHO, "关店要满足什么条件")
    assert answer.startswith(told(li, claimed)[0][0])
    assert [state for _, state in told(li, claimed)] == ["sent", "sent"]


def test_a_passive_account_tells_with_the_next_answer(stage: Stage, li: Api, claimed: str) -> None:
    stage.house.with_firm(account="passive")
    stage.app.extensions[EXTENSION] = stage.house.context
    has_left(stage, 1)
    li.post(f"{claimed}/release")
    stage.deliver()
    assert [state for _, state in told(li, claimed)] == ["held"]
    assert TOLD["release"] in stage.says(WHO, "关店要满足什么条件")


def test_a_consultant_who_claims_again_takes_the_line_back(
    stage: Stage, li: Api, claimed: str
) -> None:
    has_left(stage, 1)
    li.post(f"{claimed}/release")
    li.post(f"{claimed}/claim")
    assert stage.says(WHO, "还在吗") == ""
    li.post(f"{claimed}/release", {"tell": False})
    assert TOLD["release"] not in stage.says(WHO, "关店要满足什么条件")
