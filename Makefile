# Zhiji. `make demo` on a fresh machine needs Python >= 3.11 and nothing else; see README.md.

FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
# The loop ends with `:`, as GNU Make 4.3 throws away what a shell said whose last command wasn't found.
PYTHON ?= $(firstword $(shell for p in python3.13 python3.12 python3.11 python3.14 python3 python; do $$p -c "$(FITS)" 2>/dev/null && command -v $$p; done; :))
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
export ZHIJI_HOME ?= $(CURDIR)/.zhiji

CATALOGUES := $(shell find zhiji -name django.po)
TEMPLATES := $(shell find zhiji -type d -name templates -prune)

.PHONY: help setup spark spark-demo demo up test check bench mutants lock messages screenshots browser clean

help:
	@echo "make demo         the demo: a retailer's year, ready to click through"
	@echo "make up           your own installation (data folder: ZHIJI_HOME, now $(ZHIJI_HOME))"
	@echo "make setup        everything the others need; a second time does nothing"
	@echo "make test         all tests        make check   style, types, arrows, budgets, translations"
	@echo "make spark-demo   the same answers from a Spark cluster: a master and two workers here"
	@echo "make bench        measure          make messages   extract texts, compile translations"
	@echo "make mutants      small wrong changes that no test notices (SINCE=tag OF=folders TESTS=files MINUTES=30 SEED=1)"
	@echo "make lock         pin dependencies (ARGS=--upgrade)       make screenshots   the README's pictures"

setup: $(STAMPS)/packages $(STAMPS)/front-end $(STAMPS)/messages

$(STAMPS)/venv:
	@test -n "$(PYTHON)" || { echo "No fitting Python: install Python 3.11 or newer with venv (Debian: python3-venv), or say PYTHON=/path/to/python."; exit 1; }
	@$(PYTHON) -c "$(FITS)" || { echo "$(PYTHON) is older than 3.11 or lacks venv; say PYTHON=/path/to/another."; exit 1; }
	@test -x $(BIN)/python || { echo "making the virtual environment with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: $(STAMPS)/venv requirements/main.txt requirements/dev.txt pyproject.toml
	@echo "installing the locked packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/main.txt -r requirements/dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMPS)/front-end: $(STAMPS)/packages package-lock.json scripts/vendor.py
	@$(BIN)/python scripts/vendor.py
	@touch $@

$(STAMPS)/messages: $(STAMPS)/packages $(CATALOGUES)
	@$(BIN)/python scripts/translations.py --compile
	@touch $@

# Spark is wanted only where a cluster does the builds; its tests say they are skipped where there is no Java.
$(STAMPS)/spark: $(STAMPS)/packages requirements/spark.txt
	@echo "installing PySpark"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/spark.txt
	@touch $@

spark: $(STAMPS)/spark

spark-demo: setup spark
	@scripts/java.sh
	@exec $(BIN)/zhiji spark-demo

demo: setup
	@exec $(BIN)/zhiji demo

up: setup
	@exec $(BIN)/zhiji up

# The real Node SDK is driven in the tests; where it can't be fetched those tests say they are skipped.
$(STAMPS)/sdk: zhiji/flow/collect/tests/sdk/package-lock.json
	@mkdir -p $(STAMPS)
	@if npm ci --loglevel=error --no-audit --no-fund --prefix zhiji/flow/collect/tests/sdk; then touch $@; \
		else rm -rf zhiji/flow/collect/tests/sdk/node_modules; echo "THE NODE SDK COULDN'T BE FETCHED: its tests will be skipped"; fi

test: setup browser spark $(STAMPS)/sdk
	@scripts/java.sh
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

# Browser tests need Chromium and a Chinese font. Where we may, we install them; else those tests say they are skipped.
browser:
	@scripts/browser.sh

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	@test -z "$(TEMPLATES)" || $(BIN)/djlint --lint --quiet $(TEMPLATES)
	DJANGO_SETTINGS_MODULE=zhiji.config.stubs $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(BIN)/python scripts/translations.py --check
	$(BIN)/python scripts/budgets.py
	$(BIN)/python scripts/claims.py

bench: setup
	$(BIN)/python -m bench.run $(ARGS)

$(STAMPS)/mutants: $(STAMPS)/packages requirements/mutants.txt
	@echo "installing the mutation library"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements/mutants.txt
	@touch $@

mutants: setup spark $(STAMPS)/mutants
	$(BIN)/python scripts/mutants.py $(if $(SINCE),--since $(SINCE)) $(if $(OF),--of $(OF)) $(if $(TESTS),--tests $(TESTS)) \
		$(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

lock: $(STAMPS)/packages
	$(BIN)/python scripts/lock.py $(ARGS)

messages: $(STAMPS)/packages
	$(BIN)/python scripts/translations.py

screenshots: setup browser
	$(BIN)/python scripts/screenshots.py

clean:
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis
