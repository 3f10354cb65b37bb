"""A merchant's profile and timeline, over all cases."""

from collections.abc import Sequence

from flask import Response, g
from werkzeug.exceptions import NotFound

from handlers.actions import merchant_profile
from handlers.actions import profile as actions
from handlers.actions.merchant_profile import ProfileValue
from handlers.actions.perform import Acting
from handlers.api import schemas
from handlers.api.blueprint import api, body_of, described, json_of, run
from handlers.context import current_context
from storage.queries import cases, consultants, conversations, profiles


@api.get("/conversations/<int:conversation_id>/profile")
@described("The merchant's profile", answer=schemas.ProfileOut)
def profile(conversation_id: int) -> Response:
    """A phone number is whole only for the case's owner and for admins."""
    context = current_context()
    with context.database.read() as session:
        found = conversations.with_case(session, conversation_id)
        by = consultants.get(session, g.consultant_id)
        if found is None or by is None:
            raise NotFound
        conversation, case = found
        history = cases.history(session, conversation.id)
        bank = context.published_bank.bank()
        values = merchant_profile.read(session, conversation, history, bank, context.now())
        return _out(values, whole=merchant_profile.may_see_whole(case, by))


@api.put("/conversations/<int:conversation_id>/profile")
@described("Fill in fields of the profile", answer=schemas.ProfileOut, body=schemas.ProfileIn)
def fill_profile(conversation_id: int) -> Response:
    fields = body_of(schemas.ProfileIn).fields

    def work(acting: Acting) -> Response:
        return _out(actions.fill(acting, fields), whole=True)

    return run(conversation_id, work)


@api.get("/conversations/<int:conversation_id>/timeline")
@described("All that happened", answer=schemas.TimelineOut)
def timeline(conversation_id: int) -> Response:
    with current_context().database.read() as session:
        conversation = conversations.get(session, conversation_id)
        if conversation is None:
            raise NotFound
        moments = [
            schemas.MomentOut(at=m.at, by=m.actor, kind=m.kind, detail=m.detail, case=m.case_id)
            for m in profiles.timeline(session, conversation)
        ]
    return json_of(schemas.TimelineOut(timeline=moments))


def _out(values: Sequence[ProfileValue], *, whole: bool) -> Response:
    rows = [
        schemas.ProfileValueOut(
            name=each.name,
            label=each.label,
            value=merchant_profile.shown(each, whole=whole),
            told=each.told,
            by=each.by,
            at=each.at,
        )
        for each in values
    ]
    return json_of(schemas.ProfileOut(profile=rows))
