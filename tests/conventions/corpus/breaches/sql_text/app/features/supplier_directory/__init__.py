"""The directory of suppliers: search, ranking and the figures of the purchasing team."""
