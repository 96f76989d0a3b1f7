"""The template's own program: it runs from the newest release, never from inside a service."""
