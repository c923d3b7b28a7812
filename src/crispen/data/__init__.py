"""From a folder of pictures and videos to pairs of damaged and clean tiles."""
