"""What calls to WeChat keep to themselves, and where they go."""

import logging
import traceback

import pytest

from tests.wechat.tools import APP_ID, OPENID, SECRET, Clock, client_of
from wechat.delivery_errors import DeliveryError, NotSentError
from wechat.simulator import Fault, Server, Simulator
from wechat.tokens import MemoryTokenStore
from wechat.transport import Transport

SEND = "message/custom/send"
CONFIDENTIAL = "只有顾问和商家知道"


class TestWire:
    def test_calls_that_wechatpy_sends_to_tencent_go_to_the_base_url(
        self, server: Server, clock: Clock
    ) -> None:
        transport = Transport(APP_ID, SECRET, MemoryTokenStore(), clock, server.url)
        with pytest.raises(NotSentError, match="404"):
            transport.customservice.get_accounts()

    def test_no_call_goes_to_a_third_party(self, server: Server, clock: Clock) -> None:
        transport = Transport(APP_ID, SECRET, MemoryTokenStore(), clock, server.url)
        with pytest.raises(NotSentError, match="another host"):
            transport.get("https://example.com/cgi-bin/user/get")


class TestSecrets:
    @pytest.mark.parametrize(
        "fault",
        [
            Fault("", cut="before"),
            Fault("", status=500),
            Fault("", status=200),
            Fault("", code=40013),
            Fault(SEND, cut="after"),
            Fault(SEND, code=45015),
            Fault(SEND, code=40001, times=9),
        ],
    )
    def test_none_shows_in_errors_and_logs(
        self,
        fault: Fault,
        server: Server,
        simulator: Simulator,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        tokens = MemoryTokenStore()
        client = client_of(server, tokens)
        simulator.break_next(fault)
        with pytest.raises(DeliveryError) as caught:
            client.send_text(OPENID, CONFIDENTIAL)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        shown += caught.value.explanation + repr(client) + repr(tokens.get()) + caplog.text
        error: BaseException | None = caught.value
        while error is not None:
            shown += repr(error) + str(error)
            error = error.__cause__ or error.__context__
        token = tokens.get()
        assert SECRET not in shown
        assert OPENID not in shown
        assert CONFIDENTIAL not in shown
        assert "simulator-" not in shown
        assert token is None or token.value not in shown

    @pytest.mark.usefixtures("simulator")
    def test_the_debug_log_of_a_good_call_is_clean(
        self, server: Server, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        client_of(server).send_text(OPENID, "在吗")
        assert "custom/send?access_token=" in caplog.text
        assert "simulator-" not in caplog.text
