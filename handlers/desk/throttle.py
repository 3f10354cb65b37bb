"""Guessing passwords is slow: growing delays per name and network, few hashes at a time.

A browser in which the consultant logged in before is never locked out by guesses elsewhere.
"""

import ipaddress
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.database import Session
from storage.models.conversations import Consultant
from storage.queries import consultants
from storage.queries.consultants import LoginFailures

WINDOW = timedelta(hours=1)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(minutes=15)
# Failures that cost no delay: for one name from one network, for one name from anywhere, and from
# one network for any name (an office shares an address).
FREE_PAIR, FREE_NAME, FREE_NETWORK = 5, 10, 20
KNOWN_DEVICE_FREE = 10
# A hash takes 64 MB: this many at once in a process, and nobody waits long for a place.
HASHES_AT_ONCE = 2
PLACE_SECONDS = 2.0
_PLACES = threading.BoundedSemaphore(HASHES_AT_ONCE)


class BusyError(Exception):
    """Too many logins at once; nothing was checked."""


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Who tries to come in, from where; `known` is a device that logged in as them before."""

    name: str
    network: str
    known: bool
    now: datetime


def network_of(address: str) -> str:
    """What one guesser has at hand: a /24 of IPv4, a /64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    prefix = 24 if parsed.version == 4 else 64  # noqa: PLR2004 (the protocol's version)
    return str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))


def wait_for(session: Session, attempt: LoginAttempt) -> timedelta:
    """How long this attempt has to wait; zero when it may be checked now."""
    since, name, network = attempt.now - WINDOW, attempt.name, attempt.network
    if attempt.known:
        pair = consultants.failures(session, since=since, name=name, network=network)
        return _left(pair, KNOWN_DEVICE_FREE, attempt.now)
    counted = (
        (consultants.failures(session, since=since, name=name, network=network), FREE_PAIR),
        (consultants.failures(session, since=since, name=name), FREE_NAME),
        (consultants.failures(session, since=since, network=network), FREE_NETWORK),
    )
    return max(_left(found, free, attempt.now) for found, free in counted)


def _left(found: LoginFailures, free: int, now: datetime) -> timedelta:
    """The delay doubles with every failure past the free ones."""
    if found.latest is None or found.count < free:
        return timedelta()
    doublings = min(found.count - free, 10)
    delay = min(LONGEST_DELAY, FIRST_DELAY * (1 << doublings))
    return max(timedelta(), found.latest + delay - now)


def password_is_right(consultant: Consultant | None, password: str) -> bool:
    """Check the hash when a place is free. Raises BusyError."""
    if not _PLACES.acquire(timeout=PLACE_SECONDS):
        raise BusyError
    try:
        return consultants.verifies(consultant, password)
    finally:
        _PLACES.release()
