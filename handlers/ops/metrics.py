"""The figures for Prometheus, read from the database when somebody asks.

Not counted in this process: a process forgets when it restarts, and one of several would tell a
part of the truth. The rows know every outcome once, whatever was killed on the way, so any process
of any machine may be asked and gives the same answer.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from handlers.context import Context
from storage.queries import gauges, leases

NAME = "dianban_"


class _Found(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


def exposition(context: Context) -> tuple[bytes, str]:
    """The page in Prometheus's text format, and its content type."""
    now = context.now()
    with context.database.read() as session:
        state = gauges.look(session, now)
        totals = gauges.totals(session, now)
        swept = leases.done_at(session, "sweep")
    families = [
        _outcomes(totals),
        _labelled("pushes_refused", "Pushes that were not taken", "reason", "refused:", totals),
        _decide_time(totals),
        _labelled("deliveries_sent", "Messages that reached WeChat", "via", "sent:", totals),
        _deliveries(state),
        _cases(state),
        _gauge("case_wait_seconds", "Longest wait for a consultant", state.longest_wait),
        _gauge("queue_age_seconds", "How late the oldest due delivery is", state.queue_age),
        _gauge("silent", "Messages a minute old without an end: must be 0", state.silent),
        _rescued(totals),
        _media(state),
    ]
    if swept is not None:
        age = (now - swept).total_seconds()
        families.append(_gauge("sweep_age_seconds", "Since the last sweep ended", age))
    registry = CollectorRegistry()
    registry.register(_Found(families))
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(NAME + name, what, value=value)


def _outcomes(totals: Mapping[str, int]) -> Metric:
    seen = {f"pushes:{end}": 0 for end in gauges.ENDS} | dict(totals)
    return _labelled("pushes", "Pushes from WeChat by how they ended", "outcome", "pushes:", seen)


def _labelled(name: str, what: str, label: str, prefix: str, totals: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(NAME + name, what, labels=[label])
    for key, value in sorted(totals.items()):
        if key.startswith(prefix):
            family.add_metric([key.removeprefix(prefix)], value)
    return family


def _decide_time(totals: Mapping[str, int]) -> Metric:
    buckets = [
        (str(bucket / 1000), float(totals.get(f"took:{bucket}", 0))) for bucket in gauges.BUCKETS_MS
    ]
    buckets.append(("+Inf", float(totals.get("took:all", 0))))
    return HistogramMetricFamily(
        NAME + "decide_seconds",
        "From a push's arrival to its decision",
        buckets=buckets,
        sum_value=totals.get("took_ms", 0) / 1000,
    )


def _rescued(totals: Mapping[str, int]) -> Metric:
    return CounterMetricFamily(
        NAME + "silent_rescued",
        "Messages that the watchdog found without an end",
        value=totals.get("silent_rescued", 0),
    )


def _deliveries(state: gauges.Readings) -> Metric:
    family = GaugeMetricFamily(
        NAME + "deliveries",
        "Messages not sent, by state and WeChat's code",
        labels=["state", "code"],
    )
    for (name, code), count in state.deliveries.items():
        family.add_metric([name, "" if code is None else str(code)], count)
    return family


def _cases(state: gauges.Readings) -> Metric:
    family = GaugeMetricFamily(NAME + "open_cases", "Cases by state", labels=["state"])
    family.add_metric(["waiting"], state.waiting_cases)
    family.add_metric(["claimed"], state.claimed_cases)
    return family


def _media(state: gauges.Readings) -> Metric:
    family = GaugeMetricFamily(NAME + "media", "Pictures and files not fetched", labels=["state"])
    for name in ("pending", "failed"):
        family.add_metric([name], state.media.get(name, 0))
    return family
