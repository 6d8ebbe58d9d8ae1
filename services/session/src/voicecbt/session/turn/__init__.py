"""One turn: hear, understand, reply and speak, commit. A file a stage; `pipeline` is the list of them."""
