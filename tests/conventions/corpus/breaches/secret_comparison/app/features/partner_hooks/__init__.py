"""Events that partners send us."""
