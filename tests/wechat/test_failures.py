"""What a call that fails tells its caller: sent, certainly not sent, or nobody knows."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.pictures import PNG
from tests.wechat.tools import (
    APP_ID,
    OPENID,
    SECRET,
    Clock,
    calls,
    client_of,
    texts,
)
from wechat.client import Client
from wechat.codes import Action
from wechat.delivery_errors import NotSentError, RefusedError, UncertainError
from wechat.simulator import Fault, Server, Simulator
from wechat.tokens import MemoryTokenStore, Token

SEND = "message/custom/send"
CONFIDENTIAL = "只有顾问和商家知道"


class TestTokens:
    def test_sixteen_threads_fetch_one(self, client: Client, simulator: Simulator) -> None:
        gate = threading.Barrier(16)

        def work() -> None:
            gate.wait()
            client.callback_ips()

        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(calls(simulator, "getcallbackip")) == 16
        assert simulator.credentials.fetched == 1

    def test_two_clients_share_one(self, server: Server, simulator: Simulator) -> None:
        tokens = MemoryTokenStore()
        for _ in range(2):
            client_of(server, tokens).send_text(OPENID, "在吗")
        assert simulator.credentials.fetched == 1

    def test_it_is_renewed_before_it_ends(
        self, client: Client, simulator: Simulator, clock: Clock
    ) -> None:
        client.callback_ips()
        clock.advance(seconds=7200 - 59)
        client.callback_ips()
        assert simulator.credentials.fetched == 2
        assert [call.code for call in calls(simulator, "getcallbackip")] == [0, 0]

    @pytest.mark.parametrize("code", [40001, 40014, 41001, 42001])
    def test_a_refused_one_is_replaced_once(
        self, code: int, client: Client, simulator: Simulator
    ) -> None:
        client.check_token()
        simulator.break_next(Fault(SEND, code=code))
        client.send_text(OPENID, "在吗")
        assert texts(simulator) == ["在吗"]
        assert len(calls(simulator, SEND)) == 2
        # The ordinary question brings the refused one again, so a third asks by force.
        assert simulator.credentials.fetched == 3

    def test_one_that_was_reset_in_the_console_is_replaced(
        self, client: Client, simulator: Simulator
    ) -> None:
        client.check_token()
        simulator.credentials.forget()
        client.send_text(OPENID, "在吗")
        assert texts(simulator) == ["在吗"]
        assert simulator.credentials.fetched == 2

    def test_refused_again_it_gives_up(self, client: Client, simulator: Simulator) -> None:
        simulator.break_next(Fault(SEND, code=40001, times=100))
        with pytest.raises(RefusedError) as caught:
            client.send_text(OPENID, "在吗")
        assert caught.value.action is Action.RENEW
        assert len(calls(simulator, SEND)) == 2
        assert simulator.credentials.fetched <= 3

    def test_an_expired_one_in_the_store_is_not_used(self, server: Server, clock: Clock) -> None:
        tokens = MemoryTokenStore()
        tokens.put(Token("long-gone", clock() - timedelta(seconds=1)))
        client_of(server, tokens).callback_ips()
        assert [call.code for call in calls(server.simulator, "getcallbackip")] == [0]

    def test_a_wrong_secret_is_the_operators(self, server: Server) -> None:
        with pytest.raises(RefusedError) as caught:
            client_of(server, secret="wrong").check_token()
        assert caught.value.action is Action.OPERATOR

    def test_a_40001_from_the_token_call_means_the_secret(
        self, client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(Fault("stable_token", code=40001))
        with pytest.raises(RefusedError) as caught:
            client.check_token()
        assert caught.value.action is Action.OPERATOR
        assert "app_secret" in caught.value.explanation

    def test_without_a_token_nothing_was_sent(self, client: Client, simulator: Simulator) -> None:
        simulator.break_next(Fault("stable_token", cut="after"))
        with pytest.raises(NotSentError):
            client.send_text(OPENID, "在吗")
        assert texts(simulator) == []


class TestBrokenConnections:
    def test_away_means_not_sent(
        self, server: Server, simulator: Simulator, client: Client
    ) -> None:
        client.check_token()
        server.stop()
        with pytest.raises(NotSentError) as caught:
            client.send_text(OPENID, "在吗")
        assert caught.value.action is Action.RETRY
        server.start()
        client.send_text(OPENID, "在吗")
        assert texts(simulator) == ["在吗"]

    def test_an_unknown_host_means_not_sent(self, clock: Clock) -> None:
        client = Client(
            app_id=APP_ID,
            secret=SECRET,
            tokens=MemoryTokenStore(),
            clock=clock,
            base_url="http://wechat.invalid",
        )
        with pytest.raises(NotSentError):
            client.send_text(OPENID, "在吗")

    @pytest.mark.parametrize(
        ("fault", "arrived"),
        [
            (Fault(SEND, cut="before"), []),
            (Fault(SEND, cut="after"), ["在吗"]),
            (Fault(SEND, status=502), []),
            (Fault(SEND, status=200), []),
        ],
    )
    def test_a_lost_answer_is_uncertain(
        self, fault: Fault, arrived: list[str], client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(fault)
        with pytest.raises(UncertainError) as caught:
            client.send_text(OPENID, "在吗")
        assert caught.value.action is Action.ASK
        assert texts(simulator) == arrived

    def test_silence_is_uncertain(
        self, client: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client.check_token()
        monkeypatch.setattr(client._transport, "timeout", (1.0, 0.2))
        simulator.break_next(Fault(SEND, stall=0.6))
        with pytest.raises(UncertainError):
            client.send_text(OPENID, "在吗")

    @pytest.mark.parametrize("status", [302, 404, 429])
    def test_a_refusal_by_status_was_not_sent(
        self, status: int, client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(Fault(SEND, status=status))
        with pytest.raises(NotSentError):
            client.send_text(OPENID, "在吗")

    @pytest.mark.parametrize("fault", [{"cut": "after"}, {"status": 502}, {"status": 200}])
    def test_other_calls_can_simply_be_made_again(
        self, fault: dict[str, object], client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(Fault("media/upload", **fault))  # type: ignore[arg-type]  # its fields
        with pytest.raises(NotSentError):
            client.upload_image(PNG)
        assert client.upload_image(PNG)

    @pytest.mark.parametrize(
        "answer",
        [
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"errcode":"no"}',
            b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"errcode":0}',
        ],
    )
    def test_an_answer_that_wechat_does_not_give_is_uncertain(
        self, answer: bytes, clock: Clock
    ) -> None:
        with one_answer(answer, clock) as client, pytest.raises(UncertainError):
            client.send_text(OPENID, "在吗")

    def test_a_redirect_is_not_followed(self, clock: Clock) -> None:
        elsewhere = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        with one_answer(elsewhere, clock) as client, pytest.raises(NotSentError, match="302"):
            client.send_text(OPENID, "在吗")


@contextlib.contextmanager
def one_answer(answer: bytes, clock: Clock) -> Iterator[Client]:
    """A client of something that answers one request with these bytes, whatever it was."""

    def speak() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    tokens = MemoryTokenStore()
    tokens.put(Token("t", clock() + timedelta(hours=1)))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=speak)
        thread.start()
        yield Client(app_id=APP_ID, secret=SECRET, tokens=tokens, clock=clock, base_url=url)
        thread.join()
