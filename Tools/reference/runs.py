"""A machine over a row of events: every state, every verdict, and what is found of an invariant."""

import copy

from exact import Malformed
from machines import HOLDS, UNDEFINED, VIOLATED, Failed, need

class Moment:
    """What an event did: whose state it changed, and that state before and after."""

    def __init__(self, event, cut):
        self.event, self.cut = event, cut
        self.key = self.before = self.after = None
        self.type_is_ignored = False

class Run:
    """Replays a machine from the beginning. `events` are (event, cut it leads to), cuts ascending.

    With one state an error ends the run. With a state per stream or key it ends that key alone, and
    what concerns the key from then on is undefined; an error of which nobody knows the key ends all, and
    without `isolates` each does.
    """

    def __init__(self, machine, events, end, isolates=True):
        self.machine, self.end, self.isolates = machine, end, isolates
        self.states, self.memories, self.moments = {}, {}, []
        self.failure = None  # (offset, reason), where the run ended.
        self.judged_through = self.end
        self.failed = {}  # By key: (offset, reason, cut).
        self.unconcerned = 0  # Events of no key.
        self.verdicts = {name: {} for name in machine.invariants}  # By key: [(cut, verdict)].
        if machine.scope == "log":
            self.begin("")
            for name, rule in machine.invariants.items():
                is_state = rule["kind"] == "state"
                self.verdicts[name][""] = [
                    (0, machine.judge(name, None, None, None, self.states[""]) if is_state else HOLDS)]
        for event, cut in events:
            self.take(event, cut)
            if self.failure:
                self.judged_through = event.offset
                break

    def begin(self, key):
        rules = self.machine.invariants
        self.states[key] = copy.deepcopy(self.machine.table["initial"])
        self.memories[key] = {name: copy.deepcopy(rule.get("memory")) for name, rule in rules.items()}

    def take(self, event, cut):
        moment = Moment(event, cut)
        self.moments.append(moment)
        key = event.stream if self.machine.scope == "stream" else None
        try:
            if event.type in self.machine.ignored:
                moment.type_is_ignored = True
                self.pass_over(cut)
                return
            event.value()
            key = moment.key = self.machine.key_for(event)
            need({event.type, "*"} & self.machine.on.keys(), f"the type '{event.type}' is unknown")
            if key is None or key in self.failed:
                self.unconcerned += key is None
                self.judge(key, None, cut)
                return
            if key not in self.states:
                self.begin(key)
            moment.before, self.states[key] = self.states[key], copy.deepcopy(self.states[key])
            self.machine.reduce(self.states[key], event)
            moment.after = self.states[key]
        except (Failed, Malformed) as error:
            if self.machine.scope == "log" or key is None or not self.isolates:
                self.failure = (event.offset, str(error))
                return
            moment.key, moment.before = key, None
            self.failed.setdefault(key, (event.offset, str(error), cut))
            self.states.pop(key, None)
        self.judge(key, moment, cut)

    def judge(self, key, moment, cut):
        for name in self.machine.invariants if key is not None else []:
            verdict = UNDEFINED
            if key not in self.failed:
                verdict = self.machine.judge(
                    name, self.memories[key][name], moment.before, moment.event, moment.after)
            self.verdicts[name].setdefault(key, []).append((cut, verdict))

    def pass_over(self, cut):
        """An event that changes nothing violates no step, and all else is as it was."""
        if self.machine.scope == "log":
            for name, rule in self.machine.invariants.items():
                row = self.verdicts[name][""]
                row.append((cut, HOLDS if rule["kind"] == "step" else row[-1][1]))

    def is_first(self, moment):
        """Whether an event is the first one of its stream or key."""
        return self.machine.scope != "log" and next(m for m in self.moments if m.key == moment.key) is moment

    def whole(self, cut=None, without=()):
        """The state at a cut: of the log, or {key: state}."""
        if self.machine.scope == "log":
            return self.state("", cut)
        keys = {moment.key: None for moment in self.moments if moment.after is not None}
        states = {key: self.state(key, cut) for key in keys if key not in without}
        return {key: state for key, state in states.items() if state is not None}

    def keys(self):
        """What is said beside verdicts where there is a state for each stream or key."""
        failed = sorted((offset, key) for key, (offset, _, _) in self.failed.items())
        keys = {moment.key for moment in self.moments if moment.key is not None}
        return {"keys": None if self.machine.scope == "log" else len(keys),
                "failedKeys": [{"key": key, "offset": offset} for offset, key in failed],
                "unconcerned": self.unconcerned if self.machine.scope == "key" else None}

    def state(self, key, cut=None):
        """The state of a key at a cut; None before its first event, and once it has failed."""
        state = self.machine.table["initial"] if self.machine.scope == "log" else None
        for moment in self.moments:
            if cut is not None and moment.cut > cut:
                break
            if moment.key == key:
                state = moment.after if moment.after is not None else state
        return state

    def findings(self):
        return [Finding(self, name) for name in self.machine.invariants]

class Finding:
    """What is known of an invariant, or of it for some keys: its episodes, and what could not be judged."""

    def __init__(self, run, name, keys=None):
        self.name, self.kind = name, run.machine.invariants[name]["kind"]
        self.episodes, self.undefined = [], []
        self.violations = []  # Of a step, each: (cut, key).
        self.violated_cuts = 0
        for key, row in run.verdicts[name].items():
            if keys is None or key in keys:
                self.add(run, None if run.machine.scope == "log" else key, row)
        self.episodes.sort(key=lambda episode: episode["firstCut"])
        self.undefined.sort()
        self.violations.sort(key=lambda violation: violation[0])
        # The first violated cut, if there is one, is one of these where some before it could not be judged.
        self.range = None
        first = self.episodes[0]["firstCut"] if self.episodes else run.end
        if self.undefined and (not self.episodes or self.undefined[0] < first):
            self.range = [self.undefined[0], max(self.undefined[0], first)]
        elif run.judged_through < run.end and not self.episodes:
            self.range = [run.judged_through + 1, run.end]

    def add(self, run, key, row):
        """Takes in the verdicts of one key, or of the log."""
        row = [(cut, verdict) for cut, verdict in row if cut <= run.judged_through]
        if self.kind == "step":
            self.violations += [(cut, key) for cut, verdict in row if verdict == VIOLATED]
        episode = None
        for cut, verdict in every_cut(row, run.judged_through, self.kind) if key is None else row:
            self.undefined += [cut] * (verdict == UNDEFINED)
            self.violated_cuts += verdict == VIOLATED
            if verdict == VIOLATED and episode is None:
                episode = {"key": key, "firstCut": cut, "brokenBy": cut - 1 if cut else None, "endCut": None,
                           "healedBy": None, "violations": 0}
                self.episodes.append(episode)
            if verdict == VIOLATED:
                episode["violations"] += 1
            elif episode is not None:
                episode.update(endCut=cut, healedBy=cut - 1 if verdict == HOLDS else None)
                episode = None

    @property
    def broken(self):
        """Where it broke, as (cut, key): at each violating step, and where an episode begins."""
        if self.kind == "step":
            return self.violations
        return [(episode["firstCut"], episode["key"]) for episode in self.episodes]

    def json(self):
        lasts = {episode["healedBy"] is None for episode in self.episodes}
        ending = {(): None, (False,): "transient", (True,): "latched"}.get(tuple(lasts), "flapping")
        violations = [{"key": key, "offset": cut - 1} for cut, key in self.violations] if self.kind == "step" else None
        return {"name": self.name, "kind": self.kind, "violated": bool(self.episodes), "class": ending,
                "guarantee": "range" if self.range else "exact", "range": self.range,
                "violatedCuts": self.violated_cuts, "undefinedCuts": len(self.undefined),
                "firstUndefined": min(self.undefined, default=None), "episodes": self.episodes,
                "violations": violations}

def every_cut(row, end, kind):
    """One verdict for each cut: the worst of its events. The last one goes on; without an event no step is made."""
    verdicts, found, standing = {}, [], HOLDS
    for cut, verdict in row:
        verdicts.setdefault(cut, []).append(verdict)
    for cut in range(end + 1):
        at = verdicts.get(cut, [HOLDS if kind == "step" else standing])
        found.append((cut, next(verdict for verdict in [VIOLATED, UNDEFINED, HOLDS] if verdict in at)))
        standing = at[-1]
    return found

def over(machine, events, end=None, isolates=True):
    """The run over some events of a log up to a cut."""
    end = len(events) if end is None else end
    return Run(machine, [(event, event.offset + 1) for event in events if event.offset < end], end, isolates)
