# Kriteria. `make demo` and `make test` work on a fresh machine with Python >= 3.11 (with venv), git and make.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
NODE := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix web/frontend
STAMPS := .venv/stamps
FRONTEND := $(shell find web/frontend -name node_modules -prune -o -type f \( -name '*.ts' -o -name '*.svelte' -o -name '*.css' -o -name '*.json' \) -print 2>/dev/null)

# The command `kriteria` of this checkout: a path file and a launcher, so that no build tool has to be fetched. The
# launcher is read again by each process that Dask starts, hence its guard.
COMMAND = $(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "kriteria.pth").write_text("$(CURDIR)\n")' \
	&& printf '\#!$(CURDIR)/$(BIN)/python\nfrom web.cli import main\n\nif __name__ == "__main__":\n    main()\n' > $(BIN)/kriteria && chmod +x $(BIN)/kriteria

.PHONY: demo test check fast bench protocol words locks clean

demo: $(STAMPS)/run $(STAMPS)/words web/static/build/player.js  ## a whole exam centre on this machine, with simulated candidates
	@$(BIN)/python -m web.cli demo

test: $(STAMPS)/dev $(STAMPS)/words web/static/build/player.js chromium  ## every test
	$(BIN)/python -m pytest -q -n 2 --dist loadfile
	$(NODE) test --silent

check: $(STAMPS)/dev $(STAMPS)/words web/static/build/player.js  ## lint, types, import rules, fast tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m web.protocol_types --check
	$(NODE) run check
	$(NODE) test --silent
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not browser and not drill and not slow"

bench: $(STAMPS)/dev $(STAMPS)/words $(STAMPS)/peers web/static/build/player.js  ## figures with machine and versions into bench/RESULTS.md
	$(BIN)/python -m bench

protocol: $(STAMPS)/dev  ## the front end's types from web/messages/
	$(BIN)/python -m web.protocol_types

words: $(STAMPS)/dev  ## collect the visible words into web/translations/*.po
	$(BIN)/python -m web.words collect

locks:  ## lock files with hashes, without any registry's address
	$(BIN)/uv lock -q
	$(BIN)/uv export -q --no-emit-project --no-header --no-annotate --no-dev --no-default-groups | grep -v '^--' > requirements.lock
	$(BIN)/uv export -q --no-emit-project --no-header --no-annotate --group build --group dev | grep -v '^--' > requirements-dev.lock
	$(BIN)/uv export -q --no-emit-project --no-header --no-annotate --only-group build | grep -v '^--' > requirements-build.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate bench/peers/requirements.in | grep -v '^--' > bench/peers/requirements.lock

clean:
	rm -rf .venv .venv-peers web/frontend/node_modules web/static/build var

$(STAMPS)/venv: requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kriteria needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "venv is missing: apt install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-build.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv requirements.lock Makefile
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(COMMAND)
	@touch $@

$(STAMPS)/dev: $(STAMPS)/venv requirements-dev.lock Makefile
	$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(COMMAND)
	@touch $@ $(STAMPS)/run

$(STAMPS)/peers: $(STAMPS)/venv bench/peers/requirements.lock
	$(PYTHON) -m venv --clear --without-pip .venv-peers
	$(BIN)/uv pip install -q --python .venv-peers/bin/python --require-hashes -r bench/peers/requirements.lock
	@touch $@

$(STAMPS)/node: $(STAMPS)/venv web/frontend/package-lock.json
	$(NODE) ci --silent
	@touch $@

$(STAMPS)/words: $(STAMPS)/run $(wildcard web/translations/*/LC_MESSAGES/*.po)
	$(BIN)/python -m web.words compile
	@touch $@

web/static/build/player.js: $(STAMPS)/node $(FRONTEND)
	$(NODE) run build --silent
	@touch $@

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	  else echo "Chromium is not installed: the browser tests will be skipped (apt install chromium)"; fi; }
