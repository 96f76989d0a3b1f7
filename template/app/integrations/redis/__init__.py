"""Redis or Valkey: rate limits, locks and a cache that all processes share."""
