"""Results in a notebook: the page of the report, framed apart, and the script that completes commands."""

import html
import re
import subprocess
from argparse import Namespace

import pytest

import marketsim
from marketsim import cli_serve
from marketsim.cli import VERBS
from marketsim.report import notebook, shapes
from marketsim.report.html import build


def test_a_result_shows_itself_as_its_report(page):
    framed = notebook.framed(build(page, "en"))
    inner = html.unescape(re.search(r'srcdoc="([^"]*)"', framed).group(1))
    assert inner == build(page, "en") and 'sandbox="allow-scripts allow-downloads"' in framed
    assert issubclass(notebook.Run, notebook.stored.Stored) and issubclass(notebook.Study, notebook.opened.Study)
    assert marketsim.load.__doc__


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_verb(shell, capsys):
    assert cli_serve.completion(Namespace(shell=shell)) == 0
    text = capsys.readouterr().out
    assert not [verb for verb in VERBS if verb not in text] and "--out" in text.replace("-l out", "--out")


def test_bash_completes_a_verb_and_an_option(capsys):
    cli_serve.completion(Namespace(shell="bash"))
    script = capsys.readouterr().out + '\nCOMP_WORDS=(marketsim comp); COMP_CWORD=1; _marketsim; echo "${COMPREPLY[@]}"; COMP_WORDS=(marketsim report --m); COMP_CWORD=2; _marketsim; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) >= {"compare", "completion", "--map"}


def test_a_map_of_one_s_own_is_joined_on_adcode(tmp_path):
    ring = [[117.0, 39.0], [118.0, 39.0], [118.0, 40.0], [117.0, 39.0]]
    (tmp_path / "map.geojson").write_text('{"features": [{"properties": {"adcode": 120101}, "geometry": {"type": "Polygon", "coordinates": [%s]}}]}' % ring)
    found = shapes.read(tmp_path / "map.geojson", ["120101", "120102"])
    assert list(found) == ["120101"] and re.fullmatch(r"M[\d. L]+Z", found["120101"]["path"])
    for text in ("{", '{"features": [{"properties": {"adcode": 1}, "geometry": {"type": "Point", "coordinates": []}}]}', '{"features": []}'):
        (tmp_path / "map.geojson").write_text(text)
        with pytest.raises(marketsim.errors.InputError, match="map.geojson"):
            shapes.read(tmp_path / "map.geojson", ["120101"])
