"""Kiosks: paired by a PIN, configured by a file, and fed with the prices of a wholesaler."""
