"""Durable state behind protocols."""
