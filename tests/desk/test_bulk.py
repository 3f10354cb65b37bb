"""Several conversations at once: confirmed with who is told, done, and undone."""

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


def test_a_refusal_after_the_question_leads_to_a_page(office: Office) -> None:
    lead = office.browser("小林")
    answer = lead.client.post(
        "/desk/bulk/do",
        data={"do": "move", "csrf_token": lead.token},
        headers={"Referer": "http://localhost/desk/bulk/confirm"},
        environ_base={"REMOTE_ADDR": lead.address},
    )
    assert "还没有勾选对话" in text(lead, answer.headers["Location"])
