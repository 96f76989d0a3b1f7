"""Vercel Blob: files of users, within quotas; stored on disk where no token is set."""
