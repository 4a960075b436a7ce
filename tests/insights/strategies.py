"""Daily series for properties: values that days may have, and days without one."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import SearchStrategy

from insights.series import Floats

values = st.floats(-1e4, 1e4).map(lambda value: round(value, 3))
gapped = st.one_of(values, st.just(float("nan")))


def series(low: int = 0, high: int = 60, elements: SearchStrategy[float] = gapped) -> SearchStrategy[Floats]:
    """Daily series of so many days."""
    return st.integers(low, high).flatmap(lambda days: arrays(np.float64, days, elements=elements))
