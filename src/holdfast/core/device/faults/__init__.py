"""Ways a device goes wrong on purpose; one file per fault."""
