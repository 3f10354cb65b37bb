"""The bank at the desk without a script: the queue, the editor, the gate's page, history."""

import html
import io
import re
from typing import Any

import pytest

from handlers.knowledge import drafts, publications, published_bank
from handlers.knowledge.report_words import changes
from storage.models.knowledge import Publication
from tests.desk.fixtures import Browser, Office, text
from tests.knowledge.water import put_in_force
from tests.model.provider import provider
from tests.model.test_second_opinion import with_model


@pytest.fixture
def water(office: Office) -> Office:
    """The office with the water bank in force, from the database."""
    put_in_force(office.house.database, office.house.context.now())
    ticks = iter(range(0, 10**6, 10))  # every look is a new one
    bank_in_force = published_bank.DatabaseBank(office.house.database, clock=ticks.__next__)
    object.__setattr__(office.house.context, "published_bank", bank_in_force)
    return office


@pytest.fixture
def li(water: Office) -> Browser:
    return water.browser("李雪")


def entry(office: Office, name: str) -> drafts.DraftEntry:
    with office.house.database.read() as session:
        return drafts.view(session).find(name)


def fields(page: str) -> dict[str, Any]:
    """What the entry's form would send."""
    found: dict[str, Any] = {}
    for name in ("question", "short", "guide", "revision"):
        value = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
        found[name] = value.group(1) if value else ""
    for name in ("aliases", "answer", "after", "choices", "details"):
        area = re.search(rf'name="{name}"[^>]*>([^<]*)</textarea>', page)
        found[name] = area.group(1) if area else ""
    for name in ("step", "help"):
        found[name] = re.findall(rf'name="{name}"[^>]*>([^<]*)</textarea>', page)
    return found


def test_entries_stand_by_guide_and_are_found(li: Browser) -> None:
    page = text(li, "/desk/bank")
    assert page.index("水表坏了怎么换") < page.index("水费多少钱一吨")
    found = text(li, "/desk/bank?q=一吨水")
    assert "水费多少钱一吨" in found
    assert "水表坏了怎么换" not in found
    assert "没有找到" in text(li, "/desk/bank?q=飞机")


def test_a_form_that_is_saved_unchanged_changes_nothing(water: Office, li: Browser) -> None:
    before = entry(water, "meter-change")
    page = text(li, "/desk/bank/e/meter-change")
    assert li.post("/desk/bank/e/meter-change", **fields(page)).status_code == 303
    assert entry(water, "meter-change") == before


def test_an_edit_and_what_is_wrong_with_it(water: Office, li: Browser) -> None:
    form = fields(text(li, "/desk/bank/e/water-fees"))
    refused = li.post("/desk/bank/e/water-fees", **{**form, "answer": "水" * 900})
    assert refused.status_code == 422
    assert 'id="wrong-answer"' in refused.text
    assert "水" * 900 in refused.text, "what was typed stays"
    form["answer"] = "居民用水一吨 4 元。"
    assert li.post("/desk/bank/e/water-fees", **form).status_code == 303
    assert entry(water, "water-fees").entry.answer == "居民用水一吨 4 元。"
    wang = water.browser("王敏")
    late = wang.post("/desk/bank/e/water-fees", **{**form, "answer": "一吨 5 元。"})
    assert late.status_code == 409
    assert "居民用水一吨 4 元。" in late.text
    assert "一吨 5 元。" in late.text, "neither is lost"
    assert 'id="wrong-answer">现在草稿里是：居民用水一吨 4 元。' in late.text
    assert 'id="wrong-aliases"' not in late.text, "only what differs is named"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"aliases": "办自来水"}, "aliases"),
        ({"question": "换水表"}, "question"),
        ({"question": ""}, "question"),
        ({"step": ["只有一步"]}, "steps"),
        ({"answer": "问法\n水价多少"}, "answer"),
        ({"answer": "| 档 | 价 |\n|---|---|"}, "answer"),
        ({"answer": "打 {tel}"}, "answer"),
        ({"answer": "看[网站](https://example.com)"}, "answer"),
        ({"answer": "![水表](meter.png)"}, "answer"),
        ({"choices": "nowhere"}, "choices"),
        ({"details": "没有冒号"}, "details"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_stays_typed(
    water: Office, li: Browser, typed: dict[str, Any], field: str
) -> None:
    before = entry(water, "water-fees")
    form = fields(text(li, "/desk/bank/e/water-fees"))
    refused = li.post("/desk/bank/e/water-fees", **{**form, **typed})
    assert refused.status_code == 422
    assert re.findall(r'id="wrong-(\w+)"', refused.text) == [field]
    words = next(iter(typed.values()))
    shown = html.unescape(refused.text)
    assert all(line in shown for line in (words if isinstance(words, list) else [words]))
    assert entry(water, "water-fees") == before


def test_the_preview_says_its_bytes(li: Browser) -> None:
    form = fields(text(li, "/desk/bank/e/water-fees"))
    shown = li.post("/desk/bank/e/water-fees", **{**form, "answer": "打 {phone}", "preview": "1"})
    assert "打 138-0013-8000" in shown.text
    assert "17 / 2000 字节" in shown.text


def test_a_queue_is_cleared_and_taken_back(water: Office, li: Browser) -> None:
    for who in ("oOne", "oTwo"):
        water.house.says("宠物狗洗澡多少钱", openid=who)
    page = text(li, "/desk/learn")
    assert "待学习 1" in page
    assert "2 位商家问过 2 次" in page
    done = li.post("/desk/learn/1", do="phrasing:water-fees")
    assert done.status_code == 303
    assert "宠物狗洗澡多少钱" in entry(water, "water-fees").entry.phrasings
    after = text(li, done.headers["Location"])
    assert "归到了「水费多少钱一吨」" in after
    assert "待学习 0" in after
    li.post("/desk/learn/1", do="undo")
    assert "宠物狗洗澡多少钱" not in entry(water, "water-fees").entry.phrasings
    assert "待学习 1" in text(li, "/desk/learn")


def test_a_new_entry_begins_with_the_consultants_own_words(water: Office, li: Browser) -> None:
    water.house.says("宠物狗洗澡多少钱")
    talk = water.conversation()
    li.post(f"/desk/c/{talk}/claim")
    li.post(f"/desk/c/{talk}/messages", text="小狗五十，大狗八十。", key="k1")
    page = text(li, "/desk/learn")
    assert "小狗五十，大狗八十。" in page
    form = text(li, "/desk/bank/new?from=1")
    assert "小狗五十，大狗八十。" in form
    made = li.post("/desk/bank/new", **{**fields(form), "guide": "water", "suggestion": "1"})
    assert made.status_code == 303
    assert "写成了新的一条「宠物狗洗澡多少钱」" in text(li, made.headers["Location"])
    name = "water-new-1"
    assert entry(water, name).entry.answer == "小狗五十，大狗八十。"
    assert "待学习 0" in text(li, "/desk/learn")


def test_only_an_admin_publishes_and_sees_how_far_it_is(water: Office, li: Browser) -> None:
    form = fields(text(li, "/desk/bank/e/water-fees"))
    li.post("/desk/bank/e/water-fees", **{**form, "answer": "一吨 4 元。"})
    assert "请管理员来发布" in text(li, "/desk/bank/publish")
    assert li.post("/desk/bank/publish").status_code == 403
    lin = water.browser("小林")
    assert lin.post("/desk/bank/publish", note="涨价").status_code == 303
    assert "正在发布" in text(lin, "/desk/bank/publish")
    publications.run(water.house.context, 1, "here")
    assert "第 2 版在用了" in text(lin, "/desk/bank/publish")
    assert "涨价" in text(lin, "/desk/bank/history")
    assert lin.post("/desk/bank/rollback/1").status_code == 303
    assert "回到第 1 版" in text(lin, "/desk/bank/history")
    assert water.house.says("水费多少钱一吨").startswith("居民用水一吨 3 元。")


def test_verdicts_stand_at_the_bots_answers(water: Office, li: Browser) -> None:
    water.house.says("水费多少钱一吨")
    talk = water.conversation()
    page = text(li, f"/desk/c/{talk}")
    said = re.search(r"/desk/m/(\d+)/verdict", page)
    assert said is not None
    assert li.post(f"/desk/m/{said.group(1)}/verdict", verdict="right").status_code == 303
    assert "李雪：对" in text(li, f"/desk/c/{talk}")


def test_the_draft_can_be_asked(li: Browser) -> None:
    assert "居民用水一吨 3 元。" in text(li, "/desk/bank/try?q=水费多少钱一吨")


def test_the_model_proposes_phrasings_and_adds_none_itself(water: Office) -> None:
    lead = water.browser("小林")
    with water.house.database.read() as session:
        first = drafts.view(session).entries[0].entry
    path = f"/desk/bank/e/{first.id}"
    assert lead.post(f"{path}/propose").status_code == 404
    with provider() as played:
        with_model(water.house, played, use="off", phrasings=True)
        water.app.extensions["dianban"] = water.house.context
        assert "让模型提议问法" in text(lead, path)
        played.play = "phrasings"
        page = lead.post(f"{path}/propose").get_data(as_text=True)
        assert 'data-add="保证金咋退"' in page
        assert "保证金咋退" not in text(lead, path)
        played.play = 402
        assert "余额不足" in lead.post(f"{path}/propose").get_data(as_text=True)


ARTICLE = """换水表说明

一、水表怎么过户
先到营业厅。
1. 带房产证
2. 填过户表
问：要多少钱？
答：不要钱。
"""


def brought(browser: Browser, content: bytes, name: str = "说明.txt") -> str:
    """The page that the upload leads to."""
    answer = browser.post("/desk/bank/articles", file=(io.BytesIO(content), name), guide="water")
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def pieces(page: str) -> dict[str, str]:
    """The cards' numbers by their questions."""
    return {
        question: number
        for number, question in re.findall(r'id="q(\d+)" name="question" value="([^"]*)"', page)
    }


def test_an_article_is_taken_piece_by_piece(water: Office, li: Browser) -> None:
    path = brought(li, ARTICLE.encode("gbk"))
    page = text(li, path)
    cards = pieces(page)
    assert list(cards) == ["水表怎么过户", "要多少钱？"]
    assert '#l6"' in page, "every line says where it came from"
    assert 'id="l6">2. 填过户表' in text(li, f"{path}/text")
    first, second = cards.values()
    taken = li.post(f"/desk/bank/pieces/{first}", do="take", question="水表怎么过户",
                    aliases="水表换个名字\n房子卖了水表怎么办")  # fmt: skip
    assert taken.status_code == 303
    made = entry(water, "water-new-1").entry
    assert made.answer == "先到营业厅。"
    assert made.steps == ("带房产证", "填过户表")
    assert made.phrasings == ("水表换个名字", "房子卖了水表怎么办")
    assert "第 3 行起" in text(li, "/desk/bank/e/water-new-1")
    clash = li.post(f"/desk/bank/pieces/{second}", do="take", question="水费多少钱一吨",
                    aliases="过户费")  # fmt: skip
    assert clash.status_code == 422
    assert "水费多少钱一吨" in clash.text
    assert "过户费" in clash.text, "what was typed stays"
    li.post(f"/desk/bank/pieces/{second}", do="skip")
    assert "都看完了" in text(li, path)
    assert li.post(f"/desk/bank/pieces/{first}", do="skip").status_code == 303
    assert "刚被同事处理过" in text(li, path)
    li.post(f"/desk/bank/pieces/{first}", do="undo")
    with pytest.raises(drafts.UnknownEntryError):
        entry(water, "water-new-1")
    assert pieces(text(li, path)) == {"水表怎么过户": first}


def test_a_piece_is_edited_as_an_entry(water: Office, li: Browser) -> None:
    path = brought(li, ARTICLE.encode())
    number = pieces(text(li, path))["水表怎么过户"]
    form = li.post(f"/desk/bank/pieces/{number}/edit", question="水表如何过户", aliases="过户").text
    given = {**fields(form), "guide": "water", "piece": number, "answer": "网上也能办。"}
    assert li.post("/desk/bank/new", **given).headers["Location"] == path
    made = entry(water, "water-new-1").entry
    assert (made.question, made.answer) == ("水表如何过户", "网上也能办。")
    again = li.post("/desk/bank/new", **given)
    assert again.status_code == 409
    assert "网上也能办。" in again.text


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [("a.pdf", b"%PDF-1.4", "PDF 读不了"), ("a.txt", b"\xff\xfe\x00\x01", "不是文字"),],
)  # fmt: skip
def test_what_is_no_text_is_refused_at_its_field(
    li: Browser, name: str, content: bytes, why: str
) -> None:
    refused = li.post("/desk/bank/articles", file=(io.BytesIO(content), name), guide="water")
    assert refused.status_code == 422
    assert why in refused.text
    assert 'id="wrong-file"' in refused.text


def test_nothing_pasted_is_refused_and_a_guide_needs_a_name(li: Browser) -> None:
    empty = li.post("/desk/bank/articles", text="  ", guide="water")
    assert (empty.status_code, 'id="wrong-text"' in empty.text) == (422, True)
    named = li.post("/desk/bank/articles", text=ARTICLE, guide="a b")
    assert (named.status_code, 'id="wrong-guide"' in named.text) == (422, True)
    assert "水表怎么过户" in named.text, "what was pasted stays"


def test_the_gate_says_what_changes_and_nothing_else(water: Office) -> None:
    counts = {"asked": 90, "better": 1, "worse": 0, "judge": 2}
    assert changes(Publication(report={"counts": counts})) == "3 句变了：1 句会更好，2 句请您判断。"
    same = {**counts, "better": 0, "judge": 0}
    assert changes(Publication(report={"counts": same})) == "试了 90 句真实的问题，回答都没有变。"
    page = text(water.browser("小林"), "/desk/bank/publish")
    assert "没有改动" in page
    assert 'name="note"' not in page, "there is nothing to publish"
