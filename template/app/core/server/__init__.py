"""The HTTP server: limits on connections before there is a request, and a stop without losses.

`python -m app.server` serves with them; `ServerSettings` has every limit.
"""
