"""What keeps and loses a link: transport, liveness, backoff, admission."""
