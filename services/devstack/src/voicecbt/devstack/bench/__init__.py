"""`make bench`: what the running platform costs, in time and memory. Measures; judges nothing."""
