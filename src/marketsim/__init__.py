"""marketsim: rights and electricity traded between districts under dual-control targets."""

__version__ = "0.1.0"
__all__ = ["__version__"]
