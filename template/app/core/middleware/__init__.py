"""Middleware, outermost first: request logging, CORS, trusted hosts, body size."""
