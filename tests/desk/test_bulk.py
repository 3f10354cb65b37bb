"""Several conversations at once: confirmed with who is told, done, and undone."""

import re

from handlers.china_time import today
from storage.queries import desk_settings, inbox
from tests.desk.fixtures import Browser, Office, text


def said(browser: Browser, path: str, **form: object) -> str:
    answer = browser.post(path, script=False, **form)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_cases_are_resolved_together_and_reopened(office: Office) -> None:
    lead = office.browser("小林")
    talks = [office.claimed(lead, f"o{name}") for name in ("One", "Two")]
    assert text(lead, "/desk/bulk?list=mine").count('name="id"') == 2
    wish = {"do": "resolve", "outcome": "no_answer", "id": talks, "tell": "1"}
    shown = said(lead, "/desk/bulk/confirm", **wish)
    assert "2 位商家会各收到一句话" in shown
    assert office.house.state("oOne") == "consultant", "nothing happened yet"
    done = said(lead, "/desk/bulk/do", **wish)
    assert "2 个对话：结束，商家没再回复" in done
    assert "收不回来" in done
    assert "处理完了" in office.last("oOne").text
    assert "撤回了 2 个" in said(lead, "/desk/bulk/undo", do="reopen", id=talks)
    assert office.house.state("oTwo") == "consultant"


def test_a_tag_is_taken_off_only_where_it_was_put_on(office: Office) -> None:
    lead = office.browser("小林")
    talks = [office.claimed(lead, f"o{name}") for name in ("One", "Two")]
    lead.post(f"/desk/c/{talks[0]}/tags", name="急")
    done = said(lead, "/desk/bulk/do", do="tag", tag="急", id=talks)
    assert "1 个对话：加标签「急」" in done
    assert "1 个没有动" in done
    said(lead, "/desk/bulk/undo", do="untag", tag="急", id=talks[1:])
    assert ["去掉标签 急" in text(lead, f"/desk/c/{talk}") for talk in talks] == [True, False]


def test_what_is_not_mine_stays(office: Office) -> None:
    lead, other = office.browser("小林"), office.browser("李雪")
    talk = office.claimed(lead)
    wish = {"do": "move", "to": "王敏", "id": [talk]}
    assert "别人手上的不会动" in said(other, "/desk/bulk/confirm", **wish)
    assert "0 个对话" in said(other, "/desk/bulk/do", **wish)
    assert "王敏 会收到 1 条提醒" in said(lead, "/desk/bulk/confirm", **wish)
    assert "1 个对话：转给 王敏" in said(lead, "/desk/bulk/do", **wish)
    assert lead.post("/desk/bulk/do", do="move").status_code == 303, "none was picked"


def test_a_colleague_on_leave_is_not_offered_as_on_duty(office: Office) -> None:
    lead = office.browser("小林")
    office.claimed(lead)
    assert "李雪（在岗）" in text(lead, "/desk/bulk?list=mine")
    with office.house.database.write() as session:
        (person,) = (each for each in inbox.colleagues(session) if each.name == "李雪")
        day = today(office.house.context.now())
        desk_settings.add_absence(session, person.id, day, day, office.house.context.now())
    assert "李雪（请假）" in text(lead, "/desk/bulk?list=mine")


def test_a_refusal_after_the_question_leads_to_a_page(office: Office) -> None:
    lead = office.browser("小林")
    answer = lead.client.post(
        "/desk/bulk/do",
        data={"do": "move", "csrf_token": lead.token},
        headers={"Referer": "http://localhost/desk/bulk/confirm"},
        environ_base={"REMOTE_ADDR": lead.address},
    )
    assert "还没有勾选对话" in text(lead, answer.headers["Location"])


def test_a_move_is_undone_to_whoever_had_them(office: Office) -> None:
    lead, li, wang = (office.browser(name) for name in ("小林", "李雪", "王敏"))
    talks = [
        office.claimed(li, "oOne"),
        office.claimed(lead, "oTwo"),
        office.waiting("oThree"),
        office.claimed(li, "oFour"),
    ]
    done = said(lead, "/desk/bulk/do", do="move", to="王敏", id=talks)
    assert "还给原来的人" in done
    wang.post(f"/desk/c/{talks[3]}/transfer", to="小林")
    back = undo_form(done)
    assert "撤回了 3 个。1 个已经变了" in said(lead, "/desk/bulk/undo", **back)
    assert "我在接待" in text(li, f"/desk/c/{talks[0]}")
    assert "我在接待" in text(lead, f"/desk/c/{talks[1]}")
    assert office.house.state("oThree") == "waiting"
    assert "小林 在接待" in text(li, f"/desk/c/{talks[3]}")


def test_what_went_back_to_the_queue_is_given_back_too(office: Office) -> None:
    lead, li = office.browser("小林"), office.browser("李雪")
    talk = office.claimed(li)
    done = said(lead, "/desk/bulk/do", do="move", to="", id=[talk])
    assert office.house.state() == "waiting"
    said(lead, "/desk/bulk/undo", **undo_form(done))
    assert "我在接待" in text(li, f"/desk/c/{talk}")


def undo_form(page: str) -> dict[str, object]:
    """What the button 撤回 sends."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(do|tag|of|id|former)" value="([^"]*)"', page):
        fields.setdefault(name, []).append(value)
    return dict(fields)
