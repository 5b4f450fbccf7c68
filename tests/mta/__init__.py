"""The proving ground: real mail servers in network namespaces, with the truth about each of them known."""
