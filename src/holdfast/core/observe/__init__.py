"""Machines that watch a link: probes, stream clients, the plan that runs them."""
