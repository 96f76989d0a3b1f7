"""Reports to the tax authorities of several countries."""
