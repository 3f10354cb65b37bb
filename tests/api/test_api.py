"""The API: the contract's routes, over real HTTP and real signed pushes."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.conftest import Clock
from tests.full_stack import Api, Stage

WHO = "oMerchant"


@pytest.fixture
def li(stage: Stage) -> Api:
    return stage.consultant("小李")


@pytest.fixture
def wang(stage: Stage) -> Api:
    return stage.consultant("小王")


@pytest.fixture
def waiting(stage: Stage, li: Api) -> str:
    """The merchant asked for a person; the path of their conversation."""
    stage.says(WHO, "保证金怎么退")
    stage.says(WHO, "转人工")
    found = li.get("conversations", merchant=WHO).json()["conversations"]
    return f"conversations/{found[0]['id']}"


def code(answer: requests.Response) -> tuple[int, str]:
    error = answer.json()["error"]
    assert error["message"]
    return answer.status_code, error["code"]


@pytest.mark.parametrize("token", ["", "wrong", "db_wrong"])
def test_without_a_good_token_nothing_is_shown(stage: Stage, token: str) -> None:
    nobody = Api(stage.url, token)
    assert code(nobody.get("conversations")) == (401, "unauthorized")
    assert code(nobody.post("conversations/1/claim")) == (401, "unauthorized")


def test_json_that_is_nested_too_deeply_is_a_bad_request(li: Api, waiting: str) -> None:
    deep = "[" * 200_000 + "]" * 200_000
    for body in (deep, f'{{"text": {deep}, "key": "k"}}'):
        answer = requests.post(
            f"{li.url}/api/v1/{waiting}/messages",
            data=body,
            headers={"Authorization": f"Bearer {li.token}", "Content-Type": "application/json"},
            timeout=10,
        )
        assert code(answer) == (400, "bad_request")


def test_a_list_by_state_and_by_merchant(stage: Stage, li: Api, waiting: str) -> None:
    stage.says("oAnother", "关店要什么条件")
    assert [
        c["merchant"] for c in li.get("conversations", state="bot").json()["conversations"]
    ] == ["oAnother"]
    found = li.get("conversations", state="waiting").json()["conversations"]
    assert [(c["merchant"], c["state"], c["consultant"]) for c in found] == [(WHO, "waiting", None)]
    assert found[0]["case"]["reason"] == "asked"
    assert found[0]["case"]["opened_at"]
    assert li.get("conversations", merchant="oNobody").json() == {"conversations": []}
    assert code(li.get("conversations", state="asleep")) == (400, "bad_request")
    assert waiting


def test_the_longest_wait_comes_first(stage: Stage, li: Api, clock: Clock) -> None:
    for who in ("oFirst", "oSecond", "oThird"):
        stage.says(who, "转人工")
        clock.forward(minutes=1)
    stage.says("oFirst", "快点")
    found = li.get("conversations", state="waiting").json()["conversations"]
    assert [c["merchant"] for c in found] == ["oFirst", "oSecond", "oThird"]


def test_one_conversation_with_everything_that_was_said(li: Api, waiting: str) -> None:
    found = li.get(waiting).json()
    said = [(m["from"], m["kind"], m["entry"], m["delivery"]) for m in found["messages"]]
    assert said == [
        ("merchant", "text", None, None),
        ("bot", "text", "deposit-refund-steps", "sent"),
        ("merchant", "text", None, None),
        ("bot", "text", None, "sent"),
    ]
    assert found["quota"]["left"] == 5
    assert found["quota"]["expires_at"]
    assert code(li.get("conversations/999")) == (404, "not_found")


def test_older_messages_come_by_page(li: Api, waiting: str) -> None:
    newest = li.get(waiting, limit="1").json()["messages"]
    before = li.get(waiting, limit="2", before=str(newest[0]["id"])).json()["messages"]
    assert [m["id"] for m in before + newest] == [
        m["id"] for m in li.get(waiting).json()["messages"]
    ][-3:]


def test_a_claim_has_one_winner(stage: Stage, li: Api, wang: Api, waiting: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda who: who.post(f"{waiting}/claim"), [li, wang]))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert code(loser) == (409, "already_claimed")
    assert stage.says(WHO, "关店要什么条件") == ""


def test_claiming_twice_is_no_mistake(li: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    again = li.post(f"{waiting}/claim")
    assert (again.status_code, again.json()["consultant"]) == (200, "小李")


def test_only_the_owner_may_send(li: Api, wang: Api, waiting: str) -> None:
    message = {"text": "您好", "key": "k1"}
    assert code(li.post(f"{waiting}/messages", message)) == (403, "not_owner")
    li.post(f"{waiting}/claim")
    assert code(wang.post(f"{waiting}/messages", message)) == (403, "not_owner")
    assert li.post(f"{waiting}/messages", message).status_code == 201


def test_the_same_key_again_is_the_same_message(stage: Stage, li: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    first = li.post(f"{waiting}/messages", {"text": "您好", "key": "k1"})
    stage.deliver()
    again = li.post(f"{waiting}/messages", {"text": "您好", "key": "k1"})
    assert first.json()["id"] == again.json()["id"]
    stage.deliver()
    assert stage.arrived(WHO) == ["您好"]


@pytest.mark.parametrize("body", [None, {}, {"text": ""}, {"text": 5}, {"text": "x", "to": "y"}])
def test_a_body_that_does_not_fit_is_named(li: Api, waiting: str, body: object) -> None:
    li.post(f"{waiting}/claim")
    assert code(li.post(f"{waiting}/messages", body)) == (400, "bad_request")


def test_release_hands_back_to_the_bot(stage: Stage, li: Api, wang: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    assert code(wang.post(f"{waiting}/release")) == (403, "not_owner")
    assert li.post(f"{waiting}/release").json()["state"] == "bot"
    assert code(li.post(f"{waiting}/release")) == (409, "no_case")
    assert "订单" in stage.says(WHO, "关店要什么条件")


def test_resolve_ends_the_case_and_the_bot_is_back(stage: Stage, li: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    after = li.post(f"{waiting}/resolve").json()
    assert (after["state"], after["case"], after["consultant"]) == ("bot", None, None)
    assert "订单" in stage.says(WHO, "关店要什么条件")


def test_requeue_puts_it_back_for_whoever_is_free(li: Api, wang: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    assert li.post(f"{waiting}/requeue").json()["state"] == "waiting"
    assert wang.post(f"{waiting}/claim").json()["consultant"] == "小王"


def test_transfer_hands_it_to_another(li: Api, wang: Api, waiting: str) -> None:
    li.post(f"{waiting}/claim")
    assert code(li.post(f"{waiting}/transfer", {"to": "没这个人"})) == (400, "refused")
    assert li.post(f"{waiting}/transfer", {"to": "小王"}).json()["consultant"] == "小王"
    assert code(li.post(f"{waiting}/messages", {"text": "x", "key": "k"})) == (403, "not_owner")
    assert wang.post(f"{waiting}/messages", {"text": "您好", "key": "k"}).status_code == 201


def test_stepping_into_the_bots_conversation(stage: Stage, li: Api) -> None:
    stage.says(WHO, "保证金怎么退")
    assert li.post("conversations/1/claim").json()["state"] == "consultant"
    assert stage.says(WHO, "关店要什么条件") == ""


def test_a_note_never_reaches_the_merchant(stage: Stage, li: Api, waiting: str) -> None:
    answer = li.post(f"{waiting}/notes", {"text": "这家上周来过"})
    assert (answer.status_code, answer.json()["consultant"]) == (201, "小李")
    li.post(f"{waiting}/claim")
    li.post(f"{waiting}/messages", {"text": "您好", "key": "k1"})
    stage.deliver()
    stage.says(WHO, "在吗")
    assert "这家上周来过" not in repr(stage.phone(WHO))
    assert "这家上周来过" not in li.get(waiting).text


def test_the_document_names_every_route(stage: Stage) -> None:
    document = requests.get(f"{stage.url}/api/v1/openapi.json", timeout=10).json()
    rules = {
        (re.sub(r"<(int:)?\w+>", "{id}", str(rule)), method.lower())
        for rule in stage.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if str(rule).startswith("/api/") and not str(rule).endswith("openapi.json")
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == rules


def test_nobody_claims_past_the_capacity(stage: Stage, li: Api) -> None:
    stage.house.with_firm(capacity=1)
    stage.app.extensions["dianban"] = stage.house.context
    for who in ("oFirst", "oSecond"):
        stage.says(who, "转人工")
    assert li.post("conversations/1/claim").status_code == 200
    assert code(li.post("conversations/2/claim")) == (409, "capacity_reached")
    assert li.post("conversations/1/claim").status_code == 200, "mine already"


def test_a_lead_takes_over_and_moves_what_a_colleague_has(
    stage: Stage, li: Api, wang: Api, waiting: str
) -> None:
    lead = stage.consultant("主管", role="admin")
    assert li.post(f"{waiting}/claim").status_code == 200
    assert code(wang.post(f"{waiting}/claim", {"take_over": True})) == (403, "not_owner")
    assert code(lead.post(f"{waiting}/claim")) == (409, "already_claimed")
    taken = lead.post(f"{waiting}/claim", {"take_over": True}).json()
    assert (taken["state"], taken["consultant"]) == ("consultant", "主管")
    assert li.post(f"{waiting}/claim", {"take_over": True}).status_code == 403
    moved = lead.post(f"{waiting}/transfer", {"to": "小王"})
    assert moved.json()["consultant"] == "小王"
    assert lead.post(f"{waiting}/transfer", {"to": "小李"}).json()["consultant"] == "小李"
    assert code(wang.post(f"{waiting}/transfer", {"to": "小王"})) == (403, "not_owner")
