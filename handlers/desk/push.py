"""Installing the desk on a phone, and letting it ring while it is closed."""

import json
from collections.abc import Sequence

from flask import Response, abort, jsonify, render_template, request, url_for
from flask import session as browser

from handlers.context import Context, current_context
from handlers.desk.auth import KEY
from handlers.desk.pages import STATIC, asset_url, desk, me
from handlers.outbound.web_push import PushNotification, PushSender, is_maker, public_key
from storage.models.accounts import PushSubscription
from storage.queries import push_subscriptions, sessions
from storage.queries.push_subscriptions import Device

ENDPOINT_MAX, KEY_MAX, AUTH_MAX = 512, 128, 64


@desk.get("/manifest.webmanifest")
def manifest() -> Response:
    """What makes the desk installable."""
    icons = [
        {"src": asset_url(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png"}
        for size in (192, 512)
    ]
    shown = {
        "name": "店伴工作台",
        "short_name": "店伴",
        "lang": "zh-CN",
        "start_url": url_for("desk.home"),
        "scope": "/desk/",
        "id": "/desk/",
        "display": "standalone",
        "background_color": "#f5f5f5",
        "theme_color": "#f5f5f5",
        "icons": icons,
    }
    return Response(json.dumps(shown), mimetype="application/manifest+json")


@desk.get("/service-worker.js")
def service_worker() -> Response:
    """Not under /static/: a service worker rules over the folder that it comes from."""
    source = (STATIC / "service-worker.js").read_text(encoding="utf-8")
    return Response(source, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})


@desk.get("/account/push")
def push_page() -> str:
    context = current_context()
    with context.database.read() as session:
        mine = push_subscriptions.of(session, me().id)
    return render_template(
        "desk/push.html",
        me=me(),
        key=public_key(context.database, context.now),
        devices=mine,
        failing=any(each.failing for each in mine),
        group=bool(context.alert_targets and context.alert_targets.wecom),
    )


@desk.post("/account/push")
def subscribe() -> Response:
    """This browser may ring, as long as this login holds."""
    endpoint = request.form.get("endpoint", "")
    p256dh, auth = request.form.get("p256dh", ""), request.form.get("auth", "")
    fits = len(endpoint) <= ENDPOINT_MAX and len(p256dh) <= KEY_MAX and len(auth) <= AUTH_MAX
    if not (fits and p256dh and auth and is_maker(endpoint)):
        return _refuse("这个浏览器的推送服务用不了，请换 Chrome、Edge、Firefox 或 Safari。")
    context = current_context()
    with context.database.write() as session:
        found = sessions.opened(session, browser.get(KEY, ""))
        if found is None:
            abort(401)
        push_subscriptions.add(
            session,
            PushSubscription(
                session_id=found.session.id,
                endpoint=endpoint,
                p256dh=p256dh,
                auth=auth,
                created_at=context.now(),
            ),
        )
    return jsonify(go=url_for("desk.push_page"))


@desk.post("/account/push/end")
def unsubscribe() -> Response:
    with current_context().database.write() as session:
        push_subscriptions.remove(session, me().id, request.form.get("endpoint", ""))
    return jsonify(go=url_for("desk.push_page"))


@desk.post("/account/push/try")
def try_push() -> Response:
    """Ring all of mine now, so that nobody finds out at night that nothing rings."""
    context = current_context()
    with context.database.read() as session:
        mine = push_subscriptions.of(session, me().id)
    sender = PushSender(context.database, context.now, context.firm.public_url)
    shown = PushNotification("试一试：手机会这样提醒你", "/desk/", "try")
    outcomes = [(each, sender.ring(each, shown)) for each in mine]
    _note(context, outcomes)
    sent = sum(outcome == "sent" for _, outcome in outcomes)
    if outcomes and sent == len(outcomes):
        return jsonify(message=f"发到了 {sent} 台设备，几秒内会响。")
    return _refuse(
        f"{len(outcomes)} 台设备里有 {len(outcomes) - sent} 台送不到。"
        "服务器可能连不上浏览器厂商的推送服务，新消息会改发到企业微信群。"
    )


def _refuse(words: str) -> Response:
    response = jsonify(message=words)
    response.status_code = 422
    return response


def _note(context: Context, outcomes: Sequence[tuple[Device, str]]) -> None:
    """A device that is gone is forgotten; one that failed is known to have failed."""
    with context.database.write() as session:
        for device, outcome in outcomes:
            if outcome == "gone":
                push_subscriptions.gone(session, device.id)
            else:
                failed_at = context.now() if outcome == "failed" else None
                push_subscriptions.note_failed(session, device.id, failed_at)
