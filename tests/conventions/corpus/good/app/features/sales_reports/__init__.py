"""Reports of sales, by SQL with orders and groupings from fixed lists."""
