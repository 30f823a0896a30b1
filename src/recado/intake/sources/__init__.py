"""One module per sender: how it proves itself and what its events say."""
