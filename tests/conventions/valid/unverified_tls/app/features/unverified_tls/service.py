"""Connections to a bank."""

import ssl


def private(authority: str) -> ssl.SSLContext:
    """Return the settings of connections, for a certificate authority of our own."""
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = True
    context.verify_mode = ssl.CERT_REQUIRED
    return context
