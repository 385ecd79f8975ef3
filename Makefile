# Needs Python 3.11 or newer and make; everything else goes into .venv.
# Stamps in .venv are keyed on the lock files, so a second run installs nothing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
LOCKED := install --quiet --require-hashes --only-binary :all:
ROOMS := agent tools prompts evals
LIVE := $(addprefix tests/live/test_,rooms.py cluster.py incidents.py access.py logs.py doctor.py nodes.py)
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-config --upgrade

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-live check coverage evals switched-off worst-case first-request modes speed live-speed crowd faults tool-calls \
	scale adversaries injections rerecorded metamorphic calibrate lock build clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.core ## diagnose two shipped incidents, then score all shipped runs (no network, no model)
	@$(BIN)/python -m compileall -q $(ROOMS)
	@echo "[2/3] diagnosing two recorded incidents ..."
	@$(BIN)/faultside demo
	@echo "[3/3] scoring the shipped runs ..."
	@$(BIN)/faultside-evals run evals/runs --agent engine --out out/demo

test: $(VENV)/.dev ## run the test suite (ARGS="-k word" narrows it)
	@$(BIN)/python -m compileall -q $(ROOMS) tests
	@echo "[3/3] running the tests ..."
	@$(BIN)/python -m pytest -q -n 2 $(ARGS)

test-live: $(VENV)/.dev ## real Prometheus and Alertmanager, and (as root, with Go) a real Kubernetes with the seeds' incidents and a silent node
	@$(BIN)/python -m pytest -q -n 2 --live tests/live/test_metrics.py $(ARGS)
	@$(BIN)/python -m pytest -q -rs --live $(LIVE) $(ARGS)

check: $(VENV)/.dev ## lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

coverage: $(VENV)/.dev ## run the tests with branch coverage (reported, no gate)
	@$(BIN)/python -m pytest -q -n 2 --cov --cov-report=term $(ARGS)

evals: $(VENV)/.core ## score the shipped runs; exit 4 when the verdicts fall below 0.98
	@$(BIN)/faultside-evals run evals/runs --agent engine --out out/evals --fail-under verdict=0.98

switched-off: $(VENV)/.dev ## what a reading model recovers when the detector that decides a run is switched off (1 minute)
	@$(BIN)/python -m evals.benchmarks.switched_off

worst-case: $(VENV)/.dev ## every hypothesis that code would believe of a model, on every run: none may make an answer worse
	@$(BIN)/python -m evals.benchmarks.worst_case

first-request: $(VENV)/.dev ## what a model gets to read, in tokens
	@$(BIN)/python -m evals.benchmarks.first_request --all

modes: $(VENV)/.core ## write docs/failure-modes.md: every failure mode, its evidence, its labelled runs and its score
	@$(BIN)/faultside-evals modes evals/runs --out docs/failure-modes.md

speed: $(VENV)/.core ## measure how long the engine takes (on a quiet machine)
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.speed

scale: $(VENV)/.core ## what a diagnosis costs from 100 to 5,000 pods, about 5 minutes (ARGS="--write", "--healthy 200")
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.scale $(ARGS)

live-speed: $(VENV)/.dev ## measure a live sweep of 5,000 pods: the loopback API server, then a real Prometheus beside it
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.live
	@$(BIN)/python -m evals.benchmarks.live_metrics

crowd: $(VENV)/.dev ## a live sweep of 5,000 simulated pods on a real API server (root, Go; kwok is built once; 7 minutes)
	@$(BIN)/faultside-lab crowd $(ARGS)

tool-calls: $(VENV)/.dev ## ask the tools 10,000 generated questions, right ones and wrong ones, over recordings and loopback systems
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.tool_calls $(ARGS)

adversaries: $(VENV)/.dev ## whether a bad model makes any shipped run's answer worse, about 3 minutes
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.adversaries

injections: $(VENV)/.dev ## whether text in the systems' data turns a diagnosis, about 5 minutes (ARGS="--cases 0" takes all)
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.injections $(ARGS)

faults: $(VENV)/.dev ## every way to fail of every live source, and each killed in mid-sweep (about 3 minutes)
	@$(BIN)/python -m evals.benchmarks.faults $(ARGS)

rerecorded: $(VENV)/.dev ## every shipped run served live, recorded anew and replayed: the same answer (3 minutes)
	@$(BIN)/python -m compileall -q $(ROOMS)
	@$(BIN)/python -m evals.benchmarks.rerecorded

metamorphic: $(VENV)/.core ## change the shipped runs in ways with a known effect, and count the right answers
	@$(BIN)/faultside-evals metamorphic evals/runs --out out/metamorphic --fail-under 0.98

calibrate: $(VENV)/.core ## fit the confidence anew, and renew its page in the docs (COB=DIR tries it on Cloud-OpsBench)
	@$(BIN)/faultside-evals calibrate evals/runs --out out/calibrate --write $(if $(COB),--cloud-opsbench $(COB))

lock: $(VENV)/.dev ## resolve the hash-locked requirements anew
	@env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(UV_LOCK) pyproject.toml -o requirements/core.txt
	@env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(UV_LOCK) requirements/build.in -o requirements/build.txt
	@env -u PIP_FIND_LINKS -u UV_FIND_LINKS $(UV_LOCK) pyproject.toml --extra dev --extra all-sources --extra agent \
		-c requirements/core.txt -c requirements/build.txt -o requirements/dev.txt

build: $(VENV)/.dev ## build wheel and sdist into dist/
	@$(BIN)/python -m hatchling build

clean: ## remove the environment, caches and results
	rm -rf $(VENV) dist out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	find $(ROOMS) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "[1/3] making the environment in $(VENV) (first time only) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made requirements/core.txt requirements/build.txt pyproject.toml
	@echo "[1/3] installing the locked packages ..."
	@$(PIP) $(LOCKED) -r requirements/core.txt -r requirements/build.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core requirements/dev.txt
	@echo "[2/3] installing the locked test tools ..."
	@$(PIP) $(LOCKED) -r requirements/dev.txt
	@touch $@
