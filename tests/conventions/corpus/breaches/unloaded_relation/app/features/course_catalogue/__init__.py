"""The course catalogue: courses, their lessons and the people who teach them."""
