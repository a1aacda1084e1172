"""Bytes to messages and back, one format a module."""
