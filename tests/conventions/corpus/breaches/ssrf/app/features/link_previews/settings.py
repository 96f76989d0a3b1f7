"""Settings of the other service that this feature calls."""

from app.settings import HttpUrl, ServiceSettings


class PageRendererSettings(ServiceSettings):
    """Access to the other service."""

    page_renderer_url: HttpUrl = "https://page-renderer.example.com"
    """The base URL of its API."""
