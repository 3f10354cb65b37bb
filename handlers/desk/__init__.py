"""The desk: the consultants' pages. `install` adds them to the application, behind a login."""

from flask import Flask

from handlers.desk import (
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
    for subject in (
        accounts,
        actions,
        admin,
        articles,
        bank,
        bulk,
        composer,
        drafts,
        figures,
        firm,
        suggestions,
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
        team,
        thread,
        verdicts,
        working_hours,
    ):
        assert subject.__name__  # noqa: S101 (importing it has added its views)
    app.register_blueprint(desk)
