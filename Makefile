.DEFAULT_GOAL := help
.PHONY: help demo test test-full check bench attack chaos docs figures form format release uv

# The uv on your PATH or, where there is none, one that pip installs into .tools.
UV := $(or $(shell uv --version >/dev/null 2>&1 && echo uv),.tools/bin/uv)
RUN := $(UV) run
PYTEST := $(RUN) pytest -n 2 --dist loadgroup
CHECKS := 'ruff check .' 'ruff format --check .' 'pyrefly check' \
	'pytest -q -n 2 --dist loadgroup tests/test_services.py -k passes_its_checks'

help:  ## Show what there is to run
	@sed -nE 's/^([a-z][a-z-]*):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r name text; do printf '  %-10s %s\n' "$$name" "$$text"; done

demo: $(UV)  ## Generate a service, start it and send it requests (DEST=folder keeps it, KEEP=1 keeps it running)
	@$(RUN) --quiet python -m scripts.demo

test: $(UV)  ## Test the template: every service's checks, and the tests of a sample
	$(PYTEST)

test-full: $(UV)  ## Run every test, also those that `make test` samples (before a release)
	PLUMBLINE_FUZZ_EXAMPLES=$${PLUMBLINE_FUZZ_EXAMPLES:-100} $(PYTEST) -m ''

# Every tool runs, whatever the ones before it found.
check: $(UV)  ## Check style and types, here and in every generated service
	@failed=; for tool in $(CHECKS); do \
		echo "$$tool"; $(RUN) $$tool || failed="$$failed, $$tool"; \
	done; \
	test -z "$$failed" || { echo "make check failed: $${failed#, }"; exit 1; }

bench: $(UV)  ## Measure a service beside the same work by hand (only=words, strict=1 fails on missed aims)
	@$(RUN) --quiet python -m benchmarks --only '$(only)' $(if $(strict),--strict)

attack: $(UV)  ## Attack generated services (SHORT=1: one of them), and fail if any attack succeeds
	@$(RUN) --quiet python -m proof.attack

chaos: $(UV)  ## Break the parts of a service under load (SHORT=1: in a minute), and fail if anything is lost
	@$(RUN) --quiet python -m proof.chaos

docs: $(UV)  ## Write docs/conventions.md and the tables of UPGRADING.md from the code
	@$(RUN) --quiet python -m scripts.conventions_page
	@$(RUN) --quiet python -m scripts.rename_tables

form: $(UV)  ## Print the figures of the code and the prose, and their limits
	@$(RUN) --quiet python -m scripts.form

figures: $(UV)  ## Measure what the review finds, and write the figures that it keeps from now on
	@PLUMBLINE_WRITE_FIGURES=1 $(RUN) pytest -q tests/conventions/test_corpus.py

format: $(UV)  ## Fix style automatically where possible
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .

release: $(UV)  ## Release the template: archive, changelog, tag (VERSION=0.2.0 chooses the number)
	@$(RUN) --quiet python -m scripts.release '$(VERSION)'

uv:

# Moved into place in one step: an interrupted installation leaves no incomplete uv.
.tools/bin/uv:
	@echo 'Installing uv into .tools (once) …'
	@python3 -m pip install --quiet --quiet --disable-pip-version-check \
		--target ".tools/new-$$$$" uv || { \
		echo 'pip could not install uv. Install it yourself, then run make again.'; exit 1; }; \
		mkdir -p .tools/bin && mv ".tools/new-$$$$/bin/uv" $@ && rm -rf ".tools/new-$$$$"
