"""What the owner is told: does the key work, what would be sent, what were choices worth."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from handlers.model import prompts
from handlers.model.asking import Asking
from handlers.model.client import ADVICE, ModelError
from handlers.model.masking import Mask
from handlers.model.prompts import NONE, Candidate
from storage.queries.model_calls import JudgedChoice

EXAMPLE = "我叫张三，住在南京市，交的 2000 块能退吗，电话 13800138000"
CANDIDATES = (
    Candidate("refund", "钱怎么退", "交的钱可以申请退还"),
    Candidate("phone", "换手机号", "在账号设置里换绑手机号"),
)
SLOW_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Checked:
    """`ok` and the sentences for the owner."""

    ok: bool
    words: tuple[str, ...]


def example() -> str:
    """What would be sent for an example message, as it leaves."""
    question = prompts.choose(Mask().out(EXAMPLE), [], "idle", CANDIDATES)
    return json.dumps(question, ensure_ascii=False, indent=1)


def check(asking: Asking) -> Checked:
    """Ask once for real."""
    question = prompts.choose(Mask().out(EXAMPLE), [], "idle", CANDIDATES)
    began = time.monotonic()
    try:
        answer = asking.client.complete(
            question, seconds=max(10.0, asking.settings.seconds), max_tokens=60, as_json=True
        )
    except ModelError as error:
        return Checked(ok=False, words=(ADVICE[error.kind],))
    ms = round((time.monotonic() - began) * 1000)
    words = [f"通了，用了 {ms} 毫秒，{answer.tokens_in + answer.tokens_out} 个词元。"]
    if prompts.read_choice(answer.text, CANDIDATES) == NONE:
        words.append("但它没有按要求的格式选出条目，换一个模型试试。")
    if ms > asking.settings.deadline_ms * SLOW_SHARE:
        words.append(
            f"期限是 {asking.settings.deadline_ms} 毫秒，它太慢，多半来不及；换一个快的模型，"
            "或把 deadline_ms 调大。"
        )
    return Checked(ok=len(words) == 1, words=tuple(words))


@dataclass(frozen=True, slots=True)
class Summary:
    """Choices beside verdicts: what it would have helped, harmed, or left as it was."""

    asked: int
    silent: int
    judged: int
    helped: int
    harmed: int
    ms: float
    tokens: int

    def lines(self) -> list[str]:
        """A table for the owner."""
        return [
            f"问过\t{self.asked}",
            f"没有意见\t{self.silent}",
            f"有顾问评判的\t{self.judged}",
            f"帮得上\t{self.helped}",
            f"帮倒忙\t{self.harmed}",
            f"一般用时\t{self.ms:.0f} 毫秒",
            f"词元\t{self.tokens}",
        ]


def summary(choices: Sequence[JudgedChoice]) -> Summary:
    """Helped: its choice is what the verdict accepts and ours is not; harmed the other way."""
    judged = [each for each in choices if each.expected is not None]
    return Summary(
        asked=len(choices),
        silent=sum(not _speaks(each.choice) for each in choices),
        judged=len(judged),
        helped=sum(_right(each, each.choice) and not _right(each, each.ours) for each in judged),
        harmed=sum(_right(each, each.ours) and not _right(each, each.choice) for each in judged
                   if _speaks(each.choice)),
        ms=median([each.ms for each in choices]) if choices else 0.0,
        tokens=sum(each.tokens for each in choices),
    )  # fmt: skip


def _speaks(choice: str) -> bool:
    return choice not in {"disagree", *ADVICE}


def _right(each: JudgedChoice, given: str) -> bool:
    """Nothing accepted means that no entry may answer."""
    accepted = each.expected or ()
    return given in accepted if accepted else given in {NONE, "options"}
