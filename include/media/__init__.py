"""Media of calls in the landing zone."""

from include.media.landed import LandedMedia

__all__ = ["LandedMedia"]
