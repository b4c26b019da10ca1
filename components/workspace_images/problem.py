"""What the user reads when images cannot be built as the settings want."""


class ImagesError(Exception):
    """Images cannot be declared; the message says why and what to do."""
