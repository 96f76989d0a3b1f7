"""The links in newsletters."""
