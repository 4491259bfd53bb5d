# Three commands for everybody: `make demo`, `make serve` (the screen) and `make test`. The rest is for those who work on marketsim.
VENV := .venv
LOCK := uv pip compile pyproject.toml --universal --generate-hashes --no-annotate --only-binary :all: --quiet
LOCK += --custom-compile-command "make lock" --extra build

SECONDS := 60

.PHONY: demo test serve calibration validation campaigns stress fuzz golden coverage coverage-core coverage-all record promises sbom audit matching mutation-matching docs screenshots web lock wheel clean

demo: $(VENV)/.run
	$(VENV)/bin/marketsim demo

test: $(VENV)/.test
	$(VENV)/bin/python -m pytest -n 2

serve: $(VENV)/.test
	$(VENV)/bin/marketsim serve

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

# What many runs promise, in full: about an hour on two free cores.
campaigns: $(VENV)/.test
	for kind in worker supervisor dask; do $(VENV)/bin/python benchmarks/kills.py $$kind --kills 50; done
	$(VENV)/bin/python benchmarks/store.py --runs 10000
	$(VENV)/bin/python benchmarks/growth.py
	$(VENV)/bin/marketsim bench sweep
	$(VENV)/bin/marketsim compare benchmarks/rules.yaml --out build/campaigns
	$(VENV)/bin/python benchmarks/luck.py build/campaigns/rules-*

# Random scenarios under the auditor for SECONDS of CPU; a failing one is shrunk and kept in build/stress/.
stress: $(VENV)/.test
	$(VENV)/bin/python benchmarks/stress.py --seconds $(SECONDS) --record

# Needs atheris (pip install -e '.[fuzz]'), which has no wheel for every Python and so stands in no lock.
fuzz: $(VENV)/.test
	for target in csv results loader; do $(VENV)/bin/python benchmarks/fuzz.py $$target --seconds 900 --record || exit 1; done

# After a change that is meant to change results; say why in the commit.
golden: $(VENV)/.test
	$(VENV)/bin/python benchmarks/golden.py --write

# Branches of the package: of ledger, matching and store, then of everything.
coverage: $(VENV)/.test
	$(VENV)/bin/python benchmarks/recorded.py coverage_core --figure 'TOTAL.* ([0-9.]+)%' --least 100 -- make -s coverage-core
	$(VENV)/bin/python benchmarks/recorded.py coverage --figure 'TOTAL.* ([0-9.]+)%' --least 92 -- make -s coverage-all

# Every test, then those of compiled kernels again as plain Python: a tracer does not see machine code.
coverage-all: $(VENV)/.test
	$(VENV)/bin/python -m pytest -q -n 2 --cov-branch --cov-report= --cov=src/marketsim
	NUMBA_DISABLE_JIT=1 $(VENV)/bin/python -m pytest -q --cov-branch --cov-append --cov-report= --cov=src/marketsim tests/domain/test_ledger.py tests/agents \
	    tests/matching -k "not memory and not build and not planted"
	NUMBA_DISABLE_JIT=1 $(VENV)/bin/python -m pytest -q --cov-branch --cov-append --cov-report= --cov=src/marketsim tests/promises/test_table.py \
	    tests/markets/test_power_networks.py -k "twin or textbook or free_steps"
	$(VENV)/bin/python -m coverage report --precision=1

# Kernels count as plain Python (NUMBA_DISABLE_JIT), with checks and without; what writes LLVM code counts in a cold compile.
COVER := $(VENV)/bin/python -m coverage run -p --rcfile=benchmarks/coverage.ini -m pytest -q -p no:cacheprovider
coverage-core: export COVERAGE_FILE := build/coverage-core/data
coverage-core: $(VENV)/.test
	rm -rf build/coverage-core && mkdir -p build/coverage-core
	NUMBA_DISABLE_JIT=1 $(COVER) tests/matching tests/domain/test_ledger.py $(addprefix tests/study/test_,result_folder.py trace_replay.py) \
	    $(addprefix tests/promises/test_,join_interrupted.py ledger_and_store_whole.py) -k "not memory_stays and not checked_build and not planted"
	NUMBA_DISABLE_JIT=1 MARKETSIM_CHECKED=1 $(COVER) $(addprefix tests/matching/test_,engine.py audit.py edges.py) -k "not memory_stays and not build"
	MARKETSIM_CACHE=build/coverage-core/kernels $(COVER) tests/matching/test_edges.py
	MARKETSIM_CACHE=build/coverage-core/kernels MARKETSIM_CHECKED=1 $(COVER) tests/matching/test_edges.py
	$(VENV)/bin/python -m coverage combine -q build/coverage-core
	$(VENV)/bin/python -m coverage report -m --rcfile=benchmarks/coverage.ini --fail-under=100

# Every campaign of docs/promises.md, an evening on two free cores. `make fuzz`, `make coverage` and the digests of several Pythons are apart.
record: $(VENV)/.test
	$(VENV)/bin/python benchmarks/trades.py --record
	$(VENV)/bin/python benchmarks/steps.py --record
	$(VENV)/bin/python benchmarks/faults.py --record
	$(VENV)/bin/python benchmarks/corruption.py --record
	$(VENV)/bin/python benchmarks/bad_inputs.py --record
	$(VENV)/bin/python benchmarks/stress.py --seconds 600 --record
	for kind in worker supervisor dask; do $(VENV)/bin/python benchmarks/recorded.py kills_$$kind --figure '"kills": ([0-9]+)' -- $(VENV)/bin/python benchmarks/kills.py $$kind --kills 70; done
	$(VENV)/bin/python benchmarks/recorded.py planted --figure '([0-9]+) passed' --least 20 -- $(VENV)/bin/python -m pytest -o addopts=--import-mode=importlib -k 'catches or caught' tests/promises/test_planted.py tests/matching
	MARKETSIM_LAB_PROBLEMS=500 $(VENV)/bin/python benchmarks/recorded.py lab --figure '([0-9]+) passed' -- $(VENV)/bin/python -m pytest tests/lab
	$(VENV)/bin/python benchmarks/recorded.py mutation_ledger --figure 'mutation score ([0-9.]+) %' --least 90 -- $(VENV)/bin/python benchmarks/mutation.py src/marketsim/domain/ledger.py src/marketsim/domain/accounts.py --tests tests/domain/test_ledger.py tests/promises/test_ledger_and_store_whole.py --preload numpy pandas duckdb hypothesis
	$(VENV)/bin/python benchmarks/recorded.py mutation_matching --figure 'score of matching: ([0-9.]+) %' --least 90 -- $(VENV)/bin/python benchmarks/mutation_matching.py --sample 100 --seed $$(date +%Y%m%d)

# The table of promises from what the campaigns recorded: docs/promises.md, docs/promises.zh.md and the README.
promises: $(VENV)/.test
	$(VENV)/bin/python benchmarks/promises.py

# What marketsim is made of: build/sbom.json (CycloneDX) and docs/licences.md.
sbom: $(VENV)/.test
	$(VENV)/bin/python docs/supply.py

# Known weaknesses of the locked versions; needs a network and pip-audit.
audit:
	pip-audit --require-hashes --disable-pip -r requirements.lock

# The matching core's promises: a million random events, then the ratios to its peers (bourse, liquibook: the extra `bench`).
matching: $(VENV)/.test
	$(VENV)/bin/python benchmarks/recorded.py orders --figure '([0-9]+) events agreed' --least 1000000 -- $(VENV)/bin/python tests/matching/test_agree.py 1000000
	MARKETSIM_CHECKED=1 $(VENV)/bin/python tests/matching/test_agree.py 100000
	$(VENV)/bin/python -m pip install --quiet bourse==0.4.0
	$(VENV)/bin/python benchmarks/matching_ratios.py

# One small fault at a time, three seconds each. SAMPLE="--sample 100" plants only so many in each part, drawn by --seed.
mutation-matching: $(VENV)/.test
	$(VENV)/bin/python benchmarks/mutation_matching.py $(SAMPLE) --least 90

# The generated pages, then the site in docs/_build/html; a warning is an error.
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
