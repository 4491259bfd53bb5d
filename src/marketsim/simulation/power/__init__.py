"""The year of power inside a run: fleet, contracts, dispatch month by month, settlement, and what is kept of it."""
