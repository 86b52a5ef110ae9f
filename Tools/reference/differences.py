"""Two states compared, and who wrote what."""

from exact import NOTHING, at, canonical, in_order, path_text

def changes(old, new, steps=()):
    """The places that differ, as (steps, old, new); what is not there is NOTHING."""
    if old is NOTHING or new is NOTHING:
        return [] if old is new else [(steps, old, new)]
    pairs = children(old, new)
    if pairs is None:
        return [] if canonical(old) == canonical(new) else [(steps, old, new)]
    return [change for step, a, b in pairs for change in changes(a, b, (*steps, step))]

def children(old, new):
    """The places in two objects or arrays; None for values that are compared as wholes.

    Elements of arrays are told apart by `id` or `key` where each has one of its own and those that both
    have are in the same order, else by their index.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return [(key, old.get(key, NOTHING), new.get(key, NOTHING)) for key in in_order({**old, **new})]
    if not (isinstance(old, list) and isinstance(new, list)):
        return None
    for member in ["id", "key"]:
        olds, news = named(old, member), named(new, member)
        if (old or new) and olds is not None and news is not None:
            if [name for name in olds if name in news] == [name for name in news if name in olds]:
                names = [name for name in olds if name not in news] + list(news)
                return [((member, name), olds.get(name, NOTHING), news.get(name, NOTHING)) for name in names]
    return [(i, old[i] if i < len(old) else NOTHING, new[i] if i < len(new) else NOTHING)
            for i in range(max(len(old), len(new)))]

def named(items, member):
    """Elements by the texts of their names; None where not each has one of its own."""
    names = [item.get(member) if isinstance(item, dict) else None for item in items]
    if any(name is None or isinstance(name, (bool, list, dict)) for name in names):
        return None
    found = dict(zip(map(canonical, names), items))
    return found if len(found) == len(items) else None

class Changes:
    """The changes from one value to another, at a place."""

    def __init__(self, old, new, steps=()):
        self.old, self.new, self.steps = old, new, list(steps)
        self.all = changes(old, new, tuple(steps))

    def json(self):
        return [{"path": path_text(steps), **({} if old is NOTHING else {"old": old}),
                 **({} if new is NOTHING else {"new": new})} for steps, old, new in self.all]

def writers(run, steps, key, cut):
    """The events before a cut that changed what is at a place, with their changes there."""
    found = []
    for moment in run.moments:
        if moment.cut > cut or moment.key != key or moment.after is None:
            continue
        # There was no state before a key's first event.
        old = NOTHING if run.is_first(moment) else at(moment.before, steps)
        made = Changes(old, at(moment.after, steps), steps)
        if made.all:
            found.append((moment.event, made))
    return found
