"""The phone page: a merchant's WeChat on a laptop, talking to the simulator like a real phone."""

from collections.abc import Callable

from flask import Flask

from handlers.sandbox.phone import ADDRESS, sandbox


def install(url: str) -> Callable[[Flask], None]:
    """Routes of the phone page; `url` is where the simulator listens."""

    def add(app: Flask) -> None:
        app.extensions[ADDRESS] = url
        app.register_blueprint(sandbox)

    return add
