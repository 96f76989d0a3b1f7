"""Keys of licences for desktop programs."""
