"""The desk: the consultants' pages. `install` adds them to the application, behind a login."""

from flask import Flask

# Importing a page adds its views to the blueprint.
from handlers.desk import (  # noqa: F401
    accounts,
    actions,
    admin,
    articles,
    auth,
    bank,
    bulk,
    composer,
    drafts,
    figures,
    firm,
    labels,
    learn,
    live,
    login,
    media,
    notes,
    operations,
    people,
    profile,
    publishing,
    push,
    quality,
    queue,
    quick_replies,
    suggestions,
    team,
    thread,
    verdicts,
    working_hours,
)
from handlers.desk.pages import desk


def install(app: Flask) -> None:
    """Add the desk, and with it the rule that every page of the application needs a login."""
    auth.install(app)
    labels.install(app)
    live.install(app)
    app.register_blueprint(desk)
