.DEFAULT_GOAL := help
.PHONY: help run demo packages test screenshots unit cover fuzz check fix bench clean

PYTHON ?= python3
UV := .venv/bin/uv
IN := .venv/bin
WORKERS ?= auto
FUZZ_SECONDS ?= 60

# Tests start many a process, and each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

help:  ## show what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.made: pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Recado needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(IN)/pip install --quiet --disable-pip-version-check 'uv>=0.9'
	$(UV) sync --quiet --locked --extra server --extra amqp --extra nats --group fuzz
	@touch $@

run: .venv/.made  ## start recado on 127.0.0.1:8484 with its data in ./recado-data
	@$(IN)/recado serve

demo: .venv/.made  ## see the whole product in a minute, without a WhatsApp number
	@$(IN)/recado demo

# What tests use besides Python's packages. Servers they start themselves, in temporary
# folders; NATS is a wheel. Where there is no `ip`, networks are cut by proxies.
CHROMIUM := $(or $(RECADO_TEST_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
POSTGRES := $(or $(RECADO_TEST_POSTGRES),$(wildcard /usr/lib/postgresql/*/bin/initdb),$(shell command -v initdb))
RABBITMQ := $(wildcard /usr/lib/rabbitmq/bin/rabbitmq-server)
NEEDED = $(if $(CHROMIUM),,chromium) $(if $(POSTGRES),,postgresql) $(if $(RABBITMQ),,rabbitmq-server)
# the browser's driver is linked with it, and a small Debian has it not
ATOMIC := $(if $(wildcard /usr/lib/*/libatomic.so.1 /usr/lib64/libatomic.so.1),,libatomic1)
WISHED = $(ATOMIC) $(if $(shell command -v ip),,iproute2)
SUDO := $(shell test "$$(id -u)" = 0 || echo sudo)

packages:  ## install the browser, the servers and the tool of tests, if they are missing
	@# in the run level of one user no service is started: the tests need none
	@if [ -z "$(strip $(NEEDED) $(WISHED))" ]; then exit 0; \
	elif command -v apt-get >/dev/null; then \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	    apt-get install -y -qq --no-install-recommends $(NEEDED) $(WISHED); \
	elif [ -n "$(strip $(NEEDED))" ]; then \
	  echo "This needs packages of Debian, and the system has no apt-get: $(strip $(NEEDED))."; \
	  echo "Install what they are called here (Fedora: dnf install chromium postgresql-server"; \
	  echo "rabbitmq-server; macOS: brew install --cask chromium, brew install postgresql"; \
	  echo "rabbitmq), or set RECADO_TEST_CHROMIUM to the browser's path and"; \
	  echo "RECADO_TEST_POSTGRES to the folder of PostgreSQL's programs; RabbitMQ has to be"; \
	  echo "at /usr/lib/rabbitmq/bin/rabbitmq-server."; exit 1; fi

screenshots: NEEDED = $(if $(CHROMIUM),,chromium)
screenshots: WISHED = $(ATOMIC)
bench: NEEDED = $(if $(POSTGRES),,postgresql) $(if $(RABBITMQ),,rabbitmq-server)
bench: WISHED =

test:  ## run every test
	@$(MAKE) --no-print-directory -j2 .venv/.made packages
	$(IN)/pytest -n $(WORKERS) --dist worksteal

screenshots: .venv/.made packages  ## take pictures of the main pages, into docs/screenshots/
	PYTHONPATH=src:. $(IN)/python tests/browser/screenshots.py

unit: .venv/.made  ## run the tests of the pure rules only
	$(IN)/pytest tests/unit

cover: .venv/.made  ## demand that tests reach every branch of the client and of the retries
	$(IN)/pytest -n $(WORKERS) tests/unit tests/gateway $(wildcard tests/contract/test_evolution_*.py) -q --cov=recado.evolution --cov=recado.retry --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100

fuzz: .venv/.made  ## let a fuzzer write deliveries and conditions, for FUZZ_SECONDS
	$(IN)/python tests/fuzz/intake.py -max_total_time=$(FUZZ_SECONDS)

check: .venv/.made  ## lint, types, layers, spelling, dependencies
	$(IN)/ruff check
	$(IN)/ruff format --check
	$(IN)/mypy
	$(IN)/basedpyright --level error
	$(IN)/lint-imports
	$(IN)/codespell src tests docs benchmarks README.md ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
	$(IN)/deptry src

fix: .venv/.made  ## format, and mend what can be mended by itself
	$(IN)/ruff check --fix
	$(IN)/ruff format
	$(IN)/python tools/make_async.py

bench: .venv/.made packages  ## measure against the plain receivers, other queues and other clients
	$(UV) sync --quiet --locked --extra server --extra amqp --extra nats --group fuzz --group bench
	$(IN)/python benchmarks/accept.py
	$(IN)/python benchmarks/drain.py
	$(IN)/python benchmarks/cluster.py
	$(IN)/python benchmarks/client.py
	$(IN)/python benchmarks/brokers.py

clean:  ## remove the environment and caches
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
