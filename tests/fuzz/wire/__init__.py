"""The fuzzer over real sockets: a served instance of every transport, strangers, and bystanders."""
