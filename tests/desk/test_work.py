"""A shift at the desk, without a browser: who may do what, and what becomes of it."""

import io

import pytest

from handlers.cases import CaseError
from handlers.desk.uploads import checked_picture
from storage.queries import cases, consultants, deliveries, notes
from tests.conftest import Clock
from tests.desk.fixtures import Office, refusal, text
from tests.pictures import PNG, png
from wechat.media_limits import MAX_IMAGE_BYTES
from wechat.text import LIMIT


def test_the_longest_wait_is_on_top_with_its_reason(office: Office, clock: Clock) -> None:
    office.waiting("oFirst")
    clock.forward(minutes=7)
    office.waiting("oSecond")
    page = text(office.browser("小林"), "/desk/")
    assert page.index("商家 irst") < page.index("商家 cond")
    assert "7 分钟" in page
    assert "要人工" in page
    assert 'data-waiting="2"' in page


def test_the_open_conversation_stays_marked_when_the_list_is_renewed(office: Office) -> None:
    conversation = office.waiting()
    browser = office.browser("小林")
    for path in (f"/desk/c/{conversation}", f"/desk/queue?open={conversation}"):
        assert text(browser, path).count('aria-current="page"') == 1
    assert 'aria-current="page"' not in text(browser, "/desk/queue")


def test_one_of_two_claims_wins_and_the_other_hears_who(office: Office) -> None:
    conversation = office.waiting()
    first, second = office.browser("小林"), office.browser("李雪")
    assert first.post(f"/desk/c/{conversation}/claim").status_code == 303
    assert "小林 已经接入" in refusal(second, f"/desk/c/{conversation}/claim")


def test_only_the_owner_writes(office: Office) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    assert "由 小林 负责" in refusal(
        other, f"/desk/c/{conversation}/messages", text="我来", key="k" * 12
    )
    assert (
        owner.post(f"/desk/c/{conversation}/messages", text="我来", key="k" * 12).status_code == 303
    )
    assert office.last().text == "我来"
    assert conversation in office.house.enqueued


def test_the_same_key_is_the_same_message(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    ids = {
        owner.post(
            f"/desk/c/{conversation}/messages", script=True, text="在的", key="same-key-1"
        ).get_json()["id"]
        for _ in range(3)
    }
    assert len(ids) == 1
    assert [m.text for m in office.house.said()].count("在的") == 1


def test_the_page_works_without_javascript(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    page = text(owner, f"/desk/c/{conversation}")
    form = page.partition('id="composer"')[2].partition("</form>")[0]
    assert f'action="/desk/c/{conversation}/messages"' in form
    assert owner.post(f"/desk/c/{conversation}/messages", text="您好", key="").status_code == 303
    assert "您好" in text(owner, f"/desk/c/{conversation}")


def test_a_refusal_without_javascript_shows_on_the_page(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    assert owner.post(f"/desk/c/{conversation}/messages", text="  ").status_code == 303
    assert "还没有写内容" in text(owner, f"/desk/c/{conversation}")


def test_notes_reach_colleagues_and_never_a_delivery(office: Office) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    assert other.post(f"/desk/c/{conversation}/notes", note="这家法人换过").status_code == 303
    assert "这家法人换过" in text(owner, f"/desk/c/{conversation}")
    with office.house.database.read() as session:
        assert [row.text for row in notes.of(session, conversation)] == ["这家法人换过"]
        waiting = deliveries.waiting(session, conversation)
        assert all("这家法人换过" not in delivery.text for delivery in waiting)
    assert all("这家法人换过" not in message.text for message in office.house.said())


def test_a_picture_is_checked_by_its_content_and_kept_out_of_the_web(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)

    def send(content: bytes, name: str) -> tuple[int, str]:
        answer = owner.post(
            f"/desk/c/{conversation}/pictures", script=True, key=name + "-key-key",
            picture=(io.BytesIO(content), name),
        )  # fmt: skip
        return answer.status_code, str(answer.get_json().get("message", ""))

    assert send(PNG, "a.png")[0] == 200
    assert send(b"<html>", "a.png") == (409, "只能发 JPG、PNG 或 GIF 图片。")
    assert "没有收到图片" in send(b"", "none.png")[1]
    media = office.last().media_id
    answer = owner.get(f"/desk/media/{media}")
    assert answer.data == PNG
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    answer.close()
    assert office.browser().get(f"/desk/media/{media}").status_code == 303
    kept = list((office.house.context.firm.data / "media").iterdir())
    assert [path.read_bytes() for path in kept] == [PNG]


def test_a_picture_above_the_limit_is_refused_before_wechat_does() -> None:
    largest = PNG + b"\x00" * (MAX_IMAGE_BYTES - len(PNG))
    assert checked_picture(largest) == (PNG, "image/png", "image.png")
    with pytest.raises(CaseError, match="2 MB"):
        checked_picture(largest + b"\x00")


def test_a_bomb_that_lies_there_already_reaches_no_browser(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(
        f"/desk/c/{conversation}/pictures", script=True, key="a-key-of-it",
        picture=(io.BytesIO(PNG), "a.png"),
    )  # fmt: skip
    (kept,) = (office.house.context.firm.data / "media").iterdir()
    kept.write_bytes(png(9000, 9000))
    assert owner.get(f"/desk/media/{office.last().media_id}").status_code == 404


def test_transfer_goes_with_a_word_and_only_to_somebody_there(office: Office) -> None:
    owner, other = office.browser("小林"), office.browser("李雪")
    conversation = office.claimed(owner)
    assert "没有叫「老张」" in refusal(owner, f"/desk/c/{conversation}/transfer", to="老张")
    owner.post(f"/desk/c/{conversation}/transfer", to="李雪", word="法人的事你熟")
    page = text(other, f"/desk/c/{conversation}")
    assert "我在接待" in page
    assert "转给 李雪：法人的事你熟" in page
    assert "给 李雪：法人的事你熟" in page.partition('class="notes"')[0]
    assert "由 李雪 负责" in refusal(
        owner, f"/desk/c/{conversation}/messages", text="x", key="x" * 9
    )


def test_snoozed_until_a_time_or_until_the_merchant_writes(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/snooze", until="1h")
    assert "稍后 11:00" in text(owner, "/desk/")
    clock.forward(minutes=61)
    assert "稍后 11:00" not in text(owner, "/desk/")
    owner.post(f"/desk/c/{conversation}/snooze", until="reply")
    assert 'class=" asleep"' in text(owner, "/desk/")
    clock.forward(minutes=1)
    office.house.says("我回来了")
    assert 'class=" asleep"' not in text(owner, "/desk/")
    assert "已经过去" in refusal(
        owner, f"/desk/c/{conversation}/snooze", until="at", at="2020-01-01T09:00"
    )
    assert "选一个以后" in refusal(owner, f"/desk/c/{conversation}/snooze", until="at", at="明天")


def test_requeue_keeps_the_wait_and_leaves_a_trace(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    clock.forward(minutes=9)
    owner.post(f"/desk/c/{conversation}/requeue")
    page = text(owner, f"/desk/c/{conversation}")
    assert "等了 <time" in page
    assert "9 分钟" in page
    assert "小林 放回待接入" in page


def test_resolve_asks_for_a_rating_and_can_be_taken_back(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/resolve", outcome="platform", rating="1")
    assert office.last().text == office.house.context.texts.text("rate_ask")
    assert office.house.state() == "bot"
    assert "要等平台处理" in text(owner, f"/desk/c/{conversation}")
    owner.post(f"/desk/c/{conversation}/reopen")
    assert office.house.state() == "consultant"
    owner.post(f"/desk/c/{conversation}/resolve", outcome="resolved")
    clock.forward(hours=25)
    assert "结束太久" in refusal(owner, f"/desk/c/{conversation}/reopen")


def test_the_rating_that_was_asked_for_is_kept_with_the_case(office: Office, clock: Clock) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    owner.post(f"/desk/c/{conversation}/resolve", outcome="resolved", rating="1")
    clock.forward(minutes=1)
    office.house.says("5")
    with office.house.database.read() as session:
        assert cases.history(session, conversation)[-1].rating == 5


def test_the_bot_goes_on_with_the_chosen_entry(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    assert "重新选一条" in refusal(owner, f"/desk/c/{conversation}/continue", entry="no-such-entry")
    owner.post(f"/desk/c/{conversation}/continue", entry="deposit-refund-steps")
    assert office.house.state() == "bot"
    last = office.last()
    assert (last.author, last.entry) == ("bot", "deposit-refund-steps")
    assert "下一步" in office.house.says("下一步") or "2" in office.house.says("下一步")


def test_the_limit_of_cases_per_consultant(office: Office) -> None:
    office.house.with_firm(capacity=1)
    office.app.extensions["dianban"] = office.house.context
    owner = office.browser("李雪")
    office.claimed(owner, "oOne")
    conversation = office.waiting("oTwo")
    assert "到了上限" in refusal(owner, f"/desk/c/{conversation}/claim")
    with office.house.database.write() as session:
        li = consultants.by_name(session, "李雪")
        assert li is not None
        li.case_limit = 2
    assert owner.post(f"/desk/c/{conversation}/claim").status_code == 303


def test_the_merchant_is_told_who_answers_where_the_box_is_ticked(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    assert text(owner, f"/desk/c/{conversation}").count("告诉商家接下来谁来回") == 3
    owner.post(f"/desk/c/{conversation}/release")
    assert "自动答复" not in office.last().text
    owner.post(f"/desk/c/{conversation}/claim")
    owner.post(f"/desk/c/{conversation}/release", tell="1")
    assert "自动答复" in office.last().text


def test_the_composer_warns_where_the_server_cuts(office: Office) -> None:
    owner = office.browser("小林")
    conversation = office.claimed(owner)
    page = text(owner, f"/desk/c/{conversation}")
    assert f'data-text-bytes="{LIMIT}"' in page
    assert f'data-picture-bytes="{MAX_IMAGE_BYTES}"' in page
    whole = owner.post("/desk/cost", text="a" * LIMIT).get_json()
    longer = owner.post("/desk/cost", text="a" * LIMIT + "b").get_json()
    assert (whole["parts"], longer["parts"]) == (1, 2)
