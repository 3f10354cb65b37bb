"""Nobody gets in without a login, no other site acts for somebody, and guessing is slow."""

from urllib.parse import quote, unquote

import pyotp
import pytest
from werkzeug.routing import IntegerConverter, Rule

from handlers.actions import accounts
from handlers.cases import CaseError
from handlers.desk import throttle
from handlers.desk.auth import OWN_AUTHENTICATION, PUBLIC_ENDPOINTS
from storage.queries import consultants
from tests.conftest import Clock
from tests.desk.fixtures import Office, refusal, text
from tests.installed import PASSWORD


def _sample(rule: Rule, name: str) -> int | str:
    converter = rule._converters[name]
    return 1 if isinstance(converter, IntegerConverter) else "x"


def address(rule: Rule) -> str:
    values = {name: _sample(rule, name) for name in rule.arguments}
    return str(rule.build(values, append_unknown=False)[1])  # type: ignore[index]


def routes(office: Office) -> list[Rule]:
    return [
        rule
        for rule in office.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0] not in OWN_AUTHENTICATION
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


def test_webhook_and_api_authenticate_by_themselves(office: Office) -> None:
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


def test_a_line_break_in_the_address_to_go_to_is_a_bad_request(office: Office) -> None:
    browser = office.browser()
    broken = "/desk/\r\nSet-Cookie: a=b"
    assert browser.get(f"/desk/login?next={quote(broken)}").status_code == 400
    browser.get("/desk/login")
    answer = browser.post("/desk/login", name="小林", password=PASSWORD, next=broken)
    assert answer.status_code == 400
    assert browser.get("/desk/").status_code == 303
    assert office.browser("小林").get("/desk/login?next=//[").headers["Location"] == "/desk/"


def test_a_head_request_is_no_attempt_to_log_in(office: Office) -> None:
    browser = office.browser()
    for _ in range(30):
        assert browser.client.head("/desk/login?name=小林&password=x").status_code == 200
        assert browser.client.head("/desk/login/code").status_code == 405
    assert browser.login("小林", PASSWORD).status_code == 303


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
    assert "请过 1 分钟再试" in guesser.login("小林").get_data(as_text=True)
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
        "/desk/people/1/password", "/desk/people/2/role", "/desk/tags", "/desk/tags/1",
        "/desk/outcomes",
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


def test_the_delay_grows_and_counts_a_network_not_an_address(office: Office, clock: Clock) -> None:
    """A /64 of IPv6 is one guesser, however many addresses it has."""
    for number in range(5):
        guess = office.browser(address=f"2001:db8:0:1::{number:x}")
        assert guess.login("小林", "guess guess").status_code == 401
    other = office.browser(address="2001:db8:0:1::ffff")
    assert other.login("小林", "guess guess").status_code == 429
    clock.forward(minutes=1, seconds=1)
    assert other.login("小林", "guess guess").status_code == 401
    assert "请过 2 分钟再试" in other.login("小林").get_data(as_text=True)


def test_guesses_from_everywhere_slow_down_but_never_lock_out_a_known_device(
    office: Office,
) -> None:
    known = office.browser("小林", address="198.51.100.7")
    known.post("/desk/logout")
    for number in range(10):
        office.browser(address=f"203.0.{number}.9").login("小林", "guess guess")
    assert office.browser(address="203.0.200.9").login("小林").status_code == 429
    assert known.login("小林").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_logout(office: Office) -> None:
    browser = office.browser("小林")
    cookie = browser.client.get_cookie("dianban")
    assert cookie is not None
    browser.post("/desk/logout")
    thief = office.browser()
    thief.client.set_cookie("dianban", cookie.value)
    assert thief.get("/desk/").status_code == 303


def test_other_devices_are_listed_and_ended(office: Office) -> None:
    here, there = office.browser("小林"), office.browser("小林", address="198.51.100.7")
    page = text(here, "/desk/account")
    assert "198.51.100.7" in page
    assert "这台" in page
    here.post("/desk/account/sessions/end-others")
    assert there.get("/desk/").status_code == 303
    assert here.get("/desk/").status_code == 200


def test_a_token_ends_with_a_reset_and_does_not_revive(office: Office) -> None:
    lead = office.browser("小林")
    li = office.consultant_id("李雪")
    for end in ("password", "disable"):
        token = _token(office, "李雪")
        assert _api(office, token) == 200
        lead.post(f"/desk/people/{li}/{end}", password="a quite new passphrase")
        assert _api(office, token) == 401
        lead.post(f"/desk/people/{li}/enable")
        assert _api(office, token) == 401
    assert "重设密码 李雪" in text(lead, "/desk/audit")


def test_the_second_factor_lets_in_once_per_code(office: Office, clock: Clock) -> None:
    browser = office.browser("小林")
    page = text(browser, "/desk/account/second-factor")
    secret = page.partition("<code>")[2].partition("</code>")[0].replace(" ", "")
    totp = pyotp.TOTP(secret)
    codes = browser.post("/desk/account/second-factor", code=totp.at(clock.now)).get_data(
        as_text=True
    )
    recovery = codes.partition("<code>")[2].partition("</code>")[0]
    browser.post("/desk/logout")
    clock.forward(minutes=1)
    again = office.browser()
    assert "再输一次验证码" in again.login("小林").get_data(as_text=True)
    assert again.get("/desk/").status_code == 303, "the password alone opens nothing"
    again.get("/desk/login")  # its form has the token of the session
    assert again.post("/desk/login/code", code="000000").status_code == 401
    code = totp.at(clock.now)
    assert again.post("/desk/login/code", code=code).status_code == 303
    assert again.get("/desk/").status_code == 200
    over_the_shoulder = office.browser()
    over_the_shoulder.login("小林")
    over_the_shoulder.get("/desk/login")
    assert over_the_shoulder.post("/desk/login/code", code=code).status_code == 401
    assert over_the_shoulder.post("/desk/login/code", code=recovery).status_code == 303
    once = office.browser()
    once.login("小林")
    once.get("/desk/login")
    assert once.post("/desk/login/code", code=recovery).status_code == 401


def test_admins_set_it_up_first_where_the_settings_demand_it(office: Office) -> None:
    lead, li = office.browser("小林"), office.browser("李雪")
    office.house.with_firm(admin_second_factor=True)
    office.app.extensions["dianban"] = office.house.context
    assert lead.get("/desk/").headers["Location"] == "/desk/account/second-factor"
    assert li.get("/desk/").status_code == 200


def test_the_last_admin_stays_and_common_passwords_are_refused(office: Office) -> None:
    lead = office.browser("小林")
    li = office.consultant_id("李雪")
    lead.post(f"/desk/people/{li}/role", role="admin")
    other = office.browser("李雪")
    me = office.consultant_id("小林")
    other.post(f"/desk/people/{me}/role", role="consultant")
    assert "管理员" in text(other, "/desk/people")
    with office.house.database.write() as session:
        person = consultants.get(session, li)
        assert person is not None
        with pytest.raises(CaseError, match="最后一位管理员"):
            accounts.disable(session, accounts.Actor("命令行", office.house.context.now()), person)
    assert "太常见" in refusal(
        other, "/desk/people", name="新人", password="password123", role="consultant"
    )


def test_few_hashes_are_computed_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "PLACE_SECONDS", 0.0)
    taken = [throttle._PLACES.acquire(blocking=False) for _ in range(throttle.HASHES_AT_ONCE)]
    try:
        assert office.browser().login("小林").status_code == 429
    finally:
        for place in taken:
            assert place
            throttle._PLACES.release()
    assert office.browser().login("小林").status_code == 303


def _token(office: Office, name: str) -> str:
    with office.house.database.write() as session:
        person = consultants.by_name(session, name)
        assert person is not None
        return consultants.new_token(session, person, office.house.context.now())


def _api(office: Office, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return office.app.test_client().get("/api/v1/conversations", headers=headers).status_code
