"""Scans of texts for keys that were pasted by mistake."""
