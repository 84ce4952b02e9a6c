"""Our server and its peers side by side: the same frames from the same load client, each in turn on the same core."""
