"""A real Valkey for development and tests, with nothing to install and nothing left behind.

`lease_valkey` starts the server of a directory, or joins the one that runs there, by the same locks
as `devtools.postgres`: a supervisor stops it once no client is left. It keeps no data.
"""

from devtools.valkey.binaries import ValkeyUnavailable, find_valkey
from devtools.valkey.lease import lease_valkey

__all__ = ["ValkeyUnavailable", "find_valkey", "lease_valkey"]
