"""Freight manifests: the consignments of a departure, with their parties and weights."""
