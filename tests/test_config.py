"""The settings: what the owner is told, and that the example says everything."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import config

ROOT = Path(__file__).parent.parent
GOOD: dict[str, Any] = {
    "wechat": {
        "app_id": "wx0123456789abcdef",
        "app_secret": "0123456789abcdef",
        "token": "sometoken",
        "encoding_aes_key": "A" * 43,
    },
    "desk": {"secret_key": "0123456789abcdef0123456789abcdef"},
    "contact": {"phone": "138-0013-8000"},
}


def parsed(**sections: dict[str, Any]) -> config.Settings:
    data = {name: dict(values) for name, values in GOOD.items()}
    for name, values in sections.items():
        data[name] = data.get(name, {}) | values
    return config.parse(data, Path("/somewhere/config.toml"), {})


def problems(**sections: dict[str, Any]) -> list[str]:
    with pytest.raises(config.SettingsError) as caught:
        parsed(**sections)
    return caught.value.problems


def test_the_example_loads_once_its_placeholders_are_filled(tmp_path: Path) -> None:
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    for name, value in (
        ("app_id", "wx1"), ("app_secret", "x"), ("token", "abcdef"), ("phone", "13800138000"),
        ("encoding_aes_key", "A" * 43), ("secret_key", "0123456789abcdef0123456789abcdef"),
    ):  # fmt: skip
        placeholder = re.compile(rf'^{name} = "change-me"', re.MULTILINE)
        example = placeholder.sub(f'{name} = "{value}"', example)
    path = tmp_path / "config.toml"
    path.write_text(example, encoding="utf-8")
    settings = config.load(path, {})
    assert (
        settings.model_dump()
        == parsed(
            wechat={"app_id": "wx1", "app_secret": "x", "token": "abcdef"},
            desk={"secret_key": "0123456789abcdef0123456789abcdef"},
            contact={"phone": "13800138000"},
        ).model_dump()
    )


def test_the_example_as_it_comes_is_refused_with_every_placeholder_named() -> None:
    data = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))
    with pytest.raises(config.SettingsError) as caught:
        config.parse(data, Path("config.toml"), {})
    named = {problem.split(" ")[0] for problem in caught.value.problems}
    assert named == {
        "wechat.app_id", "wechat.app_secret", "wechat.token", "wechat.encoding_aes_key",
        "desk.secret_key", "contact.phone",
    }  # fmt: skip


def test_every_setting_is_in_the_example_and_every_line_of_it_is_explained() -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    for section, field in config.Settings.model_fields.items():
        if section == "path":
            continue
        annotation = field.annotation
        assert isinstance(annotation, type)
        assert set(annotation.model_fields) == set(data[section]), section
    for line in text.splitlines():
        assert not re.match(r"^\w+ = ", line) or "#" in line or line == "menu = [", line


def test_everything_missing_is_reported_at_once() -> None:
    with pytest.raises(config.SettingsError) as caught:
        config.parse({}, Path("config.toml"), {})
    assert len(caught.value.problems) == 6
    assert all("没有填" in problem and "这里写" in problem for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("section", "values", "says"),
    [
        ("wechat", {"mode": "saef"}, "wechat.mode 填得不对"),
        ("wechat", {"tokn": "x"}, "是不是想写 token"),
        ("wechat", {"encoding_aes_key": "short"}, "要正好 43 个"),
        ("wechat", {"encoding_aes_key": ""}, "wechat.encoding_aes_key"),
        ("wechat", {"token": ""}, "wechat.token"),
        ("wechat", {"api_base_url": "weixin"}, "wechat.api_base_url"),
        ("server", {"port": 0}, "1 到 65535"),
        ("server", {"port": "eight"}, "server.port"),
        ("storage", {"url": "mysql://x"}, "sqlite:///"),
        ("storage", {"url": "postgres://u@db/d"}, "要以 sqlite:/// 或 postgresql+psycopg:// 开头"),
        ("storage", {"url": "sqlite:///"}, "storage.url"),
        ("storage", {"jobs_url": "rediss://db"}, "storage.jobs_url 要以 redis:// 开头"),
        ("desk", {"secret_key": "change-me"}, "desk.secret_key"),
        ("contact", {"phone": "call us"}, "contact.phone 填得不对"),
        ("hours", {"saturday": ["nine to five"]}, "9:00-12:00"),
        ("hours", {"closed": ["tomorrow"]}, "hours.closed.0"),
        ("nonsense", {"a": 1}, "nonsense 这个设置不存在"),
    ],
)
def test_a_wrong_value_is_named_with_what_to_write(
    section: str, values: dict[str, Any], says: str
) -> None:
    found = problems(**{section: values})
    assert len(found) == 1
    assert says in found[0]


def test_a_refused_secret_is_not_shown() -> None:
    found = "\n".join(problems(wechat={"app_secret": 12345678, "encoding_aes_key": "hush" * 3}))
    assert "12345678" not in found
    assert "hush" not in found


POSTGRES = "postgresql+psycopg://"


@pytest.mark.parametrize(
    "address",
    [
        "u:hush@hush@db/d", "u:hush@hush:1@db:5432/d", "u:hush/1@db/d", "u:hush%@db/d",
        "u:hu sh@db/d", "u@cloud:hush@db/d", "u:hush@db:port/d", "u:hush@db/d?wait=1",
    ],
)  # fmt: skip
def test_a_database_address_that_would_be_read_wrongly_is_refused(address: str) -> None:
    (found,) = problems(storage={"url": POSTGRES + address})
    assert found.startswith("storage.url ")
    assert "@ 写 %40" in found
    assert "hush" not in found


@pytest.mark.parametrize(
    "address",
    [
        "u:hu%40sh%2F%25@db:5432/d?sslmode=require", "u:a:b#c?d+e@db/d", "u@db", "u:@db/d",
        "/d?host=/run/postgresql", "u@[::1]:5432/d", "/d?user=u&password=p",
    ],
)  # fmt: skip
def test_a_database_address_that_is_read_as_meant_is_taken(address: str) -> None:
    assert parsed(storage={"url": POSTGRES + address}).database_url == POSTGRES + address


@pytest.mark.parametrize(
    "address",
    ["h:port/0", ":hush/1@h/0", ":1/hush@h", ":hush#1@h", ":1#hush@h", "h/zero", "h?wait=1", "[h"],
)
def test_a_queue_address_that_would_be_read_wrongly_is_refused(address: str) -> None:
    (found,) = problems(storage={"jobs_url": f"redis://{address}"})
    assert found.startswith("storage.jobs_url ")
    assert "@ 写 %40" in found
    assert "hush" not in found


@pytest.mark.parametrize("address", ["h", "h:6379/1", ":p%40@h/0?socket_timeout=2", ":p@@h/0", ""])
def test_a_queue_address_that_is_read_as_meant_is_taken(address: str) -> None:
    url = f"redis://{address}" if address else ""
    assert parsed(storage={"jobs_url": url}).storage.jobs_url == url


def test_both_addresses_are_told_of_at_once() -> None:
    found = problems(storage={"url": f"{POSTGRES}u:a@b@h/d", "jobs_url": "redis://h:x"})
    assert [problem.split(" ")[0] for problem in found] == ["storage.url", "storage.jobs_url"]


def test_secrets_may_come_from_the_environment() -> None:
    data = {name: dict(values) for name, values in GOOD.items()}
    del data["wechat"]["app_secret"]
    settings = config.parse(
        data, Path("config.toml"), {"DIANBAN_WECHAT_APP_SECRET": "from outside"}
    )
    assert settings.wechat.app_secret == "from outside"


def test_plain_mode_needs_no_aes_key() -> None:
    data = {name: dict(values) for name, values in GOOD.items()}
    data["wechat"] |= {"mode": "plain"}
    del data["wechat"]["encoding_aes_key"]
    assert config.parse(data, Path("config.toml"), {}).wechat.encoding_aes_key is None


def test_no_secret_is_in_the_settings_repr() -> None:
    shown = repr(parsed())
    for secret in ("0123456789abcdef'", "sometoken", "A" * 43):
        assert secret not in shown.replace("wx0123456789abcdef'", "")


def test_a_relative_database_is_beside_the_settings() -> None:
    assert parsed().database_url == "sqlite:////somewhere/data/dianban.db"
    url = "postgresql+psycopg://dianban@db/dianban"
    assert parsed(storage={"url": url}).database_url == url


def test_a_missing_file_says_what_to_copy(tmp_path: Path) -> None:
    with pytest.raises(config.SettingsError, match=r"config\.example\.toml"):
        config.load(tmp_path / "config.toml", {})


def test_a_file_that_is_no_toml_says_where(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[wechat\n", encoding="utf-8")
    with pytest.raises(config.SettingsError, match="第 1 行"):
        config.load(path, {})


@pytest.mark.parametrize(
    ("section", "values", "told"),
    [
        ("hours", {"closed": ["2026-02-30"]}, "没有这一天"),
        ("hours", {"weekdays": ["18:00-9:00"]}, "结束的时间要比开始的晚"),
        ("hours", {"weekdays": ["9:00-12:00", "11:00-18:00"]}, "重叠"),
        ("hours", {"sunday": ["9:00-24:30"]}, "24:00"),
        ("wechat", {"app_id": "gh_0123456789ab"}, "original_id"),
        ("bot", {"menu": [{"name": "我要退保证金", "key": "login"}]}, "18 个字节"),
        ("bot", {"menu": [{"name": "a" * 21, "key": "login"}]}, "21 个字节"),
    ],
)
def test_what_cannot_be_is_told_with_the_others(
    section: str, values: dict[str, Any], told: str
) -> None:
    found = problems(**{section: values}, contact={"phone": "1"})
    assert len(found) == 2
    assert any(told in problem for problem in found)


def test_a_mark_that_windows_puts_in_front_is_no_problem(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    text = "\ufeff" + "\n".join(
        [f"[{name}]\n" + "\n".join(f'{k} = "{v}"' for k, v in GOOD[name].items()) for name in GOOD]
    )
    path.write_text(text, encoding="utf-8")
    assert config.load(path, {}).wechat.app_id == "wx0123456789abcdef"


@pytest.mark.parametrize(
    "text", ["a = ", "a = 1\na = 2", "[x", 'a = "b', "a = “b”", "a = 1 b", "a"]
)
def test_what_is_no_toml_is_told_in_chinese(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(config.SettingsError) as caught:
        config.load(path, {})
    assert not re.search(r"[A-Za-z]{2}", caught.value.problems[0])


def test_a_folder_in_place_of_the_file_is_called_one(tmp_path: Path) -> None:
    with pytest.raises(config.SettingsError, match="文件夹"):
        config.load(tmp_path, {})
