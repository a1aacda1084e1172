"""Keep, and prove, the live link between small networked devices and those who depend on them."""

__all__ = ["__version__"]

__version__ = "0.1.0"
