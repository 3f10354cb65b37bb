"""The simulator pushes and keeps quotas as WeChat does."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pictures import PNG
from tests.wechat.bot import Bot, spoken
from tests.wechat.tools import (
    AES_KEY,
    OPENID,
    SECRET,
    TOKEN,
    Clock,
    account,
    client_of,
)
from wechat.delivery_errors import RefusedError
from wechat.replies import render_image, render_text
from wechat.simulator import Called, Pushed, Server, SimulatedAccount, Simulator

NOTICE = "该公众号提供的服务出现故障"
TO_ANOTHER = (
    "<xml><ToUserName>oX</ToUserName><FromUserName>gh</FromUserName>"
    "<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>1</Content></xml>"
)


@pytest.fixture
def simulator(settings: SimulatedAccount, clock: Clock) -> Simulator:
    return Simulator(settings, clock)


class TestPushes:
    @pytest.mark.parametrize("mode", ["safe", "plain"])
    def test_what_is_typed_gets_its_reply(
        self, mode: str, settings: SimulatedAccount, bot: Bot, clock: Clock
    ) -> None:
        bot.mode = mode
        simulator = Simulator(replace(settings, mode=mode), clock)  # type: ignore[arg-type]  # two
        pushed = simulator.say(OPENID, "保证金 & <怎么> 退 ]]>？")
        assert pushed.outcome == "reply"
        assert spoken(simulator) == [
            ("phone", "保证金 & <怎么> 退 ]]>？"),
            ("reply", "收到保证金 & <怎么> 退 ]]>？"),
        ]

    def test_what_goes_over_the_wire_is_sealed(self, simulator: Simulator, bot: Bot) -> None:
        pushed = simulator.say(OPENID, "保证金")
        assert "保证金" not in pushed.body.decode()
        assert b"encrypt_type=aes" in bot.queries[0]
        line = simulator.transcript(OPENID)[0]
        assert "<Content><![CDATA[保证金]]></Content>" in line.raw

    def test_success_shows_nothing(self, simulator: Simulator, bot: Bot) -> None:
        bot.answer = lambda _: "success"
        assert simulator.say(OPENID, "在吗").outcome == "success"
        assert spoken(simulator) == [("phone", "在吗")]

    def test_a_picture_goes_and_comes(self, simulator: Simulator, bot: Bot, clock: Clock) -> None:
        bot.answer = lambda push: render_image(push, push.media_id, clock())
        simulator.picture(OPENID, PNG)
        sent, got = simulator.transcript(OPENID)
        assert bot.seen[0].kind == "image"
        assert got.kind == "image"
        assert simulator.media(got.media_id).content == PNG
        assert sent.media_id == got.media_id

    def test_voices_events_and_unheard_kinds_arrive(self, simulator: Simulator, bot: Bot) -> None:
        simulator.voice(OPENID, b"#!AMR\n123", "保证金怎么退")
        simulator.event(OPENID, "CLICK", "deposit")
        simulator.event(OPENID, "unsubscribe")
        simulator.send(OPENID, "location", {"Location_X": "20.03", "Label": "海口"})
        simulator.send(OPENID, "sticker_v9", {})
        simulator.say(OPENID, "满意", menu_id="101")
        assert [push.kind for push in bot.seen] == [
            "voice",
            "click",
            "unsubscribe",
            "location",
            "sticker_v9",
            "text",
        ]
        assert bot.seen[0].words == "保证金怎么退"
        assert bot.seen[-1].opens_window == "tap"

    def test_every_push_has_its_own_key(self, simulator: Simulator, bot: Bot) -> None:
        for _ in range(3):
            simulator.say(OPENID, "在吗")
        assert len({push.key for push in bot.seen}) == 3

    def test_the_same_push_again_is_the_same(self, simulator: Simulator, bot: Bot) -> None:
        simulator.push(simulator.say(OPENID, "在吗"))
        assert bot.queries[0] == bot.queries[1]
        assert bot.seen[0] == bot.seen[1]

    def test_of_three_at_once_the_phone_shows_one_reply(self, simulator: Simulator) -> None:
        pushed = simulator.say(OPENID, "在吗")
        threads = [threading.Thread(target=simulator.push, args=(pushed,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pushed.replies) == 4
        assert len(set(pushed.replies)) == 1
        assert spoken(simulator) == [("phone", "在吗"), ("reply", "收到在吗")]


class TestRetries:
    def test_a_slow_answer_is_asked_for_again_with_the_same_words(
        self, simulator: Simulator, bot: Bot
    ) -> None:
        bot.stall = 0.5
        pushed = simulator.say(OPENID, "在吗")
        assert [attempt.outcome for attempt in pushed.attempts] == ["timeout", "reply"]
        assert bot.queries[0] == bot.queries[1]
        assert spoken(simulator)[1:] == [("reply", "收到在吗")]

    def test_three_failures_show_the_merchant_a_notice(
        self, simulator: Simulator, bot: Bot
    ) -> None:
        bot.status = 500
        pushed = simulator.say(OPENID, "在吗")
        assert [attempt.status for attempt in pushed.attempts] == [500, 500, 500]
        assert spoken(simulator)[1][0] == "wechat"
        assert spoken(simulator)[1][1].startswith(NOTICE)

    def test_nobody_there_is_tried_three_times_too(self, clock: Clock) -> None:
        simulator = Simulator(account(), clock)
        pushed = simulator.say(OPENID, "在吗")
        assert [attempt.outcome for attempt in pushed.attempts] == ["broken"] * 3

    @pytest.mark.parametrize(
        "answer",
        [
            "好的",
            "{}",
            "<xml></xml>",
            "<xml><MsgType>text</MsgType></xml>",
            TO_ANOTHER,
        ],
    )
    @pytest.mark.parametrize("dress", ["sealed", "bare"])
    def test_an_answer_that_wechat_cannot_show_is_no_answer(
        self,
        answer: str,
        dress: str,
        simulator: Simulator,
        bot: Bot,
    ) -> None:
        bot.answer, bot.sealed = lambda _: answer, dress == "sealed"
        assert simulator.say(OPENID, "在吗").outcome == "malformed"
        assert spoken(simulator)[1][1].startswith(NOTICE)

    def test_an_empty_text_is_no_answer(self, simulator: Simulator, bot: Bot, clock: Clock) -> None:
        bot.answer = lambda push: render_text(push, "x", clock()).replace("[x]", "[ ]")
        assert simulator.say(OPENID, "在吗").outcome == "malformed"

    def test_an_unsealed_answer_in_safe_mode_is_no_answer(
        self, simulator: Simulator, bot: Bot
    ) -> None:
        bot.sealed = False
        assert simulator.say(OPENID, "在吗").outcome == "malformed"


class TestQuotas:
    def test_taps_and_messages_do_not_add_up(self, simulator: Simulator, clock: Clock) -> None:
        phone = simulator.phone(OPENID)
        assert phone.left(clock()) is None
        simulator.event(OPENID, "CLICK", "deposit")
        assert phone.left(clock()) == 3
        simulator.say(OPENID, "在吗")
        assert phone.left(clock()) == 5
        for left in (4, 3, 2, 1, 0):
            phone.check(clock())
            phone.spend(clock())
            assert phone.left(clock()) == left
        simulator.event(OPENID, "SCAN", "1")
        assert phone.left(clock()) == 3
        clock.advance(minutes=1)
        assert phone.left(clock()) == 0
        clock.advance(hours=48)
        assert phone.left(clock()) is None

    @pytest.mark.parametrize(("event", "left"), [("subscribe", 3), ("SCAN", 3), ("VIEW", None)])
    def test_each_event_opens_what_it_opens(
        self, event: str, left: int | None, simulator: Simulator, clock: Clock
    ) -> None:
        simulator.event(OPENID, event)
        assert simulator.phone(OPENID).left(clock()) == left

    def test_who_leaves_cannot_be_reached_until_they_follow_again(
        self, simulator: Simulator, clock: Clock
    ) -> None:
        simulator.say(OPENID, "在吗")
        simulator.event(OPENID, "unsubscribe")
        with Server(simulator) as server, pytest.raises(RefusedError, match="43004"):
            client_of(server).send_text(OPENID, "在的")
        simulator.event(OPENID, "subscribe")
        assert simulator.phone(OPENID).left(clock()) == 3


def test_many_phones_at_once_lose_nothing(simulator: Simulator, bot: Bot) -> None:
    people = [f"oMerchant{n:019}" for n in range(8)]
    threads = [
        threading.Thread(target=lambda who=who: [simulator.say(who, str(n)) for n in range(5)])
        for who in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bot.seen) == 40
    assert all(len(simulator.transcript(who)) == 10 for who in people)
    assert [entry.n for entry in simulator.log] == list(range(1, 41))
    assert all(isinstance(entry, Pushed | Called) for entry in simulator.log)


def test_no_secret_shows(simulator: Simulator) -> None:
    shown = repr(simulator.settings) + repr(simulator) + repr(simulator.say(OPENID, "在吗"))
    assert SECRET not in shown
    assert AES_KEY not in shown
    assert TOKEN not in shown.replace(str(Path.cwd()), "")
