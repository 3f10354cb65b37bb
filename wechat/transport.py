"""wechatpy's client with its risks removed: the one place from which bytes go to WeChat.

What wechatpy 1.8.18 does by itself: waits for ever for a token; retries a refused token without a
bound; keeps the token's expiry in one instance; takes any 200 for success; goes to
api.weixin.qq.com with some calls whatever the base URL; and shows token and secret in its errors.
docs/decisions/0002-wechatpy-hardened.md has the reasons for building on it all the same.
"""

import json
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from wechatpy.client import WeChatClient

from wechat import connections
from wechat.codes import TOKEN_REFUSED, rule_for_token
from wechat.connections import Adapter
from wechat.delivery_errors import DeliveryError, NotSentError, RefusedError, UncertainError
from wechat.errors import MediaError
from wechat.tokens import Token, TokenStore

Result = TypeVar("Result")
Json = dict[str, object]

OFFICIAL = "https://api.weixin.qq.com"
TIMEOUT = (3.05, 10.0)
"""Seconds to connect and between two answers of the other side."""
TOTAL_SECONDS = 13.0
"""For one exchange from first to last; a download has its own."""
_DOWNLOAD_SECONDS = 60.0
LONGEST_TOKEN = 7200
"""Seconds that WeChat lets one live at most, whatever it may say."""
_CODES = range(-(10**6), 10**7)
"""Nobody knows what a larger one means, and the database has no room for it."""
_MARGIN = timedelta(seconds=60)
"""A token is renewed this early; WeChat hands out one with at least 300 s left."""
_DELIVERS = "message/custom/send"
_SECRETS = re.compile(r"(access_token|secret)=[^&\s\"']+")


class _PathFilter(logging.Filter):
    """urllib3 logs every path at DEBUG level, and at WARNING where an answer's headers are odd:
    ours hold the access token."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                _SECRETS.sub(r"\1=…", arg) if isinstance(arg, str) else arg for arg in record.args
            )
        return True


_HUSH = _PathFilter()


class Transport(WeChatClient):  # type: ignore[misc]  # wechatpy has no types
    """Raises only DeliveryError and MediaError, and these hold no secret.

    Safe to share between threads. `clock` returns the aware now.
    """

    def __init__(
        self,
        app_id: str,
        secret: str,
        tokens: TokenStore,
        clock: Callable[[], datetime],
        base_url: str = OFFICIAL,
    ) -> None:
        super().__init__(app_id, secret, timeout=TIMEOUT, auto_retry=False)
        self._origin = base_url.rstrip("/")
        self._tokens = tokens
        self._clock = clock
        self._http.trust_env = False  # a proxy or a .netrc of the machine has no part in this
        self._http.mount("http://", Adapter(pool_maxsize=32))
        self._http.mount("https://", Adapter(pool_maxsize=32))
        for name in ("urllib3.connectionpool", "urllib3.connection"):
            logging.getLogger(name).addFilter(_HUSH)

    def __repr__(self) -> str:
        return f"<Transport to {self._origin}>"

    @property
    def access_token(self) -> str:
        return self.token()

    def fetch_access_token(self) -> None:
        self.token()

    def token(self, refused: str = "") -> str:
        """A token that is good for another minute and is not the `refused` one."""
        known = self._usable(refused)
        if known:
            return known
        with self._tokens.lock():
            known = self._usable(refused)
            if known:
                return known
            fresh = self._stable_token({"force_refresh": False})
            if fresh.value == refused:  # WeChat allows this one 20 times a day
                fresh = self._stable_token({"force_refresh": True})
            self._tokens.put(fresh)
            return fresh.value

    def _usable(self, refused: str) -> str:
        token = self._tokens.get()
        if token is None or token.value == refused or token.expires_at - _MARGIN <= self._clock():
            return ""
        return token.value

    def _stable_token(self, more: Mapping[str, bool]) -> Token:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        now = self._clock()
        answer = self._exchange("post", "cgi-bin/stable_token", {"json": {**body, **more}})
        result = self._decoded(answer, "cgi-bin/stable_token")
        code = result.get("errcode", 0)
        if isinstance(code, int) and code:
            raise _refusal(result, code, from_token=True)
        value, lasts = result.get("access_token"), result.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(lasts, int):
            raise NotSentError("the token endpoint answered without a token")
        return Token(value, now + timedelta(seconds=min(max(lasts, 0), LONGEST_TOKEN)))

    def _request(self, method: str, url_or_endpoint: str, **kwargs: object) -> object:
        """wechatpy's every call ends here."""
        process = kwargs.pop("result_processor", None)
        kwargs.pop("api_base_url", None)
        path = self._path(url_or_endpoint)
        if isinstance(kwargs.get("data"), dict):
            # Escaped characters would reach the merchant as \\uXXXX, or be refused (40033).
            kwargs["data"] = json.dumps(kwargs["data"], ensure_ascii=False).encode()
        result = self._authorised(lambda token: self._call(method, path, kwargs, token))
        return process(result) if callable(process) else result

    def _authorised(self, call: Callable[[str], Result]) -> Result:
        token = self.token()
        try:
            return call(token)
        except RefusedError as refusal:
            if refusal.code not in TOKEN_REFUSED:
                raise
        return call(self.token(refused=token))

    def _call(self, method: str, path: str, kwargs: Mapping[str, object], token: str) -> Json:
        given = kwargs.get("params")
        params = {**(given if isinstance(given, dict) else {}), "access_token": token}
        answer = self._exchange(method, path, {**kwargs, "params": params})
        result = self._decoded(answer, path)
        code = result.get("errcode", 0)
        if isinstance(code, int) and code:
            raise _refusal(result, code)
        return result

    def download(self, media_id: str, max_bytes: int) -> bytes:
        """The bytes behind `media_id`; MediaError over `max_bytes` or for a film kept elsewhere."""
        return self._authorised(lambda token: self._download(media_id, max_bytes, token))

    def _download(self, media_id: str, max_bytes: int, token: str) -> bytes:
        params = {"access_token": token, "media_id": media_id}
        kwargs: dict[str, object] = {"params": params, "stream": True}
        with connections.within(_DOWNLOAD_SECONDS):
            answer = self._exchange("get", "cgi-bin/media/get", kwargs)
            with answer:
                content = self._streamed(answer, max_bytes)
        kind = answer.headers.get("Content-Type", "")
        if content[:1] != b"{" or not kind.startswith(("application/json", "text/plain")):
            return content
        code = _code_in(content)
        if code:
            raise _refusal({}, code)
        raise MediaError("WeChat names a URL instead", "视频不能直接取回，请让对方换成图片发。")

    def _streamed(self, answer: requests.Response, max_bytes: int) -> bytes:
        content, broken = bytearray(), False
        try:
            for chunk in answer.iter_content(64 * 1024):
                content += chunk
                if len(content) > max_bytes:
                    raise MediaError("over the size limit", "文件太大，没有保存。")
        except requests.RequestException:
            broken = True
        if broken:
            raise NotSentError("the download broke off")
        return bytes(content)

    def _path(self, url_or_endpoint: str) -> str:
        """wechatpy names some calls by their whole address at Tencent."""
        if url_or_endpoint.startswith(f"{OFFICIAL}/"):
            return url_or_endpoint.removeprefix(f"{OFFICIAL}/")
        if "://" in url_or_endpoint:
            raise NotSentError("a call to another host than WeChat's")
        return f"cgi-bin/{url_or_endpoint}"

    def _exchange(self, method: str, path: str, kwargs: Mapping[str, object]) -> requests.Response:
        """One request, one answer with status 200; everything else is a DeliveryError.

        The error is raised outside the handler, for an exception carries the one it was raised in,
        and requests writes the URL with the token into its own.
        """
        answer: requests.Response | None = None
        failed: DeliveryError = NotSentError("no answer")
        arguments = {"timeout": self.timeout, "allow_redirects": False, **kwargs}
        url = f"{self._origin}/{path}"
        try:
            if kwargs.get("stream"):  # whoever reads the stream has set a time for all of it
                answer = self._http.request(method, url, **arguments)
            else:
                answer = self._timed(method, url, arguments)
        except requests.RequestException as error:
            failed = _broken(error, path)
        if answer is None:
            raise failed
        if answer.status_code != requests.codes.ok:
            answer.close()
            lost = answer.status_code >= requests.codes.server_error
            raise _failure(f"HTTP status {answer.status_code}", path if lost else "")
        return answer

    def _timed(
        self, method: str, url: str, arguments: Mapping[str, object]
    ) -> requests.Response | None:
        with connections.within(TOTAL_SECONDS) as deadline:
            answer: requests.Response | None = None
            try:
                answer = self._http.request(method, url, **arguments)
            except requests.RequestException:
                if not deadline.passed:
                    raise
        if deadline.passed:
            raise requests.ReadTimeout("the answer took too long")
        return answer

    def _decoded(self, answer: requests.Response, path: str) -> Json:
        try:
            result = self._decode_result(answer)
        except (RecursionError, ValueError):
            result = None  # nested or written as no answer of WeChat's is
        if not isinstance(result, dict):
            raise _failure("an answer that is not WeChat's", path)
        code = result.get("errcode", 0)
        known = isinstance(code, int) and code in _CODES
        if not known or (path.endswith(_DELIVERS) and "errcode" not in result):
            raise _failure("an answer without an error code", path)
        return result


def _code_in(content: bytes) -> int:
    try:
        result = json.loads(content)
    except (RecursionError, ValueError):
        return 0
    code = result.get("errcode", 0) if isinstance(result, dict) else 0
    return code if isinstance(code, int) and code in _CODES else 0


def _failure(why: str, path: str, *, under_way: bool = False) -> DeliveryError:
    """Only the call that speaks to a merchant can leave it open whether it did."""
    if path.endswith(_DELIVERS):
        return UncertainError(why, under_way=under_way)
    return NotSentError(why)


def _broken(error: requests.RequestException, path: str) -> DeliveryError:
    why = type(error).__name__
    if _never_left(error):
        return NotSentError(why)
    return _failure(why, path, under_way=isinstance(error, requests.Timeout))


def _never_left(error: requests.RequestException) -> bool:
    """Did it fail before the request was written? Anything unclear counts as no."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return True
    return isinstance(getattr(reason, "__cause__", None), ssl.SSLCertVerificationError)


def _refusal(result: Json, code: int, *, from_token: bool = False) -> RefusedError:
    """Keeps two words of WeChat's message: the rid for its support, and our own address."""
    said = str(result.get("errmsg", ""))
    rid = re.search(r"rid: ?([0-9a-f-]{8,64})", said)
    ip = re.search(r"invalid ip ([0-9a-f.:]{3,45})", said)
    return RefusedError(
        code,
        rid[1] if rid else "",
        ip[1] if ip else "",
        rule_for_token(code) if from_token else None,
    )
