"""Redis, or Valkey: rate limits, locks and cache that all processes share."""
