"""Names."""  # breach: long-file

NAMES = (
    "name",  # 297 times
)
