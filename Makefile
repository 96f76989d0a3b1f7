.DEFAULT_GOAL := help
.PHONY: help demo test check bench docs format release uv

# The uv on your PATH or, where there is none, one that pip installs into .tools.
UV := $(or $(shell uv --version >/dev/null 2>&1 && echo uv),.tools/bin/uv)
RUN := $(UV) run

help:  ## Show what there is to run
	@sed -nE 's/^([a-z][a-z-]*):[^#]*## (.*)/\1|\2/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r name text; do printf '  %-8s %s\n' "$$name" "$$text"; done

demo: $(UV)  ## Generate a service, start it, fill it and ask it (DEST=folder keeps it, KEEP=1 runs on)
	@$(RUN) --quiet python -m scripts.demo

test: $(UV)  ## Render every combination of answers and test each
	$(RUN) pytest -n 2 --dist loadgroup

check: $(UV)  ## Check style and types, here and in a generated service
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) pyrefly check
	$(RUN) pytest -q tests/test_gate.py -k 'style or types or imports'

bench: $(UV)  ## Measure a generated service against a bare FastAPI app
	@$(RUN) --quiet python -m benchmarks
	@$(RUN) --quiet python -m benchmarks.updates
	@$(RUN) --quiet python -m benchmarks.guards
	@$(RUN) --quiet python -m benchmarks.webhooks
	@$(RUN) --quiet python -m benchmarks.uploads

docs: $(UV)  ## Write docs/conventions.md and the tables of UPGRADING.md from the code
	@$(RUN) --quiet python -m scripts.conventions_page
	@$(RUN) --quiet python -m scripts.rename_tables

format: $(UV)  ## Mend style where that can be done by a tool
	$(RUN) ruff check --fix-only .
	$(RUN) ruff format .

release: $(UV)  ## Release the template: archive, changelog, tag (VERSION=0.2.0 chooses the number)
	@$(RUN) --quiet python -m scripts.release '$(VERSION)'

uv:

# Moved into place in one step: an interrupted installation leaves no half of a uv behind.
.tools/bin/uv:
	@echo 'Installing uv into .tools (once) …'
	@python3 -m pip install --quiet --quiet --disable-pip-version-check \
		--target ".tools/new-$$$$" uv || { \
		echo 'pip could not install uv. Install it yourself, then run make again.'; exit 1; }; \
		mkdir -p .tools/bin && mv ".tools/new-$$$$/bin/uv" $@ && rm -rf ".tools/new-$$$$"
