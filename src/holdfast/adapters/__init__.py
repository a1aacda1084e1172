"""One medium a module: bytes and foreign exceptions in, our types out."""
