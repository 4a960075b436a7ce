"""What goes together in a person's days, on the same day or days later, and only if chance can hardly explain it.

- Ranks, so that no odd day makes a correlation (Spearman, Am J Psychol 1904;15:72-101), with a straight line over time
  taken out of both, since two things that drift correlate without a reason (partial rank correlation given the day).
- Neighbouring days are alike, so n days tell as much as fewer independent ones: their effective number is that of
  Pyper & Peterman (Can J Fish Aquat Sci 1998;55:2127-2140), after Bartlett (J R Stat Soc 1946;8:27-41).
- Many pairs are tried, so some would look good by chance: of those that are told, at most 5 % are to be false on
  average (Benjamini & Hochberg, J R Stat Soc B 1995;57:289-300). That is proved of tests that are independent or depend
  positively, which pairs that share columns, at several lags, need not be. Where there was nothing to find, 3.3 % of
  simulated people were told anything (`python -m benchmarks.insights`).
- With too few days nothing is said.

A correlation is not a cause, and the words don't say it is one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr
from scipy.stats import false_discovery_control, rankdata

from insights.series import Floats, aligned
from insights.words import amount_of, days, sentence

LEAST_DAYS = 28
LEAST_EFFECTIVE = 10.0
FALSE_SHARE = 0.05

_ZONES = {"zone1_min", "zone2_min", "zone3_min", "zone4_min", "zone5_min"}
_EXERCISE = {
    "exercise_min",
    "energy_out_kcal",
    "distance_km",
    "elevation_gain_m",
    "repetitions",
    "session_load",
    "trimp",
}
_RELATED = (
    {"energy_in_kcal", "carbs_g", "protein_g", "fat_g", "fiber_g", "sugar_g", "sodium_mg"},
    {"steps", "mean_heart_rate_bpm"} | _EXERCISE | _ZONES,
    {"mean_heart_rate_bpm", "resting_heart_rate_bpm"},
    {"sleep_min", "light_sleep_min", "deep_sleep_min", "rem_sleep_min", "awake_min", "bed_time_h", "wake_time_h"}
    | {"sleep_score", "sleep_efficiency_pct"},
    {"weight_kg", "body_fat_pct", "muscle_mass_kg"},
    {"systolic_mmhg", "diastolic_mmhg"},
)
"""Columns that measure the same thing or parts of it: that they go together is no news."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """Two columns that go together.

    Attributes:
        first, second: columns of the daily summary; `first` comes first in time where there is a lag.
        lag: so many days later (0: on the same day).
        rho: rank correlation without what both owe to time, -1 to 1.
        p: chance of one as strong if there were none (two-sided).
        q: share of false ones among all that are at least as clear, of all that were tried.
        days: pairs of days that both have values.
        effective: as many independent pairs would tell as much.
    """

    first: str
    second: str
    lag: int
    rho: float
    p: float
    q: float
    days: int
    effective: float

    @property
    def words(self) -> str:
        """What was seen, with the figures."""
        when = "on the same day" if self.lag == 0 else f"{days(self.lag)} later"
        # Nobody reads 8.6e-05.
        false = "below 0.001" if self.q < 0.001 else f"{self.q:.2g}"
        than = amount_of(self.second, more=self.rho > 0)
        return sentence(
            f"with {amount_of(self.first, more=True)} there was {than} {when} "
            f"(rank correlation {self.rho:+.2f} over {days(self.days)}, which tell as much as {self.effective:.0f} "
            f"independent ones; false discovery rate {false}); this does not say that one causes the other"
        )


def correlations(
    columns: Mapping[str, ArrayLike],
    *,
    lags: Sequence[int] = (0, 1, 2),
    false_share: float = FALSE_SHARE,
    weakest: float = 0.3,
    least: int = LEAST_DAYS,
) -> list[Correlation]:
    """What goes together, strongest first; empty if there is too little data or nothing but chance.

    Args:
        columns: daily series of the same days, by column of the daily summary.
        lags: days by which the second may follow the first, 0 or more.
        false_share: of what is told, at most this share is to be false on average (see above).
        weakest: correlations between this and its negative are not told.
        least: pairs of days that both must have values.

    Raises:
        ValueError: not daily series, of different lengths, or a lag is negative.
    """
    if any(lag < 0 for lag in lags):
        raise ValueError("a lag is 0 days or more")
    series = dict(zip(columns, aligned(*columns.values()), strict=True))
    tried = [found for pair in _pairs(series, lags) if (found := _correlation(series, *pair, least)) is not None]
    if not tried:
        return []
    shares = false_discovery_control([each.p for each in tried], method="bh")
    told = [replace(each, q=float(q)) for each, q in zip(tried, shares, strict=True)]
    clear = [each for each in told if each.q <= false_share and abs(each.rho) >= weakest]
    return sorted(clear, key=lambda each: (-abs(each.rho), each.first, each.second, each.lag))


def _pairs(series: Mapping[str, Floats], lags: Sequence[int]) -> Iterator[tuple[str, str, int]]:
    for first, second in permutations(series, 2):
        if any(first in group and second in group for group in _RELATED):
            continue
        # On the same day the pair has no order, and is tried once.
        yield from ((first, second, lag) for lag in lags if lag > 0 or first < second)


def _correlation(series: Mapping[str, Floats], first: str, second: str, lag: int, least: int) -> Correlation | None:
    x, y = series[first], series[second]
    if lag:
        x, y = x[:-lag], y[lag:]
    both = ~np.isnan(x) & ~np.isnan(y)
    count = int(np.count_nonzero(both))
    if count < least:
        return None
    x, y = _timeless_ranks(x, both), _timeless_ranks(y, both)
    effective = _effective(x, y)
    if effective < LEAST_EFFECTIVE:
        return None
    rho = float(np.clip(np.nansum(x * y) / count, -1, 1))
    return Correlation(first, second, lag, rho, _p(rho, effective), 1.0, count, effective)


def _timeless_ranks(values: Floats, both: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Floats:
    """Standardised ranks without their straight line over time; NaN where not both have values."""
    day = np.flatnonzero(both).astype(np.float64)
    day -= day.mean()
    ranks = rankdata(values[both])
    ranks -= ranks.mean()
    ranks -= day * (ranks @ day) / (day @ day)
    found = np.full(len(values), np.nan)
    found[both] = ranks
    return _standard(found)


def _standard(values: Floats) -> Floats:
    centred = values - np.nanmean(values)
    spread = sqrt(float(np.nanmean(centred**2)))
    # A constant has rounding errors for a spread.
    standard: Floats = centred / spread if spread > 1e-9 else np.where(np.isnan(values), np.nan, 0.0)
    return standard


def _effective(x: Floats, y: Floats) -> float:
    """As many independent pairs of days would tell as much: at most their number N.

    Pyper & Peterman 1998: 1/N* = 1/N + 2/N sum (N - j)/N rxx(j) ryy(j), up to the fifth of N.
    """
    there = (~np.isnan(x)).astype(np.float64)
    count = int(there.sum())
    if count < 2:
        return float(count)
    lags = np.arange(1, count // 5 + 1)
    # Of each lag, the mean of the products of all pairs of days that both have values.
    pairs = np.maximum(_products(there)[lags], 1.0)
    alike = (1 - lags / count) * _products(np.nan_to_num(x))[lags] * _products(np.nan_to_num(y))[lags] / pairs**2
    return count / max(1 + 2 * float(alike.sum()), 1.0)


def _products(values: Floats) -> Floats:
    """For each lag from 0 on, the sum of the products of all days so far apart."""
    return np.correlate(values, values, mode="full")[len(values) - 1 :]


def _p(rho: float, effective: float) -> float:
    # Two degrees of freedom go to the means and one to time.
    freedom = effective - 3
    if abs(rho) >= 1:
        return 0.0
    return float(2 * stdtr(freedom, -abs(rho) * sqrt(freedom / (1 - rho * rho))))
