"""How the database comes to say what the models say."""
