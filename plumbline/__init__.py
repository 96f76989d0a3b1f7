"""The template's own program: commands for services that the template has generated.

    plumbline update     update a service from its template; also preview, finish and check
    plumbline switch     switch a toggle; `plumbline answer` changes any other answer
    plumbline rename     apply a release's renames to a service's code

A release's program knows every release before it, so a service always runs the newest one.
"""
