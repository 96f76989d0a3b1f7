"""Previews of files: made by another program, kept in a folder, opened through a cookie."""
