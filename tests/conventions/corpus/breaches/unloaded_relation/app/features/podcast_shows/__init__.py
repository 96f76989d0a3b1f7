"""Podcast shows: shows, their hosts and episodes, and the mail about a new episode."""
