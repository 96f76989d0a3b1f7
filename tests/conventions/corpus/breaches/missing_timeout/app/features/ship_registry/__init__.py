"""The ship registry: positions of vessels, from the services of ports and from receivers."""
