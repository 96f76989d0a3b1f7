"""Pages of sites that several people edit; the site is named by a header."""
