# Everything runs in an environment made from the lock file; nothing else has to be prepared.
# Another Python, another environment: make test-short PYTHON=python3.13 VENV=.venv-3.13
PYTHON ?= $(or $(firstword $(foreach name,python3.11 python3.12 python3.13,\
	$(if $(shell command -v $(name)),$(name)))),python3.11)
VENV ?= .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help nightly test test-long test-short proof proof-findings ui bench bench-pandas bench-extraction compat ducklake test-spark metrics superset docs docs-site reports lint format dist lock clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

$(VENV)/ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here: install Python 3.11, 3.12 or 3.13, or say make PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

nightly: $(VENV)/ready ## Run the whole night on the demo company and publish its marts into ./var
	@$(BIN)/voronka nightly

# Two workers leave two cores idle for a third of the time, while they wait for the disk, for
# processes they started and for each other's fixtures: three do not.
WORKERS ?= 3

test: $(VENV)/ready ## Run the tests but the long ones, three at a time for two cores: make test WORKERS=6 on four
	@$(BIN)/pytest -m "not long" --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

test-long: $(VENV)/ready ## Run the long tests: nights of whole companies, real data sets, vendors, the built wheel
	@$(BIN)/pytest -m long --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

test-short: $(VENV)/ready ## Run the unit tests, and the demo company from the built wheel
	@$(BIN)/pytest tests/unit tests/package

proof: $(VENV)/ready ## Try every law on at least 200 made-up companies, two nights of every vendor on 50 seeds of faults and 20 of kills
	@$(BIN)/pytest tests/property tests/integration -k "property or faults_change_nothing or kills_change_nothing" --hypothesis-profile=proof --durations=0 --durations-min=1

proof-findings: $(VENV)/ready ## Count the false findings of 60 nights of the demo company without patterns: an hour, 9 GB
	@$(BIN)/python benchmarks/findings.py --folder var/findings

ui: $(VENV)/ready ## Open the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/voronka ui

SCALE ?= 1

bench: $(VENV)/ready ## Measure two nights of the demo company beside their bare queries: make bench SCALE=50
	@rm -rf var/bench
	@$(BIN)/python benchmarks/night.py --home var/bench --scale $(SCALE) $(if $(MOST),--most $(MOST))

bench-pandas: $(VENV)/ready ## Count three marts of the night in ./var by DuckDB and by pandas
	@$(BIN)/python benchmarks/three_marts.py compare var

bench-extraction: $(VENV)/ready ## Measure the reading of a vendor's pages beside two other ways
	@$(BIN)/python benchmarks/extraction.py compare

compat: $(VENV)/ready ## Read what is published with DuckDB 1.0, the oldest client it is meant for
	@test -x .venv-compat/bin/python || $(PYTHON) -m venv .venv-compat
	@.venv-compat/bin/pip install --quiet --disable-pip-version-check -r tests/compat/requirements-duckdb.txt
	@.venv-compat/bin/python tests/compat/check_duckdb_1_0.py var/published

ducklake: $(VENV)/ready ## Write what is published in ./var into a DuckLake catalogue and compare it, with a file and with PostgreSQL
	@test -x .venv-ducklake/bin/python || $(PYTHON) -m venv .venv-ducklake
	@.venv-ducklake/bin/pip install --quiet --disable-pip-version-check -r tests/compat/requirements-ducklake.txt
	@PYTHONPATH=.:tests .venv-ducklake/bin/python tests/compat/check_ducklake.py var

test-spark: $(VENV)/ready ## Compute the models of the night in ./var with Spark too, and compare every mart (needs Java 17)
	@test -x .venv-spark/bin/voronka || $(PYTHON) -m venv .venv-spark
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check -r tests/compat/requirements-spark.txt
	@.venv-spark/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@.venv-spark/bin/python tests/compat/check_spark.py var

METRICS := VORONKA_PUBLISHED=$(CURDIR)/var/published $(CURDIR)/.venv-metrics/bin

metrics: $(VENV)/ready ## Ask MetricFlow for every KPI of the marts in ./var and compare its answers with them
	@test -x .venv-metrics/bin/python || $(PYTHON) -m venv .venv-metrics
	@.venv-metrics/bin/pip install --quiet --disable-pip-version-check -r tests/compat/requirements-metrics.txt
	@cd bi/metrics && $(METRICS)/dbt --quiet build && $(METRICS)/mf validate-configs
	@VORONKA_PUBLISHED=$(CURDIR)/var/published .venv-metrics/bin/python tests/compat/check_metrics.py var/published

superset: ## Zip the Superset dashboard of the marts in ./var into var/superset-dashboard.zip
	@mkdir -p var
	@$(PYTHON) bi/superset/bundle.py --home var --to var/superset-dashboard.zip

docs: $(VENV)/ready ## Write what is made from the code: KPIs and their metrics, channels, keys of the config, closed lists
	$(BIN)/python -m orchestration.kpis
	$(BIN)/python -m orchestration.channel_docs
	$(BIN)/python -m orchestration.config_docs
	$(BIN)/python -m orchestration.list_docs
	$(BIN)/python -m orchestration.metric_docs

docs-site: nightly ## Build the docs site in ./var/site/html, with dbt's docs of the models
	@test -x .venv-site/bin/python || $(PYTHON) -m venv .venv-site
	@.venv-site/bin/pip install --quiet --disable-pip-version-check -r docs/requirements.txt
	@$(BIN)/python -m orchestration.site_docs var/site
	@.venv-site/bin/zensical build --clean --strict --config-file var/site/zensical.toml
	@$(BIN)/voronka dbt --home var --quiet docs generate --static
	@cp var/state/dbt/command/target/static_index.html var/site/html/dbt.html

reports: nightly ## Write the rows and pictures of docs/reports from the night of the demo company in ./var
	$(BIN)/python -m orchestration.report_docs var/published/marts.duckdb

lint: $(VENV)/ready ## Check style, types and the directions of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/sqlfluff lint models dbt_project

format: $(VENV)/ready ## Put Python and SQL into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix models dbt_project

dist: $(VENV)/ready ## Build the wheel and the source distribution into ./dist
	@$(BIN)/python -m build --no-isolation

lock: ## Pin every dependency anew, with hashes and without addresses (needs uv)
	uv pip compile --universal --generate-hashes --no-header --no-annotate --no-strip-extras --python-version 3.11 \
		--extra dev pyproject.toml --output-file requirements.lock

clean: ## Remove the environment and everything the demo wrote
	rm -rf .venv .venv-* dist var
