#if JavaScript
  extension Sandbox {
    /// The fourth part: what a handler and an invariant look at, and what an event changes.
    static let observing = #"""
        // --- Looking on -----------------------------------------------------------------------
        const observedLimit = 1000;
        const { ownKeys, defineProperty } = Reflect;

        // The places that somebody looks at or writes to, each once, in the order of the first time.
        class Places {
          #paths = new Map();
          add(path) {
            const text = stringify(path);
            if (!this.#paths.has(text)) this.#paths.set(text, path);
          }
          has(path) { return this.#paths.has(stringify(path)); }
          get all() { return [...this.#paths.values()]; }
          get size() { return this.#paths.size; }
          // Whether one of them is the place, or holds it.
          covers(path) {
            for (let n = path.length; n >= 0; n--) if (this.has(path.slice(0, n))) return true;
            return false;
          }
        }
        const above = (places) => {
          const all = new Places();
          for (const path of places) for (let n = 0; n < path.length; n++) all.add(path.slice(0, n));
          return all;
        };

        class Observer {
          reads = new Places();
          writes = new Places();
          judged = new Places();
          judgedBefore = new Places();
          constructor(invariant) { this.invariant = invariant; }
          begin(cell) {
            this.cell = cell;
            this.before = parse(encode(cell.state, "the state", false), saved);
            return this.#watch(cell.state, this.reads, this.writes);
          }
          look(state, isBefore) {
            return this.#watch(state, isBefore ? this.judgedBefore : this.judged, null);
          }
          #watch(root, reads, writes) {
            const watched = new WeakMap(), watching = new WeakMap();
            const opened = (v) => watching.get(v) ?? v;
            const wrap = (v, path) => {
              if (typeof v !== "object" || v === null || isFrozen(v)) return v;
              let proxy = watched.get(v);
              if (proxy === undefined) {
                watched.set(v, proxy = new Proxy(v, traps(path)));
                watching.set(proxy, v);
              }
              return proxy;
            };
            const at = (target, path, key) =>
              [...path, isArray(target) && /^(0|[1-9]\d{0,15})$/.test(key) ? +key : key];
            const traps = (path) => ({
              get: (target, key) => {
                const value = target[key];
                if (typeof key === "symbol" || typeof value === "function") return value;
                if (isArray(target) && key === "length") { reads.add(path); return value; }
                reads.add(at(target, path, key));
                return wrap(value, at(target, path, key));
              },
              has: (target, key) => {
                if (typeof key !== "symbol") reads.add(at(target, path, key));
                return key in target;
              },
              ownKeys: (target) => { reads.add(path); return ownKeys(target); },
              getOwnPropertyDescriptor: (target, key) => {
                const d = descriptorOf(target, key);
                if (typeof key !== "symbol") reads.add(at(target, path, key));
                return d === undefined || !d.configurable ? d
                  : { ...d, value: wrap(d.value, at(target, path, key)) };
              },
              set: (target, key, value) => {
                if (writes === null) refuse();
                // An array that becomes longer says so by its new elements.
                if (isArray(target) && key === "length") {
                  if (value < target.length) writes.add(path);
                } else if (typeof key !== "symbol") writes.add(at(target, path, key));
                target[key] = opened(value);
                return true;
              },
              defineProperty: (target, key, d) => {
                if (writes === null) refuse();
                if (typeof key !== "symbol") writes.add(at(target, path, key));
                return defineProperty(target, key, own(d, "value")
                  ? { ...d, value: opened(d.value) } : d);
              },
              deleteProperty: (target, key) => {
                if (writes === null) refuse();
                if (typeof key !== "symbol") writes.add(at(target, path, key));
                return delete target[key];
              },
              setPrototypeOf: refuse, preventExtensions: refuse,
            });
            return wrap(root, []);
          }
          // What was passed through on the way to another place was not what was looked for.
          #ends(reads, others) {
            const all = reads.all, passed = above([...all, ...others]);
            return all.filter(path => !passed.has(path));
          }
          get answer() {
            if (this.cell === undefined) return { reads: [], writes: [], judged: [], judgedBefore: [] };
            const outermost = this.writes.all.filter(path =>
              !path.some((_, n) => this.writes.has(path.slice(0, n))));
            const changed = new Places(), writes = [];
            for (const path of outermost) {
              const old = textOf(valueAt(this.before, path)), now = textOf(valueAt(this.cell.state, path));
              if (old === now) continue;
              writes.push([path, old, now]);
              changed.add(path);
            }
            const holders = above(changed.all);
            const touches = (path) => changed.covers(path) || holders.has(path);
            return {
              reads: this.#ends(this.reads, this.writes.all).slice(0, observedLimit),
              writes: writes.slice(0, observedLimit),
              judged: this.#ends(this.judged, []).filter(touches).slice(0, observedLimit),
              judgedBefore: this.#ends(this.judgedBefore, []).slice(0, observedLimit),
            };
          }
        }

        // What the second event of a batch would do to the state that the first one is for; without a
        // first one, to the initial state. Nothing is changed.
        function attempt(text, forgets, pathText) {
          const path = parse(pathText), answer = { broken: [], undefined: [] };
          return answered(() => {
            const batch = new Batch(text, true, forgets), last = batch.count - 1;
            offset = numbers[last * 8];
            const event = batch.event(last);
            let cell;
            if (last > 0) cell = cells.get(keyFor(batch.event(0)));
            cell ??= newCell();
            const copyOf = (v, what) => parse(encode(v, what, false), saved);
            const before = copyOf(cell.state, "the state"), after = copyOf(cell.state, "the state");
            const memories = cell.memories.map(m => copyOf(m, "a history's memory"));
            const known = textOf(before);
            const handler = handlers.get(event.type) ?? anyHandler;
            if (ignored.has(event.type)) { answer.region = regionOf(after, path); return; }
            if (handler === undefined) throw new Failure("unknownType", null, null, event.type);
            const where = handlers.has(event.type) ? `on.${event.type}` : "on['*']";
            const isBad = invariants.map(i => i.kind === "state" && verdictOf(i.test, view(before))[0] === 1);
            doing = where;
            try { handler(after, event); } catch (e) { throw new Failure("threw", where, e); }
            let memory = 0;
            invariants.forEach((invariant, i) => {
              doing = invariant;
              Event.rewind(event);
              const given = invariant.kind === "state" ? [view(after)]
                : invariant.kind === "step" ? [view(before), event, view(after)]
                : [memories[memory++], view(before), event, view(after)];
              const [verdict] = verdictOf((...all) => {
                const result = invariant.test(...all);
                return invariant.kind === "history" && isArray(result) ? result[1] : result;
              }, ...given);
              if (verdict === 1 && !isBad[i]) answer.broken.push(i);
              if (verdict === 2) answer.undefined.push(i);
            });
            answer.isChanged = textOf(after) !== known;
            answer.region = regionOf(after, path);
          }, () => answer);
        }
        function keyFor(event) {
          if (scope === "log") return "";
          if (scope === "stream") return event.stream;
          doing = "key";
          try { return String(keyOf(event)); } catch (e) { throw new Failure("threw", "key", e); }
        }

        // Reduces one event, and tells what was looked at. An invariant is judged where it is asked for.
        function observe(text, forgets, invariant) {
          const mine = observer = new Observer(invariant);
          try {
            changes = [];
            return answered(() => each(text, forgets, invariant >= 0), () => mine.answer);
          } finally { observer = null; }
        }
      """#
  }
#endif
