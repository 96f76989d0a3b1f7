"""The parts that podcasts plug into the service."""

from app.core.module import Module
from app.features.podcast_shows.router import router

module = Module(name="podcast_shows", router=router)
