"""Tags, reasons and outcomes are renamed, merged and retired; history keeps its words."""

from tests.conftest import Clock
from tests.desk.fixtures import Office, text


def test_tags_are_renamed_merged_and_retired(office: Office) -> None:
    lead = office.browser("小林")
    talk = office.claimed(lead)
    for name in ("退款", "退钱"):
        lead.post(f"/desk/c/{talk}/tags", name=name)
    assert office.browser("李雪").post("/desk/tags/1", name="x").status_code == 403
    lead.post("/desk/tags/1", name="要退款")
    assert "去掉标签 要退款" in text(lead, f"/desk/c/{talk}")
    lead.post("/desk/tags/2", name="要退款")
    page = text(lead, f"/desk/c/{talk}")
    assert "去掉标签 退钱" not in page
    assert "加标签 退钱" in page, "the trace keeps what was done"
    lead.post("/desk/tags/1", do="retire")
    page = text(lead, f"/desk/c/{talk}")
    assert "去掉标签 要退款" in page
    assert '<option value="要退款"' not in page.partition('id="facts"')[2]
    other = office.claimed(lead, "oOther")
    lead.post(f"/desk/c/{other}/tags", name="要退款")
    assert "去掉标签 要退款" not in text(lead, f"/desk/c/{other}")


def test_a_reason_is_called_otherwise_from_now_on(office: Office, clock: Clock) -> None:
    lead = office.browser("小林")
    talk = office.waiting()
    clock.forward(minutes=5)
    lead.post("/desk/words/reason/asked", name="想找人")
    page = text(lead, f"/desk/c/{talk}")
    assert "<dd>想找人" in page
    assert "开始等待 要人工" in page
    lead.post("/desk/words/reason/stuck", name="想找人")
    assert "商家" in text(lead, "/desk/?list=waiting&reason=asked")
    assert lead.post("/desk/words/nothing/asked", name="x").status_code == 404


def test_the_firm_has_outcomes_of_its_own(office: Office) -> None:
    lead = office.browser("小林")
    lead.post("/desk/outcomes", name="已退款")
    talk = office.claimed(lead)
    assert "已退款" in text(lead, f"/desk/c/{talk}")
    lead.post(f"/desk/c/{talk}/resolve", outcome="own1")
    lead.post("/desk/words/outcome/own1", do="retire")
    assert "结束 已退款" in text(lead, f"/desk/c/{talk}")
    again = office.claimed(lead, "oOther")
    assert 'value="own1"' not in text(lead, f"/desk/c/{again}")
    assert lead.post(f"/desk/c/{again}/resolve", outcome="own1").status_code == 400
