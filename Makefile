# `make run`, `make install` and `make test` do all set-up on a machine with Python 3.11 or later, git and make.
# `make install EXTRAS=postgres,parquet` adds optional parts of pyproject.toml; later runs keep them.
PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
UV      := $(BIN)/uv
SERVICE := $(VENV)/.service
READY   := $(VENV)/.ready
TOOLS   := php postgres mosquitto prometheus chromium
UI      := ui/node_modules/.ready

.PHONY: run install uninstall ui docs test test-ui lint lint-ui measure screenshots format benchmarks wheel jeedom jeedom-core clean

run: $(SERVICE)
	@scripts/run.sh

install: wheel
	@scripts/install.sh install

uninstall:
	@scripts/install.sh uninstall

# Only with CI=true, or as root in a container, are tools installed on the machine; elsewhere it is said what to type.
test: $(READY)
	@scripts/tools.sh install $(TOOLS)
	$(BIN)/pytest -n auto
	@$(MAKE) --no-print-directory test-ui
	@scripts/tools.sh summary $(TOOLS)

# Without a page everything else goes on, except in CI.
ui: $(UV)
	@scripts/page.sh || { echo "The page is left out; the API and everything else run without it."; test "$$CI" != true; }

$(UI): $(UV) ui/package.json ui/package-lock.json
	ui/with-node npm ci --no-audit --no-fund --silent
	@touch $@

test-ui: $(READY)
	@if ! $(MAKE) -s $(UI) ui; then echo "Not tested here: the page, because there is no Node.js."; test "$$CI" != true; \
	else ui/with-node vitest run && \
	if command -v chromium >/dev/null || test "$$CI" = true; then ui/with-node playwright test; fi; fi

lint-ui: $(UV)
	@if ! $(MAKE) -s $(UI); then echo "The page is not checked: there is no Node.js here."; test "$$CI" != true; \
	else ui/with-node prettier --check . && ui/with-node eslint . && ui/with-node svelte-check --fail-on-warnings; fi

screenshots: $(READY) $(UI) ui
	@scripts/tools.sh install chromium faketime
	ui/with-node playwright test --config playwright.screenshots.ts

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/names.py check
	@$(MAKE) --no-print-directory lint-ui

# Size and names of the code, room by room.
measure: $(READY)
	@$(BIN)/python scripts/names.py measure

# What is generated in the documents. Two of them need the recordings, and stay as they are without.
docs: $(READY)
	@for each in vocabulary outputs.tables cli.reference manual; do $(BIN)/python -m tests.$$each || exit; done
	@if $(BIN)/python -c 'import sys; from tests.recordings import FOLDERS; sys.exit(not FOLDERS)'; then \
		$(BIN)/python -m tests.supported && $(BIN)/python -m tests.protocol.differences; \
	else echo "Left as they are, because there are no recordings here: SUPPORTED.md, docs/differences.md."; fi

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A quarter of an hour, on a machine that has nothing else to do.
benchmarks: $(READY)
	@for each in read ledger outputs service history; do echo "== $$each"; $(BIN)/python -m benchmarks.$$each || exit; done

wheel: $(UV) ui
	@rm -f dist/heliograph-*.whl
	@mkdir -p $(VENV)/.tmp; scripts/page.sh check || export HELIOGRAPH_PAGE=no; \
		TMPDIR="$$PWD/.venv/.tmp" $(UV) build --quiet --wheel --no-build-isolation --python $(BIN)/python
	@TMPDIR="$$PWD/.venv/.tmp" $(UV) export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate --extra service >dist/requirements.txt
	@ls dist/*.whl dist/requirements.txt

jeedom: $(READY)
	$(BIN)/python jeedom/build.py

# The plugin in a real Jeedom core, which is not part of this project: `git clone https://github.com/jeedom/core`.
jeedom-core: $(READY)
	@test -f "$(CORE)/core/config/version" || { echo "make jeedom-core CORE=folder, with the source of a Jeedom core"; exit 2; }
	JEEDOM_CORE="$(abspath $(CORE))" $(BIN)/pytest -n 0 tests/jeedom/core_suite.py

$(UV):
	@PYTHON="$(PYTHON)" scripts/setup.sh uv

$(SERVICE): $(UV) pyproject.toml uv.lock
	@scripts/setup.sh service
	@touch $@

$(READY): $(UV) pyproject.toml uv.lock
	@scripts/setup.sh all
	@touch $@ $(SERVICE)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build ui/node_modules ui/.node ui/test-results src/heliograph/web/page
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
