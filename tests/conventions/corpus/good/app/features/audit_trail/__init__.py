"""The audit of a service: who has changed which setting, and from which value to which."""
