"""Reports of sales, by SQL whose order and grouping come from fixed lists."""
