"""Renditions of media: packed archives, checksums, searches in transcripts and share keys."""
