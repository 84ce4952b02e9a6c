"""Documents: loaded with positions, bundled, validated and linted."""
