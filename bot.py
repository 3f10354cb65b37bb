#!/usr/bin/env python3
"""Dianban's command line and composition root: settings → context → application."""

import os
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

OWN_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
if __name__ == "__main__" and sys.prefix == sys.base_prefix and OWN_PYTHON.exists():
    # ./bot.py was started by the system's Python: go on with what `make setup` has installed.
    os.execv(OWN_PYTHON, [str(OWN_PYTHON), *sys.argv])  # noqa: S606 (no shell is wanted)

import click
from flask import Flask
from huey import Huey

import config
from faq.bank import Button
from faq.matching import vectors
from faq.moves.recogniser import recogniser
from handlers import api, desk, sandbox
from handlers.app import create_app
from handlers.commands import (
    account,
    bank,
    database,
    errors,
    maintenance,
    model,
    people,
    running,
)
from handlers.commands.installation import Installation, Program
from handlers.context import AlertTargets, Context, FirmSettings
from handlers.dialogue import policy
from handlers.dialogue.texts import Texts, TextsError, load_texts
from handlers.firm import edited_hours
from handlers.firm.opening_hours import OpeningHours
from handlers.inbound import webhook
from handlers.inbound.batching import GroupCommit
from handlers.inbound.holding import Holding
from handlers.inbound.peer import Lags
from handlers.inbound.refusals import Refusals
from handlers.jobs.queue import open_queue
from handlers.jobs.schedule import Jobs
from handlers.knowledge import bank_versions, checkout, drift, publications, published_bank
from handlers.model.asking import Asking, ModelSettings
from handlers.model.client import ModelClient
from handlers.ops import health, logs
from handlers.ops.server import GunicornServer, ListenAddress, ListenError
from handlers.outbound.access_tokens import DatabaseTokenStore
from handlers.sandbox import stage
from storage import schema
from storage.database import Database, DatabaseDownError, UnfitValueError
from storage.polled import PolledValue
from storage.queries import consultants
from wechat.client import Client
from wechat.simulator.records import SimulatedAccount as Account
from wechat.verifier import Verifier

EDITED = "问答库在工作台改过，用的是工作台的那一版。要从文件夹重新开始，先删掉 data/sandbox。"
SANDBOX_FOLDER = Path(__file__).parent / "data" / "sandbox"


def now() -> datetime:
    return datetime.now(UTC)


def installation(settings: config.Settings) -> Installation:
    """Everything that the commands need, in plain values and functions."""
    os.umask(0o077)  # databases, pictures and backups are their owner's alone
    server, bot = settings.server, settings.bot
    vectors.choose(settings.matching.vectors, settings.path.parent)
    return Installation(
        database_url=settings.database_url,
        guides=settings.path.parent / bot.guides if bot.guides else bank_versions.GUIDES,
        phone=settings.contact.phone,
        listen=ListenAddress(
            server.host, server.port, server.workers, server.threads, server.proxies
        ),
        backup_command=settings.backup.command,
        texts=lambda: read_texts(settings),
        context=lambda database: build_context(settings, database, lambda _: None),
        build=lambda extra: build_app(settings, extra),
    )


def build_app(
    settings: config.Settings, extra: Sequence[Callable[[Flask], None]] = ()
) -> tuple[Flask, Huey]:
    """The application and its job queue, for one process."""
    logs.set_up(settings.log.level)
    database = Database(settings.database_url)
    queue = open_queue(settings.database_url, settings.folder, settings.storage.jobs_url)
    jobs = Jobs(queue, lambda: context, holder=f"{socket.gethostname()}:{os.getpid()}")
    context = build_context(settings, database, jobs.enqueue_delivery, jobs.enqueue_publication)
    context.published_bank.refresh()  # so that the first message does not wait for the matcher
    recogniser()  # nor for the recogniser of moves
    app = create_app(
        context,
        [logs.install, webhook.install, health.install, api.install, desk.install, *extra],
        secret_key=settings.desk.secret_key,
        secure=settings.server.public_url.startswith("https://"),
    )
    return app, queue


def read_texts(settings: config.Settings) -> Texts:
    """The shipped texts, or the owner's copy that `bot.texts` names."""
    own = settings.bot.texts
    return load_texts(settings.path.parent / own if own else None)


def build_context(
    settings: config.Settings,
    database: Database,
    enqueue_delivery: Callable[[int], None],
    enqueue_publication: Callable[[int], None] = lambda _: None,
) -> Context:
    wechat = settings.wechat
    return Context(
        decide=policy.decide,
        edited_hours=PolledValue(edited_hours.read, None),
        fitting=published_bank,
        marked_steps=PolledValue(drift.marked_steps, frozenset()),
        database=database,
        now=now,
        published_bank=published_bank.DatabaseBank(database),
        texts=read_texts(settings),
        verifier=Verifier(
            token=wechat.token,
            app_id=wechat.app_id,
            mode=wechat.mode,
            encoding_aes_key=wechat.encoding_aes_key or "",
            previous_aes_key=wechat.previous_aes_key,
            original_id=wechat.original_id,
        ),
        client=Client(
            app_id=wechat.app_id,
            secret=wechat.app_secret,
            tokens=DatabaseTokenStore(database, wechat.app_id),
            clock=now,
            base_url=wechat.api_base_url,
        ),
        firm=_firm(settings),
        enqueue_delivery=enqueue_delivery,
        pushes=GroupCommit(),
        holding=Holding(settings.server.threads),
        lags=Lags(),
        refusals=Refusals(),
        enqueue_publication=enqueue_publication,
        model=_model(settings, database),
        alert_targets=AlertTargets(
            wecom=settings.alerts.wecom_webhook,
            webhook=settings.alerts.webhook_url,
            secret=settings.alerts.webhook_secret,
            public_url=settings.server.public_url,
        ),
    )


def _model(settings: config.Settings, database: Database) -> Asking | None:
    """None where the settings name no model: then nothing of it is ever asked."""
    model = settings.model
    if not (model.base_url and model.api_key and model.name):
        return None
    bounds = ModelSettings(
        use=model.use,
        drafts=model.drafts,
        phrasings=model.phrasings,
        daily_limit=model.daily_limit,
        deadline_ms=model.deadline_ms,
    )
    return Asking(bounds, ModelClient(model.base_url, model.api_key, model.name), database, now)


def _firm(settings: config.Settings) -> FirmSettings:
    hours = settings.hours
    return FirmSettings(
        phone=settings.contact.phone,
        account=settings.wechat.account,
        hours=OpeningHours.parse(
            weekdays=hours.weekdays,
            saturday=hours.saturday,
            sunday=hours.sunday,
            holidays=hours.holidays,
            closed=frozenset(date.fromisoformat(day) for day in hours.closed),
        ),
        data=settings.folder,
        public_url=settings.server.public_url,
        claim_minutes=settings.desk.claim_minutes,
        alert_minutes=settings.desk.alert_minutes,
        capacity=settings.desk.capacity,
        auto_assign=settings.desk.auto_assign,
        admin_second_factor=settings.desk.admin_second_factor,
        reply_amber_minutes=settings.desk.reply_amber_minutes,
        reply_red_minutes=settings.desk.reply_red_minutes,
        streams=settings.server.threads * 3 // 4,
        erase_on_unsubscribe=settings.privacy.on_unsubscribe == "erase",
        menu=tuple(Button(one.name, one.key, url=one.url) for one in settings.bot.menu),
        media_days=settings.privacy.media_days,
        message_days=settings.privacy.message_days,
    )


SAY_FOR_THEMSELVES = (
    config.SettingsError,
    checkout.CheckoutError,
    bank_versions.BankError,
    publications.RunningError,
    vectors.VectorsError,
    consultants.ConsultantExistsError,
    schema.NewerTablesError,
    ListenError,
)


class Commands(click.Group):
    """Turns what the owner can act on into a sentence; anything else is a bug and shows as one."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except TextsError as error:
            raise click.ClickException(f"话术文件有要改的地方：\n{error}") from None
        except DatabaseDownError as error:
            raise click.ClickException(errors.in_words(error)) from None
        except UnfitValueError as error:
            raise click.ClickException(f"太长，或有不能保存的字符：{error}") from None
        except OSError as error:
            words = errors.of_the_disk(error)
            if not words:
                raise
            raise click.ClickException(words) from None
        except SAY_FOR_THEMSELVES as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.pass_context
def cli(context: click.Context) -> None:
    """Dianban: a WeChat customer-service bot and the desk behind it."""
    context.obj = Program(lambda path: installation(config.load(path)), policy)


for room in (running, bank, people, database, account, maintenance, model):
    for command in room.COMMANDS:
        cli.add_command(command)


@cli.command(name="sandbox")
@click.option(
    "--config", "path", type=click.Path(path_type=Path), help="Play with these settings instead."
)
@click.option("--port", default=8000, show_default=True, help="Of the phone page and the desk.")
@click.option(
    "--guides",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A firm's own folder of guides instead of the settings'.",
)
def play(path: Path | None, port: int, guides: Path | None) -> None:
    """The whole program on a laptop: a simulator plays WeChat, a page plays the phone."""
    own = path or stage.settings_file(SANDBOX_FOLDER, port=port, random_hex=secrets.token_hex)
    settings = config.load(own)
    if path is None:
        server = settings.server.model_copy(update={"port": port})
        settings = settings.model_copy(update={"server": server})
    if guides is not None:
        own_guides = settings.bot.model_copy(update={"guides": str(guides.resolve())})
        settings = settings.model_copy(update={"bot": own_guides})
    click.echo("正在准备，第一次要半分钟左右……")
    with stage.simulator(_account(settings), settings.server.port + 1) as simulator:
        wechat = settings.wechat.model_copy(update={"api_base_url": simulator.url})
        installed = installation(settings.model_copy(update={"wechat": wechat}))
        database = installed.database()
        context = installed.context(database)
        always = path is None or guides is not None
        if not installed.prepare(context, always=always) and guides is not None:
            click.echo(EDITED)
        stage.recall(simulator.simulator, context)
        click.echo(stage.welcome(context, settings.server.port, settings.desk.secret_key))
        database.close()
        GunicornServer(
            installed.listen, lambda: installed.build([sandbox.install(simulator.url)])
        ).run()


def _account(settings: config.Settings) -> Account:
    """The account that the simulator plays: ours."""
    wechat = settings.wechat
    return Account(
        app_id=wechat.app_id,
        app_secret=wechat.app_secret,
        token=wechat.token,
        encoding_aes_key=wechat.encoding_aes_key or "",
        original_id=wechat.original_id or stage.ACCOUNT,
        mode=wechat.mode,
        account=wechat.account,
        webhook=f"http://127.0.0.1:{settings.server.port}/wechat",
    )


if __name__ == "__main__":
    cli(prog_name="bot.py")
