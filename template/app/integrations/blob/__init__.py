"""Vercel Blob: the files of users, within a quota, on disk where no token is set."""
