"""Identity checks: documents, sanctions lists and the domains of companies."""
