"""What the demo's ``script`` trigger runs: a shop's order book."""

ORDERS = "orders.py"

ORDERS_SOURCE = '''\
"""Take an order of the shop: the event comes as JSON on standard input."""

import json
import os
import sys

EX_TEMPFAIL = 75  # "try again later": Recado waits and tries again

order = json.load(sys.stdin)["data"]
attempt = int(os.environ["RECADO_ATTEMPT"])

if order.get("stock_is_busy") and attempt == 1:
    print("the stock system is busy", file=sys.stderr)
    sys.exit(EX_TEMPFAIL)

quantity = int(order["quantity"])  # "two" ends with a ValueError
print(f"order {order['number']}: {quantity} x {order['article']}")
'''
