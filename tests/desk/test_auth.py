"""Nobody gets in without a login, no other site acts for somebody, and guessing is slow."""

from urllib.parse import unquote

import pytest
from werkzeug.routing import Rule

from handlers.desk.auth import OWN_DOORS, PUBLIC_ENDPOINTS
from storage.queries import consultants
from tests.conftest import Clock
from tests.desk.fixtures import PASSWORD, Office


def address(rule: Rule) -> str:
    values = {name: 1 if name.endswith("_id") else "x" for name in rule.arguments}
    return str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]


def routes(office: Office) -> list[Rule]:
    return [
        rule
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] not in OWN_DOORS
    ]


def test_every_page_needs_a_login_or_is_public_by_name(office: Office) -> None:
    assert len(routes(office)) > 30
    for rule in routes(office):
        if rule.endpoint in PUBLIC_ENDPOINTS:
            continue
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        answer = office.app.test_client().open(address(rule), method=method)
        assert (answer.status_code, rule.endpoint) == (303, rule.endpoint)
        assert answer.headers["Location"].startswith("/desk/login")


def test_the_script_is_told_that_the_login_ended(office: Office) -> None:
    answer = office.app.test_client().get("/desk/queue", headers={"X-Desk": "1"})
    assert answer.status_code == 401
    assert "重新登录" in answer.get_json()["message"]


def test_every_form_needs_the_token_against_forgery(office: Office) -> None:
    browser = office.browser("小林")
    browser.token = "forged"
    for rule in routes(office):
        if "POST" in (rule.methods or ()):
            answer = browser.post(address(rule))
            assert (answer.status_code, rule.endpoint) == (400, rule.endpoint)


def test_webhook_and_api_have_their_own_doors(office: Office) -> None:
    browser = office.browser()
    assert browser.client.post("/wechat", data=b"x").status_code == 403
    assert browser.client.get("/api/v1/conversations").status_code == 401


def test_a_good_login_leads_to_the_page_that_was_wanted(office: Office) -> None:
    browser = office.browser()
    asked = browser.get("/desk/c/7?list=mine").headers["Location"]
    assert unquote(asked) == "/desk/login?next=/desk/c/7?list=mine"
    browser.get("/desk/login")
    answer = browser.post("/desk/login", name="小林", password=PASSWORD, next="/desk/c/7?list=mine")
    assert answer.headers["Location"] == "/desk/c/7?list=mine"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/desk/",
        "//evil.example/desk/",
        "/\\evil.example",
        "/desk/\\..",
        "javascript:1",
    ],
)
def test_a_login_never_leads_to_another_site(office: Office, elsewhere: str) -> None:
    browser = office.browser()
    browser.get("/desk/login")
    answer = browser.post("/desk/login", name="小林", password=PASSWORD, next=elsewhere)
    assert answer.headers["Location"] == "/desk/"


def test_one_answer_for_a_wrong_name_and_a_wrong_password(office: Office) -> None:
    browser = office.browser()
    nobody = browser.login("没有这个人", "whatever it is")
    wrong = browser.login("小林", "whatever it is")
    assert nobody.status_code == wrong.status_code == 401
    assert "名字或密码不对" in nobody.get_data(as_text=True)
    assert "名字或密码不对" in wrong.get_data(as_text=True)


def test_after_five_wrong_passwords_the_right_one_waits_too(office: Office, clock: Clock) -> None:
    guesser = office.browser(address="203.0.113.5")
    for _ in range(5):
        assert guesser.login("小林", "guess guess").status_code == 401
    assert guesser.login("小林").status_code == 429
    assert "15 分钟" in guesser.login("小林").get_data(as_text=True)
    assert office.browser(address="10.0.0.1").login("小林").status_code == 303  # not global
    assert guesser.login("李雪").status_code == 303
    clock.forward(minutes=16)
    assert office.browser(address="203.0.113.5").login("小林").status_code == 303


def test_twenty_wrong_logins_close_the_address_for_every_name(office: Office) -> None:
    guesser = office.browser(address="203.0.113.6")
    for number in range(20):
        guesser.login(f"名字{number}", "guess guess")
    assert guesser.login("小林").status_code == 429


def test_a_session_ends_with_the_password_and_with_the_account(office: Office) -> None:
    for end in ("password", "disabled"):
        browser = office.browser("李雪")
        assert browser.get("/desk/").status_code == 200
        with office.house.database.write() as session:
            li = consultants.by_name(session, "李雪")
            assert li is not None
            if end == "password":
                consultants.set_password(li, PASSWORD)
            else:
                li.enabled = False
        assert browser.get("/desk/").status_code == 303


def test_logging_out_takes_a_form_and_ends_the_session(office: Office) -> None:
    browser = office.browser("小林")
    assert browser.get("/desk/logout").status_code == 405
    assert browser.post("/desk/logout").status_code == 303
    assert browser.get("/desk/").status_code == 303


def test_roles_are_kept_by_the_server(office: Office) -> None:
    browser = office.browser("李雪")
    for path in ("/desk/people", "/desk/tags"):
        assert browser.get(path).status_code == 403
    for path in (
        "/desk/people", "/desk/people/1/disable", "/desk/people/1/enable", "/desk/people/1/limit",
        "/desk/people/1/password", "/desk/people/2/role", "/desk/tags", "/desk/tags/1/remove",
    ):  # fmt: skip
        assert browser.post(path, role="admin", name="x").status_code == 403
    shared = browser.post("/desk/settings/replies", title="a", text="b", shared="1")
    assert shared.status_code == 403


def test_files_of_the_desk_are_public_and_stay_in_the_cache(office: Office) -> None:
    page = office.app.test_client().get("/desk/login").get_data(as_text=True)
    css = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    answer = office.app.test_client().get(css)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]
    answer.close()
    assert office.app.test_client().get("/desk/static/x/../../pages.py").status_code == 404
