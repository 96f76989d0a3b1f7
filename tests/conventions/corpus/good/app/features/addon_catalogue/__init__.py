"""Add-ons that customers can buy for their plan."""
