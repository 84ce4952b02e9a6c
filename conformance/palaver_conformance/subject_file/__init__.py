"""The file that describes an implementation under test, so that judging it takes no flags."""
