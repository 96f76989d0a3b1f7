.PHONY: worker jobs-dead jobs-retry

worker: $(UV)  ## Run jobs until Ctrl-C; `make dev` runs them too
	@$(WITH_SERVERS) python -m app.commands.worker

jobs-dead: $(UV)  ## List the dead letters: jobs that have failed for good
	@$(WITH_DATABASE) python -m app.commands.dead_letters list

jobs-retry: $(UV)  ## Retry a dead letter: make jobs-retry id=… (or id=all)
	@test -n "$$id" || { echo 'Give an id: make jobs-retry id=… (make jobs-dead lists them)'; exit 2; }
	@$(WITH_DATABASE) python -m app.commands.dead_letters retry "$$id"
