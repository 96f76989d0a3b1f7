"""Database migrations, one Alembic branch per module."""
