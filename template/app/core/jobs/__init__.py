"""Jobs: work that outlives the request that asks for it, kept in PostgreSQL until it is done."""
