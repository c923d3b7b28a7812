"""What pictures and videos have in common: files, frames and their planes, pipelines, error messages."""
