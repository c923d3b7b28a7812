"""What stands between a peer and what it could take: sizes, queues, packets, offers, addresses, connections."""
