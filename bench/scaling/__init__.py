"""What things cost our server against how much there is of something: messages, members, conversations, instances."""
