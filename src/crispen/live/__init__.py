"""A live picture: where it goes, what the keys do, what it may cost, and how it comes back."""
