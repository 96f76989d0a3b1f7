"""Menu imports: the menus of restaurants, as packed files of their tills."""
