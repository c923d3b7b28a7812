"""How networks learn: losses, one loop, and the recipes for the teacher and the students."""
