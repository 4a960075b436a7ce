"""Colours that mean something are told apart with any common colour vision."""

from itertools import combinations

import numpy as np
import pytest

from dashboards import palette

# Machado, Oliveira & Fernandes, IEEE Trans Vis Comput Graph 2009;15:1291-1298, severity 1.0, of linear RGB.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "none": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.9505, 1.0, 1.089)


def lab(colour: str, deficiency: str) -> np.ndarray:
    """CIELAB as it is seen."""
    srgb = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(DEFICIENCIES[deficiency]) @ linear, 0, 1)
    ratio = np.array(TO_XYZ) @ seen / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_statuses_are_told_apart(deficiency: str) -> None:
    for one, other in combinations(palette.STATUS.values(), 2):
        assert np.linalg.norm(lab(one, deficiency) - lab(other, deficiency)) > 15, (one, other)


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_lines_that_stand_beside_each_other_are_told_apart(deficiency: str) -> None:
    for one, other in combinations((*palette.SERIES, palette.GREY), 2):
        assert np.linalg.norm(lab(one, deficiency) - lab(other, deficiency)) > 15, (one, other)
