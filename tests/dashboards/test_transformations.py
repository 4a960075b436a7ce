"""Transformations, against what Grafana's documentation says they do."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dashboards import transforming
from dashboards.asking.frames import Field, Frame
from dashboards.asking.transformations import transformed


def frame(ref_id: str, **columns: Any) -> Frame:
    kinds = {"Time": "time", "time": "time"}
    fields = [
        Field(name, values, kinds.get(name) or ("string" if isinstance(values[0], str) else "number"))
        for name, values in columns.items()
    ]
    return Frame(ref_id, fields)


def shown(frames: list[Frame], *steps: Any, zone: str = "UTC") -> list[dict[str, list[Any]]]:
    made = transformed(frames, [step.to_json() for step in steps], ZoneInfo(zone))
    return [{field.title: list(field.values) for field in each.fields} for each in made]


def line(ref_id: str, client: str, values: list[float]) -> Frame:
    times = list(range(0, 1_000 * len(values), 1_000))
    return Frame(ref_id, [Field("time", times, "time"), Field("value", values, "number", {"client": client})])


def test_lines_become_cells_beside_their_labels_and_join_a_table() -> None:
    table = frame("A", client=["b", "a", "c"], need=[0.1, 0.9, 0.5])
    lines = [line("B", "a", [1, 2]), line("B", "b", [3])]
    steps = [transforming.sparklines(["B"]), transforming.joined("client"), transforming.sorted_by("need", down=True)]
    assert shown([table, *lines], *steps) == [
        {
            "client": ["a", "c", "b"],
            "need": [0.9, 0.5, 0.1],
            "Trend #B": [[(0, 1), (1_000, 2)], None, [(0, 3)]],
        }
    ]


def test_columns_come_in_the_order_that_is_asked_for_and_others_after_them() -> None:
    table = frame("A", a=[1], b=[2], c=[3])
    [made] = shown([table], transforming.in_order(["c", "a"]))
    assert list(made) == ["c", "a", "b"]
    assert shown([table], transforming.without("a", "c")) == [{"b": [2]}]


def test_sums_of_a_row_are_one_more_column() -> None:
    assert shown([frame("A", Time=[5, 6], ms=[10, 20])], transforming.summed(["Time", "ms"], "end")) == [
        {"Time": [5, 6], "ms": [10, 20], "end": [15, 26]}
    ]


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 22), ("Europe/Berlin", 0), ("America/Sao_Paulo", 19)])
def test_the_hour_of_a_time_is_that_of_the_board_s_zone(zone: str, hour: int) -> None:
    table = frame("A", Time=[1_719_871_200_000], kcal=[500])  # 2024-07-01 22:00 UTC
    steps = [
        transforming.summed(["Time"], "hour"),
        transforming.converted("hour", "time"),
        transforming.time_as_text("hour", "HH"),
        transforming.converted("hour", "number"),
    ]
    assert shown([table], *steps, zone=zone)[0]["hour"] == [hour]


def test_rows_are_grouped_and_one_field_s_values_become_columns() -> None:
    table = frame("A", week=["1", "1", "1", "2"], type=["Run", "Run", "Yoga", "Run"], min=[30, 20, 60, 45])
    steps = [transforming.grouped(["week", "type"], {"min": "sum"}), transforming.matrix("week", "type", "min (sum)")]
    assert shown([table], *steps) == [{"week\\type": ["1", "2"], "Run": [50, 45], "Yoga": [60, None]}]


def test_missing_values_come_last_whichever_way_rows_are_sorted() -> None:
    table = frame("A", name=["a", "b", "c"], need=[1.0, None, 2.0])
    assert shown([table], transforming.sorted_by("need"))[0]["name"] == ["a", "c", "b"]
    assert shown([table], transforming.sorted_by("need", down=True))[0]["name"] == ["c", "a", "b"]


def test_what_is_not_known_here_is_refused() -> None:
    with pytest.raises(LookupError):
        transformed([], [{"id": "labelsToFields", "options": {}}])
