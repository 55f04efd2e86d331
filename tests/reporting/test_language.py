"""Numbers of both languages are written as the Unicode locale data has them."""

import numpy as np
import pytest
from babel.numbers import format_decimal

from coverage_sim.reporting.report.language import Language

SPECIAL = (0.0, -0.0, 0.5, 1.5, 2.5, -0.4, 0.005, 0.015, 999.995, 1e6, -1234567.891, 1e15)


def numbers():
    random = np.random.default_rng(5)
    spread = 10.0 ** random.uniform(-4.0, 12.0, 15_000) * random.choice([-1.0, 1.0], 15_000)
    halves = random.integers(-1_000_000, 1_000_000, 15_000) / 200.0
    return [*SPECIAL, *spread.tolist(), *halves.tolist()]


@pytest.mark.parametrize("code", ["vi", "en"])
def test_the_same_text_as_the_locale_data_for_sixty_thousand_numbers(code):
    language = Language(code)
    patterns = {0: "#,##0", 1: "#,##0.0", 2: "#,##0.00"}
    for place, value in enumerate(numbers()):
        digits = place % 3
        rounded = round(value, digits) + 0.0
        assert language.number(value, digits) == format_decimal(
            rounded, patterns[digits], locale=code
        )
        assert language.short(value) == format_decimal(
            round(value, 2) + 0.0, "#,##0.##", locale=code
        )
