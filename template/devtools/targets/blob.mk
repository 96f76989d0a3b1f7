.PHONY: blob-reconcile

blob-reconcile: $(UV)  ## Reconcile files with their rows: make blob-reconcile [dry=1]
	@$(WITH_SERVERS) python -m app.integrations.blob.reconcile $(if $(dry),--dry-run)
