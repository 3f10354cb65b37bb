"""Everything that can be wrong with a bank's entries before it is published."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import get_args

from faq import language
from faq.bank import Bank, Entry, Neighbour
from faq.details import ASPECTS, detail, split
from faq.matching.normalize import key
from faq.problems import Problem
from faq.source import GuideSection
from faq.understanding import Alarm

WECHAT_BYTES = 2000
"""What an answer may take: WeChat's 2048 bytes less room for the line the dialogue adds."""
FEW = 8
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
    r"|0\d{2,3}[- ]?\d{7,8}|400[- ]?\d{3}[- ]?\d{4})(?!\d)"
)
PLACES = frozenset({"phone"})
_PLACE = re.compile(r"\{\s*([A-Za-z_]\w*)\s*\}")
_TABLE = re.compile(r"^\s*\|.*\|\s*$|^\s*\|?\s*:?-{3,}:?\s*\|", re.MULTILINE)
_MARKUP = re.compile(r"!?\[[^\[\]]{0,300}\]\([^()\s]{1,500}[^()]{0,200}\)")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Source:
    """An entry and where it was written."""

    file: str
    section: GuideSection
    entry: Entry

    def problem(self, message: str, at: int = 0, *, field: str) -> Problem:
        return Problem(self.file, at or self.section.at, message, field=field)


def check_entries(sources: list[Source]) -> Iterator[Problem]:
    """Problems of each entry by itself and of all of them together."""
    ids = {source.entry.id for source in sources}
    for source in sources:
        yield from _alone(source, ids)
    yield from _duplicate_ids(sources)
    yield from _duplicate_phrasings(sources)


def _alone(source: Source, ids: set[str]) -> Iterator[Problem]:
    """What is wrong with an entry by itself; `ids` are those that its choices may name."""
    yield from _identity(source)
    yield from _answer(source)
    yield from _choices(source, ids)
    yield from _details(source)
    yield from _phones(source)
    yield from _strays(source)
    yield from _unseen(source)


def check_entry(source: Source, others: Sequence[Entry]) -> Iterator[Problem]:
    """Problems of one entry beside these others, such as one that somebody edits."""
    ids = {source.entry.id, *(other.id for other in others)}
    yield from _alone(source, ids)
    owners = {key(text): other for other in others for text in (other.question, *other.phrasings)}
    for field, texts in (
        ("question", (source.entry.question,)),
        ("aliases", source.entry.phrasings),
    ):
        for text in texts:
            owner = owners.get(key(text))
            if owner is not None:
                message = f"问法「{text}」和「{owner.question}」（{owner.id}）的一样"
                yield source.problem(message, field=field)
            elif not key(text):
                yield source.problem(f"问法「{text}」里没有可以匹配的字", field=field)
            elif kind := _small_talk().get(key(text)):
                yield source.problem(_also_small_talk(text, kind), field=field)


def _identity(source: Source) -> Iterator[Problem]:
    entry = source.entry
    if not entry.id:
        yield source.problem("标题后面缺少编号，写成「## 问题 {#编号}」", field="id")
    elif not _ID.fullmatch(entry.id):
        yield source.problem(f"编号「{entry.id}」只能用小写字母、数字和连字符", field="id")
    if not entry.question:
        yield source.problem("没有问题（标题是空的）", field="question")
    if len(entry.phrasings) < FEW:
        message = f"只有 {len(entry.phrasings)} 种问法，写到 {FEW} 种以上认得更准"
        yield Problem(source.file, source.section.at, message, "warning", "aliases")


def _answer(source: Source) -> Iterator[Problem]:
    text = source.entry.as_text(".")
    if not text:
        yield source.problem("没有答案", field="answer")
    size = len(text.encode())
    if size > WECHAT_BYTES:
        limit = f"一条微信文本最多 {WECHAT_BYTES} 字节（约 {WECHAT_BYTES // 3} 字）"
        yield source.problem(f"答案加步骤共 {size} 字节，{limit}", field="answer")
    if len(source.entry.steps) == 1:
        yield source.problem(
            "步骤只有一步，请写进答案或补全", source.section.steps[0].line.at, field="steps"
        )
    for step in source.section.steps:
        if not step.line.text:
            yield source.problem("这一步是空的", step.line.at, field="steps")


def _choices(source: Source, ids: set[str]) -> Iterator[Problem]:
    for line in source.section.choices:
        choice = line.text.strip("`")
        if choice not in ids:
            yield source.problem(f"选项「{choice}」没有这条问答", line.at, field="choices")
        elif choice == source.entry.id:
            yield source.problem("选项里不能有自己", line.at, field="choices")


def _details(source: Source) -> Iterator[Problem]:
    for line in source.section.details:
        if not detail(line.text)[0]:
            yield source.problem(f"细问「{line.text}」写成「词、词：答」", line.at, field="details")
    for step in source.section.steps:
        for said in step.help.splitlines():
            label, text = split(said)
            if label in ASPECTS and not text:
                yield source.problem(f"「{label}：」后面没有写", step.line.at, field="steps")


def _phones(source: Source) -> Iterator[Problem]:
    section = source.section
    lines = [*section.before, *section.after, *(step.line for step in section.steps)]
    texts = [(line.text, line.at) for line in lines]
    texts += [(line.text, line.at) for line in section.details]
    texts += [(step.help, step.line.at) for step in section.steps]
    for text, at in texts:
        if _PHONE.search(text):
            yield source.problem(
                "电话号码请写成 {phone}，发给商家时会换成公司的电话", at, field="answer"
            )


def _strays(source: Source) -> Iterator[Problem]:
    for line in source.section.strays:
        yield source.problem(
            "这段放错了地方（一条问答只能有一个步骤列表，不能有表格和小标题）",
            line.at,
            field="answer",
        )


def _unseen(source: Source) -> Iterator[Problem]:
    """What merchants must not see as it stands, and what they would not see at all."""
    section = source.section
    for line in section.labels:
        word = line.text.strip("# \t")[:2]
        message = f"「{word}」要单独一行、后面有冒号，下面每句前面有「- 」，不然会被当成答案"
        yield source.problem(message, line.at, field="answer")
    for line in section.lost:
        message = f"微信文字里显示不了{line.text}，请改成文字（网址直接写出来）"
        yield source.problem(message, line.at, field="answer")
    for text, at, field in _shown(source):
        if _TABLE.search(text):
            yield source.problem("微信里显示不了表格，请改成一行一句", at, field=field)
        if marked := _MARKUP.search(text):
            message = f"微信文字里显示不了「{marked[0]}」，请改成文字（网址直接写出来）"
            yield source.problem(message, at, field=field)
        for name in _PLACE.findall(text):
            if name not in PLACES:
                message = f"不认识「{{{name}}}」，商家会原样看到；电话写成 {{phone}}"
                yield source.problem(message, at, field=field)


def _shown(source: Source) -> Iterator[tuple[str, int, str]]:
    """(text, line, field) of everything that a merchant reads."""
    section = source.section
    for line in (*section.before, *section.after):
        yield line.text, line.at, "answer"
    for line in section.details:
        yield line.text, line.at, "details"
    for step in section.steps:
        yield step.line.text, step.line.at, "steps"
        yield step.help, step.line.at, "step_help"


def _duplicate_ids(sources: list[Source]) -> Iterator[Problem]:
    first: dict[str, Source] = {}
    for source in sources:
        if not source.entry.id:
            continue
        earlier = first.setdefault(source.entry.id, source)
        if earlier is not source:
            where = f"{earlier.file}:{earlier.section.at}"
            yield source.problem(f"编号「{source.entry.id}」重复，{where} 已经用了", field="id")


def _duplicate_phrasings(sources: list[Source]) -> Iterator[Problem]:
    first: dict[str, tuple[Source, int]] = {}
    for source in sources:
        lines = [(source.entry.question, source.section.at)]
        lines += [(line.text, line.at) for line in source.section.phrasings]
        for text, at in lines:
            if not key(text):
                yield source.problem(f"问法「{text}」里没有可以匹配的字", at, field="aliases")
                continue
            earlier, line_at = first.setdefault(key(text), (source, at))
            if earlier.entry.id != source.entry.id:
                where = f"{earlier.file}:{line_at}"
                yield source.problem(
                    f"问法「{text}」和 {where} 的「{earlier.entry.id}」一样", at, field="aliases"
                )


def check_small_talk(
    neighbours: tuple[Neighbour, ...], sources: list[Source], file: str
) -> Iterator[Problem]:
    """Small talk has its home in `language/social.toml`: no entry or neighbour may say the same."""
    for source in sources:
        for line in source.section.phrasings:
            if kind := _small_talk().get(key(line.text)):
                yield Problem(source.file, line.at, _also_small_talk(line.text, kind), "clash")
    yield from _neighbour_clashes(neighbours, file)


def small_talk_clashes(bank: Bank) -> list[Problem]:
    """The same for a bank without its sources; publishing refuses them."""
    clashes = [
        Problem(entry.guide, 0, f"「{entry.id}」的{_also_small_talk(text, kind)}", "clash")
        for entry in bank.entries
        for text in entry.phrasings
        if (kind := _small_talk().get(key(text)))
    ]
    return [*clashes, *_neighbour_clashes(bank.neighbours, "vocabulary.toml")]


def _neighbour_clashes(neighbours: tuple[Neighbour, ...], file: str) -> Iterator[Problem]:
    for neighbour in neighbours:
        for text in neighbour.phrasings:
            if kind := _small_talk().get(key(text)):
                words = f"「{neighbour.id}」的{_also_small_talk(text, kind)}"
                yield Problem(file, 0, words, "clash")


@cache
def _small_talk() -> Mapping[str, str]:
    """What is small talk, by its kind; what is nothing but a sign, such as 👍, has no words."""
    said = {
        key(text): kind
        for kind in language.kinds("social")
        for text in language.words("social", kind, "phrasings")
    }
    said.pop("", None)
    return said


def _also_small_talk(text: str, kind: str) -> str:
    return f"「{text}」已经是寒暄（social.toml 的 {kind}）。同一句话只能放一处，请删掉这里的"


def check_alarms(
    alarms: Mapping[str, tuple[str, ...]], sources: list[Source], file: str
) -> Iterator[Problem]:
    """The firm's examples of alarms are of a known kind, and no entry's question."""
    owners = {
        key(text): source.entry.id
        for source in sources
        for text in (source.entry.question, *source.entry.phrasings)
    }
    for kind, texts in alarms.items():
        if kind not in get_args(Alarm):
            known = "、".join(get_args(Alarm))
            yield Problem(file, 0, f"[alarms] 不认识「{kind}」，只能是 {known}")
        for text in texts:
            if key(text) in owners:
                yield Problem(file, 0, f"[alarms] 的「{text}」和「{owners[key(text)]}」的问法一样")


def check_neighbours(
    neighbours: tuple[Neighbour, ...], sources: list[Source], file: str
) -> Iterator[Problem]:
    """A neighbour must not claim what an entry answers, and needs words to be known by."""
    owners = {
        key(text): source.entry.id
        for source in sources
        for text in (source.entry.question, *source.entry.phrasings)
    }
    seen: set[str] = {source.entry.id for source in sources}
    for neighbour in neighbours:
        if neighbour.id in seen:
            yield Problem(file, 0, f"编号「{neighbour.id}」重复")
        seen.add(neighbour.id)
        if not neighbour.reply or not neighbour.phrasings:
            yield Problem(file, 0, f"「{neighbour.id}」缺少 reply 或 phrasings")
        for text in neighbour.phrasings:
            if key(text) in owners:
                yield Problem(
                    file, 0, f"「{neighbour.id}」的「{text}」和「{owners[key(text)]}」的问法一样"
                )
