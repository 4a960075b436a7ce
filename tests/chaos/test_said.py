"""When a device says a correction again."""

from random import Random

from benchmarks.chaos.batches import Item
from benchmarks.chaos.journal import Intent
from benchmarks.chaos.said import Said


def batch(batch_id: str, *meals: tuple[str, int]) -> Intent:
    items = [{"meal_id": name, "calories": calories, "timestamp": "2026-01-14T18:00:00Z"} for name, calories in meals]
    return Intent(batch_id, "meals", {"items": items})


def say(said: Said, intent: Intent) -> None:
    said.begin(intent)
    said.settle(intent)


def doubtful(said: Said) -> list[tuple[str, int]]:
    return [(item["meal_id"], item["calories"]) for _, items in said.take_doubtful() for item in items]


def corrected() -> Said:
    """Of two meals, one was corrected."""
    said = Said()
    say(said, batch("b0", ("lunch", 100), ("dinner", 500)))
    say(said, batch("b1", ("lunch", 200)))
    return said


def test_another_receipt_for_what_was_corrected_puts_the_correction_in_doubt_once() -> None:
    said = corrected()
    said.hear_again("b0")
    assert said.is_doubtful
    assert doubtful(said) == [("lunch", 200)]
    assert not said.is_doubtful
    assert doubtful(said) == []


def test_another_receipt_for_the_newest_version_is_of_no_matter() -> None:
    said = corrected()
    said.hear_again("b1")
    assert not said.is_doubtful


def test_a_new_connection_puts_all_corrections_in_doubt_and_nothing_else() -> None:
    said = corrected()
    said.connect_anew()
    assert doubtful(said) == [("lunch", 200)]


def test_what_is_under_way_stays_in_doubt_until_its_receipt() -> None:
    said = Said()
    say(said, batch("b0", ("lunch", 100)))
    correction = batch("b1", ("lunch", 200))
    said.begin(correction)
    said.hear_again("b0")  # before the correction was stored, or after it? nobody knows
    assert doubtful(said) == []
    said.settle(correction)
    assert doubtful(said) == [("lunch", 200)]


def test_only_what_has_its_receipt_and_is_not_under_way_is_corrected() -> None:
    said, chances = Said(), [Random(seed) for seed in range(50)]  # noqa: S311  # no secret

    def correctable() -> set[str]:
        found: list[tuple[str, list[Item]]] = [pair for chance in chances if (pair := said.correctable(chance))]
        return {item["meal_id"] for _, items in found for item in items}

    said.begin(batch("b0", ("lunch", 100)))
    assert correctable() == set()
    said.settle(batch("b0", ("lunch", 100)))
    assert correctable() == {"lunch"}
    said.begin(batch("b1", ("lunch", 200)))
    assert correctable() == set()
