"""An outbox of domain messages, relayed to the message bus in the background."""
