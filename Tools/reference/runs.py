"""A machine over a row of events: every state, every verdict, and what is found of an invariant."""

import copy

from exact import Malformed
from machines import HOLDS, UNDEFINED, VIOLATED, Failed


class Moment:
    """What an event did: whose state it changed, and that state before and after."""

    def __init__(self, event, cut):
        self.event, self.cut = event, cut
        self.key = self.before = self.after = None
        self.failure = None
        self.type_is_ignored = False


class Run:
    """Replays a machine from the beginning. `events` are (event, cut it leads to), cuts ascending.

    With one state an error ends the run. With a state per stream or key it ends that key alone, and
    what concerns the key from then on is undefined; an error of which nobody knows the key ends all, and
    without `isolates` each does.
    """

    def __init__(self, machine, events, end=None, isolates=True):
        self.machine, self.isolates = machine, isolates
        self.end = end if end is not None else len(events)
        self.states, self.memories = {}, {}
        self.moments = []
        self.failure = None  # (offset, reason), where the run ended.
        self.judged_through = self.end
        self.failed = {}  # By key: (offset, reason).
        self.verdicts = {name: {} for name in machine.invariants}  # By key: [(cut, verdict)].
        if machine.scope == "log":
            self.begin("")
            for name, rule in machine.invariants.items():
                verdict = HOLDS
                if rule["kind"] == "state":
                    verdict = machine.judge(name, None, None, None, self.states[""])
                self.verdicts[name][""] = [(0, verdict)]
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
            self.machine.concerns(event)
            if key is None or key in self.failed:
                self.judge(key, None, cut)
                return
            if key not in self.states:
                self.begin(key)
            moment.before = copy.deepcopy(self.states[key])
            self.machine.reduce(self.states[key], event)
            moment.after = copy.deepcopy(self.states[key])
        except (Failed, Malformed) as error:
            moment.failure = str(error)
            if self.machine.scope == "log" or key is None or not self.isolates:
                self.failure = (event.offset, str(error))
                return
            moment.key, moment.before = key, None
            self.failed[key] = (event.offset, str(error))
            self.states.pop(key, None)
        self.judge(key, moment, cut)

    def judge(self, key, moment, cut):
        if key is None:
            return
        for name in self.machine.invariants:
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

    def whole(self, cut=None):
        """The state at a cut: of the log, or {key: state}."""
        if self.machine.scope == "log":
            return self.state("", cut)
        keys = {moment.key: None for moment in self.moments if moment.after is not None}
        states = {key: self.state(key, cut) for key in keys}
        return {key: state for key, state in states.items() if state is not None}

    def state(self, key, cut=None):
        """The state of a key at a cut; None before its first event, and once it has failed."""
        state = self.machine.table["initial"] if self.machine.scope == "log" else None
        for moment in self.moments:
            if cut is not None and moment.cut > cut:
                break
            if moment.key == key:
                state = moment.after if moment.after is not None else state
        return state

    def finding(self, name):
        return Finding(self, name)

    def findings(self):
        return [self.finding(name) for name in self.machine.invariants]


class Finding:
    """What is known of an invariant: its episodes, and what could not be judged."""

    def __init__(self, run, name):
        self.name, self.kind = name, run.machine.invariants[name]["kind"]
        self.episodes, self.undefined = [], []
        self.violations = []  # Of a step, each: (cut, key).
        self.violated_cuts = 0
        for key, row in run.verdicts[name].items():
            shown = None if run.machine.scope == "log" else key
            if self.kind == "step":
                self.violations += [(cut, shown) for cut, verdict in row
                                    if verdict == VIOLATED and cut <= run.judged_through]
            row = every_cut(row, run.judged_through, self.kind) if shown is None else row
            open_episode = None
            for i, (cut, verdict) in enumerate(row):
                if cut > run.judged_through:
                    break
                if verdict == UNDEFINED:
                    self.undefined.append(cut)
                if verdict == VIOLATED:
                    self.violated_cuts += 1
                    if open_episode is None:
                        open_episode = {"key": shown, "firstCut": cut, "endCut": None, "violations": 0}
                        self.episodes.append(open_episode)
                    open_episode["violations"] += 1
                elif open_episode is not None:
                    open_episode["endCut"] = cut
                    open_episode = None
        self.episodes.sort(key=lambda episode: episode["firstCut"])
        for episode in self.episodes:
            episode["brokenBy"] = episode["firstCut"] - 1 if episode["firstCut"] else None
            episode["healedBy"] = episode["endCut"] - 1 if episode["endCut"] else None
        self.undefined.sort()
        self.violations.sort(key=lambda violation: violation[0])
        self.guarantee, self.range = "exact", None
        first = self.episodes[0]["firstCut"] if self.episodes else None
        if self.undefined and (first is None or self.undefined[0] < first):
            self.guarantee = "range"
            self.range = [self.undefined[0], max(self.undefined[0], run.end if first is None else first)]
        elif run.judged_through < run.end and first is None:
            self.guarantee = "range"
            self.range = [run.judged_through + 1, max(run.judged_through + 1, run.end)]

    @property
    def broken(self):
        """Where it broke, as (cut, key): at each violating step, and where an episode begins."""
        if self.kind == "step":
            return self.violations
        return [(episode["firstCut"], episode["key"]) for episode in self.episodes]

    @property
    def ending(self):
        open_count = sum(episode["endCut"] is None for episode in self.episodes)
        if not self.episodes:
            return None
        return "transient" if open_count == 0 else (
            "latched" if open_count == len(self.episodes) else "flapping")

    def json(self):
        answer = {"name": self.name, "kind": self.kind, "violated": bool(self.episodes),
            "class": self.ending, "guarantee": self.guarantee,
            "violatedCuts": self.violated_cuts, "undefinedCuts": len(self.undefined),
            "firstUndefined": self.undefined[0] if self.undefined else None, "episodes": self.episodes,
            "violations": [{"key": key, "offset": cut - 1} for cut, key in self.violations]
            if self.kind == "step" else None}
        if self.range:
            answer["range"] = self.range
        return answer


def every_cut(row, end, kind):
    """One verdict for each cut: where no event leads to a cut, no step is made, and all else is as it was."""
    verdicts, found = {}, []
    for cut, verdict in row:
        if kind == "step" and verdicts.get(cut) == VIOLATED:
            continue
        verdicts[cut] = verdict
    for cut in range(end + 1):
        missing = HOLDS if kind == "step" or not found else found[-1][1]
        found.append((cut, verdicts.get(cut, missing)))
    return found


def outcome(run, findings):
    """The exit code: 1 where something is violated, 3 where something could not be judged."""
    if any(finding.episodes for finding in findings):
        return 1
    if run.failure or run.failed or any(finding.undefined for finding in findings):
        return 3
    return 0


def over(machine, events, end=None, isolates=True):
    """The run over some events of a log up to a cut."""
    end = len(events) if end is None else end
    return Run(machine, [(event, event.offset + 1) for event in events if event.offset < end], end, isolates)
