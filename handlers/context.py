"""The application context: built once by bot.py, passed to every request and job."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, cast

from flask import current_app

from handlers.firm import menu
from handlers.firm.opening_hours import OpeningHours

if TYPE_CHECKING:
    from faq.bank import Bank, Button
    from faq.understanding import Matcher
    from handlers.dialogue.texts import Texts
    from handlers.dialogue.types import Decide
    from handlers.inbound.batching import GroupCommit
    from handlers.inbound.commit import InboundMessage, InboundResult
    from handlers.inbound.holding import Holding
    from handlers.inbound.peer import Lags
    from handlers.inbound.refusals import Refusals
    from handlers.model.asking import Asking
    from storage.database import Database
    from storage.models.conversations import BankVersion
    from storage.polled import PolledValue
    from wechat.client import Client
    from wechat.verifier import Verifier


class PublishedBank(Protocol):
    """Where the published bank stands; another process may put a newer one there."""

    def bank(self) -> "Bank": ...
    def refresh(self) -> None: ...
    def matcher(self) -> "Matcher": ...
    def version(self) -> int | None: ...


class Fitting(Protocol):
    """How a bank is fitted and put in force (`knowledge.published_bank`)."""

    @property
    def is_ready(self) -> "Callable[[BankVersion], bool]": ...
    @property
    def matcher_of(self) -> "Callable[[Bank, bytes], Matcher]": ...
    @property
    def publish(self) -> "Callable[..., bool]": ...
    @property
    def freshen(self) -> "Callable[[Database], None]": ...


@dataclass(frozen=True, slots=True)
class AlertTargets:
    """Where to tell; "" is nowhere. `public_url` is the desk's address from outside."""

    wecom: str = ""
    webhook: str = ""
    secret: str = ""
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class FirmSettings:
    """What the settings say about the firm and its account."""

    phone: str
    account: Literal["verified", "passive"] = "verified"
    hours: OpeningHours = OpeningHours()
    """The first values: `Context.hours` is what stands."""
    data: Path = Path("data")
    """Folder for media and job queues."""
    public_url: str = ""
    """Address of the desk from outside, for links in alerts; "" means unknown."""
    claim_minutes: int = 20
    alert_minutes: int = 5
    capacity: int = 20
    auto_assign: bool = False
    """Waiting cases are given to consultants on duty; else consultants take them."""
    admin_second_factor: bool = False
    """Admins must have a second factor before they may do anything at the desk."""
    reply_amber_minutes: int = 3
    reply_red_minutes: int = 10
    """How long a merchant may wait for their consultant before the desk shows it in a colour."""
    streams: int = 8
    """Live pages that one process serves at once, a thread each; others ask every second."""
    erase_on_unsubscribe: bool = False
    menu: "tuple[Button, ...]" = ()
    """The account's menu as the settings give it: `Context.menu` is what stands."""
    media_days: int = 0
    message_days: int = 0
    """Days that pictures and messages are kept; 0 means for ever."""


@dataclass(frozen=True, slots=True)
class Context:
    """`enqueue_delivery(conversation_id)` asks the background to send what waits there."""

    database: "Database"
    decide: "Decide"
    """What the bot says next; pure."""
    edited_hours: "PolledValue[OpeningHours | None]"
    fitting: Fitting
    marked_steps: "PolledValue[frozenset[tuple[str, str]]]"
    """Steps of the guides that may have changed: (entry, key of the step's text)."""
    now: Callable[[], datetime]
    published_bank: PublishedBank
    texts: "Texts"
    verifier: "Verifier"
    client: "Client"
    firm: FirmSettings
    enqueue_delivery: Callable[[int], None]
    pushes: "GroupCommit[InboundMessage, InboundResult | None]"
    """The pushes that this process is receiving."""
    holding: "Holding"
    """Those of them that wait for the rest of what a merchant is saying."""
    lags: "Lags"
    """How long the last of them took to come in."""
    refusals: "Refusals"
    """Those that were not taken, until they are stored."""
    enqueue_publication: Callable[[int], None] = lambda _: None
    """Asks the background to publish this one."""
    model: "Asking | None" = None
    """The language model that gives second opinions; None without one."""
    alert_targets: AlertTargets | None = None
    """Where people are told of what waits; None is nowhere."""

    @property
    def firm_name(self) -> str:
        """What the desk and the phone page are called: the firm's name, else the program's."""
        return self.published_bank.bank().firm.name or PROGRAM

    @property
    def menu(self) -> "tuple[Button, ...]":
        """The menu that stands: the settings', or the firm's own."""
        return menu.in_force(self.firm.menu, self.published_bank.bank().firm)

    @property
    def hours(self) -> OpeningHours:
        """The opening hours that stand: those of the desk, else those of the settings."""
        return self.edited_hours.value or self.firm.hours


EXTENSION = "dianban"
PROGRAM = "店伴"
STOPPING = "dianban-stopping"
"""Under this name of `app.extensions`: functions that end what would keep a stopping process."""


def current_context() -> Context:
    """The context of the application that handles this request."""
    return cast("Context", current_app.extensions[EXTENSION])
