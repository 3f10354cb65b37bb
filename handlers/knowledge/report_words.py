"""What the gate found, in a sentence for people."""

from storage.models.knowledge import Publication

LISTED = 10


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
    better, worse, judge = (counts.get(name, 0) for name in ("better", "worse", "judge"))
    if not better + worse + judge:
        return f"试了 {counts.get('asked', 0)} 句真实的问题，回答都没有变。"
    return (
        f"{better + worse + judge} 句变了：{better} 句会更好，{worse} 句会变差，"
        f"{judge} 句请您判断。"
    )
