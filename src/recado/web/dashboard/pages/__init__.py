"""One page, one module: a view, a function that fills it, a handler."""
