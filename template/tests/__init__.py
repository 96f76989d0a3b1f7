"""The tests of the service: the path of a test is the path of what it tests."""
