"""The desk's actions as JSON, for other programs: /api/v1/, described at /api/v1/openapi.json."""

from flask import Flask

from handlers.api import articles, bank, learning, profiles, routes
from handlers.api.blueprint import api


def install(app: Flask) -> None:
    for subject in (articles, bank, learning, profiles, routes):
        assert subject.__name__  # noqa: S101 (importing it has added its routes)
    app.register_blueprint(api)
