"""Reports that users download as files."""
