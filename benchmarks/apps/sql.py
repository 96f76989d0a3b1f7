"""Runs statements in a service's database, and prints the rows of the last one as JSON.

python sql.py STATEMENT …
"""

import asyncio
import json
import os
import sys

import asyncpg


async def main() -> None:
    """Run the statements, each in a transaction of its own."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    rows = []
    for statement in sys.argv[1:]:
        rows = await connection.fetch(statement)
    await connection.close()
    print(json.dumps([list(row) for row in rows], default=str))


if __name__ == "__main__":
    asyncio.run(main())
