"""Training: losses, one loop for all networks, the recipes of teacher and students, the router's training."""
