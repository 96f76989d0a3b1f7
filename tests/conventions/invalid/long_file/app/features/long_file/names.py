"""Names."""  # violates: long-file

NAMES = (
    "name",  # 297 times
)
