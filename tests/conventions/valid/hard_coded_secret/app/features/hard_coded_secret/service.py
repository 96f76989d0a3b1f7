"""Calling another service; a text such as sk_live_51H8 is no key."""

API_KEY_HEADER = "X-Api-Key"
token = "reset_password"
PASSWORD_HELP = "Choose 12 characters or more, 1 of them a digit."
ADDRESS = "postgresql://{user}:{password}@{host}/app"
OPTIONS = dict(token="{token}", token_url="/api/v1/sessions")
