"""What we ask of WeChat: say something to a merchant, move a picture, keep the menu."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from wechat.delivery_errors import NotSentError, RefusedError
from wechat.errors import MediaError
from wechat.media import RecognisedMedia, picture, recognised
from wechat.media_limits import MAX_IMAGE_BYTES, MAX_MEDIA_BYTES
from wechat.text import MAX_BYTES, clean, size
from wechat.tokens import TokenStore
from wechat.transport import OFFICIAL, Transport

LONGEST_CALL = timedelta(seconds=180)
"""More than an upload and a send take together when everything times out: each can need two tokens
and one retry, at 13 s a request. Whoever marks a delivery as under way waits this long for it."""

_EMPTY, _TOO_LONG, _NO_MENU, _NO_PERMISSION = 44004, 45002, 46003, 48001
_NO_PICTURE, _TOO_LARGE = 40005, 40009
_NOT_NOW = frozenset({45080, 45081})
_PERSON = frozenset({40003, 43004, 45080, 45081})
"""About the person, so the account itself may."""


class Client:
    """One account's API. Every method raises DeliveryError; only `send_*` can raise UncertainError.

    Safe to share between threads; holds no state but the token, and that in `tokens`.
    `clock` returns the aware now. `base_url` moves every call, for the simulator.
    """

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        tokens: TokenStore,
        clock: Callable[[], datetime],
        base_url: str = OFFICIAL,
    ) -> None:
        self._transport = Transport(app_id, secret, tokens, clock, base_url)

    def __repr__(self) -> str:
        return f"<Client over {self._transport!r}>"

    def send_text(self, openid: str, text: str) -> None:
        """Costs one of the merchant's window. Too long is 45002 without asking WeChat."""
        text = clean(text)
        if not text:
            raise RefusedError(_EMPTY)
        if size(text) > MAX_BYTES:
            raise RefusedError(_TOO_LONG)
        self._transport.message.send_text(openid, text)

    def send_image(self, openid: str, media_id: str) -> None:
        """Costs one of the merchant's window. A media id lives for three days (then 40007)."""
        self._transport.message.send_image(openid, media_id)

    def upload_image(self, content: bytes) -> str:
        """The media id, good for three days and any merchant.

        What is no picture (40005) or too large (40009) is refused without asking WeChat. Name and
        type come from the bytes, so that nothing that somebody typed goes out.
        """
        if len(content) > MAX_IMAGE_BYTES:
            raise RefusedError(_TOO_LARGE)
        image = _picture(content)
        file = (image.filename, image.content, image.content_type)
        return _text(self._transport.media.upload("image", file), "media_id")

    def download_media(self, media_id: str, max_bytes: int = MAX_MEDIA_BYTES) -> RecognisedMedia:
        """What a merchant sent, within three days of it. MediaError when too large or unknown."""
        return recognised(self._transport.download(media_id, max_bytes))

    def typing(self, openid: str, *, on: bool) -> bool:
        """Show or hide "typing" for 15 s; False when WeChat will not just now. Costs nothing."""
        command = "Typing" if on else "CancelTyping"
        data = {"touser": openid, "command": command}
        try:
            self._transport.post("message/custom/typing", data=data)
        except RefusedError as refusal:
            if refusal.code in _NOT_NOW:
                return False
            raise
        return True

    def create_menu(self, menu: Mapping[str, object]) -> None:
        """Publish `{"button": […]}`; phones show it within 24 h, at once after following anew."""
        self._transport.menu.create(dict(menu))

    def get_menu(self) -> dict[str, object] | None:
        """As published, `{"menu": {"button": […]}}`; None when there is none."""
        try:
            return _json(self._transport.menu.get())
        except RefusedError as refusal:
            if refusal.code == _NO_MENU:
                return None
            raise

    def delete_menu(self) -> None:
        self._transport.menu.delete()

    def check_token(self) -> None:
        """Can we get a token at all? Fails for a wrong app id, secret or IP allow-list."""
        self._transport.token()

    def callback_ips(self) -> list[str]:
        """The addresses that WeChat pushes from; a call that every account may make."""
        ips = _json(self._transport.get("getcallbackip")).get("ip_list")
        return [str(ip) for ip in ips] if isinstance(ips, list) else []

    def has_customer_service(self) -> bool:
        """May this account speak first? Asks to show "typing" to nobody: WeChat names the missing
        permission (48001) before it looks at the person, or so its other calls behave."""
        try:
            self._transport.post(
                "message/custom/typing", data={"touser": "nobody", "command": "Typing"}
            )
        except RefusedError as refusal:
            if refusal.code not in {_NO_PERMISSION, *_PERSON}:
                raise
            return refusal.code != _NO_PERMISSION
        return True


def _picture(content: bytes) -> RecognisedMedia:
    try:
        return picture(content)
    except MediaError:
        raise RefusedError(_NO_PICTURE) from None


def _json(result: object) -> dict[str, object]:
    return result if isinstance(result, dict) else {}


def _text(result: object, name: str) -> str:
    value = _json(result).get(name)
    if not isinstance(value, str) or not value:
        raise NotSentError(f"an answer without {name}")
    return value
