"""Resend: e-mail in HTML and text, with the delivery state of each message."""
