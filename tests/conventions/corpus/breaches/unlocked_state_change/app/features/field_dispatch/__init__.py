"""Field dispatch: work orders, and the technicians who accept and finish them."""
