"""Statements of bank accounts as XML."""
