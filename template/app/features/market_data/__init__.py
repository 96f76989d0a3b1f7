"""Market data: what is traded, its prices over time, and the alerts that users set on them.

An example to read and to copy from, or to delete. Read it from the outside in: `router`, `schemas`,
`service`, `models`; `load` is a command that imports a file.
"""
