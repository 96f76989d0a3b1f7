"""Diaries of meals, and photos in them."""
