"""The desk on a locked phone: installable, and rung by what its service worker receives."""

import json
import time
from typing import Any

from tests.browser.conftest import World

PHONE = (390, 844)


def test_a_push_shows_a_notification_with_the_words(world: World) -> None:
    seat = world.seat("小林", PHONE, permissions=["notifications"])
    page = seat.page
    page.goto(f"{world.url}/desk/account/push")
    page.get_by_role("button", name="让这台设备响").wait_for()
    protocol = page.context.new_cdp_session(page)
    registered: list[dict[str, Any]] = []
    protocol.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(event["registrations"]),
    )
    protocol.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    give_up = time.monotonic() + 15
    while not registered and time.monotonic() < give_up:
        page.wait_for_timeout(50)
    shown = {"title": "店伴", "body": "老王五金 回复了你", "url": "/desk/c/1", "tag": "/desk/c/1"}
    protocol.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": world.url,
            "registrationId": registered[-1]["registrationId"],
            "data": json.dumps(shown),
        },
    )
    notification = page.evaluate(
        """async () => {
          const worker = await navigator.serviceWorker.ready;
          for (let tries = 0; tries < 100; tries++) {
            const [found] = await worker.getNotifications();
            if (found) return [found.title, found.body, found.data.url, found.tag];
            await new Promise((done) => setTimeout(done, 50));
          }
        }"""
    )
    assert notification == ["店伴", "老王五金 回复了你", "/desk/c/1", "/desk/c/1"]


def test_a_subscription_of_a_login_that_ended_is_not_said_to_ring(world: World) -> None:
    page = world.seat("小林", PHONE, permissions=["notifications"]).page
    # No maker's service is within reach of a test: this is what a browser keeps of one.
    page.add_init_script(
        """PushManager.prototype.getSubscription =
             async () => ({ endpoint: "https://fcm.googleapis.com/before" })"""
    )
    page.goto(f"{world.url}/desk/account/push")
    page.get_by_text("这台设备还不会响。").wait_for()
    assert page.get_by_role("button", name="让这台设备响").is_visible()


def test_the_desk_can_be_installed(world: World) -> None:
    page = world.seat("小林", PHONE).page
    protocol = page.context.new_cdp_session(page)
    manifest = protocol.send("Page.getAppManifest")
    assert manifest["errors"] == []
    found = json.loads(manifest["data"])
    assert (found["start_url"], found["display"]) == ("/desk/", "standalone")
    for icon in found["icons"]:
        assert page.request.get(f"{world.url}{icon['src']}").ok
