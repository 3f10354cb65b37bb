"""What we ask of WeChat, over real HTTP to the simulator."""

import pytest

from tests.pictures import PNG
from tests.wechat.tools import OPENID, Clock, account, client_of, texts
from wechat import codes
from wechat.client import Client
from wechat.codes import Action, rule_for
from wechat.delivery_errors import NotSentError, RefusedError
from wechat.errors import MediaError
from wechat.simulator import Fault, Server, Simulator

SEND = "message/custom/send"
CONFIDENTIAL = "只有顾问和商家知道"


class TestSending:
    def test_a_text_arrives_as_written(self, client: Client, simulator: Simulator) -> None:
        client.send_text(OPENID, '先看“保证金”:\n1. 余额 <0 \\u4f60 😀"')
        assert texts(simulator) == ['先看“保证金”:\n1. 余额 <0 \\u4f60 😀"']

    def test_what_xml_and_json_cannot_carry_is_dropped(
        self, client: Client, simulator: Simulator
    ) -> None:
        client.send_text(OPENID, " a\x00b\ud800c ")
        assert texts(simulator) == ["abc"]

    def test_a_picture_arrives(self, client: Client, simulator: Simulator) -> None:
        media_id = client.upload_image(PNG)
        client.send_image(OPENID, media_id)
        [line] = simulator.transcript(OPENID)
        assert simulator.media(line.media_id).content == PNG

    def test_a_permanent_media_id_may_be_used_twice(
        self, client: Client, simulator: Simulator
    ) -> None:
        media_id = client.upload_image(PNG)
        client.send_image(OPENID, media_id)
        client.send_image(OPENID, media_id)
        assert len(simulator.transcript(OPENID)) == 2

    @pytest.mark.parametrize(
        ("text", "code", "action"),
        [
            ("", 44004, Action.STOP),
            (" \x08", 44004, Action.STOP),
            ("满" * 683, 45002, Action.SPLIT),
        ],
    )
    def test_what_wechat_would_refuse_is_not_tried(
        self, text: str, code: int, action: Action, server: Server, client: Client
    ) -> None:
        with pytest.raises(RefusedError) as caught:
            client.send_text(OPENID, text)
        assert (caught.value.code, caught.value.action) == (code, action)
        assert server.simulator.log == []

    @pytest.mark.usefixtures("simulator")
    def test_typing_shows_once_and_then_not_just_now(self, client: Client, clock: Clock) -> None:
        assert client.typing(OPENID, on=True)
        assert not client.typing(OPENID, on=True)
        assert client.typing(OPENID, on=False)
        assert client.typing(OPENID, on=True)
        clock.advance(minutes=1)
        assert not client.typing(OPENID, on=True)

    def test_typing_to_a_stranger_is_refused(self, client: Client) -> None:
        with pytest.raises(RefusedError):
            client.typing("oStranger", on=True)


class TestLimits:
    def test_the_sixth_message_is_held(self, client: Client, simulator: Simulator) -> None:
        for number in range(5):
            client.send_text(OPENID, str(number))
        with pytest.raises(RefusedError) as caught:
            client.send_text(OPENID, "5")
        assert (caught.value.code, caught.value.action) == (45047, Action.HOLD)
        assert texts(simulator) == ["0", "1", "2", "3", "4"]

    def test_after_two_days_it_is_held(
        self, client: Client, simulator: Simulator, clock: Clock
    ) -> None:
        clock.advance(hours=48)
        with pytest.raises(RefusedError) as caught:
            client.send_text(OPENID, "还在吗")
        assert (caught.value.code, caught.value.action) == (45015, Action.HOLD)
        assert texts(simulator) == []

    @pytest.mark.parametrize(
        ("code", "action"),
        [
            (-1, Action.RETRY),
            (45011, Action.RETRY),
            (45009, Action.OPERATOR),
            (40003, Action.STOP),
            (43004, Action.STOP),
            (48002, Action.STOP),
            (48001, Action.OPERATOR),
            (50002, Action.OPERATOR),
            (40007, Action.REUPLOAD),
            (99999, Action.STOP),
        ],
    )
    def test_each_code_says_what_to_do(
        self, code: int, action: Action, client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(Fault(SEND, code=code))
        with pytest.raises(RefusedError) as caught:
            client.send_text(OPENID, "在吗")
        assert (caught.value.code, caught.value.action) == (code, action)
        assert caught.value.rid
        client.send_text(OPENID, "在吗")
        assert texts(simulator) == ["在吗"]

    def test_strangers_followers_and_expired_media(
        self, client: Client, simulator: Simulator, clock: Clock
    ) -> None:
        with pytest.raises(RefusedError, match="40003"):
            client.send_text("oStranger", "在吗")
        media_id = client.upload_image(PNG)
        clock.advance(days=4)
        with pytest.raises(RefusedError, match="40007"):
            client.send_image(OPENID, media_id)
        simulator.phone(OPENID).happened("unsubscribe", clock())
        with pytest.raises(RefusedError, match="43004"):
            client.send_text(OPENID, "在吗")

    def test_a_passive_account_may_not_speak(self, clock: Clock) -> None:
        with Server(Simulator(account(account="passive"), clock)) as server:
            client = client_of(server)
            with pytest.raises(RefusedError) as caught:
                client.send_text(OPENID, "在吗")
            assert caught.value.code == 48001
            assert "passive" in caught.value.explanation
            assert not client.has_customer_service()

    def test_every_code_is_explained_in_chinese(self) -> None:
        for code in [*codes.CODES, 12345]:
            explained = rule_for(code).explanation
            assert any("\u4e00" <= letter <= "\u9fff" for letter in explained)
            assert explained.endswith("。")


class TestMedia:
    def test_a_download_is_what_its_bytes_say(self, client: Client, simulator: Simulator) -> None:
        media = client.download_media(simulator.keep(PNG))
        assert (media.content, media.content_type, media.filename) == (
            PNG,
            "image/png",
            "image.png",
        )

    def test_sounds_and_films_too(self, client: Client, simulator: Simulator) -> None:
        assert client.download_media(simulator.keep(b"#!AMR\n123")).filename == "audio.amr"
        assert client.download_media(simulator.keep(b"\0\0\0\x18ftypmp42")).filename == "video.mp4"

    def test_too_large_is_not_kept(self, client: Client, simulator: Simulator) -> None:
        with pytest.raises(MediaError, match="limit"):
            client.download_media(simulator.keep(PNG + bytes(200_000)), max_bytes=100_000)

    def test_after_three_days_it_is_gone(
        self, client: Client, simulator: Simulator, clock: Clock
    ) -> None:
        media_id = simulator.keep(PNG)
        clock.advance(days=3, seconds=1)
        with pytest.raises(RefusedError) as caught:
            client.download_media(media_id)
        assert caught.value.action is Action.REUPLOAD

    def test_a_refused_token_is_renewed_for_downloads_too(
        self, client: Client, simulator: Simulator
    ) -> None:
        client.check_token()
        simulator.credentials.forget()
        assert client.download_media(simulator.keep(PNG)).content == PNG

    def test_a_broken_download_can_be_made_again(
        self, client: Client, simulator: Simulator
    ) -> None:
        simulator.break_next(Fault("media/get", cut="after"))
        media_id = simulator.keep(PNG)
        with pytest.raises(NotSentError):
            client.download_media(media_id)
        assert client.download_media(media_id).content == PNG

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"<html>", 40005),
            (b"", 40005),
            (b"#!AMR\n1", 40005),
            (PNG + bytes(2 * 1024 * 1024), 40009),
        ],
    )
    def test_only_small_pictures_go_out(self, content: bytes, code: int, client: Client) -> None:
        with pytest.raises(RefusedError) as caught:
            client.upload_image(content)
        assert (caught.value.code, caught.value.action) == (code, Action.STOP)


class TestMenuAndChecks:
    def test_a_menu_comes_and_goes(self, client: Client) -> None:
        menu = {"button": [{"type": "click", "name": "退保证金", "key": "deposit"}]}
        assert client.get_menu() is None
        client.create_menu(menu)
        assert client.get_menu() == {"menu": menu}
        client.delete_menu()
        assert client.get_menu() is None

    def test_a_verified_account_has_customer_service(self, client: Client) -> None:
        assert client.has_customer_service()

    def test_the_callback_addresses_are_listed(self, client: Client) -> None:
        assert "127.0.0.1" in client.callback_ips()

    def test_our_own_address_is_shown_when_it_is_not_allowed(
        self, client: Client, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> dict[str, object]:
            said = "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist"
            return {"errcode": 40164, "errmsg": said}

        monkeypatch.setattr(simulator.credentials, "stable", refuse)
        with pytest.raises(RefusedError) as caught:
            client.check_token()
        assert caught.value.ip == "203.0.113.9"
        assert "203.0.113.9" in caught.value.explanation
        assert "白名单" in caught.value.explanation
