"""Meeting rooms, and their reservations, of which no two overlap."""
