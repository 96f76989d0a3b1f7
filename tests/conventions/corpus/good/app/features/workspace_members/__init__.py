"""Members of workspaces, whom the owner invites."""
