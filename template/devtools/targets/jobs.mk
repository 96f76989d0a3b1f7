.PHONY: worker jobs-dead jobs-retry

worker: $(UV)  ## Run jobs until Ctrl-C; `make dev` runs them by itself
	@$(WITH_SERVERS) python -m app.commands.worker

jobs-dead: $(UV)  ## List the jobs that were given up
	@$(WITH_DATABASE) python -m app.commands.dead_letters list

jobs-retry: $(UV)  ## Have one tried again: make jobs-retry id=… (or id=all)
	@test -n "$$id" || { echo 'Say which one: make jobs-retry id=… (make jobs-dead lists them)'; exit 2; }
	@$(WITH_DATABASE) python -m app.commands.dead_letters retry "$$id"
