"""One run: an installation under load, things going wrong, rest, and the audit."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from storage.database import Database
from storage.models.conversations import Delivery
from tests.chaos.auditor import Audit, audit
from tests.chaos.installation import Installation, Places
from tests.chaos.load import Desk, Load
from tests.chaos.platform import Platform
from tests.chaos.trouble import TROUBLES, Trouble
from tests.ports import free_port
from wechat.simulator import Server, SimulatedAccount

REST_SECONDS = 100.0
HEAL_SECONDS = 75.0  # at the latest the next sweep finds them
CONSULTANTS = ["小李", "小王"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do. The run ends with the minutes or with the kills, whichever comes first."""

    seed: int = 1
    minutes: float = 1.0
    kills: int = 10**6
    kinds: tuple[str, ...] = tuple(TROUBLES)
    pause: float = 1.0
    merchants: int = 6
    account: str = "verified"
    machines: int = 1
    """Complete installations on one database; more than one needs PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Outcome:
    audit: Audit
    kills: int
    troubles: dict[str, int]
    answers: dict[int, int]
    log: str

    @property
    def violations(self) -> list[str]:
        return self.audit.violations


def storm(plan: Plan, folder: Path, database: str) -> Outcome:
    """Leaves no process behind, whatever happens inside."""
    ports = [free_port() for _ in range(plan.machines)]
    account = _account(plan, ports[0])
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    platform = Platform(account, plan.seed, webhooks=[f"{url}/wechat" for url in urls])
    with Server(platform) as server:
        machines = [
            Installation(Places(folder / f"machine-{port}", database, server.url, port), account)
            for port in ports
        ]
        tokens = machines[0].prepare(CONSULTANTS)
        load = Load(platform, urls, tokens, plan.seed, merchants=plan.merchants)
        trouble = Trouble(machines, platform, server, plan.seed)
        try:
            for machine in machines:
                machine.start()
            load.start()
            _rage(plan, trouble)
            platform.mend()
            load.stop()
            problems = trouble.problems + _healed(load, tokens) + _rest(machines)
        finally:
            load.stop()
            for machine in machines:
                machine.kill()
        opened = Database(database)
        killed = any(machine.kills for machine in machines)
        found = audit(platform, load.said, opened, killed=killed)
        opened.close()
    whole = Audit(found.figures, problems + found.violations)
    kills, log = sum(each.kills for each in machines), "\n".join(each.log() for each in machines)
    return Outcome(whole, kills, trouble.count, load.answers, log)


def _rage(plan: Plan, trouble: Trouble) -> None:
    time.sleep(2.0)
    end = time.monotonic() + plan.minutes * 60
    while time.monotonic() < end and sum(each.kills for each in trouble.installations) < plan.kills:
        trouble.happen(list(plan.kinds))
        time.sleep(plan.pause)


def _healed(load: Load, tokens: dict[str, str]) -> list[str]:
    """Without a restart, a new merchant is answered and a consultant's words arrive."""
    desk = Desk(load, *next(iter(tokens.items())), seed=0)
    openid = f"oHealed{load.seed}"
    pushed = load.platform.say(openid, "转人工")
    if not load.platform.tried[pushed.n].answers:
        return ["the webhook did not answer any more after the trouble"]
    said = desk.serve(openid)
    if load.platform.settings.account == "passive":  # where words wait for the next message
        load.platform.say(openid, "在吗")
    deadline = time.monotonic() + HEAL_SECONDS
    while time.monotonic() < deadline:
        if any(said.text in line.text for line in load.platform.transcript(openid)):
            return []
        time.sleep(0.2)
    return ["a consultant's words did not go out any more after the trouble"]


def _rest(machines: Sequence[Installation]) -> list[str]:
    """Stop as a service manager stops it, then let two minutes pass on its clock at once."""
    problems = _stopped(machines, "SIGTERM did not end the program in time")
    ahead = 150.0
    for machine in machines:
        machine.shift_clock(ahead)
        machine.start()
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline and _restless(machines[0].places.database):
        time.sleep(1.0)
        ahead += 10.0
        for machine in machines:
            machine.shift_clock(ahead)  # every back-off comes due
    return problems + _stopped(machines, "SIGTERM did not end the resting program in time")


def _stopped(machines: Sequence[Installation], problem: str) -> list[str]:
    return [problem for machine in machines if not machine.stop()]


def _restless(url: str) -> int:
    database = Database(url)
    try:
        with database.read() as session:
            query = select(func.count()).where(
                Delivery.state.in_(["pending", "sending", "in_passive_reply"])
            )
            return session.scalar(query) or 0
    finally:
        database.close()


def _account(plan: Plan, port: int) -> SimulatedAccount:
    return SimulatedAccount(
        app_id="wx0123456789abcdef",
        app_secret="app-secret",
        token="sometoken",
        encoding_aes_key="A" * 43,
        original_id="gh_0123456789ab",
        webhook=f"http://127.0.0.1:{port}/wechat",
        account="passive" if plan.account == "passive" else "verified",
    )


@contextmanager
def sqlite_for(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder / 'dianban.db'}"
