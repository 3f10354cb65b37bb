"""ask, and faq check | draft | fit | publish | pull | export."""

import json
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click

from faq.articles import read_article
from faq.asking import ask as ask_once
from faq.bank import Bank
from faq.draft import draft
from faq.guides import read_bank
from faq.jsonl import export as exported
from faq.matching.forecast import forecast
from faq.matching.matcher import compile_matcher
from faq.moves.recogniser import recogniser
from faq.problems import UnreadableError
from faq.understanding import Matcher, Understanding
from handlers.commands.installation import (
    Installation,
    program,
    with_installation,
    with_installation_if_any,
)
from handlers.context import Context
from handlers.dialogue.rehearsal import LineError, Rehearsal
from handlers.dialogue.texts import load_texts
from handlers.dialogue.types import DeskStatus, Incoming, TurnContext
from handlers.knowledge import bank_versions, checkout, publications, published_bank
from handlers.knowledge.publications import PublishRequest
from handlers.knowledge.report_words import in_words
from storage import schema
from storage.database import Database
from storage.models.knowledge import Publication

WAIT_SECONDS = 0.5
SAMPLE_PHONE = "138-0000-0000"  # where there are no settings
SOURCE = click.argument("source", type=click.Path(exists=True, path_type=Path), required=False)


@click.command()
@click.argument("text", required=False)
@click.option("--batch", type=click.File("r", encoding="utf-8-sig"), help='Lines of {"text": …}.')
@click.option(
    "--bank", "path", type=click.Path(exists=True, path_type=Path), help="A folder or a bank file."
)
@click.option(
    "--conversation",
    type=click.File("r", encoding="utf-8-sig"),
    help='Lines of {"say": …}, one conversation.',
)
@click.option("--explain", is_flag=True, help="Say why.")
@with_installation_if_any
def ask(
    installation: Installation | None,
    text: str | None,
    batch: Iterable[str] | None,
    path: Path | None,
    conversation: Iterable[str] | None,
    *,
    explain: bool,
) -> None:
    """What the bot would do with TEXT as a first message, or in a conversation, as JSON."""
    if sum(given is not None for given in (text, batch, conversation)) != 1:
        raise click.UsageError("写一句话，或用 --batch、--conversation 指定文件。")
    bank, matcher = _from(path) if path else _in_force(installation)
    phone = installation.phone if installation else SAMPLE_PHONE
    texts = installation.texts() if installation else load_texts()
    policy = program(click.get_current_context()).policy
    context = TurnContext(now=datetime.now(UTC), phone=phone, desk=DeskStatus(on_duty=1))
    rehearsal = Rehearsal(context, bank, matcher, texts, policy)
    if conversation is not None:
        _converse(rehearsal, conversation, explain=explain)
        return
    for line in [text] if text is not None else _texts(batch or ()):
        answer = ask_once(matcher, bank, line, lambda _, meaning: _first_reply(rehearsal, meaning))
        if explain:
            answer["explain"] = matcher.understand(line).explain
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2 if explain else None))


def _first_reply(one: Rehearsal, meaning: Understanding) -> str:
    """What the bot says to a first message."""
    incoming = Incoming("text", meaning.text)
    decision = one.policy.decide(
        one.context, incoming, bank=one.bank, matcher=one.matcher, texts=one.texts
    )
    return "\n\n".join(each.text for each in decision.replies)


def _converse(rehearsal: Rehearsal, lines: Iterable[str], *, explain: bool) -> None:
    """One JSON object a turn, as soon as it is decided."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            rows = list(rehearsal.play([json.loads(line)], explain=explain))
        except (LineError, ValueError, TypeError, AttributeError):
            raise click.ClickException(f'第 {number} 行不是 {{"say": …}}') from None
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))


def _texts(lines: Iterable[str]) -> Iterable[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield str(json.loads(line)["text"])
        except (ValueError, KeyError, TypeError):
            raise click.ClickException(f'第 {number} 行不是 {{"text": …}}') from None


def _from(path: Path) -> tuple[Bank, Matcher]:
    bank = bank_versions.read(path)
    return bank, compile_matcher(bank)


def _in_force(installation: Installation | None) -> tuple[Bank, Matcher]:
    """The published bank, or the guides where nothing is published yet."""
    if installation is None:
        return _from(bank_versions.GUIDES)
    database = Database(installation.database_url)
    if schema.current(database) != schema.head():
        return _from(installation.guides)
    with database.read() as session:
        published = bank_versions.has_version(session)
    if not published:
        return _from(installation.guides)
    standing = published_bank.DatabaseBank(database)
    return standing.bank(), standing.matcher()


@click.group()
def faq() -> None:
    """The FAQ bank: check, draft, fit, publish, pull, export."""


@faq.command()
@SOURCE
@with_installation_if_any
def check(installation: Installation | None, source: Path | None) -> None:
    """Every problem of the guides, with file and line."""
    bank, problems = read_bank(
        source or (installation.guides if installation else bank_versions.GUIDES)
    )
    problems += bank_versions.text_problems(bank)
    for problem in problems:
        click.echo(str(problem))
    errors = sum(problem.severity != "warning" for problem in problems)
    phrasings = sum(len(entry.phrasings) for entry in bank.entries)
    notices = len(problems) - errors
    click.echo(
        f"{len(bank.entries)} 个条目，{phrasings} 句问法，{errors} 处错误，{notices} 处提醒。"
    )
    if errors:
        sys.exit(1)
    _expect(bank)


def _expect(bank: Bank) -> None:
    """What the owner may expect of this bank, in words."""
    for line in forecast(bank).in_words(bank):
        click.echo(line)


@faq.command(name="draft")
@click.argument("article", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--guide", default="guide", show_default=True, help="The guide's short name.")
def draft_guide(article: Path, guide: str) -> None:
    """A first guide from ARTICLE (txt, md or docx), on standard output, to be completed by hand."""
    try:
        text = read_article(article.name, article.read_bytes())
    except UnreadableError as error:
        raise click.ClickException(str(error)) from None
    click.echo(draft(text, guide=guide))


@faq.command()
@SOURCE
def fit(source: Path | None) -> None:
    """Fit the matcher to the guides (the shipped ones), learn the moves, and keep both."""
    with ProcessPoolExecutor(1) as other:  # each takes seconds of one core
        moves = other.submit(_learn_moves)
        _from(source or bank_versions.GUIDES)
        moves.result()


def _learn_moves() -> None:
    recogniser()


@faq.command()
@SOURCE
@click.option("--force", is_flag=True, help="Also when it breaks a consultant's verdict.")
@click.option("--note", default="", help="What changed, for the history.")
@with_installation
def publish(installation: Installation, source: Path | None, *, force: bool, note: str) -> None:
    """Put the guides in force through the gate, for every running process."""
    path = source or installation.guides
    bank = bank_versions.read(path)  # everything that is wrong is said at once
    sources = bank_versions.read_sources(path)
    context = installation.context(installation.database())
    wish = PublishRequest("bot.py", note, force)
    with context.database.read() as session:
        if bank_versions.in_force(session, bank_versions.prepared_from(sources)):
            click.echo("和正在用的一样，不用再发布。")
            return
    try:
        with context.database.read() as session:
            checkout.require_newest(session, path, sources)
    except checkout.CheckoutError as error:
        publications.note_refusal(context, sources, wish, str(error))
        raise
    number = publications.publish_files(context, sources, wish)
    publications.run(context, number, f"faq publish:{number}")
    done = _ended(context, number)
    click.echo(in_words(done))
    if done.state != "published":
        sys.exit(1)
    if path.is_dir() and (path / checkout.MARK).exists() and done.version:
        checkout.mark(path, done.version)
    _expect(bank)


def _ended(context: Context, number: int) -> Publication:
    """Another process may have been quicker to take it."""
    while True:
        found = publications.find(context, number)
        assert found is not None  # noqa: S101 (it was begun a moment ago)
        if found.state != "running":
            return found
        time.sleep(WAIT_SECONDS)


@faq.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Write over changes that were not published.")
@with_installation
def pull(installation: Installation, folder: Path | None, *, force: bool) -> None:
    """Write the version in force into FOLDER (the guides' own), to be edited and published."""
    context = installation.context(installation.database())
    where = folder or installation.guides
    version = checkout.pull(context, where, force=force)
    click.echo(f"第 {version} 版写到了 {where}。")


@faq.command()
@SOURCE
@with_installation_if_any
def export(installation: Installation | None, source: Path | None) -> None:
    """The bank as JSONL, one entry a line."""
    bank = bank_versions.read(source) if source else _in_force(installation)[0]
    for line in exported(bank):
        click.echo(line)


COMMANDS = (ask, faq)
