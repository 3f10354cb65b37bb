"""The Installation: what a command needs, made from the settings by bot.py."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar, cast

import click
from flask import Flask
from huey import Huey

from handlers.context import Context
from handlers.dialogue.rehearsal import Policy
from handlers.dialogue.texts import Texts
from handlers.knowledge import bank_versions
from handlers.ops.server import ListenAddress
from storage import schema
from storage.database import Database, DatabaseDownError

P = ParamSpec("P")
R = TypeVar("R")
Install = Callable[[Flask], None]


@dataclass(frozen=True, slots=True)
class Installation:
    """`build` makes the application and its job queue for one process, with these extra routes."""

    database_url: str
    guides: Path
    phone: str
    listen: ListenAddress
    backup_command: str
    texts: Callable[[], Texts]
    context: Callable[[Database], Context]
    build: Callable[[Sequence[Install]], tuple[Flask, Huey]]

    def database(self) -> Database:
        """The database, brought to the newest revision."""
        database = Database(self.database_url)
        try:
            schema.upgrade(database)
        except (DatabaseDownError, schema.NewerTablesError):
            database.close()
            raise
        return database

    def prepare(self, context: Context, *, always: bool = False) -> bool:
        """Have a bank in force; `always` publishes the guides even if there is one, unless
        somebody edited it at the desk since: then False."""
        with context.database.read() as session:
            published = bank_versions.has_version(session)
            edited = bank_versions.newer_than_files(session)
        if not published or (always and not edited):
            context.fitting.publish(
                context.database,
                bank_versions.read(self.guides),
                by="bot.py",
                now=context.now(),
                sources=bank_versions.read_sources(self.guides),
            )
        context.fitting.freshen(context.database)
        return not (published and edited)


@dataclass(frozen=True, slots=True)
class Program:
    """What commands have without any settings: how to load some, and how the bot decides."""

    load: Callable[[Path], Installation]
    policy: Policy


def program(context: click.Context) -> Program:
    """What bot.py handed to its commands."""
    return cast("Program", context.find_root().obj)


def _path_option(command: Callable[..., R]) -> Callable[..., R]:
    return click.option(
        "--config",
        "settings",
        type=click.Path(path_type=Path),
        default=Path("config.toml"),
        show_default=True,
        help="The settings file.",
    )(command)


def with_installation(command: Callable[Concatenate[Installation, P], R]) -> Callable[..., R]:
    """The command gets the installation that its --config names."""

    def run(context: click.Context, settings: Path, *args: P.args, **kwargs: P.kwargs) -> R:
        return command(program(context).load(settings), *args, **kwargs)

    functools.update_wrapper(run, command)
    return _path_option(click.pass_context(run))


def with_installation_if_any(
    command: Callable[Concatenate[Installation | None, P], R],
) -> Callable[..., R]:
    """The same, for commands that also work without settings."""

    def run(context: click.Context, settings: Path, *args: P.args, **kwargs: P.kwargs) -> R:
        return command(
            program(context).load(settings) if settings.exists() else None, *args, **kwargs
        )

    functools.update_wrapper(run, command)
    return _path_option(click.pass_context(run))
