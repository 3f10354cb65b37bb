"""The account's menu: which buttons stand, where a tap leads, and how WeChat is told."""

from collections.abc import Iterable, Mapping, Sequence

from faq.bank import Bank, Button, Firm
from faq.firm import PERSON


def in_force(own: Sequence[Button], firm: Firm) -> tuple[Button, ...]:
    """The buttons of the settings where they name some, until the desk edited the firm's own."""
    return firm.menu if firm.edited_at_desk or not own else tuple(own)


def target(key: str, firm: Firm) -> str:
    """What a tap that sends this key leads to: an entry's id, `PERSON`, or what is neither."""
    return next((one.entry for one in firm.menu if one.entry and sent_by(one) == key), key)


def sent_by(button: Button) -> str:
    """The key that WeChat sends when it is tapped; "" when it opens a page."""
    return "" if button.url else button.key or button.entry


def names(buttons: Iterable[Button]) -> Mapping[str, str]:
    """The words on each button by the key that it sends."""
    return {sent_by(button): button.name for button in buttons if not button.url}


def leading_nowhere(buttons: Iterable[Button], bank: Bank) -> list[str]:
    """Keys of buttons that no entry answers."""
    known = {PERSON, *bank.by_id}
    sent = (sent_by(button) for button in buttons if not button.url)
    return [key for key in sent if target(key, bank.firm) not in known]


def as_wechat_takes_it(buttons: Iterable[Button]) -> dict[str, object]:
    return {"button": [_button(button) for button in buttons]}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"type": "view", "name": button.name, "url": button.url}
    return {"type": "click", "name": button.name, "key": sent_by(button)}
