"""The reliability layer for WhatsApp automation on Evolution Go."""
