# They import the packages of a service, and run inside one: see `test_devtools.py`.
collect_ignore = ["in_service"]
