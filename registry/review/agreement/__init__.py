"""How far machine and people agree: coefficients, and the page of figures made from decided cases."""

from registry.review.agreement.figures import Agreement, agreement

__all__ = ["Agreement", "agreement"]
