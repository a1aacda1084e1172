"""From events and numbers to named causes with evidence."""
