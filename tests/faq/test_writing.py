"""What is written from a bank reads back as the same bank."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq import writing
from faq.bank import Bank, Entry, Neighbour
from faq.guides import folder_files, read_bank, read_files
from handlers.knowledge.bank_versions import GUIDES
from tests.installed import shipped_bank

GUIDE = "water"
LINE = st.text(
    st.sampled_from(list("水费怎么交12、.)）#\uff03-－*_`[]<>&;:：·•{}|~+=!\\/ \u3000\"'~，。a")),
    min_size=1,
    max_size=24,
)


def reread(bank: Bank) -> Bank:
    found, _ = read_files(writing.files(bank))
    return found


def reads_back(entry: Entry) -> bool:
    """Is this entry the same after it was written and read?"""
    bank, _ = read_files(
        {"guide.md": writing.guide(entry.guide, entry.guide, [writing.section(entry)])}
    )
    return bank.entries == (entry,)


def test_the_shipped_bank_reads_back_the_same() -> None:
    assert reread(shipped_bank()) == shipped_bank()


@pytest.mark.parametrize("number", range(len(shipped_bank().entries)))
def test_every_shipped_entry_reads_back_by_itself(number: int) -> None:
    assert reads_back(shipped_bank().entries[number])


def test_the_words_of_a_firm_read_back_the_same() -> None:
    alarms = {"stolen": ("有人拿我的水卡去充值", "我说的“水卡”没了"), "legal": ("水务局来查我了",)}
    bank = Bank((Entry("e", "问", "答", guide=GUIDE),), synonyms=(("水表", "表"),), alarms=alarms)
    assert reread(bank) == bank


def test_guides_that_are_out_of_order_or_have_odd_names_keep_their_order() -> None:
    entries = tuple(
        Entry(f"e-{n}", f"第 {n} 问", "答", guide=name)
        for n, name in enumerate(["水费/1", "a", "水费/1", "", "a"])
    )
    assert reread(Bank(entries)) == Bank(entries)


@given(words=LINE, title=LINE, reply=LINE)
def test_a_vocabulary_reads_back_whatever_stands_in_it(words: str, title: str, reply: str) -> None:
    neighbours = (Neighbour("other-x", title, reply.strip(), (words, "别的")),)
    bank = Bank((Entry("e", "问", "答", guide="g"),), neighbours, ((words, "水"), ("费", "钱")))
    assert reread(bank) == bank


@given(paragraphs=st.lists(LINE, min_size=1, max_size=3), steps=st.lists(LINE, max_size=3))
def test_whatever_is_typed_stays_or_is_known_not_to(
    paragraphs: list[str], steps: list[str]
) -> None:
    """What a person typed is first read as the format reads it; from then on nothing changes."""
    typed = Entry("e", "水费怎么交", "\n\n".join(paragraphs), ("水费",), tuple(steps), guide=GUIDE)
    first, problems = read_files({"g.md": writing.guide(GUIDE, "水", [writing.section(typed)])})
    if problems and any(problem.severity == "error" for problem in problems):
        return
    again, _ = read_files({"g.md": writing.guide(GUIDE, "水", map(writing.section, first.entries))})
    assert again == first


@given(line=LINE)
def test_a_single_line_is_never_changed(line: str) -> None:
    text = " ".join(line.split()).strip()
    if not text or text.startswith("· "):
        return
    entry = Entry("e", "水费怎么交", text, ("水费",), (text, text), (text, ""), text, guide=GUIDE)
    entry = replace(entry, details=(text,))
    if any(mark in text for mark in ("问法", "选项", "短问", "细问")):
        return
    assert reread(Bank((entry,))) == Bank((entry,))


def test_a_question_with_marks_keeps_them() -> None:
    entry = Entry("e", "# 1、[水费] *怎么* 交 <b>&amp;", "答", ("- 水费", "1. 费"), guide=GUIDE)
    assert reread(Bank((replace(entry, choices=("e-2",)),))).entries[0].question == entry.question


def test_the_folder_and_its_files_are_the_same_bank() -> None:
    files, problems = folder_files(GUIDES)
    assert not problems
    assert read_files(files)[0] == read_bank(GUIDES)[0]


def test_lists_in_an_answer_stay_apart_from_the_phrasings_and_from_each_other() -> None:
    answer = "· 身份证\n· 水费单\n\n· 银行卡"
    entry = Entry("e", "要带什么", answer, ("带什么",), ("甲", "乙"), ("", ""), "· 丙", guide=GUIDE)
    assert reread(Bank((entry,))) == Bank((entry,))
