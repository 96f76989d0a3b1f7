"""The command `python -m app.features.market_data.load`: import candles from a CSV file."""
