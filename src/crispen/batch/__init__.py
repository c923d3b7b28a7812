"""Archives: any number of videos and pictures, on one machine or a cluster."""
