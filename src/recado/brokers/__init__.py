"""RabbitMQ and NATS in: the same intake as the webhooks', by another door."""
