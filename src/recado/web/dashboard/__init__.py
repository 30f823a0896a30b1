"""The dashboard: pages of HTML that work without JavaScript."""
