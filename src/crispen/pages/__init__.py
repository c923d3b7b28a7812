"""HTML pages and what fills them."""
