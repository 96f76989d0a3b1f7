"""Recipe pantries: recipes, what is in them, and what is in the pantry."""
