"""The template's own program: commands for services that the template has generated.

    plumbline                   list the commands
    plumbline rename FOLDER     apply a release's renames to a service's code

A release's program knows every release before it, so a service always runs the newest one. Updates,
switches and scaffolds will be commands here; until then a service has them in `devtools/updating`.
"""
