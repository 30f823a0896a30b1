"""``recado doctor``: facts are gathered, then findings are made of them."""
