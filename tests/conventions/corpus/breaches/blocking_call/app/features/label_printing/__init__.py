"""Label printing: shipping labels from a template, sent to the printers of the warehouses."""
