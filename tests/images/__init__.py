"""Images as they are built, and containers of them."""
