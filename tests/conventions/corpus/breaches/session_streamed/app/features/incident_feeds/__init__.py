"""Incident feeds: incidents of a status page, pushed to the browsers that watch it."""
