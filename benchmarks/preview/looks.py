"""What a panel's JSON says of the look of each of its fields: defaults, then overrides in their order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.preview.formats import SCALED, formatted
from benchmarks.preview.theme import CLASSIC, Theme
from dashboards.asking.frames import Field

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Looks:
    """Of one field.

    Attributes:
        said: property by its name in overrides, such as `custom.lineWidth`.
        title: under which it is shown.
        theme: whose `text` is meant.
    """

    said: Json
    title: str
    theme: Theme

    def get(self, name: str, default: Any = None) -> Any:
        """A property."""
        return self.said.get(name, default)

    def words(self, value: Any, now_ms: int, decimals: int | None = None) -> str:
        """A value as it is read: mapped, or with its unit; `decimals` if the field does not say."""
        if value is None:
            return str(self.get("noValue", ""))
        mapped = self._mapped(value)
        if mapped and mapped.get("text"):
            return str(mapped["text"])
        if isinstance(value, str):
            return value
        unit = str(self.get("unit", "none"))
        # Those of a tick in seconds would be wrong in milliseconds.
        said = self.get("decimals", None if unit in SCALED else decimals)
        return formatted(float(value), unit, said, now_ms)

    def colour(self, value: Any) -> str | None:
        """That a value has by mapping, threshold or decree; None: the panel's own way of choosing."""
        mapped = self._mapped(value)
        if mapped and mapped.get("color"):
            return self.theme.named(str(mapped["color"]))
        mode = (self.get("color") or {}).get("mode")
        if mode == "fixed":
            return self.theme.named(self.get("color")["fixedColor"])
        return self.stepped(value) if isinstance(value, (int, float)) else None

    def stepped(self, value: float) -> str | None:
        """By thresholds."""
        found = None
        for step in self.steps:
            if step.get("value") is None or value >= step["value"]:
                found = self.theme.named(step["color"])
        return found

    @property
    def steps(self) -> Sequence[Json]:
        """Thresholds, the lowest first."""
        steps: Sequence[Json] = (self.get("thresholds") or {}).get("steps", ())
        return steps

    def line_colour(self, number: int) -> str:
        """Of a line or bars; `number` is its place among the others."""
        chosen = self.get("color") or {}
        if chosen.get("mode") == "fixed":
            return self.theme.named(chosen["fixedColor"])
        return CLASSIC[number % len(CLASSIC)]

    def _mapped(self, value: Any) -> Json | None:
        for mapping in self.get("mappings") or ():
            said = f"{value:g}" if isinstance(value, float) else str(value)
            if mapping["type"] == "value" and said in mapping["options"]:
                return dict(mapping["options"][said])
        return None


def looks_of(panel: Json, field: Field, theme: Theme) -> Looks:
    """Of a field of a panel."""
    config = panel.get("fieldConfig", {})
    defaults = dict(config.get("defaults", {}))
    said = {f"custom.{name}": value for name, value in defaults.pop("custom", {}).items()} | defaults
    for override in config.get("overrides", ()):
        if _matches(override["matcher"], field):
            said |= {each["id"]: each.get("value") for each in override["properties"]}
    return Looks(said, str(said.get("displayName") or field.title), theme)


def _matches(matcher: Json, field: Field) -> bool:
    if matcher["id"] == "byName":
        return matcher["options"] in {field.title, field.name}
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"].strip("/"), field.title) is not None
    raise LookupError(f"matcher {matcher['id']}")
