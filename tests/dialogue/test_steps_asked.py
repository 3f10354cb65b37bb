"""Questions for a place, in dialect and with slips, and what was done or tried on the way."""

import pytest

from faq.matching.normalize import without_dialect
from faq.moves import numerals
from handlers.dialogue import commands
from tests.dialogue.driver import in_memory


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("在那里点", "在哪里点"),
        ("退到那张卡", "退到哪张卡"),
        ("保证金在那里退啊", "保证金在哪里退啊"),
        ("做到那一步了", "做到哪一步了"),
        ("就在那里点", "就在那里点"),
        ("我在那里点了", "我在那里点了"),
        ("那里有问题", "那里有问题"),
        ("放在那里", "放在那里"),
    ],
)
def test_a_slip_in_a_question_for_a_place_is_read_as_the_question(said: str, read: str) -> None:
    assert commands.place_asked(said) == read


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("我登唔到喎", "我登不上啊"),
        ("要審幾耐", "要审多久"),
        ("搁后台哪嘎达", "在后台哪里"),
        ("莫法登", "没办法登"),
        ("可以退伐", "可以退吗"),
        ("这边处理好了", "这边处理好了"),
        ("調整完了", "調整完了"),
    ],
)
def test_words_of_a_dialect_are_read_as_mainland_words(said: str, read: str) -> None:
    assert without_dialect(said) == read


@pytest.mark.parametrize(
    ("said", "number"), [("再看看第1个", 1), ("换第2个", 2), ("再来一个", None), ("换一个", None)]
)
def test_an_option_is_chosen_again(said: str, number: int | None) -> None:
    assert numerals.choice(said) == number


def _answers(*said: str) -> str:
    conversation = in_memory({})
    heard = ""
    for text in said:
        conversation.wait(11)
        heard = conversation.message("text", text).text
    return heard


@pytest.mark.parametrize("said", ["登上了 完了搁哪点", "进去了 接着在哪里找"])
def test_what_was_done_of_an_overview_leads_to_the_step_after_it(said: str) -> None:
    assert "保证金管理" in _answers("抖店押金怎么退", said)


def test_what_was_tried_though_only_the_help_names_it_is_behind_us() -> None:
    assert "第 2 步" in _answers("收不到验证码怎么办", "开关飞行模式了 还是不行")


def test_a_button_that_was_reached_is_done() -> None:
    assert "第 3 步" in _answers("抖店押金怎么退", "下一步", "登好了", "点到保证金管理了")


def test_a_page_that_differs_is_no_alarm_whatever_stands_on_it() -> None:
    said = "我这里头跟你讲的不一样 左边只有店铺和资金"
    assert "保证金管理" in _answers("抖店押金怎么退", "登好了", said)


@pytest.mark.parametrize(
    ("before", "asked", "said"),
    [
        (("退的钱快两周了还没到账", "客服在哪找"), "要跟他们说啥", "店铺名称"),
        (("退的钱快两周了还没到账", "客服在哪找"), "会不会不给我了啊", "由平台决定"),
        (("密码忘了咋办",), "那忘记密码里选啥", "短信验证码、邮箱验证、身份验证"),
        (("审核没通过", "下一步"), "原因写的看不懂", "原话"),
        (("证明店是我的要啥材料",), "身份证是要谁的", "要法人的身份证"),
    ],
)
def test_a_follow_up_is_answered_where_it_belongs(
    before: tuple[str, ...], asked: str, said: str
) -> None:
    assert said in _answers(*before, asked)


def test_an_entry_and_a_detail_of_it_are_both_told() -> None:
    both = _answers("证明店是我的要啥材料？要原件吗？")
    assert "营业执照" in both
    assert "盖章" in both


def test_being_inside_ends_a_way_that_leads_there() -> None:
    assert "都走完了" in _answers("密码忘了咋办", "下一步", "登进去了")


@pytest.mark.parametrize(
    ("before", "said", "shown"),
    [
        (("密码忘了咋办",), "点了 让我选验证方式", "第 2 步"),
        (("密码忘了咋办",), "哦点了忘记密码了然后呢", "第 2 步"),
        (("抖店押金怎么退", "下一步"), "登了 右上角没账户设置", "第 2 步"),
        (("抖店押金怎么退", "下一步"), "手机上能弄不 还是非要电脑", "手机"),
        (("收不到验证码怎么办",), "信号满格的", "第 2 步"),
        (("想换绑登录手机号",), "旧号还能收短信", "第 1 步"),
        (("登录的手机号用不了", "选3"), "最后一个是啥", "服务商"),
        (("保证金怎么退",), "手机号不用了登不进去", "先恢复登录"),
        (("手机号不用了 保证金怎么退",), "其实我电脑上还登着呢", "保证金管理"),
        (("怎么关店",), "先看看条件", "未完成的订单"),
    ],
)
def test_what_is_told_on_the_way_leads_on(before: tuple[str, ...], said: str, shown: str) -> None:
    assert shown in _answers(*before, said)
