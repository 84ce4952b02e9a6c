"""The report to read: one HTML file that loads nothing."""
