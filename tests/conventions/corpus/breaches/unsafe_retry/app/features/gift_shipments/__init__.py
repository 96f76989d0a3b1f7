"""Gift shipments: parcels that a warehouse packs and sends for the shop."""
