"""A draft by the language model, at the consultant's tap: grey, with its sources and its doubts."""

from flask import Response, jsonify

from handlers import cases
from handlers.actions.perform import Acting
from handlers.context import current_context
from handlers.desk.brief import questions
from handlers.desk.pages import act, desk
from handlers.desk.suggestions import fitting
from handlers.model import drafts
from handlers.model.asking import Refused
from handlers.model.client import ADVICE, ModelError
from storage.queries import messages

SOURCES = 3
LOOK_BACK = 20


@desk.post("/c/<int:conversation_id>/draft")
def draft(conversation_id: int) -> Response:
    """Only for the consultant who has the case, and only where the settings allow it."""
    model = current_context().model
    if model is None or not model.settings.drafts:
        raise cases.CaseError("没有打开起草。管理员可以在设置文件的 [model] 里打开 drafts。")
    act(conversation_id, _owned)
    with current_context().database.read() as session:
        said = messages.latest(session, conversation_id, limit=LOOK_BACK)
    entries = [found.entry for found in fitting(questions(said))[:SOURCES]]
    try:
        written = drafts.write(model, current_context().database, conversation_id, entries)
    except Refused:
        raise cases.CaseError("现在问的人太多，或今天的次数用完了，请自己写。") from None
    except ModelError as error:
        raise cases.CaseError(f"没有写出来。{ADVICE[error.kind]}") from None
    return jsonify(text=written.text, doubtful=written.doubtful, sources=written.sources)


def _owned(acting: Acting) -> None:
    cases.owned(acting.session, acting.conversation, acting.by)
