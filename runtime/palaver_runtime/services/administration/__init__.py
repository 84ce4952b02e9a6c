"""What those who look after a server may do, whoever is in which conversation. Every change is told as all are."""
