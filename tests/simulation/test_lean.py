"""Mesa is loaded without its experimental rooms, which are still there for whoever asks."""

import subprocess
import sys

ASKED = """
import sys
import marketsim.simulation.run
assert "mesa" in sys.modules and not any(name.partition(".")[0] == "scipy" for name in sys.modules)
import mesa
assert not hasattr(mesa.experimental, "__file__") and "scipy" not in sys.modules
{how}
assert found.__name__ == "ContinuousSpace" and "scipy" in sys.modules
assert sys.modules["mesa.experimental"] is mesa.experimental and mesa.experimental.__file__
"""


def test_a_run_loads_no_scipy_and_the_experimental_rooms_open_on_demand():
    for how in (
        "found = mesa.experimental.continuous_space.ContinuousSpace",
        "from mesa.experimental.continuous_space import ContinuousSpace as found",
        "import mesa.experimental.continuous_space as room; found = room.ContinuousSpace",
    ):
        subprocess.run([sys.executable, "-c", ASKED.format(how=how)], check=True)
