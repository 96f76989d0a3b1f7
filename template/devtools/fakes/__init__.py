"""Stand-ins for services of others: small apps that speak their protocols, on this machine."""
