"""Venues and mechanisms: pure functions from columns of orders or offers to columns of trades, dispatch and payments."""
