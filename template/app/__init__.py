"""The service: `main` puts it together, `features` is yours, the rest comes from the template."""

import gc

GENERATION_0_THRESHOLD = 10_000
"""Net container allocations before a collection of generation 0; Python's default is 700.

The imports allocate more than a hundred thousand that stay, and one read of the database allocates
hundreds. Garbage in cycles is kept for a few requests longer.
"""

gc.set_threshold(GENERATION_0_THRESHOLD)
