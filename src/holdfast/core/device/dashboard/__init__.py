"""The ESP32-S3 dashboard as a machine: HTTP, live streams, telnet log."""
