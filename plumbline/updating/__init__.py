"""Updates of a service from its template, as a merge of three trees of files.

    base     the template, rendered for the version and the answers that the service has
    ours     the service's last commit
    theirs   the template, rendered for the new version or the new answers

`merging` decides each path, `planning` stores the result in git, `writing` writes it to the
service's files, and `lost_changes` compares the outcome with the three trees.
"""
