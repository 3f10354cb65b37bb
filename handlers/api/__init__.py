"""The desk's actions as JSON, for other programs: /api/v1/, described at /api/v1/openapi.json."""

from flask import Flask

from handlers.api.routes import api


def install(app: Flask) -> None:
    app.register_blueprint(api)
