"""An ESP32-class device as a pure model, and the systems built on it."""
