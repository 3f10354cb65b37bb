"""The settings: read once from a TOML file, checked, frozen, and handed on in pieces.

Every problem of the file is reported at once, in Chinese, for the owner who can mend it. Secrets
may come from the environment instead: DIANBAN_<SECTION>_<KEY>, such as DIANBAN_WECHAT_TOKEN.
Relative paths are relative to the folder of the settings file.
"""

import base64
import binascii
import difflib
import itertools
import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from storage import addresses

PLACEHOLDER = "change-me"
ENVIRONMENT = {
    "wechat": ("app_id", "app_secret", "token", "encoding_aes_key", "previous_aes_key"),
    "storage": ("url", "jobs_url"),
    "desk": ("secret_key",),
    "alerts": ("wecom_webhook", "webhook_url", "webhook_secret"),
    "model": ("api_key",),
}


class SettingsError(Exception):
    """The settings cannot be used. `problems` are Chinese sentences, one for each thing to mend."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.problems = problems
        lines = "\n".join(f"  · {problem}" for problem in problems)
        super().__init__(f"配置 {path} 有 {len(problems)} 处要改：\n{lines}")


def _filled(value: str) -> str:
    if not value.strip() or PLACEHOLDER in value:
        raise ValueError("还是占位的文字")
    return value.strip()


def _aes_key(value: str) -> str:
    try:
        ok = len(value) == 43 and len(base64.b64decode(value + "=")) == 32  # noqa: PLR2004
    except binascii.Error:
        ok = False
    if not ok:
        raise ValueError(f"要正好 43 个字母或数字，现在是 {len(value)} 个")
    return value


def _url(value: str) -> str:
    HttpUrl(value)
    return value.rstrip("/")


def _model_url(value: str) -> str:
    """Merchants' words leave by it: encrypted, unless the model runs on this machine."""
    HttpUrl(value)
    host = HttpUrl(value).host
    if not value.startswith("https://") and host not in {"127.0.0.1", "localhost", "[::1]"}:
        raise ValueError("要用 https:// 开头的地址，本机上的可以用 http://")
    return value.rstrip("/")


Filled = Annotated[str, AfterValidator(_filled)]
Optional = Annotated[str, AfterValidator(lambda value: value and _url(value))]
CLOCK = r"([01]?\d|2[0-4]):[0-5]\d"
Span = Annotated[str, Field(pattern=rf"^{CLOCK}-{CLOCK}$")]


def _forward(span: str) -> str:
    if _minutes(span)[0] >= _minutes(span)[1]:
        raise ValueError("结束的时间要比开始的晚，过了零点请分两段写")
    return span


def _minutes(span: str) -> tuple[int, int]:
    start, end = (
        int(hour) * 60 + int(minute)
        for hour, minute in (each.split(":") for each in span.split("-"))
    )
    if max(start, end) > 24 * 60:
        raise ValueError("一天最晚到 24:00")
    return start, end


def _apart(spans: list[str]) -> list[str]:
    ordered = sorted(_minutes(span) for span in spans)
    if any(before[1] > after[0] for before, after in itertools.pairwise(ordered)):
        raise ValueError("有两段时间重叠了")
    return spans


def _existing_day(value: str) -> str:
    try:
        date.fromisoformat(value)
    except ValueError:
        raise ValueError("没有这一天") from None
    return value


def _official_app(value: str) -> str:
    if value.startswith("gh_"):
        raise ValueError("填成了原始 ID(gh_ 开头的填在 original_id)")
    return value


def _short_enough(value: str) -> str:
    size = len(value.encode())
    if size > BUTTON_BYTES:
        raise ValueError(f"有 {size} 个字节，微信最多收 16 个（一个汉字算 3 个，最多 5 个汉字）")
    return value


BUTTON_BYTES = 16
Spans = Annotated[list[Annotated[Span, AfterValidator(_forward)]], AfterValidator(_apart)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_existing_day)]


class Section(BaseModel):
    """A part of the file. A field's description says, in Chinese, what to write there."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Wechat(Section):
    app_id: Annotated[Filled, AfterValidator(_official_app)] = Field(
        description="公众号的 AppID，以 wx 开头"
    )
    app_secret: Filled = Field(description="公众号的 AppSecret", repr=False)
    token: Annotated[Filled, Field(pattern=r"^[A-Za-z0-9]{3,32}$")] = Field(
        description="和公众号后台「服务器配置」里一样的 Token:3 到 32 个字母或数字", repr=False
    )
    # None only in plain mode, which has no use for it; parse() puts it there.
    encoding_aes_key: Annotated[str, AfterValidator(_filled), AfterValidator(_aes_key)] | None = (
        Field(description="公众号后台的 EncodingAESKey,43 个字符", repr=False)
    )
    previous_aes_key: Annotated[str, AfterValidator(lambda key: key and _aes_key(key))] = Field(
        default="", description="更换密钥期间写上一个 EncodingAESKey，平时留空", repr=False
    )
    original_id: str = Field(default="", description="公众号的原始 ID（gh_ 开头），留空则不核对")
    mode: Literal["safe", "plain"] = Field(
        default="safe", description='"safe"（安全模式）或 "plain"(明文模式)'
    )
    account: Literal["verified", "passive"] = Field(
        default="verified", description='"verified"（已认证，有客服接口）或 "passive"(没有客服接口)'
    )
    api_base_url: Annotated[str, AfterValidator(_url)] = Field(
        default="https://api.weixin.qq.com", description="微信接口的地址，一般不用改"
    )


class ServerSection(Section):
    host: str = Field(default="127.0.0.1", description="监听的地址")
    port: int = Field(default=8000, ge=1, le=65535, description="监听的端口，1 到 65535 的整数")
    workers: int = Field(default=2, ge=1, le=64, description="网页进程数，1 到 64 的整数")
    threads: int = Field(default=48, ge=4, le=512, description="每个进程的线程数，4 到 512 的整数")
    proxies: int = Field(default=0, ge=0, le=5, description="前面有几层反向代理（nginx 一层写 1）")
    public_url: Optional = Field(
        default="", description="从外面打开工作台的网址，如 https://desk.example.com"
    )


class Storage(Section):
    url: Annotated[str, AfterValidator(addresses.database)] = Field(
        default="sqlite:///data/dianban.db",
        description="数据库地址：sqlite:///data/dianban.db 或 postgresql+psycopg://用户:密码@主机/库",
        repr=False,
    )
    folder: str = Field(default="data", description="存图片和任务队列的文件夹")
    jobs_url: Annotated[str, AfterValidator(lambda value: value and addresses.jobs(value))] = Field(
        default="",
        description="任务队列的地址：用 Redis 时是 redis://…,留空则跟着数据库走",
        repr=False,
    )


class Desk(Section):
    secret_key: Annotated[Filled, Field(min_length=32)] = Field(
        description="给登录状态签名的随机长字符串，至少 32 个字符，用这条命令生成一个："
        "python3 -c 'import secrets; print(secrets.token_hex(32))'",
        repr=False,
    )
    claim_minutes: int = Field(
        default=20, ge=1, description="接入后多少分钟没有处理就放回待接入，整数"
    )
    alert_minutes: int = Field(default=5, ge=1, description="等了多少分钟没人接就再提醒，整数")
    admin_second_factor: bool = Field(
        default=False, description="管理员登录是否必须有二次验证，true 或 false"
    )
    reply_amber_minutes: int = Field(
        default=3, ge=1, description="欠回商家多少分钟后标成黄色，整数"
    )
    reply_red_minutes: int = Field(default=10, ge=1, description="欠回商家多少分钟后标成红色，整数")
    auto_assign: bool = Field(
        default=False, description="上班时间把等人工的商家自动分给在岗顾问，true 或 false"
    )
    capacity: int = Field(default=20, ge=1, description="每位顾问同时最多接几个对话，整数")


class Contact(Section):
    phone: Annotated[Filled, Field(pattern=r"(\D*\d){7}")] = Field(
        description="给商家的电话，微信同号"
    )


class Hours(Section):
    weekdays: Spans = Field(
        default=["9:00-18:00"], description='周一到周五的工作时间，如 ["9:00-12:00", "14:00-18:00"]'
    )
    saturday: Spans = Field(default=[], description='周六的工作时间，如 ["9:00-12:00"]，休息写 []')
    sunday: Spans = Field(default=[], description="周日，写法同上，休息写 []")
    holidays: bool = Field(default=True, description="按法定节假日和调休放假，true 或 false")
    closed: list[Day] = Field(default=[], description='另外放假的日子，如 ["2026-02-14"]')


class Privacy(Section):
    on_unsubscribe: Literal["keep", "erase"] = Field(
        default="keep", description='取消关注后 "keep"（保留记录）或 "erase"(删除)'
    )
    media_days: int = Field(default=180, ge=0, description="图片保留多少天，0 表示一直保留")
    message_days: int = Field(default=0, ge=0, description="对话保留多少天，0 表示一直保留")


def _command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError("里的引号没有成对") from None
    if words and not any("{backup}" in word for word in words[1:]):
        raise ValueError("里要写 {backup}，运行时换成这份备份")
    return value


class Backup(Section):
    command: Annotated[str, AfterValidator(_command)] = Field(
        default="",
        description="备份后运行的命令，把 {backup} 抄到别处，如 rsync -a {backup} 主机:备份/",
    )


class Alerts(Section):
    wecom_webhook: Optional = Field(
        default="", description="企业微信群「消息推送」的地址，留空则不提醒", repr=False
    )
    webhook_url: Optional = Field(
        default="", description="另外要通知的网址，留空则不通知", repr=False
    )
    webhook_secret: str = Field(default="", description="给通知签名的密钥", repr=False)


class MenuButton(Section):
    """One button of the account's menu: a key starts a path, a url opens a page."""

    name: Annotated[str, AfterValidator(_short_enough)] = Field(description="菜单上的字")
    key: str = Field(default="", description="点了做什么：human（找人）或条目编号")
    url: Optional = Field(default="", description="点了打开的网页（和 key 二选一）")


class Bot(Section):
    guides: str = Field(default="", description="指南所在的文件夹，留空用自带的 faq/guides")
    texts: str = Field(default="", description="自己改过的话术文件，留空用自带的")
    menu: list[MenuButton] = Field(
        default=[], max_length=3, description="公众号底部的菜单，最多 3 个，留空用 firm.toml 里的"
    )


class Model(Section):
    """A language model for second opinions; off unless the owner turns it on."""

    base_url: Annotated[str, AfterValidator(lambda url: url and _model_url(url))] = Field(
        default="", description="大模型服务的地址，如 https://api.deepseek.com，要用 https"
    )
    api_key: str = Field(default="", description="大模型服务的密钥", repr=False)
    name: str = Field(default="", max_length=64, description="模型的名字，看服务商的文档")
    use: Literal["off", "shadow", "choose"] = Field(
        default="off",
        description='"off"（不用）、"shadow"（只旁听记录）或 "choose"(帮着选条目)',
    )
    drafts: bool = Field(default=False, description="顾问能不能让它起草回复，true 或 false")
    phrasings: bool = Field(default=False, description="能不能让它提议问法，true 或 false")
    daily_limit: int = Field(default=1000, ge=0, description="一天最多问它多少次，整数")
    deadline_ms: int = Field(
        default=1500, ge=200, le=3000, description="最多等它多少毫秒，200 到 3000 的整数"
    )

    @model_validator(mode="after")
    def _complete(self) -> "Model":
        used = self.use != "off" or self.drafts or self.phrasings
        if used and not (self.base_url and self.api_key and self.name):
            raise ValueError("要用大模型，base_url、api_key 和 name 都要写")
        return self


class Log(Section):
    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="日志的详细程度：DEBUG、INFO、WARNING 或 ERROR"
    )


class Matching(Section):
    vectors: str = Field(
        default="builtin", description='句向量："builtin" 自带的,"none" 不用，或另一个模型的文件夹'
    )


class Settings(Section):
    """The whole file. `path` is where it came from."""

    wechat: Wechat = Field(description="公众号")
    desk: Desk = Field(description="工作台")
    contact: Contact = Field(description="联系方式")
    server: ServerSection = ServerSection()
    storage: Storage = Storage()
    hours: Hours = Hours()
    privacy: Privacy = Privacy()
    backup: Backup = Backup()
    alerts: Alerts = Alerts()
    bot: Bot = Bot()
    matching: Matching = Matching()
    log: Log = Log()
    model: Model = Model()
    path: Path = Field(default=Path("config.toml"), exclude=True)

    @property
    def folder(self) -> Path:
        """Where media and job queues are kept."""
        return self.path.parent / self.storage.folder

    @property
    def database_url(self) -> str:
        """`storage.url`, with a relative SQLite path made relative to the settings file."""
        head, slashes, name = self.storage.url.partition("sqlite:///")
        if not slashes or head or name == ":memory:":
            return self.storage.url
        return f"sqlite:///{self.path.parent.resolve() / name}"


def load(path: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in `path`. Raises SettingsError with every problem."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(
            path, ["找不到这个文件。先复制一份 config.example.toml，改名后照里面的说明填写。"]
        ) from None
    except IsADirectoryError:
        raise SettingsError(path, ["这是一个文件夹。--config 后面要写设置文件本身。"]) from None
    except PermissionError:
        raise SettingsError(path, ["没有权限读这个文件。换一个用户运行，或改它的权限。"]) from None
    except UnicodeDecodeError:
        raise SettingsError(path, ["文件不是 UTF-8 编码，请另存为 UTF-8。"]) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(path, [toml_in_chinese(str(error))]) from None
    return parse(data, path, os.environ if environment is None else environment)


_TOML_MISTAKES = (
    ("Cannot overwrite", "同一个设置写了两遍"),
    ("Cannot declare", "同一个 [部分] 写了两遍"),
    ("Unterminated string", "少了结尾的引号"),
    ("Expected ']'", "[部分] 的方括号没有写完整"),
    ("Expected newline", "一行里多了东西，每个设置要单独一行"),
    ("Expected '='", "设置的名字后面要写等号"),
    ("Invalid value", "等号后面的写法不对：文字要放在英文引号里"),
    ("Invalid statement", "这一行不像设置，要写成 名字 = 值"),
    ("Unescaped", "反斜杠要写成两个"),
    ("Illegal character", "有看不见的控制字符"),
)


def toml_in_chinese(error: str) -> str:
    """What is wrong with the TOML, and where."""
    what = next((said for start, said in _TOML_MISTAKES if error.startswith(start)), "写法不对")
    place = re.search(r"line (\d+), column (\d+)", error)
    where = f"第 {place[1]} 行第 {place[2]} 个字符：" if place else "文件末尾："
    return f"{where}{what}。"


def parse(data: dict[str, Any], path: Path, environment: Mapping[str, str]) -> Settings:
    """Settings from TOML data. Raises SettingsError with every problem."""
    for section, keys in ENVIRONMENT.items():
        for key in keys:
            value = environment.get(f"DIANBAN_{section}_{key}".upper())
            if value is not None and isinstance(data.setdefault(section, {}), dict):
                data[section][key] = value
    data = {"wechat": {}, "desk": {}, "contact": {}} | data
    if isinstance(data["wechat"], dict) and data["wechat"].get("mode") == "plain":
        data["wechat"] = data["wechat"] | {
            "encoding_aes_key": data["wechat"].get("encoding_aes_key") or None
        }
    try:
        return Settings.model_validate(data | {"path": path})
    except ValidationError as error:
        problems = [_in_chinese(each) for each in error.errors(include_url=False)]
        raise SettingsError(path, problems) from None


def _in_chinese(error: ErrorDetails) -> str:
    where = [part for part in error["loc"] if not str(part).startswith("function-")]
    name = ".".join(str(part) for part in where)
    field = _field(where)
    what = f"这里写{field.description}。" if field and field.description else ""
    kind = error["type"]
    if kind == "missing":
        return f"{name} 没有填。{what}"
    if kind == "extra_forbidden":
        return f"{name} 这个设置不存在。{_did_you_mean(where)}"
    if kind == "value_error":
        reason = str(error["ctx"]["error"]) if "ctx" in error else error["msg"]
        return f"{name} {reason}。{what}" if what and where[1:] else f"{reason}。"
    return f"{name} 填得不对。{what}"


def _field(where: list[int | str]) -> Any:  # noqa: ANN401 (pydantic's FieldInfo, or nothing)
    section = Settings.model_fields.get(str(where[0])) if where else None
    for part in where[1:]:
        if isinstance(part, int):
            continue
        fields = getattr(getattr(section, "annotation", None), "model_fields", {})
        section = fields.get(str(part), section)
    return section


def _did_you_mean(where: list[int | str]) -> str:
    section = _field(where[:-1]) if len(where) > 1 else None
    fields = section.annotation.model_fields if section else Settings.model_fields
    known = [name for name in fields if name != "path"]
    close = difflib.get_close_matches(str(where[-1]), known, n=1)
    return f"是不是想写 {close[0]}?" if close else f"这里能写：{'、'.join(known)}。"
