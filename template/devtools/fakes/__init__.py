"""Fakes of other companies' services: small apps that speak their protocols on this machine."""
