#if JavaScript
  extension Sandbox {
    /// What a handler and an invariant look at, and what an event changes.
    static let observing = #"""
        // --- Looking on -----------------------------------------------------------------------
        const observedLimit = 1000;

        // The paths that are read or written, each once, in the order of the first access.
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
          changed = [];
          constructor(invariant) { this.invariant = invariant; }
          begin(cell) {
            if (wasUnwatched) recognise();
            this.watch = new Watch(cell.state, false, this.reads, this.writes);
            return this.watch.state;
          }
          end() { this.changed = this.watch.end(); }
          look(state, isBefore) {
            return new Watch(state, true, isBefore ? this.judgedBefore : this.judged).state;
          }
          // What was passed through on the way to another place was not what was looked for.
          #ends(reads, others) {
            const all = reads.all, passed = above([...all, ...others]);
            return all.filter(path => !passed.has(path));
          }
          get answer() {
            const changed = new Places();
            for (const [path] of this.changed) changed.add(path);
            const holders = above(changed.all);
            const touches = (path) => changed.covers(path) || holders.has(path);
            const judged = this.#ends(this.judged, []);
            // What the event left alone was so before it.
            const before = new Places();
            for (const path of this.#ends(this.judgedBefore, [])) before.add(path);
            for (const path of judged) if (!touches(path)) before.add(path);
            const reads = this.#ends(this.reads, this.writes.all), { used } = this.watch;
            const all = {
              reads, writes: this.changed, judged: judged.filter(touches), judgedBefore: before.all,
              counted: reads.filter(path => !used.has(path)),
            };
            const answer = { leftOut: {} };
            for (const name of keysOf(all)) {
              const list = all[name];
              answer[name] = list.slice(0, observedLimit);
              answer.leftOut[name] = list.length - answer[name].length;
            }
            return answer;
          }
        }

        // Looks on while many events are reduced, one after the other.
        class Tracer {
          invariant = -1;
          texts = [];
          changed = [];
          begin(cell) {
            if (wasUnwatched) recognise();
            this.watch = new Watch(cell.state, false);
            return this.watch.state;
          }
          end(cell, key) {
            let writes = this.changed = this.watch.end();
            // A stream or key that had no state has one now.
            if (scope !== "log" && cell.count === 0) writes = [[[], null, textOf(cell.state)]];
            const texts = writes.map(([path, old, now]) =>
              `[${stringify(path)},[${old ?? ""}],[${now ?? ""}]]`);
            this.texts.push(`[${offset},${stringify(key)},[${texts.join(",")}]]`);
          }
        }

        // Reduces events, and tells what each changed: its offset, the key, and the places with the values
        // before and after, each in brackets that are empty for what is not there.
        function trace(text, forgets, checks) {
          changes = [];
          const mine = observer = new Tracer();
          try {
            const rest = answered(() => each(text, forgets, checks), () => ({ changes }));
            return `{"traces":[${mine.texts.join(",")}],${rest.slice(1)}`;
          } finally { observer = null; }
        }

        // A number below 2^53 that tells texts apart: two FNV-1a with different primes, the second of which
        // gives the upper bits.
        const { imul, floor, max } = Math;
        function numberOf(text) {
          let low = 0x811c9dc5, high = 0x9e3779b9;
          for (let i = 0; i < text.length; i++) {
            const c = text.charCodeAt(i);
            low = imul(low ^ c, 0x01000193);
            high = imul(high ^ c, 0x85ebca6b);
            high ^= high >>> 15;
          }
          return (high & 0x1fffff) * 4294967296 + (low >>> 0);
        }
        let looks = [], reduced = [];
        // Reduces and judges events, and looks at states where the host would: see StateLooks. For each event it
        // tells whether it was reduced, or for which key.
        function audit(text, forgets, passed, stride, widest, bytesPerEvent, from, every) {
          changes = [];
          looks = [];
          reduced = [];
          return answered(() => each(text, forgets, true, () => {
            passed++;
            reduced[reduced.length] = scope === "log" ? lastKey !== null : lastKey;
            const isDue = from >= 0 && offset >= from ? (offset - from) % every === 0 : passed >= stride;
            if (!isDue || lastKey === null) { looks[looks.length] = null; return; }
            let state;
            try { state = textOf(cells.get(lastKey).state); }
            catch (e) { throw new Failure("badState", null, null, e.message); }
            looks[looks.length] = numberOf(`${lastKey}\u0000${state}`);
            if (passed > widest) widest = passed;
            stride = max(1, floor(state.length / bytesPerEvent));
            passed = 0;
          }), () => ({ changes, looks, reduced, passed, stride, widest }));
        }

        // What the second event of a batch would do to the state that the first one is for; without a
        // first one, to the initial state. Nothing is changed.
        function attempt(text, forgets, pathText) {
          const path = parse(pathText), answer = { broken: [], undefined: [] };
          return answered(() => {
            const batch = new Batch(text, true, forgets), last = batch.count - 1;
            offset = numbers[last * 10];
            progress[0] = last;
            const event = batch.event(last);
            let cell;
            if (last > 0) cell = cells.get(keyFor(batch.event(0)));
            cell ??= newCell();
            const copyOf = (v, what) => parse(encode(v, what, false), saved);
            const before = copyOf(cell.state, "the state"), after = copyOf(cell.state, "the state");
            const memories = cell.memories.map(m => copyOf(m, "a history's memory"));
            const known = textOf(before);
            const { handler, where, isIgnored } = ruleOf(event.type);
            if (isIgnored) { answer.region = regionOf(after, path); return; }
            if (handler === undefined) throw new Failure("unknownType", null, null, event.type);
            const isBad = invariants.map(i => i.kind === "state" && verdictOf(i.test, view(before))[0] === 1);
            const shownEvent = viewOfEvent(event);
            doing = where;
            try { handler(after, event); }
            catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
            settle(where);
            let memory = 0;
            invariants.forEach((invariant, i) => {
              doing = invariant;
              Event.rewind(event);
              const given = invariant.kind === "state" ? [view(after)]
                : invariant.kind === "step" ? [view(before), shownEvent, view(after)]
                : [memories[memory++], view(before), shownEvent, view(after)];
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
