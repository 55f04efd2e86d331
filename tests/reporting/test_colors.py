import itertools

import numpy as np
import pytest
import xarray as xr

from coverage_sim.reporting import colors
from coverage_sim.reporting.colors import Level, rgb255, signal_classes

LEVELS = [Level("Good", -100.0, "#5cb89a"), Level("Basic", -110.0, "#eed96c")]

# Machado, Oliveira, Fernandes, IEEE TVCG 15(6), 2009, Table 1, severity 1.0, linear RGB
SIGHT = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(color):
    part = np.array(rgb255(color)) / 255.0
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIE 1976 L*a*b* of linear sRGB under D65."""
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    t = np.clip(to_xyz @ np.clip(rgb, 0, 1), 0, None) / [0.9505, 1.0, 1.089]
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def luminance(color):
    return float(np.dot([0.2126, 0.7152, 0.0722], linear(color)))


def contrast(one, other):
    """Contrast ratio of WCAG 2.1, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "palette",
    [
        (*colors.SIGNAL_COLORS, colors.BELOW_SERVICE, colors.NO_SERVICE),
        colors.SHARE_COLORS,
        (colors.GAINED, colors.LOST, colors.KEPT, colors.STILL_WITHOUT),
    ],
    ids=["signal", "share", "difference"],
)
def test_classes_of_one_map_differ_for_every_kind_of_sight(palette, sight):
    seen = [lab(SIGHT[sight] @ linear(color)) for color in palette]
    least = min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))
    assert least > 15.0  # about six times a difference that can just be noticed


def test_texts_are_readable_on_their_ground():
    # WCAG 2.1, 1.4.3: at least 4.5 for small text
    assert contrast(colors.INK, colors.PAPER) >= 4.5
    assert contrast(colors.QUIET_INK, colors.PAPER) >= 4.5
    assert contrast(colors.PAPER, colors.WARNING) >= 4.5


def test_the_worse_the_share_the_darker():
    assert [luminance(color) for color in colors.SHARE_COLORS[:4]] == sorted(
        luminance(color) for color in colors.SHARE_COLORS[:4]
    )


def test_a_level_begins_exactly_at_its_threshold():
    rsrp = xr.DataArray(np.array([[-110.1, -110.0, -100.0, np.nan]], dtype=np.float32))
    classes = signal_classes(rsrp, LEVELS)
    assert classes.to_numpy().tolist() == [[0, 1, 2, 255]]
    assert classes.attrs["flag_meanings"] == "below_all_levels basic good"


def test_the_order_of_the_levels_does_not_matter():
    rsrp = xr.DataArray(np.linspace(-120, -90, 31, dtype=np.float32))
    np.testing.assert_array_equal(signal_classes(rsrp, LEVELS), signal_classes(rsrp, LEVELS[::-1]))
