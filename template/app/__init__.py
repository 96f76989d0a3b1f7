"""The service: `main` puts it together, `features` is yours, the rest comes from the template."""
