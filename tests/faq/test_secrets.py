"""What counts as a secret in a merchant's message, and what does not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.secrets import MASK, find_secrets, mask

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
]
HARMLESS = [
    "1", "88", "666", "13812345678", "我电话 138-1234-5678", "0898-66667777",
    "订单号 4111111111111111", "订单6925489123456789012退了吗", "6925489123456789012",
    "密码是什么", "密码忘了怎么办", "密码试了8个都不对", "验证码收不到，等了10分钟",
    "验证码发了5遍", "验证码一直不来", "尾号8888收不到验证码", "2023年开的店收不到验证码",
    "3-7个工作日", "交了2000块保证金", "11010519491231002", "110105194912310021",
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


@given(st.text(max_size=400))
def test_masking_again_changes_nothing_and_spans_never_overlap(text: str) -> None:
    found = find_secrets(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert mask(mask(text)) == mask(text)


@pytest.mark.parametrize("text", ["密码是" * 30_000, "验证码 1" * 20_000, "1 " * 50_000])
@pytest.mark.timeout(20)
def test_a_hundred_kilobytes_are_looked_at_quickly(text: str) -> None:
    assert isinstance(find_secrets(text), list)
