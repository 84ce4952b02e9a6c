"""The published site: from the documents of dialects to pages that need nothing but a browser."""
