# SPDX-License-Identifier: AGPL-3.0-or-later
# make demo   an inspection shift with the simulated camera, verified
# make test   every check: tests, ruff, mypy, import rules
# make simulator-wheel   the simulated camera as a wheel of its own, in dist/
# make verifier-hash   after a change of inspector/auditor/verify.html
# make coverage    branches of inspector/evidence that its tests take, at least 95 %
# make demo-model  the demo's model package from its weights, and its report in docs; FROM=nothing: rendered and trained anew
# make test-long   coverage, soak, 100 kills, 10,000 parts, fuzzing
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -q -c constraints.txt

FROM ?= weights

.PHONY: demo demo-model test test-long coverage lint bench simulator-wheel verifier-hash clean

$(VENV)/.runtime: pyproject.toml setup.py constraints.txt $(wildcard inspector/camera/simulator/*.py inspector/camera/simulator/src/*)
	@.ci/system-libraries
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the station into $(VENV) (a few minutes the first time) ..."
	$(PIP) setuptools
	$(PIP) --no-build-isolation -e '.[gui]'
	touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@.ci/system-libraries --with-display
	$(PIP) --no-build-isolation -e '.[gui,opcua,certificate,pkcs11,evm,timestamp,training,dev]'
	$(BIN)/python -c "from ledger_anchor.evm.build import tools; tools()"
	touch $@

demo: $(VENV)/.runtime
	$(BIN)/inspector demo

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m "not long" -n 2 --dist loadfile

coverage: $(VENV)/.dev
	$(BIN)/python -m tests.branch_coverage

test-long: lint coverage
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m long --timeout 7200 -s

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

demo-model: $(VENV)/.dev
	$(BIN)/python -m training.demo_model --from $(FROM)

simulator-wheel:
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) setuptools
	$(BIN)/python -m pip --disable-pip-version-check wheel -q --no-deps --no-build-isolation -w dist ./inspector/camera/simulator
	@ls dist/gentl_simulator-*.whl

verifier-hash:
	$(PYTHON) .ci/verifier-hash

clean:
	rm -rf $(VENV) build dist *.egg-info demo-station
