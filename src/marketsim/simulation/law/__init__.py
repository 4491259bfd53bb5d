"""What the law adds to a run beyond the yearly round of every right: governments, interventions, links, transfers, records, claims."""
