.PHONY: blob-reconcile

blob-reconcile: $(UV)  ## Mend what accidents left of files: make blob-reconcile [dry=1]
	@$(WITH_SERVERS) python -m app.integrations.blob.reconcile $(if $(dry),--dry-run)
