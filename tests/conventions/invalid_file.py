"""A file with many findings, an `é` before some of them."""

INVALID_PATH = "app/features/market_data/untidy.py"
INVALID_TEXT = '''"""Untidy, with an é before what is wrong."""

import os, sys
né = 1; import io

limit: int = "3"  # conventions: ignore[types] the caller turns it into a number
size: int = "3"  # conventions: ignore[types]
text = "# conventions: ignore[types] this is no comment"
# conventions: ignore[types] nothing is wrong with
# the line below, which is the next one with code
count = 3
name = 3  # conventions: ignore[typos] there is no such rule
'''
