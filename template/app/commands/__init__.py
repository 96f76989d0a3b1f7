"""Programs that work on the whole service; each is run with `python -m app.commands.NAME`."""
