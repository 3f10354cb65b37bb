"""Verdicts and the learning queue over the API."""

from typing import Any

from flask import Response, g, jsonify, request
from werkzeug.exceptions import NotFound

from handlers.api import knowledge_schemas as schemas
from handlers.api.blueprint import api, body_of, described, json_of, me, refuse
from handlers.context import current_context
from handlers.knowledge import drafts, drift, learning, verdicts
from handlers.knowledge.drift import AlreadyReviewedError
from handlers.knowledge.learning import SettledError, UnknownSuggestionError, Verb
from handlers.knowledge.verdicts import ConsultantVerdict, Judge
from storage.database import Session
from storage.models.conversations import Message
from storage.models.knowledge import Verdict
from storage.queries import messages

LIMIT = 200


@api.errorhandler(UnknownSuggestionError)
def _unknown(_: UnknownSuggestionError) -> tuple[Response, int]:
    return refuse("not_found", "这个问题已经不在了。", 404)


@api.errorhandler(SettledError)
def _settled(_: SettledError) -> tuple[Response, int]:
    return refuse("settled", "这个问题刚被处理过了。", 409)


@api.errorhandler(AlreadyReviewedError)
def _looked(_: AlreadyReviewedError) -> tuple[Response, int]:
    return refuse("settled", "这一步刚有人看过，或者没有这个提醒。", 409)


@api.post("/messages/<int:message_id>/verdict")
@described("Judge it", answer=schemas.VerdictOut, body=schemas.NewVerdict, status=201)
def give_verdict(message_id: int) -> tuple[Response, int]:
    body = body_of(schemas.NewVerdict)
    context = current_context()

    def work(session: Session) -> Response:
        message = messages.get(session, message_id)
        if message is None:
            raise NotFound
        opinion = ConsultantVerdict(body.verdict, body.entry or "", "api")
        judge = Judge(g.consultant_id, context.now())
        row = verdicts.give(session, message, opinion, judge, drafts.view(session).bank())
        return _verdict(row, message)

    return context.database.transact(work), 201


def _verdict(row: Verdict, message: Message) -> Response:
    return json_of(
        schemas.VerdictOut(
            id=row.id,
            message=message.id,
            verdict=row.verdict,
            entry=row.entry or None,
            by=row.consultant.name,
            at=row.at,
        )
    )


@api.get("/verdicts")
@described("The pinned examples", answer=schemas.PinnedListOut)
def pinned() -> Response:
    with current_context().database.read() as session:
        return jsonify(verdicts=verdicts.exported(session))


@api.get("/bank/steps")
@described("Steps that may have changed", answer=schemas.MarkedSteps)
def marked_steps() -> Response:
    context = current_context()
    context.published_bank.refresh()
    bank = context.published_bank.bank()
    with context.database.read() as session:
        steps = drift.changed_steps(session, bank)
    return jsonify(steps=[_step(each) for each in steps])


def _step(step: drift.ChangedStep) -> dict[str, Any]:
    return {
        "id": step.mark.id,
        "entry": step.entry.id,
        "step": step.number,
        "text": step.text,
        "reached": step.mark.reached,
        "troubled": step.mark.troubled,
        "at": step.mark.raised_at.isoformat(),
    }


@api.post("/bank/steps/<int:mark_id>/looked")
@described("Somebody has looked", answer=schemas.LookedAt)
def looked_at_step(mark_id: int) -> Response:
    context = current_context()

    def work(session: Session) -> str:
        by = me(session)
        drift.looked(session, mark_id, by.name, context)
        return by.name

    return jsonify(id=mark_id, by=context.database.transact(work))


@api.get("/suggestions")
@described("The learning queue", answer=schemas.SuggestionsOut, query={"limit": "most rows"})
def suggestions() -> Response:
    asked = request.args.get("limit", LIMIT, type=int)
    cards = learning.queue(current_context())[: max(1, min(asked, LIMIT))]
    return jsonify(suggestions=[_card(card) for card in cards])


def _card(card: learning.Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "text": card.text,
        "merchants": card.merchants,
        "times": card.times,
        "at": card.asked_at.isoformat(),
        "why": list(card.why),
        "bot": card.bot,
        "consultant": card.consultant,
        "candidates": list(card.candidates),
    }


@api.post("/suggestions/<int:suggestion_id>")
@described("Settle one", answer=schemas.Settled, body=schemas.SuggestionVerb)
def act(suggestion_id: int) -> Response:
    body = body_of(schemas.SuggestionVerb)
    context = current_context()
    verb = Verb(
        do=body.do,
        entry=body.entry or "",
        question=body.question or "",
        answer=body.answer or "",
        guide=body.guide or "",
        also=tuple(body.also),
    )

    made = context.database.transact(
        lambda session: learning.act(session, suggestion_id, verb, me(session), context.now())
    )
    return jsonify(id=suggestion_id, do=verb.do, entry=made or verb.entry or None)
