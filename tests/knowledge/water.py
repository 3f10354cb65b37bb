"""A bank of two guides that fits in a moment."""

from datetime import datetime
from functools import cache

from faq import writing
from faq.bank import Bank, Entry, Neighbour
from handlers.knowledge import bank_versions, published_bank
from storage.database import Database
from storage.queries import banks

OPEN = Entry(
    "water-open",
    "怎么开通自来水",
    "带上房产证去营业厅办理。",
    phrasings=("开水户要什么", "新房没水怎么开通", "办自来水", "水怎么报装"),
    guide="water",
)
FEES = Entry(
    "water-fees",
    "水费多少钱一吨",
    "居民用水一吨 3 元。",
    phrasings=("水价多少", "一吨水几块", "水费怎么收", "水费单价"),
    guide="water",
)
STEPS = Entry(
    "meter-change",
    "水表坏了怎么换",
    "水表坏了免费换。",
    phrasings=("水表不转了", "换水表", "水表坏了找谁", "水表漏水"),
    steps=("打营业厅电话报修", "等师傅上门", "签字"),
    step_help=("电话在水费单上。", "", ""),
    after="三天内换好。",
    guide="meter",
)
GAS = Neighbour("gas", "燃气", "燃气的事我们不办，请找燃气公司。", ("燃气费怎么交", "煤气没气了"))
WATER_BANK = Bank((STEPS, OPEN, FEES), (GAS,), (("水费", "水钱"),))


@cache
def compiled() -> bytes:
    """Fitted once for all tests."""
    return published_bank.compile_bank(WATER_BANK)


def put_in_force(database: Database, now: datetime) -> None:
    """The water bank as version 1."""
    version = bank_versions.prepared(writing.files(WATER_BANK), WATER_BANK)
    with database.write() as session:
        bank_versions.store(session, version, compiled(), banks.VersionOrigin("bot.py", now))
