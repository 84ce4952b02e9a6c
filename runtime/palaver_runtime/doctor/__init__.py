"""`palaver doctor`: looks at what a server depends on, and says what to mend. It changes nothing."""
