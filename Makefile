# make demo and make test do all their own set-up; they need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
RUN := .venv
TEST := .venv-test

SHIPPED := .venv-shipped
DOCS := .venv-docs
LITE := .venv-lite

.PHONY: help demo browser test test-long test-shipped test-matrix test-fronts lite campaign bench lab emulator docs pages lint lock clean
help:
	@echo "make demo      the main job on the emulator, printed, and the quickstart notebook executed"
	@echo "make test      every test, real browser included"
	@echo "make bench     speed beside the official SDKs, as ratios, and what grows with the world"
	@echo "make test-long the state machine, ten times as long"
	@echo "make test-shipped  the tests that need no official SDK, on the versions that people get"
	@echo "make test-matrix   the same on each Python from 3.11 to 3.14, with the newest and the oldest versions, and on Colab's"
	@echo "make test-fronts   JupyterLab, Notebook 7 and 6, nbclassic, Voila: the same work in each, in a real browser"
	@echo "make lite      a JupyterLite site of the walkthroughs, in build/lite; its kernel comes from a CDN"
	@echo "make campaign  the attacks, in full: two processes, forks, signals, gateways, fuzz, mutated keys"
	@echo "make lab       JupyterLab with the notebooks"
	@echo "make emulator  both APIs on a local port, for other programs"
	@echo "make docs      the site, in build/docs: walkthroughs executed, every link followed in a browser"
	@echo "make pages     the pages of docs/ that are made from the code, anew"
	@echo "make lint      ruff, mypy --strict, import layers"
	@echo "make lock      renew the lock files"

demo: $(RUN)/ready
	$(RUN)/bin/python notebooks/demo.py

lab: $(RUN)/ready
	$(RUN)/bin/jupyter lab $(AS_ROOT) --notebook-dir=. notebooks/01_quickstart.ipynb

# Jupyter asks for this word where the user is root, as in a container.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

emulator: $(RUN)/ready
	$(RUN)/bin/python -m toolkit emulator

# A file of tests on one core, as many at a time as there are cores, four at most: each may have a browser.
AT_ONCE := --numprocesses=auto --maxprocesses=4 --dist=loadfile

test: browser $(TEST)/ready
	$(TEST)/bin/python -m pytest $(AT_ONCE)

bench: $(TEST)/ready
	$(TEST)/bin/python benchmarks/compare.py
	$(TEST)/bin/python benchmarks/client.py
	$(TEST)/bin/python benchmarks/audit.py
	$(TEST)/bin/python benchmarks/partitions.py
	$(TEST)/bin/python benchmarks/frame.py
	$(TEST)/bin/python benchmarks/form.py
	$(TEST)/bin/python benchmarks/growth.py
	$(TEST)/bin/python benchmarks/large_table.py

test-long: $(TEST)/ready
	TEST_LONG=1 $(TEST)/bin/python -m pytest tests/conformance/test_life.py

# Without the SDKs (they pin older versions), the linters, what needs a browser, and what no version changes: pages, wheel.
test-shipped: $(SHIPPED)/ready
	$(SHIPPED)/bin/python -m pytest $(AT_ONCE) tests --ignore=tests/browser --ignore=tests/conformance --ignore=tests/notebooks \
		--ignore=tests/docs --ignore=tests/test_distribution.py --ignore=tests/test_pyodide.py \
		--deselect tests/test_house.py::test_strict --deselect tests/test_house.py::test_lines_read_at_once

# uv brings the Pythons where it may; ARGUMENTS go to nox, as in ARGUMENTS="--python 3.13 -- tests/base".
test-matrix:
	$(PYTHON) -m venv $(MATRIX)
	$(MATRIX)/bin/python -m pip install --quiet --disable-pip-version-check "nox[uv]>=2025.10.14"
	$(MATRIX)/bin/python noxfile.py $(ARGUMENTS)
MATRIX := .venv-matrix

# One environment for each front end, from its lock, into build/fronts: about 1.5 GB. Pictures: build/screenshots.
test-fronts: browser $(TEST)/ready
	TEST_FRONTS=1 CI=yes $(TEST)/bin/python -m pytest -v tests/browser/test_fronts.py tests/browser/test_desk_on_voila.py \
		tests/notebooks/test_lite.py

# Any web server serves it: python -m http.server --directory build/lite
lite: $(LITE)/ready
	$(LITE)/bin/python release/lite/build.py build/lite

CAMPAIGNS := bent_answers forking http_fuzz journalling stopping
campaign: $(TEST)/ready
	TEST_CAMPAIGN=1 $(TEST)/bin/python -m pytest -s $(CAMPAIGNS:%=tests/conformance/test_%.py) tests/keys/test_mutated_keys.py tests/approvals \
		tests/inventory/test_what_if.py tests/inventory/test_passes.py tests/inventory/test_columns.py tests/test_distribution.py

browser:
	@$(PYTHON) tests/browser/chromium.py

# A warning is an error. Then a browser goes through it: no page asks anybody else, no link is broken.
docs: browser $(DOCS)/ready
	$(DOCS)/bin/python -m sphinx -q -W --keep-going -b html docs build/docs
	$(DOCS)/bin/python -m tests.browser.browse build/docs

pages: $(TEST)/ready
	$(TEST)/bin/python -m tests.docs
	$(TEST)/bin/python -m tests.parameters
	$(TEST)/bin/python -m tests.inventory.rules_page

lint: $(TEST)/ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports

# Hashed locks, the build backend included; then this checkout, without dependencies or build isolation.
$(RUN)/ready: notebooks/requirements.txt pyproject.toml
$(TEST)/ready: tests/requirements.txt pyproject.toml
$(SHIPPED)/ready: notebooks/requirements.txt tests/shipped.txt pyproject.toml
$(DOCS)/ready: docs/requirements.txt pyproject.toml
$(LITE)/ready: release/lite/requirements.txt pyproject.toml
%/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $*
	$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes $(patsubst %,-r %,$(filter %.txt,$^))
	$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) --extra lab --extra emulator -o notebooks/requirements.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) -c notebooks/requirements.txt --override binder/without.in \
		$(patsubst %,--extra %,emulator excel parquet plots yaml) -o binder/requirements.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) --extra test -o tests/requirements.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) --extra docs -o docs/requirements.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/shipped.in -c notebooks/requirements.txt -o tests/shipped.txt \
		$(BARE)
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/cobo_cli/requirements.in -o tests/cobo_cli/requirements.txt $(BARE)
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/packaging/requirements.in -o tests/packaging/requirements.txt $(BARE)
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/browser/fronts/notebook7.in $(FRONT) -o tests/browser/fronts/notebook7.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/browser/fronts/nbclassic.in $(FRONT) -o tests/browser/fronts/nbclassic.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/browser/fronts/voila.in $(FRONT) -o tests/browser/fronts/voila.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade tests/browser/fronts/notebook6.in $(FRONT) -o tests/browser/fronts/notebook6.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade release/lite/requirements.in -o release/lite/requirements.txt $(BARE)
	.venv-lock/bin/python release/sbom.py
	rm -rf .venv-lock
LOCK := pyproject.toml binder/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-package quorum-toolkit --custom-compile-command "make lock"
BARE = $(filter-out pyproject.toml binder/build.in,$(LOCK))
FRONT = $(filter-out binder/build.in,$(LOCK))

clean:
	rm -rf .venv .venv-test .venv-shipped .venv-docs .venv-lite .venv-lock .venv-matrix .nox build dist
