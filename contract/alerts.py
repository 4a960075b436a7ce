"""What a person is alerted to, on their devices and at their coach: one for each cause and day."""

from datetime import date, datetime
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from contract.decoding import decoded

AlertRule = Literal["inactivity", "anomaly", "silent_device", "low_battery"]
ALERT_RULES: tuple[AlertRule, ...] = get_args(AlertRule)


class Alert(Struct, frozen=True, gc=False):
    """Something to look at. One that comes again has the same id: it is the same."""

    alert_id: Annotated[str, Meta(max_length=36)]
    rule: AlertRule
    cause: Annotated[str, Meta(description="What it is about, such as the column of an anomaly. One a cause and day.")]
    day: Annotated[date, Meta(description="The person's local day that it is about.")]
    raised_at: Annotated[datetime, Meta(tz=True, description="At night it is held until the morning.")]
    text: Annotated[str, Meta(description="What is seen, with the figures; no diagnosis.")]

    def encode(self) -> bytes:
        """As it goes over the wire."""
        return _encoder.encode(self)


def read_alert(payload: bytes) -> Alert:
    """Read it from the wire; raises `msgspec.MsgspecError` if it is none."""
    return decoded(_decoder, payload)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Alert)
