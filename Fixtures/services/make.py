"""Writes the events of three services: python3 make.py, in this folder. No chance is involved.

Every order is placed, its stock is held, it is paid and confirmed. Every fifth is then cancelled: its payment is
refunded and its stock released, each because of the cancellation. That is the defect: nothing makes the release wait
for the refund. In this morning it always came later.

The clock of payments is 10 ms fast, and that of stock 90 ms slow, so that stock seems to be held before the order is
placed.
"""
import json

CLOCK = {"orders": 0, "payments": 10, "stock": -90}
events = []


def event(ms, log, kind, key, cause=None, **data):
    events.append((ms, log, kind, key, cause, data))


for n in range(1, 25):
    at = n * 1000
    order = f"order-{n}"
    event(at, "orders", "OrderPlaced", f"place-{n}", order=order, sku=f"A-{n % 4}")
    event(at + 60, "stock", "StockHeld", f"hold-{n}", f"place-{n}", order=order, sku=f"A-{n % 4}")
    if n == 24:
        break  # its payment is still in flight
    event(at + 900, "payments", "PaymentTaken", f"pay-{n}", order=order, amount=10 + n % 7)
    event(at + 1450, "orders", "OrderConfirmed", f"confirm-{n}", f"pay-{n}", order=order)
    if n % 5 == 0:
        event(at + 2600, "orders", "OrderCancelled", f"cancel-{n}", order=order)
        event(at + 2700, "payments", "PaymentRefunded", f"refund-{n}", f"cancel-{n}", order=order)
        event(at + 2850, "stock", "StockReleased", f"release-{n}", f"cancel-{n}", order=order)

# Services are deployed one after another, each when the one before is up again.
cause = None
for i, log in enumerate(["orders", "payments", "stock"]):
    at = 11_310 + 2000 * i
    event(at, log, "DeployBegan", f"deploy-{log}", cause)
    event(at + 1100, log, "DeployEnded", f"up-{log}", f"deploy-{log}")
    cause = f"up-{log}"

for log, offset in CLOCK.items():
    with open(f"{log}.ndjson", "w") as file:
        for ms, _, kind, key, cause, data in sorted((e for e in events if e[1] == log), key=lambda e: e[0]):
            t = ms + offset
            line = {
                "stream": data.get("order", "deploys"), "type": kind,
                "time": f"2026-03-01T09:00:{t // 1000:02}.{t % 1000:03}Z", "id": key,
            }
            if cause:
                line["causation"] = cause
            if data:
                line["data"] = data
            file.write(json.dumps(line, separators=(",", ":")) + "\n")
