# Recipes use relative paths only: the project may lie under a path with blanks.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := .venv/bin/python
PYTEST_PROCESSES ?= 2
PYTEST_ARGS ?=

# Their migrations are what they are.
APPS_OF_OTHERS := admin auth axes contenttypes django_celery_beat sessions

# What `check --deploy` looks at is how a production would be set up, not with which secrets.
PRODUCTION := PORTAL_ENV=production \
	SECRET_KEY=checks-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ \
	SEALING_KEY=Y2hlY2tzLW9ubHktc2VhbGluZy1rZXktMzItYnl0ZXM= \
	BLIND_INDEX_KEY=Y2hlY2tzLW9ubHktYmxpbmQta2V5LTMyLWJ5dGVzISE= \
	ALLOWED_HOSTS=portal.example.com \
	CSRF_TRUSTED_ORIGINS=https://portal.example.com

.PHONY: help install run test check lint bench demo-large stop reset lock

help:
	@echo 'make run     run the portal here (Ctrl-C stops it)'
	@echo 'make test    run the tests'
	@echo 'make check   run every check, then the tests'
	@echo 'make bench   measure the budgets against the raw floor'
	@echo 'make demo-large  add a million orders to the demonstration agency'
	@echo 'make stop    end what is left running; the data stay'
	@echo 'make reset   delete the embedded data (asks; YES=1 does not)'
	@echo 'make install only install'
	@echo 'make lock    compile requirements.lock from requirements.in'

# Any Python from 3.11 on will do to set up .venv; the one that is there already comes first.
install:
	@for python in python3 python3.14 python3.13 python3.12 python3.11; do \
		if command -v $$python >/dev/null 2>&1 && $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
			exec $$python -I ops_portal/embedded/installation.py; \
		fi; \
	done; \
	echo 'Ops Portal needs Python 3.11 or newer, and found none on the PATH.' >&2; exit 1

run: install
	@exec $(PYTHON) manage.py run_portal

test: install
	@$(PYTHON) manage.py compile_catalogues
	@$(PYTHON) -m pytest -n $(PYTEST_PROCESSES) --dist loadgroup $(PYTEST_ARGS)

check: lint
	@$(MAKE) test

lint: install
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) manage.py compile_catalogues
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py lintmigrations --quiet ok ignore --exclude-apps $(APPS_OF_OTHERS)
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	$(PYTHON) manage.py check_catalogues

bench: install
	@$(PYTHON) -m benchmarks

demo-large: install
	@$(PYTHON) manage.py load_large

stop:
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m ops_portal.embedded stop; fi

reset: install
	@if [ "$(YES)" != 1 ]; then \
		printf 'Delete %s with all its data? [y/N] ' "$$($(PYTHON) -m ops_portal.embedded home)"; \
		read answer; [ "$$answer" = y ] || { echo 'Nothing was deleted.' >&2; exit 1; }; \
	fi
	@$(PYTHON) -m ops_portal.embedded reset

lock: install
	@command -v uv >/dev/null 2>&1 || { echo 'make lock needs uv.' >&2; exit 1; }
	uv pip compile --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
		requirements.in -o requirements.lock
