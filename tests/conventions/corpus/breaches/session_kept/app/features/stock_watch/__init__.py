"""The stock watch: levels of articles in the warehouses, and warnings before one runs out."""
