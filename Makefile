# The course's commands; `make help` lists them. Everything lives in .venv, which `make clean` removes.

PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN := "$(BIN)/python"
# The versions that were last tested; `make PINS= test` takes the newest ones instead, as the weekly run does.
PINS ?= -c constraints.txt
PARALLEL := -n 3 --dist loadfile -p tests.ipc_kernels
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check $(PINS)

.DEFAULT_GOAL := help
.PHONY: help lab test thorough check freeze map labs record bench book screenshots portrait constraints clean

help:  ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1	\2/p' Makefile | while IFS='	' read -r target what; do printf '  make %-12s %s\n' "$$target" "$$what"; done

lab: .venv/.lab  ## start JupyterLab at the first episode (installs once)
	@exec $(RUN) -P -m readiness

# The learner's own progress is not the tests' to write.
test thorough: export READINESS_PROGRESS := $(CURDIR)/.venv/progress
# The tests start a thousand processes: none shall compile the course's modules again, even where the user's others do.
test thorough: export PYTHONDONTWRITEBYTECODE :=
# Most tests wait most of the time: three processes keep two cores busy. A notebook's cells share a kernel, so a process.
test: check  ## style, package, browser, notebooks: everything but make thorough
	$(RUN) -m pytest tests $(PARALLEL)
	$(RUN) -m pytest --nbval notebooks --nbval-sanitize-with tests/sanitize.cfg --nbval-cell-timeout=60 -p no:cacheprovider $(PARALLEL)
	@if ls solutions/*.ipynb >/dev/null 2>&1; then \
	  echo '$(RUN) -m pytest --nbval-lax solutions'; \
	  $(RUN) -m pytest --nbval-lax solutions --nbval-cell-timeout=60 -p no:cacheprovider $(PARALLEL); \
	else echo 'solutions/ holds no notebook yet: there was none to run'; fi

thorough: .venv/.test  ## the tests that take long by their nature
	$(RUN) -m pytest tests -m thorough $(PARALLEL)

check: .venv/.test  ## all that is checked without running an episode: style, types, words, notebooks
	@$(RUN) -m tools.check $(STEPS)

freeze: .venv/.test  ## run every episode and save it as readers see it
	$(RUN) -m tools.notebooks.freeze

map: .venv/.test  ## write minutes, links and the map of the course into the notebooks, README.md and docs/
	$(RUN) -m tools.minutes --write
	$(RUN) -m tools.course_map --write
	$(RUN) -m tools.notebooks.derive_labs

labs: .venv/.test  ## mark the cells of solutions/ for nbgrader, derive labs/; a lab that you edited is left as it is
	$(RUN) -m tools.notebooks.derive_labs

record: .venv/.test  ## measure what machines without epoll or /proc are shown (on Linux)
	$(RUN) -m tools.notebooks.record

bench: .venv/.bench  ## measure, and print the tables
	$(RUN) -m bench

book: .venv/.book  ## build the course as a web page, in site/
	$(RUN) -m tools.book
	@echo 'Open site/index.html in a browser.'

screenshots: .venv/.test  ## look at every episode in a real browser, in both themes
	@set -e; for episode in notebooks/*.ipynb; do for theme in '' --dark; do $(RUN) -m tools.browser.screenshot "$$episode" $$theme; done; done

portrait: .venv/.test  ## take the README's pictures of episode 00b
	$(RUN) -m tools.browser.readme_picture

constraints: .venv/.test  ## write constraints.txt: the newest versions that fit every Python we support
	$(RUN) -m tools.constraints

clean:  ## remove .venv and every cache
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis labs/.hypothesis screenshots site bench/c/build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: made when an installation succeeded, and out of date when what it read has changed.
.venv/.lab: pyproject.toml constraints.txt .venv/.place | .venv/.made
	@echo 'Installing the course into .venv: a minute or so, once'
	@$(INSTALL) -e .
	@touch $@

.venv/.test: pyproject.toml constraints.txt .venv/.place | .venv/.made
	@echo 'Installing the course and its tests into .venv: a minute or so, once'
	@$(INSTALL) -e '.[test]'
	@touch $@ .venv/.lab

# An editable install knows its folder by its full path. This stamp holds that path, and is written only when the path
# has changed: then the stamps above are out of date, and a course that was moved is installed again.
.venv/.place: FORCE | .venv/.made
	@test "$$(cat $@ 2>/dev/null)" = "$$(pwd)" || pwd > $@
FORCE:

.venv/.book: .venv/.test
	@$(INSTALL) -e '.[book]'
	@touch $@

# What the course is measured beside may not be had everywhere: the bench says what is missing, and goes on.
.venv/.bench: .venv/.test
	@if $(INSTALL) -e '.[bench]'; then touch $@; else echo 'Not all that make bench compares with could be installed' >&2; fi

.venv/.made:
	@command -v '$(PYTHON)' >/dev/null || { \
	  echo 'There is no $(PYTHON) here: install Python 3.11 or newer, or name yours, as in: make PYTHON=python3.12 lab' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "The course needs Python 3.11 or newer, and $(PYTHON) is $$('$(PYTHON)' -V): name another, as in: make PYTHON=python3.12 lab" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '$(PYTHON) came without venv, which makes environments: install it (on Debian and Ubuntu: apt install python3-venv)' >&2; exit 1; }
	@'$(PYTHON)' -m venv --clear .venv
	@touch $@
