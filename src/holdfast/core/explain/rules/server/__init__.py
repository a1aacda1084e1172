"""Rules about the HTTP server."""
