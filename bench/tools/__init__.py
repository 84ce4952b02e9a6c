"""Our commands on documents and the nearest peers' side by side: whole processes, on the same documents, in turns."""
