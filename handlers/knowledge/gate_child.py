"""What `gate_process` starts: compiles a bank and replays questions, at low priority."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from faq.bank_files import QUESTIONS
from faq.guides import read_files
from faq.matching import vectors
from faq.matching.normalize import key, tidy
from faq.problems import Problem
from handlers.knowledge import bank_versions, published_bank
from handlers.knowledge.gate import FittedBank, compare
from handlers.knowledge.gate_files import JOB, NEW, OLD
from handlers.knowledge.labelled import Labelled, expected, read_questions

NICE = 10  # ten times less than a request gets, and not nothing on a busy machine


def main(place: Path) -> None:
    """The child."""
    os.nice(NICE)
    job = json.loads((place / JOB).read_text(encoding="utf-8"))
    vectors.choose(job["vectors"], place)
    sources = job["sources"]
    bank, problems = read_files(sources)
    problems += [*questions_problems(sources), *bank_versions.text_problems(bank)]
    errors = [asdict(problem) for problem in problems if problem.severity != "warning"]
    if errors:
        _say({"problems": errors})
        return
    _say({"phase": "compile", "percent": 5})
    compiled = published_bank.compile_bank(bank)
    (place / NEW).write_bytes(compiled)
    content = bank_versions.BANK.dump_json(bank).decode()
    if job["fit_only"]:
        _say({"problems": [], "content": content, "report": {}})
        return
    _say({"phase": "replay", "percent": 40})
    new = FittedBank(bank, published_bank.matcher_of(bank, compiled))
    report = compare(_old(job, place, new), new, _questions(job), _progress)
    _say({"problems": [], "content": content, "report": report.as_json()})


def questions_problems(sources: Mapping[str, str]) -> list[Problem]:
    """What is wrong with the firm's labelled questions."""
    try:
        list(read_questions(sources.get(QUESTIONS, "")))
    except ValueError as error:
        return [Problem(QUESTIONS, 0, str(error))]
    return []


def _old(job: Mapping[str, Any], place: Path, new: FittedBank) -> FittedBank | None:
    """The version in force. What fits to the same understands the same: it is asked once."""
    if job["old"] is None:
        return None
    bank = bank_versions.BANK.validate_json(job["old"])
    if published_bank.fit_alike(bank, new.bank):
        return FittedBank(bank, new.matcher)
    return FittedBank(bank, published_bank.matcher_of(bank, (place / OLD).read_bytes()))


def _questions(job: Mapping[str, Any]) -> list[Labelled]:
    """What is asked of both banks: what differs in courtesies only is asked once."""
    pinned = [
        Labelled(each["text"], expected(each), "pinned", each["message"]) for each in job["pinned"]
    ]
    known = [*pinned, *read_questions(job["sources"].get(QUESTIONS, ""))]
    judged = {key(each.text) for each in known}
    real: dict[str, Labelled] = {}
    for message, text in job["real"]:
        if key(text) not in judged:  # what somebody judged needs no second look
            alike = tidy(text)
            seen = real.get(alike) or Labelled(text, None, "real", message, times=0)
            real[alike] = replace(seen, times=seen.times + 1)
    return [*known, *real.values()]


def _progress(done: int, total: int) -> None:
    _say({"phase": "replay", "percent": 40 + 60 * done // total})


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
