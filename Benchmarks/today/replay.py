#!/usr/bin/env python3
"""What people replay events with today, at the fold that evlog-bench measures: what came in, by account.

    evlog-bench ndjson --events 1000000 | today/replay.py sql
    evlog-bench ndjson --events 100000 | today/replay.py eventsourcing

`sql` folds with SQLite's JSON functions over a table of events. `eventsourcing` stores the events as
those of aggregates with the library of that name (pip install eventsourcing) on SQLite, and replays them
from its notification log, page by page. Prints events a second and the sum that all contestants find.
"""
import json
import os
import sqlite3
import sys
import tempfile
import time


def total(cents):
    """The sum over all accounts, each times its number, as the other contestants have it."""
    return sum(value * (2 * number + 1) for number, value in cents.items()) % 2**64


def report(name, count, seconds, cents):
    print(f"{name}: {count} events, {count / seconds:,.0f} events/s, sum {total(cents)}")


def sql(lines, folder):
    database = sqlite3.connect(os.path.join(folder, "events.db"))
    database.execute("pragma journal_mode=wal")
    database.execute("create table events (id integer primary key, stream text, type text, data text)")
    rows = ((e["stream"], e["type"], json.dumps(e["data"])) for e in map(json.loads, lines))
    with database:
        database.executemany("insert into events (stream, type, data) values (?, ?, ?)", rows)
    start = time.monotonic()
    rows = database.execute("""
        select cast(substr(json_extract(data, '$.account'), -7) as integer) as account,
          sum(cast(replace(json_extract(data, '$.amount'), '.', '') as integer))
        from events group by account""").fetchall()
    seconds = time.monotonic() - start
    count = database.execute("select count(*) from events").fetchone()[0]
    report(f"SQLite {sqlite3.sqlite_version}, a fold by json_extract", count, seconds, dict(rows))


def eventsourcing(lines, folder):
    from eventsourcing.application import Application
    from eventsourcing.domain import Aggregate, event
    from uuid import NAMESPACE_URL, uuid5

    class Account(Aggregate):
        class Opened(Aggregate.Created):
            number: int

        class Moved(Aggregate.Event):
            account: str
            amount: str

        @event(Opened)
        def __init__(self, number):
            self.number = number
            self.cents = 0

        @staticmethod
        def create_id(number):
            return uuid5(NAMESPACE_URL, f"/accounts/{number}")

        @event(Moved)
        def move(self, account, amount):
            self.cents += int(amount.replace(".", ""))

    class Bank(Application):
        # So many in a page; ten is what it has by itself.
        log_section_size = 1000

    application = Bank(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": os.path.join(folder, "aggregates.db"),
        })
    accounts, count, pending = {}, 0, {}
    for line in lines:
        data = json.loads(line)["data"]
        number = int(data["account"][-7:])
        if number not in accounts:
            accounts[number] = Account(number=number)
        accounts[number].move(account=data["account"], amount=data["amount"])
        pending[number] = accounts[number]
        count += 1
        if len(pending) == 1000:
            application.save(*pending.values())
            pending = {}
    application.save(*pending.values())
    cents, start, place = {}, time.monotonic(), 1
    while True:
        page = application.notification_log.select(start=place, limit=1000)
        if not page:
            break
        for notification in page:
            change = application.mapper.to_domain_event(notification)
            if isinstance(change, Account.Moved):
                number = int(change.account[-7:])
                cents[number] = cents.get(number, 0) + int(change.amount.replace(".", ""))
        place = page[-1].id + 1
    seconds = time.monotonic() - start
    report("eventsourcing on SQLite, its notification log", count, seconds, cents)


if __name__ == "__main__":
    works = {"sql": sql, "eventsourcing": eventsourcing}
    if len(sys.argv) != 2 or sys.argv[1] not in works:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        works[sys.argv[1]](sys.stdin, folder)
