"""What a notice says, on open pages and on locked phones."""

from storage.queries.notices import Kind, Notice

WORDS: dict[Kind, str] = {
    "reply": "{name} 回复了你",
    "waiting": "{name} 在等人工",
    "transferred": "{by} 把 {name} 转给了你",
    "assigned": "{name} 自动分给了你",
    "taken_over": "{by} 接手了 {name}",
    "moved": "{by} 把 {name} 移给了别人",
    "expired": "{name} 太久没回，已回到待接入",
    "mention": "{by} 在 {name} 的备注里提到你",
}


def words_of(notice: Notice, name: str) -> str:
    """`name` is the merchant's, as the desk shows it."""
    return WORDS[notice.kind].format(name=name, by=notice.by)
