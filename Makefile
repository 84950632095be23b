# make run | test | setup | check | campaign | journeys | bench | lock. Each sets up what it needs by itself.
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
TEST_LISTS := run test $(if $(filter true,$(CI)),judges)
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q --require-hashes
INTO := $(if $(WHEELS),--no-index --find-links $(WHEELS))
NPM := npm ci --prefix .ci/npm --ignore-scripts --no-audit --no-fund --loglevel=error
DEMO_OF := $(wildcard app/console/demo.py planning/case/*.py planning/case/edits/*.py \
	planning/checks/*.py planning/exchange/*.py planning/phantoms/*.py resources/limits/*)

.PHONY: setup run test check campaign journeys bench lock
.DELETE_ON_ERROR:

setup: $(VENV)/.run build/.demo

$(VENV)/.run: requirements.lock setup.cfg .ci/debian-run.txt .ci/system.py
	$(PY) .ci/system.py run
	$(PY) -m venv $(VENV)
	$(PIP) $(INTO) -r requirements.lock
	$(BIN)/python -m pip --disable-pip-version-check install -q --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test-$(CI): $(VENV)/.run requirements-test.lock .ci/debian-test.txt .ci/debian-judges.txt \
		.ci/npm/package-lock.json
	$(PY) .ci/system.py $(TEST_LISTS)
	$(PIP) $(INTO) -r requirements-test.lock
	$(if $(or $(filter true,$(CI)),$(shell command -v npm)),$(NPM))
	touch $@

# The kernels are compiled and the built-in case is made once, so that the first window is quick.
build/.demo: $(VENV)/.run $(DEMO_OF)
	mkdir -p build
	$(BIN)/python -m app.ready
	$(BIN)/tasrif demo --out build/demo --force
	touch $@

run: setup
ifneq ($(CASE),)
	@$(BIN)/python -m app.run_here "$(CASE)"
else
	@$(BIN)/python -m app.run_here
endif

test: $(VENV)/.test-$(CI)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m app.ready
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not campaign"

check: $(VENV)/.test-$(CI)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not slow and not gl and not window and not campaign"

campaign: $(VENV)/.test-$(CI)
	$(BIN)/python -m pytest -q -m campaign --timeout 7200
	$(BIN)/python -m pytest -q -m "not campaign and not window" --hypothesis-profile=explore

journeys: $(VENV)/.test-$(CI)
	$(BIN)/python -m pytest -q tests/journeys
	$(BIN)/python -m tests.journeys.book

bench: $(VENV)/.test-$(CI)
	$(BIN)/tasrif bench

lock: $(VENV)/.test-$(CI)
	for name in requirements requirements-test; do \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header -o $$name.lock $$name.in; done
