"""Documents that are moved to a trash before they are deleted for good."""
