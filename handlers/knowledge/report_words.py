"""What the gate found, in a sentence for people."""

from storage.models.knowledge import Publication

LISTED = 10
CHANGES = {"better": "会更好", "worse": "会变差", "judge": "请您判断"}


def in_words(done: Publication) -> str:
    """The end of a publication, and what changes with it."""
    if done.state == "failed":
        return f"没有发布：{done.error}"
    lines = [changes(done)]
    worse = [each for each in done.report.get("worse", ()) if each.get("blocks")]
    lines += [
        f"· 「{each['text']}」：{each['before']} → {each['after']}" for each in worse[:LISTED]
    ]
    if done.state == "blocked":
        lines.append(f"没有发布：顾问判过的 {len(worse)} 句会变差。改好再发布，或者加 --force。")
    else:
        lines.append(f"已发布第 {done.version} 版，几秒内对所有进程生效。")
    return "\n".join(lines)


def changes(done: Publication) -> str:
    """Such as 「7 句变了：4 句会更好，1 句会变差，2 句请您判断」."""
    counts = done.report.get("counts", {})
    found = [(counts.get(name, 0), words) for name, words in CHANGES.items()]
    total = sum(count for count, _ in found)
    if not total:
        return f"试了 {counts.get('asked', 0)} 句真实的问题，回答都没有变。"
    return f"{total} 句变了：" + "，".join(f"{n} 句{words}" for n, words in found if n) + "。"
