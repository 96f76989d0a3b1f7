"""Documents that customers exchange with their clients."""
