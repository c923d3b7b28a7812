"""What pictures and videos share: files, frames and their planes, pipelines, error messages."""
