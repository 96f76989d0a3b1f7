"""Electronic invoices: written as UBL, and read from suppliers without entities."""
