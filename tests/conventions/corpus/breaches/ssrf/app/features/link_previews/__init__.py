"""Previews of pages that users link to."""
