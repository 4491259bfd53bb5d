"""Tables are read once while their files stay as they are, and what is handed out twice cannot be changed."""

import os
import shutil

import pytest

from marketsim import resources
from marketsim.domain.region import load_city


def test_a_city_is_read_again_only_when_a_file_changes(tmp_path):
    folder = shutil.copytree(resources.path("configs", "regions", "tianjin"), tmp_path / "tianjin")
    city = load_city(folder)
    assert load_city(folder) is city and load_city(folder, city.view) is not city
    cells = folder / "cells.csv"
    text = cells.read_text(encoding="utf-8")
    cells.write_text(text + "\n", encoding="utf-8")
    assert load_city(folder) is not city
    cells.write_text(text, encoding="utf-8")
    os.utime(cells, (0, 0))
    assert (load_city(folder).cells == city.cells).all()
    with pytest.raises(ValueError, match="read-only"):
        city.cells[0, 0, 0] = 1
