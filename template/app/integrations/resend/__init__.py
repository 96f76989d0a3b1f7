"""Resend: mail in HTML and text, kept until it is delivered, and what became of it."""
