"""Live quotas: what each tenant has used today, and who is connected."""
