# The template's: the targets of Paddle.
.PHONY: paddle-reconcile paddle-replay

paddle-reconcile: $(UV)  ## Reconcile with Paddle's API, after missed events
	@$(WITH_SERVERS) python -m app.integrations.paddle.reconcile

paddle-replay: $(UV)  ## Apply stored events of Paddle again: all, or one (id=evt_…)
	@$(WITH_DATABASE) python -m app.integrations.paddle.replay $(if $(id),"$$id")
