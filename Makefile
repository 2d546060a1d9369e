# Gong for Apache Airflow. Plain make, as old as the 3.81 that macOS has.

VENV := .venv
PYTHON_IN := $(VENV)/bin/python
UV := $(VENV)/bin/uv
UV_VERSION := 0.13.9
INSTALL := $(UV) pip install --quiet --python $(PYTHON_IN)
# The supervisor replaces the shell, so that it is make itself whose end it notices.
LOCAL := exec $(PYTHON_IN) -m include.local
EMULATOR := $(if $(CALLS),--calls $(CALLS)) $(if $(DAYS),--days $(DAYS)) \
            $(if $(USERS),--users $(USERS)) $(if $(SEED),--seed $(SEED))

.DEFAULT_GOAL := help
.PHONY: help run up airflow erasure samples test lint format lock clean distclean

help: ## list what make can do here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Emulated company: make run CALLS=20000 DAYS=30 USERS=12 SEED=1 (with a new GONG_DATA_DIR)."
	@echo "  A real Gong: set GONG_BASE_URL, GONG_ACCESS_KEY and GONG_ACCESS_KEY_SECRET in the environment."
	@echo "  Ports: AIRFLOW_PORT (8080), EMULATOR_PORT (8089). Python: PYTHON=python3.12."

run: $(VENV)/project.stamp ## start everything, read the calls, show what landed, stop everything
	@$(LOCAL) run --end-with-parent $(EMULATOR)

up: $(VENV)/project.stamp ## start everything, the Airflow UI included, until Ctrl-C
	@$(LOCAL) up --end-with-parent $(EMULATOR)

airflow: $(VENV)/project.stamp ## an airflow command in the same environment (ARGS="dags list")
	@exec $(PYTHON_IN) -m include.local.airflow $(ARGS)

erasure: $(VENV)/project.stamp ## check certificates of erasures (ARGS="verify data/erasure/certificates/….json")
	@exec $(PYTHON_IN) -m include.local.airflow -m include.erasure $(ARGS)

samples: $(VENV)/project.stamp ## put sample recordings into the drop folder (beside make up, emulator only)
	@$(PYTHON_IN) -m include.local.samples $(ARGS)

# With a selection, one of the two may well hold no test (exit code 5).
NONE := $(if $(PYTEST_ARGS),|| [ $$$$? = 5 ])
test: lint ## install what tests need and run all checks and tests (PYTEST_ARGS="-k name")
	@$(PYTHON_IN) -m pytest --numprocesses 3 --dist loadfile -m "not alone" $(PYTEST_ARGS) $(NONE)
	@$(PYTHON_IN) -m pytest tests/e2e -m alone $(PYTEST_ARGS) $(NONE)

lint: $(VENV)/dev.stamp ## ruff, mypy, import rules
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(VENV)/dev.stamp ## let ruff put the code in shape
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

# Each lock starts from the project's own, so that all three name the same versions.
COMPILE := pip compile --quiet --universal --python-version 3.10 --custom-compile-command "make lock"
lock: $(UV) ## renew the locks after a change of requirements*.txt (UPGRADE=1: newest versions)
	@$(UV) $(COMPILE) $(if $(UPGRADE),--upgrade) -o requirements.lock requirements.txt
	@for kind in dev compose; do cp requirements.lock requirements-$$kind.lock && \
	  $(UV) $(COMPILE) -o requirements-$$kind.lock requirements-$$kind.txt || exit 1; done

clean: ## delete Airflow's home, the emulated company and what was read of it (.airflow, data)
	@if [ -e data ] && [ ! -e data/emulator.json ] && [ -z "$(FORCE)" ]; then \
	  echo "data/ may hold the calls of a real Gong: make clean FORCE=1 deletes it all the same."; exit 1; fi
	rm -rf .airflow .airflow-* data .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

distclean: clean ## the same, and the virtual environment
	rm -rf $(VENV)

$(UV):
	@set -e; for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.12 python3.11 python3.13 python3.10 python); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	    echo "Making $(VENV) with $$("$$python" --version) ..."; \
	    "$$python" -m venv --clear $(VENV) || { \
	      echo "Python's venv is missing: on Debian and Ubuntu, apt install python3-venv."; exit 1; }; \
	    $(PYTHON_IN) -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	    exit 0; \
	  fi; \
	done; echo "Python 3.10 or later is needed: PYTHON=/path/to/python make ..."; exit 1

$(VENV)/project.stamp: $(UV) requirements.lock plugins/pyproject.toml
	@echo "Installing what the project needs ..."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/dev.stamp: $(VENV)/project.stamp requirements-dev.lock
	@echo "Installing what the tests need ..."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@
