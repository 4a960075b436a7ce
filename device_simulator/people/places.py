"""Where people live: time zone, coordinates, hills, and when one eats there."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Place:
    """A city.

    Attributes:
        city: its name.
        zone: IANA name of its time zone, one without changes at midnight.
        lat, lng: degrees, WGS 84.
        altitude_m: of the city.
        hills_m: typical height of a hill there.
        lunch_min, dinner_min: when one eats, minutes after local midnight.
    """

    city: str
    zone: str
    lat: float
    lng: float
    altitude_m: float
    hills_m: float
    lunch_min: int = 750
    dinner_min: int = 1_140

    @property
    def tz(self) -> ZoneInfo:
        """The time zone's rules."""
        return ZoneInfo(self.zone)


PLACES = (
    Place("Berlin", "Europe/Berlin", 52.507, 13.390, 38, 9),
    Place("London", "Europe/London", 51.515, -0.110, 22, 18),
    Place("Madrid", "Europe/Madrid", 40.420, -3.700, 655, 28, 855, 1_275),
    Place("Oslo", "Europe/Oslo", 59.925, 10.740, 60, 55, 690, 1_050),
    Place("Toronto", "America/Toronto", 43.690, -79.400, 110, 22, 735, 1_110),
    Place("New York", "America/New_York", 40.730, -73.980, 14, 10, 755, 1_155),
    Place("Denver", "America/Denver", 39.740, -104.980, 1_600, 32, 740, 1_110),
    Place("São Paulo", "America/Sao_Paulo", -23.560, -46.650, 765, 36, 760, 1_200),
    Place("Bengaluru", "Asia/Kolkata", 12.970, 77.590, 915, 20, 800, 1_245),
    Place("Tokyo", "Asia/Tokyo", 35.690, 139.690, 36, 12, 735, 1_150),
    Place("Sydney", "Australia/Sydney", -33.880, 151.190, 32, 30, 750, 1_120),
)
