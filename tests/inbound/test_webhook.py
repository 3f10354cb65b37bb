"""The webhook over HTTP: who may come in, what they get, and what they do not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import func, select

from storage.database import Database
from storage.models.conversations import Conversation, ReceivedPush
from tests.conftest import Clock
from tests.full_stack import Stage, build_stage
from tests.installed import House
from tests.wechat import pushes
from tests.wechat.tools import ACCOUNT, AES_KEY, APP_ID, TOKEN
from wechat.crypto import Envelope
from wechat.simulator import Pushed
from wechat.verifier import Verifier
from wechat.xml_fields import read_fields


@pytest.fixture(params=["safe", "plain"])
def both_modes(
    request: pytest.FixtureRequest, sqlite: Database, clock: Clock, tmp_path: Path
) -> Iterator[Stage]:
    with build_stage(sqlite, clock, tmp_path, mode=request.param) as stage:
        yield stage


def test_a_merchant_is_answered_in_both_modes(both_modes: Stage) -> None:
    assert "保证金管理" in both_modes.says("oMerchant", "保证金怎么退")


def test_a_retry_over_the_wire_gets_the_same_plain_reply(both_modes: Stage, clock: Clock) -> None:
    pushed = both_modes.simulator.say("oMerchant", "保证金怎么退")
    clock.forward(seconds=5)
    again: Pushed = both_modes.simulator.push(pushed)
    assert len(again.attempts) == 2
    assert {attempt.outcome for attempt in again.attempts} == {"reply"}
    assert len(set(again.replies)) == 1


def test_every_recorded_push_is_taken(both_modes: Stage) -> None:
    for path in sorted(pushes.PAYLOADS.glob("*.xml")):
        fields = read_fields(path.read_bytes())
        kind = fields.word("MsgType").lower()
        if kind == "event":
            pushed = both_modes.simulator.event("oMerchant", fields.word("Event"))
        else:
            pushed = both_modes.simulator.send("oMerchant", kind, {"MediaId": "m"})
        assert pushed.outcome in {"reply", "success"}, path.name


class WebhookCaller:
    """Somebody who posts to the webhook of an account whose keys they know, or not."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url = house, url

    def post(self, args: dict[str, str], body: bytes) -> requests.Response:
        return requests.post(f"{self.url}/wechat", params=args, data=body, timeout=10)

    def stored(self) -> int:
        with self.house.database.read() as session:
            pushes = session.scalar(select(func.count()).select_from(ReceivedPush)) or 0
            return pushes + (session.scalar(select(func.count()).select_from(Conversation)) or 0)


@pytest.fixture
def caller(sqlite: Database, clock: Clock, tmp_path: Path) -> Iterator[WebhookCaller]:
    clock.now = pushes.NOW
    with build_stage(sqlite, clock, tmp_path) as stage:
        verifier = Verifier(
            token=TOKEN, app_id=APP_ID, mode="safe", encoding_aes_key=AES_KEY, original_id=ACCOUNT
        )
        stage.app.extensions["dianban"] = replace(stage.house.context, verifier=verifier)
        yield WebhookCaller(stage.house, stage.url)


def test_a_good_push_is_taken_and_answered_sealed(caller: WebhookCaller) -> None:
    args, body = pushes.sealed(pushes.message(Content="保证金怎么退"))
    answer = caller.post(args, body)
    assert answer.status_code == 200
    encrypted = read_fields(answer.content).word("Encrypt")
    assert "保证金管理" in Envelope(TOKEN, AES_KEY, APP_ID).unseal(encrypted).decode()


def test_a_wrong_signature_is_refused(caller: WebhookCaller) -> None:
    args, body = pushes.sealed(pushes.message())
    assert caller.post(args | {"msg_signature": "0" * 40}, body).status_code == 403
    assert caller.stored() == 0


def test_an_old_push_is_refused(caller: WebhookCaller, clock: Clock) -> None:
    args, body = pushes.sealed(pushes.message())
    clock.now = pushes.NOW + timedelta(seconds=301)
    assert caller.post(args, body).status_code == 403
    assert caller.stored() == 0


def test_a_plain_push_in_safe_mode_is_refused(caller: WebhookCaller) -> None:
    args = pushes.plain_args()
    assert caller.post(args, pushes.message()).status_code == 403
    assert caller.post(args | {"encrypt_type": "raw"}, pushes.message()).status_code == 403
    assert caller.stored() == 0


def test_a_push_for_another_account_or_app_is_refused(caller: WebhookCaller) -> None:
    foreign = pushes.message(ToUserName="gh_somebodyelse")
    assert caller.post(*pushes.sealed(foreign)).status_code == 403
    other_app = pushes.sealed(pushes.message(), app_id="wxffffffffffffffff")
    assert caller.post(*other_app).status_code == 403
    assert caller.stored() == 0


@pytest.mark.parametrize(
    "xml",
    [
        b"", b"not xml", b"<xml>", b"<xml/>", b"<xml><MsgType>text</MsgType></xml>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>',
        b"<xml><MsgType>text</MsgType><MsgType>text</MsgType></xml>",
    ],
)  # fmt: skip
def test_hostile_xml_inside_a_good_envelope_is_refused(caller: WebhookCaller, xml: bytes) -> None:
    assert caller.post(*pushes.sealed(xml)).status_code == 400
    assert caller.stored() == 0


def test_a_huge_body_is_refused(caller: WebhookCaller) -> None:
    args, _ = pushes.sealed(pushes.message())
    assert caller.post(args, b"x" * (64 * 1024 + 1)).status_code == 413


def test_the_address_check_gets_its_echo_as_plain_text(caller: WebhookCaller) -> None:
    args = pushes.plain_args() | {"echostr": "4375120948345356249"}
    answer = requests.get(f"{caller.url}/wechat", params=args, timeout=10)
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    wrong = requests.get(f"{caller.url}/wechat", params=args | {"signature": "0" * 40}, timeout=10)
    assert wrong.status_code == 403


def test_a_refusal_says_nothing_of_what_was_sent(
    caller: WebhookCaller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="handlers")
    args, body = pushes.sealed(pushes.message(Content="我的密码"))
    answer = caller.post(args | {"msg_signature": "1" * 40}, body)
    said = answer.text + "".join(r.getMessage() for r in caplog.records if "handlers" in r.name)
    for secret in (args["nonce"], args["signature"], "密码", TOKEN, AES_KEY):
        assert secret not in said


def test_a_database_that_is_away_makes_wechat_try_again(
    sqlite: Database, clock: Clock, tmp_path: Path
) -> None:
    with build_stage(sqlite, clock, tmp_path) as stage:
        away = Database(f"sqlite:///{tmp_path}/sub/away.db")
        stage.app.extensions["dianban"] = replace(stage.house.context, database=away)
        pushed = stage.simulator.say("oMerchant", "保证金怎么退")
        assert {attempt.status for attempt in pushed.attempts} == {503}
        stage.app.extensions["dianban"] = stage.house.context
        stage.simulator.push(pushed)
        assert "保证金管理" in pushed.replies[-1]
