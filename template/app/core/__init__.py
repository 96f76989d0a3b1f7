"""What every feature stands on. Nothing in here knows a business word."""
