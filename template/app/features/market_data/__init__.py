"""Market data: symbols, their prices over time, and the alerts that users set on them.

An example to read, copy from or delete. Start at `router`, then `schemas`, `service` and `models`;
`load` is a command that imports a file.
"""
