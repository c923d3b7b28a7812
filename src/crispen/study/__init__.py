"""Studies: which pictures people prefer."""
