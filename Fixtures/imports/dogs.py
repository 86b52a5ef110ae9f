"""How dogs.db was made: by the library `eventsourcing` 9.5.6, with `python3 dogs.py dogs.db`, and then
`pragma journal_mode=delete`, so that reading it writes no files beside it."""
import os
import sys

os.environ["PERSISTENCE_MODULE"] = "eventsourcing.sqlite"
os.environ["SQLITE_DBNAME"] = sys.argv[1]

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event


class Dog(Aggregate):
    @event("Registered")
    def __init__(self, name):
        self.name = name
        self.tricks = []

    @event("TrickAdded")
    def add_trick(self, trick):
        self.tricks.append(trick)


school = Application()
fido = Dog("Fido")
fido.add_trick("roll over")
school.save(fido)
bella = Dog("Bella")
school.save(bella)
fido.add_trick("play dead")
school.save(fido)
