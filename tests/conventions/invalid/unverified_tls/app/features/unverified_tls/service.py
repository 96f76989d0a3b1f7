"""Connections to a bank."""

import ssl


def lenient() -> ssl.SSLContext:
    """Return the settings of connections."""
    context = ssl.create_default_context()
    context.check_hostname = False  # violates: unverified-tls
    context.verify_mode = ssl.CERT_NONE  # violates: unverified-tls
    return context
