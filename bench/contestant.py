"""The others, each in processes of its own and on the same gunicorn settings as Dianban's.

`python -m bench.contestant NAME --port N --folder F`, NAME one of `CONTESTANTS`.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import click
import werobot
from flask import Flask, Response
from huey import Huey
from werobot.messages.messages import TextMessage
from werobot.session.sqlitestorage import SQLiteStorage

from bench.ammunition import SETTINGS
from bench.bare import bare
from handlers.knowledge import bank_versions
from handlers.ops.server import Built, GunicornServer, ListenAddress

WORKERS, THREADS = 2, 48
CONTESTANTS = ("empty", "bare", "werobot", "werobot-session")


def empty(_folder: Path) -> Flask:
    """A route that reads nothing and says «success»."""
    app = Flask("empty")

    @app.post("/wechat")
    def nothing() -> Response:
        return Response("success", mimetype="text/plain")

    return app


def robot(folder: Path, *, session: bool) -> object:
    """WeRoBot answering from a list: the guide's questions, looked up word for word."""
    storage = SQLiteStorage(filename=str(folder / "werobot.sqlite3")) if session else None
    bot = werobot.WeRoBot(
        token=SETTINGS.token, enable_session=session, session_storage=storage, logger=None
    )
    bot.config["APP_ID"] = SETTINGS.app_id
    bot.config["ENCODING_AES_KEY"] = SETTINGS.encoding_aes_key
    answers = {
        phrasing: entry.answer
        for entry in bank_versions.read(bank_versions.GUIDES).entries
        for phrasing in entry.phrasings
    }
    other = "没有听懂,请换个说法。"
    if session:

        def reply_and_count(message: TextMessage, kept: dict[str, int]) -> str:
            kept["count"] = kept.get("count", 0) + 1
            return answers.get(message.content, other)

        bot.add_handler(reply_and_count, type="text")
    else:

        def reply(message: TextMessage) -> str:
            return answers.get(message.content, other)

        bot.add_handler(reply, type="text")

    return bot.wsgi


def build(name: str, folder: Path) -> Built:
    builders: dict[str, Callable[[Path], object]] = {
        "empty": empty,
        "bare": bare,
        "werobot": partial(robot, session=False),
        "werobot-session": partial(robot, session=True),
    }
    return cast("Flask", builders[name](folder)), cast("Huey", None)  # no background work


@click.command()
@click.argument("name", type=click.Choice(CONTESTANTS))
@click.option("--port", type=int, required=True)
@click.option("--folder", type=click.Path(path_type=Path), required=True)
def main(name: str, port: int, folder: Path) -> None:
    GunicornServer(
        ListenAddress("127.0.0.1", port, WORKERS, THREADS), lambda: build(name, folder)
    ).run()


if __name__ == "__main__":
    main()
