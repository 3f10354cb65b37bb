"""The evidence in Chinese, for whoever asks why the bot took a message as it did."""

from collections.abc import Mapping

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
LEAST = 0.05
"""A pull that moved nothing is not told."""


def in_words(values: Floats, pull: Mapping[str, float]) -> dict[str, list[str]]:
    """What spoke for it and what against it, the strongest first, each with its measure."""
    told: dict[str, list[str]] = {"for": [], "against": []}
    for name, weight in pull.items():
        base = name.removesuffix("_small")
        word = SAID.get(base) or AGAINST.get(base)
        if word and abs(weight) >= LEAST:
            line = f"{word}({float(values[COLUMN[base]]):.2f})"
            side = told["for" if weight > 0 else "against"]
            if line not in side:
                side.append(line if weight > 0 or base in AGAINST else f"不够：{line}")
    return told


def reasons(understood: Mapping[str, object]) -> dict[str, str]:
    """Per entry among the nearest, one line from `Understanding.explain`: what it is most like,
    and the strongest evidence for and against."""
    nearest = understood.get("nearest")
    found: dict[str, str] = {}
    for each in nearest if isinstance(nearest, list) else []:
        if each["kind"] != "entry":
            continue
        parts = [f"最近的问法「{each['phrasing']}」"]
        if each["sentence"]:
            parts.append(f"答案里「{each['sentence']}」")
        parts += each["why"]["for"][:2]
        if each["why"]["against"]:
            parts.append(f"但{each['why']['against'][0]}")
        found[each["name"]] = "；".join(parts)
    return found
