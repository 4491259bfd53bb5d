# Two commands for everybody: `make demo` and `make test`. The rest is for those who work on marketsim.
VENV := .venv
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --only-binary :all: --quiet
LOCK += --custom-compile-command "make lock" --extra build

.PHONY: demo test calibration validation campaigns docs screenshots web lock wheel clean

demo: $(VENV)/.run
	$(VENV)/bin/marketsim demo

test: $(VENV)/.test
	$(VENV)/bin/python -m pytest -n 2

$(VENV)/.run: requirements.lock pyproject.toml
	.ci/setup $(VENV) requirements.lock
	touch $@

$(VENV)/.test: requirements-dev.lock pyproject.toml
	.ci/setup $(VENV) requirements-dev.lock
	touch $@

# Two blocks of seeds, three minutes in all on two cores; docs/calibration.md holds what it printed.
calibration: $(VENV)/.test
	$(VENV)/bin/python benchmarks/calibration.py --first 1
	$(VENV)/bin/python benchmarks/calibration.py --first 101

# All tables of the literature, three minutes; docs/validation.md holds what it printed.
validation: $(VENV)/.test
	$(VENV)/bin/python docs/validation.py

# The generated pages, then the site in docs/_build/html; a warning is an error.
# What many runs promise, in full: about an hour on two free cores.
campaigns: $(VENV)/.test
	for kind in worker supervisor dask; do $(VENV)/bin/python benchmarks/kills.py $$kind --kills 50; done
	$(VENV)/bin/python benchmarks/store.py --runs 10000
	$(VENV)/bin/marketsim bench sweep
	$(VENV)/bin/marketsim compare benchmarks/rules.yaml --out build/campaigns
	$(VENV)/bin/python benchmarks/luck.py build/campaigns/rules-*

docs: $(VENV)/.test
	$(VENV)/bin/python docs/generate.py
	$(VENV)/bin/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# Report and screen in both languages, for the README. Needs Chromium and a Chinese font.
screenshots: $(VENV)/.test
	$(VENV)/bin/python docs/screenshots.py

# Needs Node. Rebuilds the chart bundle the report carries; the same bytes every time.
web:
	cd web && npm ci --ignore-scripts=false --no-audit --no-fund && npm run build

# Needs uv. Keeps the pinned versions; `make lock UPGRADE=--upgrade` takes newer ones.
lock:
	$(LOCK) $(UPGRADE) -o requirements.lock
	$(LOCK) $(UPGRADE) --extra test -c requirements.lock -o requirements-dev.lock

# The time stamp of the last commit makes two builds of one commit the same bytes.
wheel: $(VENV)/.test
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(VENV)/bin/python -m hatchling build -t wheel

clean:
	rm -rf $(VENV) build dist .pytest_cache .hypothesis .ruff_cache
