# make demo and make test do all their own set-up; they need Python 3.11 or newer, and nothing else.
PYTHON ?= python3
RUN := .venv
TEST := .venv-test

.PHONY: help demo browser test test-long bench lab emulator lint lock clean
help:
	@echo "make demo      the main job on the emulator, printed, and the quickstart notebook executed"
	@echo "make test      every test, real browser included"
	@echo "make bench     speed beside the official SDKs, as ratios"
	@echo "make test-long the state machine, ten times as long"
	@echo "make lab       JupyterLab with the notebooks"
	@echo "make emulator  both APIs on a local port, for other programs"
	@echo "make lint      ruff, mypy --strict, import layers"
	@echo "make lock      renew the two lock files"

demo: $(RUN)/ready
	$(RUN)/bin/python notebooks/demo.py

lab: $(RUN)/ready
	$(RUN)/bin/jupyter lab --notebook-dir=. notebooks/01_quickstart.ipynb

emulator: $(RUN)/ready
	$(RUN)/bin/python -m toolkit emulator

test: browser $(TEST)/ready
	$(TEST)/bin/python -m pytest

bench: $(TEST)/ready
	$(TEST)/bin/python benchmarks/compare.py

test-long: $(TEST)/ready
	TEST_LONG=1 $(TEST)/bin/python -m pytest tests/conformance/test_life.py

browser:
	@$(PYTHON) tests/browser/chromium.py

lint: $(TEST)/ready
	$(TEST)/bin/ruff check .
	$(TEST)/bin/ruff format --check .
	$(TEST)/bin/mypy
	$(TEST)/bin/lint-imports

# Hashed locks, the build backend included; then this checkout, without dependencies or build isolation.
$(RUN)/ready: binder/requirements.txt pyproject.toml
$(TEST)/ready: tests/requirements.txt pyproject.toml
%/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv --clear $*
	$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) --extra lab --extra emulator -o binder/requirements.txt
	.venv-lock/bin/uv pip compile --quiet --upgrade $(LOCK) --extra test -o tests/requirements.txt
	rm -rf .venv-lock
LOCK := pyproject.toml binder/build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-emit-package quorum-toolkit --custom-compile-command "make lock"

clean:
	rm -rf .venv .venv-test .venv-lock build dist
