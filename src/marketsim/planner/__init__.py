"""What a perfect market would do: the least-cost benchmark every run is measured against."""
