"""The evidence in Chinese, for whoever asks why the bot took a message as it did."""

from collections.abc import Mapping
from typing import Any

from faq.matching.arrays import Floats
from faq.matching.columns import COLUMN

SAID = {
    "linear": "整体用词像",
    "cosine": "和最近的问法用词接近",
    "covered": "用词问法里都有",
    "ratio": "字面接近",
    "sound_ratio": "读音接近",
    "linear_lead": "用词比别的条目更像",
    "covered_lead": "用词比别的条目更全",
    "chars_covered": "字问法里都有",
    "phrasing_covered": "最近的问法大半说到了",
    "common_covered": "要紧的字词问法里有",
    "told": "像答案里的一句",
    "told_covered": "字词答案里有",
    "any_covered": "要紧的字词问法或答案里有",
    "told_lead": "比别的答案更像",
    "any_lead": "字词比别的条目更全",
    "near": "意思和一句问法接近",
    "near_three": "意思和几句问法接近",
    "direct": "意思像这一条",
    "told_near": "意思和答案里一句接近",
    "near_lead": "意思比别的问法更近",
    "direct_lead": "意思比别的条目更像",
    "told_near_lead": "意思比别的答案更近",
}
AGAINST = {
    "rarest_missing": "有个少见的字它没有",
    "common_missing": "有个要紧的词它没有",
    "outside_platform": "说到别的平台",
    "entry_platform": "说到别的平台",
    "name_missing": "问法说的是别的平台",
}
NOT_AGAINST = {
    "rarest_missing": "少见的字它差不多都有",
    "common_missing": "要紧的词它差不多都有",
}
"""Where such a thing spoke for it."""
BEHIND = {
    "linear_lead": "别的条目用词更像",
    "covered_lead": "别的条目用词更全",
    "told_lead": "别的答案更像",
    "any_lead": "别的条目字词更全",
    "near_lead": "别的问法意思更近",
    "direct_lead": "意思更像别的条目",
    "told_near_lead": "别的答案意思更近",
}
"""What a lead is called where another one has it."""
FOUND = {
    "answer": "直接回答",
    "options": "请对方在几条里选",
    "none": "没有答得上的",
    "escalate": "要顾问马上看",
    "human": "想找人",
    "social": "寒暄",
}
REASONED = 3
"""Entries whose reasons are told at most."""
LEAST = 0.05
"""A pull that moved nothing is not told."""
TOLD_FROM = 0.1
"""The chance of an alarm or a wish from which it is."""


def in_words(values: Floats, pull: Mapping[str, float]) -> dict[str, list[str]]:
    """What spoke for it and what against it, the strongest first, each with its measure."""
    told: dict[str, list[str]] = {"for": [], "against": []}
    for name, weight in pull.items():
        base = name.removesuffix("_small")
        value = float(values[COLUMN[base]]) if base in COLUMN else 0.0
        line = _line(base, value, favours=weight > 0) if abs(weight) >= LEAST else ""
        side = told["for" if weight > 0 else "against"]
        if line and line not in side:
            side.append(line)
    return told


def _line(name: str, value: float, *, favours: bool) -> str:
    """One piece of evidence, "" where there is nothing to say: an entry that lags behind less than
    others is not praised for it, and one that lacks nothing is not blamed."""
    if name in AGAINST:
        lacks = "" if value < LEAST else AGAINST[name]
        word = NOT_AGAINST.get(name, "") if favours else lacks
    elif name in BEHIND and value < 0:
        word = "" if favours else BEHIND[name]
    else:
        word = SAID.get(name, "")
        word = word if favours or not word else f"不够：{word}"
    return word and f"{word}（{abs(value):.2f}）"


def summary(outcome: str, understood: Mapping[str, Any]) -> list[str]:
    """All of it for a person: what was decided and by how much, the entries with what each is most
    like and what spoke against it, and what was heard besides."""
    lines = [_decided(outcome, understood)]
    lines += [f"{name}：{why}" for name, why in list(reasons(understood).items())[:REASONED]]
    heard = "、".join(understood.get("heard", ()))
    for key, word in (("alarm", "像要顾问马上看的事"), ("person", "像想找人")):
        if understood.get(key, 0) >= TOLD_FROM:
            lines.append(f"听着{word}（{understood[key]:.2f}）" + (f"：{heard}" if heard else ""))
    return lines


def _decided(outcome: str, understood: Mapping[str, Any]) -> str:
    line = f"判断：{FOUND[outcome]}"
    if "bands" not in understood or outcome not in ("answer", "options", "none"):
        return line
    sure, hope, bands = understood["certainty"], understood["hope"], understood["bands"]
    return (
        f"{line}。头一条答得对的把握 {sure:.2f}（{bands['answer']:.2f} 起直接回答），"
        f"前三条里有的把握 {hope:.2f}（{bands['offer']:.2f} 起列出来）"
    )


def reasons(understood: Mapping[str, Any]) -> dict[str, str]:
    """Per entry among the nearest, one line from `Understanding.explain`: what it is most like,
    and the strongest evidence for and against."""
    entries = (each for each in understood.get("nearest", ()) if each["kind"] == "entry")
    return {each["name"]: _reason(each) for each in entries}


def _reason(each: Mapping[str, Any]) -> str:
    parts = [f"最近的问法「{each['phrasing']}」"]
    if each["sentence"]:
        parts.append(f"答案里「{each['sentence']}」")
    parts += each["why"]["for"][:2]
    parts += [f"但{line}" for line in each["why"]["against"][:1]]
    return "；".join(parts)
