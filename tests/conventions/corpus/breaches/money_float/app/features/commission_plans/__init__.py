"""Commission plans: what sellers earn of a deal, and what the platform keeps."""
