"""Ferry slots: places on ferries, which the harbours confirm."""
