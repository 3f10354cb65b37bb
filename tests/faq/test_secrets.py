"""What counts as a secret in a merchant's message, and what does not."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from faq.secrets import MASK, find_secrets, mask

WIDE_ID = "".join(chr(ord(one) + 0xFEE0) for one in "46010119900307002X")
SECRETS = [
    ("739201", "739201", "code"),
    ("验证码是 4471", "4471", "code"),
    ("验证码：88 22 11", "88 22 11", "code"),
    ("驗證碼 \uff16\uff16\uff10\uff11\uff12\uff14", "\uff16\uff16\uff10\uff11\uff12\uff14", "code"),
    ("验证码是七七零二幺四快输", "七七零二幺四", "code"),
    ("【抖店】773300（登录验证码），5分钟内有效", "773300", "code"),
    ("密码是 Shop@2031 你登", "Shop@2031", "password"),
    ("登录密码：abcdef", "abcdef", "password"),
    ("我身份证11010519491231002X", "11010519491231002X", "id"),
    ("卡号 6222 0212 3456 7890 128 帮我看看", "6222 0212 3456 7890 128", "card"),
    ("4111111111111111", "4111111111111111", "card"),
    # The word before the number counts, a slip in the number does not.
    ("卡号6222020200012345671", "6222020200012345671", "card"),
    ("工行卡号9558802000123456780", "9558802000123456780", "card"),
    ("银行卡号60142800000000017", "60142800000000017", "card"),
    ("我的农行卡 6228-4800-1234-5678-901", "6228-4800-1234-5678-901", "card"),
    ("收款账号：331066 0123 4567", "331066 0123 4567", "card"),
    (f"身份证{WIDE_ID}", WIDE_ID, "id"),
    ("sfz460101199003070011", "460101199003070011", "id"),
    ("ID460101199003070011", "460101199003070011", "id"),
    ("身份证号是460101 19900307 0011", "460101 19900307 0011", "id"),
    ("老身份证 460101900307001", "460101900307001", "id"),
    ("身份證號 460101199003070011", "460101199003070011", "id"),
    ("动态密码483920", "483920", "code"),
    ("确认码483920", "483920", "code"),
    ("动态口令是 88 12 04", "88 12 04", "code"),
    ("校驗碼：5512", "5512", "code"),
    ("验证码①②③④⑤⑥", "①②③④⑤⑥", "code"),
    ("验证码4\u200b8\u200b3\u200b9", "4\u200b8\u200b3\u200b9", "code"),
    ("验\u200b证\u2060码483920", "483920", "code"),
    ("密码12345678", "12345678", "password"),
    ("登录密码520131", "520131", "password"),
    ("支付密码 192837", "192837", "password"),
    ("密碼abc12345", "abc12345", "password"),
    ("密码改成了 Kaoyu88", "Kaoyu88", "password"),
    ("密码一二三四五六", "一二三四五六", "password"),
    ("账号 shop01 密码 qwertyuiop", "qwertyuiop", "password"),
    ("刚来的六位是 483920", "483920", "code"),
    ("483920 麻烦登一下", "483920", "code"),
    ("四八三九二零你快输进去", "四八三九二零", "code"),
    ("验证码收到了你帮我登一下吧，是 483920", "483920", "code"),
    ("短信里写的是 4471", "4471", "code"),
    ("身份证后六位070011", "070011", "id"),
    # Papers of Hong Kong, Macau and Taiwan, passes and passports.
    ("香港身份證 A123456(3)", "A123456(3)", "id"),
    ("A123456（3）", "A123456（3）", "id"),
    ("HKID: AB987654(2)", "AB987654(2)", "id"),
    ("澳门身份证 1234567(8)", "1234567(8)", "id"),
    ("台灣身分證 A123456789", "A123456789", "id"),
    ("我是A223456781", "A223456781", "id"),
    ("回鄉證 H12345678", "H12345678", "id"),
    ("港澳通行证号 H1234567801", "H1234567801", "id"),
    ("台胞证 01234567", "01234567", "id"),
    ("护照号 E12345678", "E12345678", "id"),
    ("passport EA1234567", "EA1234567", "id"),
]
HARMLESS = [
    "mima wangle zenme zhao", "密码 wangle", "三三两两地来登记", "收到860000元",
    "收到短信10086发的", "短信验证码一直没来，打了10086", "密码login不进去",
   "短信验证码发送失败 5分钟后再试",
    "1", "88", "666", "13812345678", "我电话 138-1234-5678", "0898-66667777",
    "订单号 4111111111111111", "订单6925489123456789012退了吗", "6925489123456789012",
    "密码是什么", "密码忘了怎么办", "密码试了8个都不对", "验证码收不到，等了10分钟",
    "验证码发了5遍", "验证码一直不来", "尾号8888收不到验证码", "2023年开的店收不到验证码",
    "密码6位数", "密码要8位以上吗", "密码错了3次", "支付密码输错5次", "验证码要60秒",
    "验证码1分钟没来", "卡里有12345678元", "银行卡13800138000能收到吗", "账号13812345678登不上",
    "身份证要复印2份", "我的号是13812345678", "手机卡13812345678停了",
    "流水号 20261129123456789012", "2026-11-29 15:30", "2026年11月29日申请的", "护照能用吗",
    "台胞证可以办吗", "退了1234567元", "工单号2026112912345678", "案号（2026）琼0108民初1234号",
    "营业执照91460108MA5T12345X", "QQ 1234567890", "卡了3天", "ID是什么", "3-7个工作日",
    "交了2000块保证金", "11010519491231002", "110105194912310021",
]  # fmt: skip


@pytest.mark.parametrize(("text", "secret", "kind"), SECRETS)
def test_a_secret_is_found_and_masked(text: str, secret: str, kind: str) -> None:
    found = find_secrets(text)
    assert [(text[one.start : one.end], one.kind) for one in found] == [(secret, kind)]
    assert secret not in mask(text)
    assert MASK in mask(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_other_numbers_are_none(text: str) -> None:
    assert find_secrets(text) == []
    assert mask(text) == text


HIDDEN = ["\u200b", "\u200d", "\u2060", "\ufeff", " ", "-", ""]


@given(
    st.sampled_from(["验证码", "驗證碼", "动态密码", "确认码", "校验码"]),
    st.text("0123456789", min_size=4, max_size=8),
    st.sampled_from(HIDDEN),
    st.booleans(),
)
def test_a_code_is_found_however_it_is_written(
    word: str,
    digits: str,
    hidden: str,
    wide: bool,  # noqa: FBT001 - an argument of hypothesis
) -> None:
    shown = "".join(chr(ord(one) + 0xFEE0) for one in digits) if wide else digits
    masked = mask(f"{word}{hidden.join(shown)}")
    assert not any(one.isdigit() for one in masked)


@given(
    st.sampled_from(["卡号", "银行卡", "工行卡号是", "銀行卡號", "身份证", "sfz", "身分證："]),
    st.text("0123456789", min_size=18, max_size=18),
    st.sampled_from(HIDDEN),
)
@example("卡号", "354134410609285961", "")  # a place without counties
def test_a_long_number_behind_its_word_is_found(word: str, digits: str, hidden: str) -> None:
    assert not any(one.isdigit() for one in mask(f"{word}{hidden.join(digits)}"))


@given(st.text(max_size=400))
def test_masking_again_changes_nothing_and_spans_never_overlap(text: str) -> None:
    found = find_secrets(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", ["密码是" * 30_000, "验证码 1" * 20_000, "1 " * 50_000])
@pytest.mark.timeout(20)
def test_a_hundred_kilobytes_are_looked_at_quickly(text: str) -> None:
    assert isinstance(find_secrets(text), list)
