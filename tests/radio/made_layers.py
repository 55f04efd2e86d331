"""Two layers as the sample has them, each with what a test makes otherwise."""

from coverage_sim.network.layers import Layer


def lte(**given):
    """40 W a port over 20 MHz."""
    return Layer(
        **(
            {
                "technology": "lte",
                "band": "b3",
                "frequency_mhz": 1842.5,
                "bandwidth_mhz": 20.0,
                "operators": ("viettel",),
                "port_power_dbm": 46.0,
                "antenna": "panel",
                "radius_m": 8000.0,
            }
            | given
        )
    )


def nr(**given):
    """200 W over 100 MHz."""
    return Layer(
        **(
            {
                "technology": "nr",
                "band": "n78",
                "frequency_mhz": 3750.0,
                "bandwidth_mhz": 100.0,
                "subcarrier_spacing_khz": 30,
                "operators": ("vnpt",),
                "total_power_dbm": 53.0,
                "antenna": "array",
                "radius_m": 6000.0,
            }
            | given
        )
    )
