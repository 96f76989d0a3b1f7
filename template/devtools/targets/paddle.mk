# The template's: what Paddle adds to `make`.
.PHONY: paddle-reconcile paddle-replay

paddle-reconcile: $(UV)  ## Mend what Paddle's events missed: read all from its API
	@$(WITH_SERVERS) python -m app.integrations.paddle.reconcile

paddle-replay: $(UV)  ## Apply Paddle's events once more: all, or one (id=evt_…)
	@$(WITH_DATABASE) python -m app.integrations.paddle.replay $(if $(id),"$$id")
