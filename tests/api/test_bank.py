"""The bank, the gate, verdicts and the learning queue over the API, as design.md has them."""

import pytest
import requests

from handlers.knowledge import publications, published_bank
from tests.api.test_api import code
from tests.faq.word import document, paragraph
from tests.full_stack import SECONDS, Api, Stage
from tests.knowledge.water import put_in_force

WHO = "oMerchant"


@pytest.fixture
def water(stage: Stage) -> Stage:
    """The stage with the water bank in force, from the database."""
    put_in_force(stage.house.database, stage.house.context.now())
    bank_in_force = published_bank.DatabaseBank(
        stage.house.database, clock=iter(range(0, 10**6, 10)).__next__
    )
    object.__setattr__(stage.house.context, "published_bank", bank_in_force)
    return stage


@pytest.fixture
def lin(water: Stage) -> Api:
    return water.consultant("小林", role="admin")


@pytest.fixture
def li(water: Stage) -> Api:
    return water.consultant("小李")


def send(who: Api, method: str, path: str, body: object = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {who.token}"}
    url = f"{who.url}/api/v1/{path}"
    return requests.request(method, url, json=body, headers=headers, timeout=SECONDS)


def put(who: Api, entry: str, **fields: object) -> requests.Response:
    return send(who, "PUT", f"bank/entries/{entry}", fields)


def entry_of(answer: requests.Response, entry: str) -> dict[str, object]:
    found: list[dict[str, object]] = answer.json()["entries"]
    return next(each for each in found if each["id"] == entry)


def test_the_bank_and_its_draft(lin: Api) -> None:
    bank, draft = lin.get("bank").json(), lin.get("bank/draft").json()
    assert bank["version"] == 1
    fees = next(each for each in bank["entries"] if each["id"] == "water-fees")
    assert (fees["guide"], fees["question"], fees["answer"]) == (
        "water",
        "水费多少钱一吨",
        "居民用水一吨 3 元。",
    )
    assert "一吨水几块" in fees["aliases"]
    assert [each["id"] for each in draft["entries"]] == [each["id"] for each in bank["entries"]]
    assert all(each["revision"] for each in draft["entries"])


def test_an_edit_changes_the_draft_alone_and_an_old_revision_is_refused(li: Api) -> None:
    before = entry_of(li.get("bank/draft"), "water-fees")["revision"]
    answer = put(li, "water-fees", answer="一吨 4 元。", revision=before)
    assert (answer.status_code, answer.json()["answer"]) == (200, "一吨 4 元。")
    assert entry_of(li.get("bank"), "water-fees")["answer"] == "居民用水一吨 3 元。"
    late = put(li, "water-fees", answer="一吨 5 元。", revision=before)
    assert code(late) == (409, "old_revision")
    assert late.json()["error"]["entry"]["answer"] == "一吨 4 元。"
    assert code(send(li, "DELETE", f"bank/entries/water-fees?revision={before}")) == (
        409,
        "old_revision",
    )
    assert put(li, "water-fees", answer="一吨 6 元。").status_code == 200, "the last one wins"


def test_adding_and_removing(li: Api) -> None:
    new = {
        "guide": "water",
        "question": "水压低怎么办",
        "answer": "先看阀门。",
        "aliases": ["水小"],
    }
    made = li.post("bank/entries", new)
    assert made.status_code == 201
    name = made.json()["id"]
    assert entry_of(li.get("bank/draft"), name)["question"] == "水压低怎么办"
    assert send(li, "DELETE", f"bank/entries/{name}").status_code == 200
    assert name not in [each["id"] for each in li.get("bank/draft").json()["entries"]]
    assert code(send(li, "DELETE", f"bank/entries/{name}")) == (404, "not_found")
    assert code(put(li, "nowhere", answer="x")) == (404, "not_found")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"answer": "水" * 800}, "answer"),
        ({"answer": ""}, "answer"),
        ({"answer": 5}, "answer"),
        ({"steps": ["只有一步"]}, "steps"),
        ({"aliases": ["办自来水"]}, "aliases"),
        ({"question": "换水表"}, "question"),
        ({"choices": ["nowhere"]}, "choices"),
        ({"answer": "打 13800138000"}, "answer"),
        ({"answer": "打 {tel} 问。"}, "answer"),
        ({"answer": "问法\n水价多少\n\n三元。"}, "answer"),
        ({"answer": "问法：水价多少\n\n三元。"}, "answer"),
        ({"answer": "| 档 | 价 |\n|---|---|\n| 一 | 3 |"}, "answer"),
        ({"answer": "看[网站](https://example.com/water)。"}, "answer"),
        ({"answer": "![水表](meter.png)"}, "answer"),
        ({"steps": ["看[网站](https://example.com/water)", "打 {tel}"]}, "steps"),
        ({"details": ["没有冒号的一行"]}, "details"),
        ({"aliases": ["……"]}, "aliases"),
        ({"id": "another"}, "id"),
        ({"guide": "../etc"}, "guide"),
        ({"colour": "blue"}, "colour"),
        ({"revision": "x"}, "revision"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(
    li: Api, fields: dict[str, object], field: str
) -> None:
    before = li.get("bank/draft").json()
    answer = put(li, "water-fees", **fields)
    assert code(answer) == (422, "invalid")
    assert answer.json()["error"]["field"] == field
    assert answer.json()["error"]["reason"]
    assert li.get("bank/draft").json() == before


def test_only_an_admin_publishes_and_rolls_back(li: Api) -> None:
    assert code(li.post("bank/publish")) == (403, "forbidden")
    assert code(li.post("bank/rollback", {"version": 1})) == (403, "forbidden")


def test_publishing_one_at_a_time_and_rolling_back(water: Stage, lin: Api) -> None:
    put(lin, "water-fees", answer="一吨 4 元。")
    first = lin.post("bank/publish")
    assert first.status_code == 202
    number = first.json()["publication"]
    second = lin.post("bank/publish")
    assert code(second) == (409, "running")
    assert second.json()["publication"] == number
    assert lin.get(f"bank/publications/{number}").json()["state"] == "running"
    publications.run(water.house.context, number, "here")
    done = lin.get(f"bank/publications/{number}").json()
    assert (done["state"], done["version"]) == ("published", 2)
    assert {"better", "worse", "judge"} <= done["report"].keys()
    assert lin.get("bank").json()["version"] == 2
    assert "一吨 4 元。" in water.says(WHO, "水费多少钱一吨")
    said = lin.get("conversations/1").json()["messages"]
    assert [each["bank_version"] for each in said] == [None, 2]
    back = lin.post("bank/rollback", {"version": 1})
    assert back.status_code == 202
    after = lin.get(f"bank/publications/{back.json()['publication']}").json()
    assert (after["state"], after["version"]) == ("published", 3)
    assert entry_of(lin.get("bank"), "water-fees")["answer"] == "居民用水一吨 3 元。"
    assert entry_of(lin.get("bank/draft"), "water-fees")["answer"] == "一吨 4 元。"
    versions = lin.get("bank/versions").json()["versions"]
    assert [each["version"] for each in versions] == [3, 2, 1]
    assert {"at", "by", "note", "score"} <= versions[0].keys()
    assert lin.post("bank/rollback", {"version": 9}).status_code == 422
    assert lin.get("bank/publications/999").status_code == 404


def test_a_verdict_becomes_a_pinned_example(water: Stage, li: Api) -> None:
    water.says(WHO, "水价多少呀 我电话13800138000")
    talk = water.house.said(WHO)[0].conversation_id  # not always the first, on PostgreSQL
    said = li.get(f"conversations/{talk}").json()["messages"]
    path = f"messages/{said[0]['id']}/verdict"
    given = li.post(path, {"verdict": "entry", "entry": "water-fees"})
    assert (given.status_code, given.json()["verdict"]) == (201, "entry")
    pinned = li.get("verdicts").json()["verdicts"]
    assert [(each["kind"], each["accept"]) for each in pinned] == [("in", ["water-fees"])]
    assert "13800138000" not in pinned[0]["text"]
    assert li.post(path, {"verdict": "outside"}).status_code == 201
    assert [each["kind"] for each in li.get("verdicts").json()["verdicts"]] == ["none"]
    assert code(li.post(path, {"verdict": "entry", "entry": "nowhere"})) == (422, "invalid")
    assert code(li.post(path, {"verdict": "perhaps"})) == (422, "invalid")
    assert code(li.post(f"messages/{said[1]['id']}/verdict", {"verdict": "right"})) == (
        422,
        "invalid",
    )
    assert code(li.post("messages/999/verdict", {"verdict": "right"})) == (404, "not_found")


def test_what_was_not_answered_is_suggested_and_becomes_a_phrasing(water: Stage, li: Api) -> None:
    for who in ("oOne", "oTwo"):
        water.says(who, "宠物狗洗澡多少钱")
    water.says("oThree", "学开飞机要多久")
    found = li.get("suggestions").json()["suggestions"]
    assert [(each["text"], each["merchants"]) for each in found] == [
        ("宠物狗洗澡多少钱", 2),
        ("学开飞机要多久", 1),
    ]
    first = found[0]["id"]
    done = li.post(f"suggestions/{first}", {"do": "phrasing", "entry": "water-fees"})
    assert (done.status_code, done.json()["entry"]) == (200, "water-fees")
    assert "宠物狗洗澡多少钱" in str(entry_of(li.get("bank/draft"), "water-fees")["aliases"])
    assert code(li.post(f"suggestions/{first}", {"do": "ignore"})) == (409, "settled")
    assert li.post(f"suggestions/{first}", {"do": "undo"}).status_code == 200
    assert "宠物狗洗澡多少钱" not in str(entry_of(li.get("bank/draft"), "water-fees")["aliases"])
    assert len(li.get("suggestions").json()["suggestions"]) == 2


def test_a_suggestion_becomes_a_new_entry_or_none(water: Stage, li: Api) -> None:
    water.says("oOne", "宠物狗洗澡多少钱")
    water.says("oTwo", "学开飞机要多久")
    water.says("oTwo", "火星几点下雨")
    ids = {each["text"]: each["id"] for each in li.get("suggestions").json()["suggestions"]}
    dog = f"suggestions/{ids['宠物狗洗澡多少钱']}"
    assert li.post(dog, {"do": "new", "question": "给狗洗澡", "answer": ""}).status_code == 422
    made = li.post(dog, {"do": "new", "question": "给狗洗澡", "answer": "五十元。"})
    assert made.status_code == 200
    assert entry_of(li.get("bank/draft"), made.json()["entry"])["aliases"] == ["宠物狗洗澡多少钱"]
    plane = f"suggestions/{ids['学开飞机要多久']}"
    assert li.post(plane, {"do": "outside", "answer": "飞行我们不教。"}).status_code == 200
    assert li.post(f"suggestions/{ids['火星几点下雨']}", {"do": "ignore"}).status_code == 200
    assert li.get("suggestions").json()["suggestions"] == []
    kinds = {each["text"]: each["kind"] for each in li.get("verdicts").json()["verdicts"]}
    assert kinds == {"宠物狗洗澡多少钱": "in", "学开飞机要多久": "none"}
    assert code(li.post("suggestions/999", {"do": "ignore"})) == (404, "not_found")
    assert code(li.post(dog, {"do": "dance"})) == (422, "invalid")


def upload(who: Api, name: str, content: bytes) -> requests.Response:
    headers = {"Authorization": f"Bearer {who.token}"}
    url = f"{who.url}/api/v1/bank/articles"
    return requests.post(
        url, files={"file": (name, content)}, data={"guide": "water"}, headers=headers,
        timeout=SECONDS,
    )  # fmt: skip


def test_an_article_is_cut_and_taken_over_the_api(li: Api) -> None:
    word = document(paragraph("过户怎么办"), paragraph("过户", "一"), paragraph("带房产证。"))
    made = upload(li, "过户.docx", word)
    assert made.status_code == 201
    article = made.json()
    assert article["text"].splitlines() == ["过户怎么办", "一、过户", "带房产证。"]
    (piece,) = article["pieces"]
    assert (piece["question"], piece["state"], piece["problems"]) == (
        "过户是怎样的",
        "open",
        [],
    )
    assert piece["lines"] == [{"text": "带房产证。", "line": 3, "step": 0}]
    path = f"bank/pieces/{piece['id']}"
    refused = send(li, "POST", path, {"do": "take", "aliases": ["一吨水几块"]})
    assert code(refused) == (422, "invalid")
    assert refused.json()["error"]["field"] == "aliases"
    taken = send(li, "POST", path, {"do": "take", "aliases": ["水表过户"]}).json()
    assert taken == {"id": piece["id"], "do": "take", "state": "taken", "entry": "water-new-1"}
    assert entry_of(li.get("bank/draft"), "water-new-1")["aliases"] == ["水表过户"]
    assert code(send(li, "POST", path, {"do": "take"})) == (409, "settled")
    put(li, "water-new-1", answer="网上办。")
    changed = send(li, "POST", path, {"do": "undo"})
    assert (code(changed), changed.json()["error"]["field"]) == ((422, "invalid"), "do")
    one = li.get(f"bank/articles/{article['id']}").json()
    assert (one["waiting"], one["pieces"][0]["entry"]) == (0, "water-new-1")
    assert [each["id"] for each in li.get("bank/articles").json()["articles"]] == [article["id"]]
    assert send(li, "POST", "bank/pieces/99", {"do": "skip"}).status_code == 404


def test_an_upload_that_is_no_text_is_named_at_its_field(li: Api) -> None:
    for name, content, why in (
        ("a.bin", b"\x00\x01", "只认 txt"),
        ("a.txt", b"x" * (2 * 1024 * 1024 + 1), "超过 2 MB"),
        ("a.docx", document("<w:p/>" * 500_000), "展开以后超过"),
        ("a.txt", b"", "里面没有文字"),
        ("a.md", b" \r\n", "里面没有文字"),
        ("a.docx", b"no archive", "里面却不是 Word 文档"),
    ):
        refused = upload(li, name, content)
        assert code(refused) == (422, "invalid")
        assert refused.json()["error"]["field"] == "file"
        assert why in refused.json()["error"]["reason"]
    for body, field in (({"text": 3}, "text"), ({"text": " "}, "text"), ({"words": "x"}, "words")):
        pasted = send(li, "POST", "bank/articles", body)
        assert (code(pasted), pasted.json()["error"]["field"]) == ((422, "invalid"), field)
    assert not li.get("bank/articles").json()["articles"], "nothing of it is kept"
    chinese = upload(li, "水.txt", "怎么过户\n\n带房产证。".encode("gbk"))
    assert (chinese.status_code, chinese.json()["pieces"][0]["question"]) == (201, "怎么过户")


@pytest.mark.parametrize(
    ("verb", "field"),
    [
        ({"do": "phrasing", "entry": "nowhere"}, "entry"),
        ({"do": "not", "entry": "nowhere"}, "entry"),
        ({"do": "outside", "entry": "nowhere"}, "entry"),
        ({"do": "new", "answer": ""}, "answer"),
        ({"do": "new", "answer": "打 {tel}"}, "answer"),
        ({"do": "new", "question": "换水表", "answer": "免费。"}, "question"),
        ({"do": "sell"}, "do"),
    ],
)
def test_a_question_of_the_queue_stays_where_it_is_if_something_is_wrong(
    water: Stage, li: Api, verb: dict[str, object], field: str
) -> None:
    water.house.says("宠物狗洗澡多少钱")
    (card,) = li.get("suggestions").json()["suggestions"]
    before = li.get("bank/draft").json()
    refused = send(li, "POST", f"suggestions/{card['id']}", verb)
    assert code(refused) == (422, "invalid")
    assert refused.json()["error"]["field"] == field
    assert li.get("suggestions").json()["suggestions"] == [card]
    assert li.get("bank/draft").json() == before
