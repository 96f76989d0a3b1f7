"""Articles of a help centre."""
