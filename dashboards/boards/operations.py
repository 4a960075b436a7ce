"""Operations: is everything there, does it keep up, what is refused, and can the data be trusted."""

from collections.abc import Sequence
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards import data_quality, links, palette, units
from dashboards import operations_queries as asked
from dashboards.frame import frame
from dashboards.geometry import Heading, Line, even
from dashboards.operations_queries import UNREAD
from dashboards.panels import Steps, bars, lines, rows, tile, with_colours, worded
from dashboards.targets import Target, prometheus, records

_WRITE = "paceline_ingest_write_seconds"
_LAG = "paceline_ingest_lag_seconds"
_PER_SECOND = "suffix: /s"
_WAITING: Steps = [(None, palette.FINE), (30, palette.LOOK), (120, palette.URGENT)]
_ANSWER_COLOURS = (palette.SKY, palette.GREEN, palette.PURPLE, palette.ORANGE, palette.VERMILLION)
_QUANTILES = {"A": (0.5, "half are faster"), "B": (0.95, "95 % are faster"), "C": (0.99, "99 % are faster")}
_QUANTILE_COLOURS = {
    "half are faster": palette.SKY,
    "95 % are faster": palette.ORANGE,
    "99 % are faster": palette.VERMILLION,
}


def board() -> Dashboard:
    """The board."""
    return frame(
        links.OPERATIONS,
        "Operations",
        "Is everything there, does it keep up, what is refused, can the data be trusted. No health values.",
        [
            even(3, *_tiles()),
            Line(8, [(_batches(), 8), (_writing(), 8), (_lag(), 8)]),
            Line(8, [(_unacknowledged(), 8), (_broker_queue(), 8), (_requests(), 8)]),
            Heading("What could not be stored"),
            data_quality.refused(),
            Heading("Devices and broker"),
            even(8, _devices(), _connected(), _dropped()),
            Heading("HTTP and insights"),
            even(8, _statuses(), _insights(), _retries()),
            Heading("Can the data be trusted?"),
            *data_quality.doubted(),
        ],
        links=[links.to_roster()],
        since="now-6h",
        refresh="30s",
    )


def _tiles() -> Sequence[Any]:
    up = tile(
        "Is everything up?", "The smallest `up` of all targets of Prometheus.", units.NONE, [prometheus("min(up)")],
        no_data=UNREAD, steps=[(None, palette.URGENT), (1, palette.FINE)],
    )  # fmt: skip
    oldest = tile(
        "Oldest unacknowledged", "Age of the oldest message that the broker waits for.", units.SECONDS,
        [prometheus("max(paceline_ingest_oldest_unacknowledged_seconds)")], no_data=UNREAD, steps=_WAITING,
    )  # fmt: skip
    stored = tile(
        "Batches a second", "Acknowledged, stored or not.", _PER_SECOND,
        [prometheus(asked.rate("paceline_ingest_messages_total"))], no_data=UNREAD, steps=[(None, palette.FINE)],
    )  # fmt: skip
    letters = tile(
        "Dead letters in an hour", "Messages of which something could not be stored.", units.NONE,
        [prometheus("sum(increase(paceline_ingest_dead_letters_total[1h])) or vector(0)")],
        no_data=UNREAD, steps=[(None, palette.FINE), (1, palette.LOOK), (100, palette.URGENT)],
    )  # fmt: skip
    failing = tile(
        "Failing requests", "Of all HTTP requests, those that ended in a fault of ours.", units.PERCENT,
        [prometheus(asked.failing_share())],
        no_data="No requests in this time range.", steps=[(None, palette.FINE), (1, palette.LOOK), (5, palette.URGENT)],
    )  # fmt: skip
    waiting = tile(
        "Days to be worked out", "Users whose days insights still have to work out.", units.NONE,
        [prometheus("sum(paceline_insights_waiting)")], no_data=UNREAD,
        steps=[(None, palette.FINE), (1_000, palette.LOOK)],
    )  # fmt: skip
    up.mappings(worded({"1": ("Yes", palette.FINE), "0": ("No", palette.URGENT)}))
    return [up.decimals(0), oldest.decimals(1), stored, letters.decimals(0), failing.decimals(1), waiting]


def _batches() -> Any:
    panel = bars(
        "Batches by what became of them",
        "A second: stored whole, in part, or rejected.",
        _PER_SECOND,
        [prometheus(asked.rate("paceline_ingest_messages_total", "outcome"), name="{{outcome}}")],
        no_data=UNREAD,
        stacked=True,
    )
    return with_colours(panel, {"stored": palette.SKY, "partly": palette.ORANGE, "rejected": palette.VERMILLION})


def _writing() -> Any:
    return _quantiles("How fast are writes confirmed?", "Time of one confirmed write of the series store.", _WRITE)


def _requests() -> Any:
    return _quantiles(
        "How fast is HTTP answered?", "From a request's head to the end of its answer.", "paceline_http_request_seconds"
    )


def _quantiles(title: str, about: str, histogram: str) -> Any:
    targets = [
        prometheus(asked.quantile(share, histogram), letter, name=name) for letter, (share, name) in _QUANTILES.items()
    ]
    return with_colours(lines(title, about, units.SECONDS, targets, no_data=UNREAD), _QUANTILE_COLOURS)


def _lag() -> Any:
    targets = [
        prometheus(asked.quantile(0.5, _LAG), name="half are faster"),
        prometheus(asked.quantile(0.95, _LAG), "B", name="95 % are faster"),
    ]
    panel = lines(
        "How long until a measurement is stored?",
        "From a batch's newest item to its confirmed write: phones that upload at 10, 14, 18 and 22 are hours late.",
        units.SECONDS,
        targets,
        no_data=UNREAD,
    )
    shown = ("half are faster", "95 % are faster")
    return with_colours(panel, {name: _QUANTILE_COLOURS[name] for name in shown})


def _unacknowledged() -> Any:
    panel = lines(
        "Unacknowledged messages",
        "In hand of the ingestors, which the broker waits for. It grows while the database is away, and then stops.",
        units.NONE,
        [prometheus("sum(paceline_ingest_unacknowledged)", name="unacknowledged")],
        no_data=UNREAD,
    )
    return with_colours(panel.axis_soft_min(0), {"unacknowledged": palette.PURPLE})


def _broker_queue() -> Any:
    panel = lines(
        "How much waits in the broker?",
        "Messages that it keeps for subscribers who are away or busy, retained ones too.",
        units.NONE,
        [prometheus("max(paceline_broker_queued_messages)", name="waiting")],
        no_data=UNREAD,
    )
    return with_colours(panel.axis_soft_min(0), {"waiting": palette.ORANGE})


def _devices() -> Any:
    return rows(
        "How are the devices?",
        "Registered ones, by what they said last; silent: nothing for a day.",
        [records(asked.devices())],
        no_data="No device is registered yet.",
    )


def _connected() -> Any:
    panel = lines(
        "Who is connected?",
        "Clients of the broker: devices, and services of the house.",
        units.NONE,
        [prometheus("sum(paceline_broker_clients_connected)", name="connected")],
        no_data=UNREAD,
    )
    return with_colours(panel.axis_soft_min(0).decimals(0), {"connected": palette.GREEN})


def _dropped() -> Any:
    panel = bars(
        "Does the broker drop messages?",
        "A second, since a queue was full. Devices with receipts repeat them; others lose them.",
        _PER_SECOND,
        [prometheus(asked.rate("paceline_broker_messages_dropped_total"), name="dropped")],
        no_data=UNREAD,
    )
    return with_colours(panel, {"dropped": palette.VERMILLION})


def _statuses() -> Any:
    targets = [
        prometheus(asked.answers(statuses), letter, name=name)
        for letter, (name, statuses) in zip("ABCDE", asked.ANSWERS.items(), strict=True)
    ]
    panel = lines("How are HTTP requests answered?", "A second, by status.", _PER_SECOND, targets, no_data=UNREAD)
    return with_colours(panel.axis_soft_min(0), dict(zip(asked.ANSWERS, _ANSWER_COLOURS, strict=True)))


def _insights() -> Any:
    histogram = "paceline_insights_delay_seconds"
    return _quantiles(
        "How late are summaries?", "From the first word of a change to the stored summary and standing.", histogram
    )


def _retries() -> Any:
    targets: list[Target] = [
        prometheus(asked.rate("paceline_ingest_retries_total", "store"), name="writes to {{store}}"),
        prometheus(asked.rate("paceline_insights_retries_total"), "B", name="rounds of insights"),
    ]
    panel = bars(
        "What has to be tried again?", "A second, since a store was away.", _PER_SECOND, targets, no_data=UNREAD
    )
    colours = {"writes to series": palette.ORANGE, "writes to records": palette.SKY}
    return with_colours(panel, colours | {"rounds of insights": palette.PURPLE})
