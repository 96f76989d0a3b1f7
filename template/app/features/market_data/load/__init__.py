"""The command `python -m app.features.market_data.load`: candles from a CSV file."""
