#if JavaScript
  extension Sandbox {
    /// The second part: events, and the run with its verdicts.
    static let running = #"""
        // --- Events ---------------------------------------------------------------------------
        const two = (n) => (n < 10 ? "0" : "") + n;
        const exact = (key, value, context) => {
          if (typeof value !== "number" || isSafe(value)) return value;
          const text = context.source;
          if (!/[.eE]/.test(text)) return BigInt(text);
          if (!isFinite(value)) throw new Unreadable(`the number ${text} is beyond all doubles`);
          return value;
        };
        // In what the sandbox itself wrote, E0 marks a small BigInt; see encode.
        const saved = (key, value, context) =>
          typeof value === "number" && context.source.endsWith("E0")
            ? BigInt(context.source.slice(0, -2)) : exact(key, value, context);

        class Event {
          #seconds; #nanos; #seed;
          constructor(at, data, rest) {
            this.offset = numbers[at]; this.stream = names[numbers[at + 5]];
            this.revision = numbers[at + 1];
            this.type = names[numbers[at + 6]]; this.schemaVersion = numbers[at + 2];
            this.id = rest === null ? null : rest[0];
            this.causation = rest === null ? null : rest[1];
            this.correlation = rest === null ? null : rest[2];
            this.metadata = rest === null || rest[4] === null ? null : value(rest[4], rest[5]);
            this.contentType = rest === null ? "application/json" : rest[3];
            this.data = data;
            this.#seconds = numbers[at + 3]; this.#nanos = numbers[at + 4];
          }
          /** RFC 3339 in UTC, as precise as it was recorded. */
          get time() {
            const days = Math.floor(this.#seconds / 86400), second = this.#seconds - days * 86400;
            const z = days + 719468, era = Math.floor(z / 146097), doe = z - era * 146097;
            const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524)
              - Math.floor(doe / 146096)) / 365);
            const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
            const mp = Math.floor((5 * doy + 2) / 153), month = mp < 10 ? mp + 3 : mp - 9;
            const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
            let text = `${String(year).padStart(4, "0")}-${two(month)}-` +
              `${two(doy - Math.floor((153 * mp + 2) / 5) + 1)}T${two(Math.floor(second / 3600))}:` +
              `${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
            if (this.#nanos) {
              const digits = String(this.#nanos).padStart(9, "0");
              text += "." + (digits.endsWith("000000") ? digits.slice(0, 3)
                : digits.endsWith("000") ? digits.slice(0, 6) : digits);
            }
            return text + "Z";
          }
          /** Whole milliseconds since 1970. */
          get timeMs() { return this.#seconds * 1000 + Math.floor(this.#nanos / 1e6); }
          /** Nanoseconds since 1970, a BigInt. */
          get timeNs() { return BigInt(this.#seconds) * 1000000000n + BigInt(this.#nanos); }
          /** Lets `random` begin again, so that nobody's numbers depend on who asked before. */
          static rewind(event) { event.#seed = undefined; }
          /** Numbers in [0, 1) that follow from the event: the same in every replay. */
          random() {
            if (this.#seed === undefined) {
              let h = 0x811c9dc5;
              for (const c of `${this.offset}/${this.stream}/${this.revision}/${this.timeNs}`)
                h = Math.imul(h ^ c.codePointAt(0), 0x01000193);
              this.#seed = h | 0;
            }
            this.#seed = (this.#seed + 0x6d2b79f5) | 0;
            let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
            t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
            return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
          }
        }

        // How a payload came: 0 as JSON in its place, 1 as the text of JSON with large numbers,
        // 2 as bytes, 3 not at all, because it is not the JSON that its content type says.
        function value(content, form) {
          if (form === 0) return content;
          if (form === 1) return parse(content, exact);
          if (form === 2) return Uint8Array.from(content);
          throw new Unreadable(content);
        }
        class Unreadable { constructor(message) { this.message = message; } }
        class Failure { constructor(kind, handler, cause, message) {
          this.kind = kind; this.handler = handler; this.cause = cause; this.message = message;
        } }

        // The names of streams and types, by the numbers that the host has for them.
        let names = [];
        // A batch as it was parsed, from which events are taken one after the other.
        class Batch {
          #values;
          constructor(text, isFirst, forgets) {
            this.#values = parse(text);
            if (!isFirst) return;
            if (forgets) names = [];
            for (const name of this.#values[0]) names.push(name);
          }
          get count() { return this.#values.length - 2; }
          event(i) {
            const form = numbers[i * 8 + 7];
            const rest = form > 3 ? this.#values[1][(form >> 2) - 1] : null;
            const event = new Event(i * 8, value(this.#values[i + 2], form & 3), rest);
            return upcast === null ? event : upcasted(event);
          }
        }

        function upcasted(event) {
          if (typeof upcast === "function") {
            doing = "upcast";
            apply(upcast, event, "upcast");
            return event;
          }
          for (let i = 0; i < 32; i++) {
            Event.rewind(event);
            const exactName = `${event.type}@${event.schemaVersion}`;
            const key = own(upcast, exactName) ? exactName : own(upcast, event.type) ? event.type : null;
            if (key === null) return event;
            doing = `upcast['${key}']`;
            apply(upcast[key], event, `upcast['${key}']`);
          }
          throw new Failure("threw", "upcast", null, "the upcasters do not end");
        }

        function apply(f, event, where) {
          let changed;
          try { changed = f(event); }
          catch (e) { throw new Failure("threw", where, e); }
          if (changed === undefined || changed === event) return;
          if (changed === null || typeof changed !== "object")
            throw new Failure("threw", where, null, "it returned no object");
          for (const key of ["type", "schemaVersion", "data", "metadata"])
            if (own(changed, key)) event[key] = changed[key];
        }

        // --- Running --------------------------------------------------------------------------
        let cells = new Map();
        const newCell = () => ({
          state: parse(initialText, saved), shadow: needsBefore ? parse(initialText, saved) : null,
          memories: histories.map(h => parse(h.initialText, saved)),
          verdicts: invariants.map(() => scope === "log" ? -1 : 0), count: 0,
        });
        function reset() {
          cells = new Map();
          if (scope === "log") cells.set("", newCell());
        }

        let part = null;
        const encoder = (key) => {
          // FNV-1a over UTF-8, as the host has it; two halves, for want of 64-bit numbers.
          let hash = 0xcbf29ce484222325n;
          for (const c of utf8(key)) hash = BigInt.asUintN(64, (hash ^ BigInt(c)) * 0x100000001b3n);
          return Number((hash >> 32n) % BigInt(part[1])) === part[0];
        };
        function* utf8(text) {
          for (const ch of text) {
            const c = ch.codePointAt(0);
            if (c < 0x80) yield c;
            else if (c < 0x800) { yield 0xc0 | c >> 6; yield 0x80 | c & 63; }
            else if (c < 0x10000) { yield 0xe0 | c >> 12; yield 0x80 | c >> 6 & 63; yield 0x80 | c & 63; }
            else { yield 0xf0 | c >> 18; yield 0x80 | c >> 12 & 63; yield 0x80 | c >> 6 & 63;
              yield 0x80 | c & 63; }
          }
        }
        const inPart = new Map();
        function isMine(key) {
          if (part === null) return true;
          let mine = inPart.get(key);
          if (mine === undefined) inPart.set(key, mine = encoder(key));
          return mine;
        }

        let changes = [];
        // What is running: told by the host where it had to be stopped.
        let doing = null;
        function note(cell, key, i, verdict, cut, reason) {
          if (cell.verdicts[i] === verdict) return;
          cell.verdicts[i] = verdict;
          changes.push([i, scope === "log" ? null : key, cut, verdict,
            scope === "log" ? cut : cell.count, reason ?? null]);
        }

        function describe(e) {
          if (!(e instanceof Error)) return `threw ${typeof e === "string" ? stringify(e) : typeof e}`;
          try { return `${e.name}: ${e.message}`.toWellFormed(); } catch { return "threw an Error"; }
        }

        // What an invariant looks at, it must leave as it is. The states that it gets refuse every
        // change, at first always and later now and then: what it does at all, it does early.
        const views = new WeakMap(), viewed = new WeakMap();
        const refuse = () => {
          throw new Failure("threw", `the invariant '${doing.name}'`, null,
            "it changes the state that it looks at");
        };
        const view = (v) => {
          if (typeof v !== "object" || v === null || isFrozen(v)) return v;
          let seen = views.get(v);
          if (seen === undefined) {
            views.set(v, seen = new Proxy(v, onlyLooking));
            viewed.set(seen, v);
          }
          return seen;
        };
        const onlyLooking = {
          get: (target, key) => view(target[key]),
          getOwnPropertyDescriptor: (target, key) => {
            const d = descriptorOf(target, key);
            return d === undefined || !d.configurable ? d : { ...d, value: view(d.value) };
          },
          set: refuse, deleteProperty: refuse, defineProperty: refuse, setPrototypeOf: refuse,
          preventExtensions: refuse,
        };
        let judgements = 0, observer = null;
        const shown = (state) =>
          judgements < 2000 || judgements % 64 === 0 ? view(state) : state;

        const seen = (state, i, isBefore) =>
          observer !== null && observer.invariant === i ? observer.look(state, isBefore) : shown(state);

        function verdictOf(test, ...given) {
          judgements++;
          try {
            const result = test(...given);
            if (result === true) return [0];
            if (result === false) return [1];
            return [2, `it returned ${result === null ? "null" : typeof result}, not true or false`];
          } catch (e) {
            if (e instanceof Failure) throw e;
            return [2, describe(e)];
          }
        }

        function judge(cell, key, event, cut, checks) {
          let memory = 0;
          for (let i = 0; i < invariants.length; i++) {
            const invariant = invariants[i];
            doing = invariant;
            Event.rewind(event);
            let verdict = [0];
            if (invariant.kind === "history") {
              const holder = { memory: cell.memories[memory] };
              verdict = verdictOf((...all) => {
                const result = invariant.test(...all);
                // A memory that is no object is given back as [memory, verdict].
                if (isArray(result) && result.length === 2) {
                  holder.memory = result[0];
                  return result[1];
                }
                return result;
              }, holder.memory, seen(cell.shadow, i, true), event, seen(cell.state, i, false));
              cell.memories[memory++] = holder.memory;
            } else if (checks)
              verdict = invariant.kind === "state"
                ? verdictOf(invariant.test, seen(cell.state, i, false))
                : verdictOf(
                  invariant.test, seen(cell.shadow, i, true), event, seen(cell.state, i, false));
            if (checks) note(cell, key, i, verdict[0], cut, verdict[1]);
          }
        }

        // A step in which nothing happens violates no step, and all else is as it was.
        function judgeIgnored(cell, cut) {
          for (let i = 0; i < invariants.length; i++)
            if (invariants[i].kind === "step") note(cell, "", i, 0, cut);
        }

        // Reduces the events of a batch, and calls `look` after each. `offset` is the one that it is at.
        let offset = null;
        function each(text, forgets, checks, look) {
          offset = null;
          const batch = new Batch(text, true, forgets);
          const shadows = needsBefore ? new Batch(text, false) : null;
          for (let i = 0; i < batch.count; i++) {
            offset = numbers[i * 8];
            progress[0] = i;
            progress[1]++;
            doing = null;
            reduce(batch, shadows, i, checks);
            if (look !== undefined) look();
          }
        }
        // What a function answers to the host, whether it comes to its end or not.
        function answered(work, answer) {
          try {
            work();
            return stringify(answer());
          } catch (e) {
            return stringify({ ...answer(), failure: explain(e, offset) });
          }
        }

        function run(text, forgets, checks) {
          changes = [];
          return answered(() => each(text, forgets, checks), () => ({ changes }));
        }

        // The value at a place of a state, or undefined. An element of an array is found by its number,
        // or by the text of the member that tells its elements apart.
        function valueAt(state, path) {
          let v = state;
          for (const step of path) {
            if (typeof v !== "object" || v === null) return undefined;
            if (isArray(step)) {
              if (!isArray(v)) return undefined;
              v = v.find(item => typeof item === "object" && item !== null && own(item, step[0])
                && encode(item[step[0]], "the state", false, undefined, true) === step[1]);
            } else {
              if (isArray(v) !== (typeof step === "number") || !own(v, step)) return undefined;
              v = v[step];
            }
          }
          return v;
        }
        // What is followed is compared by its text, where it is not compared at a glance.
        const textOf = (v) => v === undefined ? null : encode(v, "the state", false, undefined, true);
        const isLike = (a, b) => a === b && (typeof a !== "object" || a === null) && a !== 0;

        function follow(text, forgets, pathsText, key) {
          const paths = parse(pathsText), values = [];
          return answered(() => {
            const cell = cells.get(key);
            const now = paths.map(path => valueAt(cell?.state, path)), known = now.map(textOf);
            let count = cell?.count ?? 0;
            each(text, forgets, false, () => {
              const cell = cells.get(key);
              if (cell === undefined || cell.count === count) return;
              count = cell.count;
              for (let i = 0; i < paths.length; i++) {
                const value = valueAt(cell.state, paths[i]);
                if (isLike(value, now[i])) continue;
                const text = textOf(value);
                now[i] = value;
                if (text !== known[i]) values.push([i, offset + 1, known[i] = text]);
              }
            });
          }, () => ({ values }));
        }

        // Which region a state is in, by name.
        function regionOf(state, path) {
          if (path === null) {
            doing = "regions.of";
            let region;
            try { region = regions.of(view(state)); }
            catch (e) { throw e instanceof Failure ? e : new Failure("threw", "regions.of", e); }
            if (typeof region !== "string" || !region.isWellFormed())
              throw new Failure("threw", "regions.of", null, "it returned no text");
            return region;
          }
          const v = valueAt(state, path);
          return v === undefined ? "(nothing)" : typeof v === "string" ? v : textOf(v);
        }
        const isIgnored = (region, type) =>
          own(regions.moves, region) && own(regions.moves[region], type)
            && regions.moves[region][type] === "ignored";
        const mayStay = (region) =>
          own(regions.moves, region) && keysOf(regions.moves[region]).some(t => isIgnored(region, t));

        function tally(text, forgets, pathText) {
          const path = parse(pathText), moves = [], names = new Map(), types = new Map();
          const number = (map, name) => {
            if (!map.has(name)) map.set(name, map.size);
            return map.get(name);
          };
          const enter = (cell, region) => {
            cell.region = region;
            cell.text = path === null && mayStay(region) ? textOf(cell.state) : undefined;
          };
          let ignoredCount = 0, unconcerned = 0;
          return answered(() => {
            const log = scope === "log" ? cells.get("") : undefined;
            if (log !== undefined && log.region === undefined)
              enter(log, regionOf(log.state, path));
            each(text, forgets, false, () => {
              if (lastType === null) { ignoredCount++; return; }
              if (lastKey === null) { unconcerned++; return; }
              const cell = cells.get(lastKey), before = cell.region ?? "∅";
              const after = regionOf(cell.state, path);
              const hasChanged = cell.text !== undefined && isIgnored(before, lastType)
                && textOf(cell.state) !== cell.text;
              moves.push([offset, number(types, lastType), number(names, before),
                number(names, after), hasChanged ? 1 : 0]);
              enter(cell, after);
            });
          }, () => ({ moves, ignored: ignoredCount, unconcerned,
            regions: [...names.keys()], types: [...types.keys()] }));
        }

        // The line in the machine's file, not one of the sandbox.
        function lineOf(e) {
          if (!(e instanceof Error)) return null;
          try { return typeof e.line === "number" && e.sourceURL !== "evlog" ? e.line : null; }
          catch { return null; }
        }

        function explain(e, offset) {
          const failure = e instanceof Failure ? e : new Failure("threw", null, e);
          const cause = failure.cause;
          if (cause instanceof Unreadable)
            return { kind: "undecodable", offset, handler: null, message: cause.message };
          return {
            kind: failure.kind, offset, handler: failure.handler,
            message: failure.message ?? describe(cause),
            line: lineOf(cause),
          };
        }

        // Who comes from other reducers returns a new state, which would be lost without a word.
        function refuseState(returned, state, where) {
          const keys = keysOf(state);
          if (returned !== state && !isArray(returned) && keys.length > 0
            && keys.every(key => own(returned, key)))
            throw new Failure("threw", where, null,
              "it returns a new state, but a handler changes the state that it is given");
        }

        let lastKey = null, lastType = null;
        function reduce(batch, shadows, i, checks) {
          lastKey = lastType = null;
          // An ignored type is not even read, unless an upcaster may rename it.
          if (upcast === null && ignored.has(names[numbers[i * 8 + 6]])) {
            if (checks && scope === "log") judgeIgnored(cells.get(""), offset + 1);
            return;
          }
          const event = batch.event(i);
          const type = event.type;
          if (ignored.has(type)) {
            if (checks && scope === "log") judgeIgnored(cells.get(""), offset + 1);
            return;
          }
          lastType = type;
          const handler = handlers.get(type) ?? anyHandler;
          if (handler === undefined)
            throw new Failure("unknownType", null, null, type);
          let key = "";
          if (scope === "stream") key = event.stream;
          else if (scope === "key") {
            doing = "key";
            try {
              key = keyOf(event);
              Event.rewind(event);
              if (key === null || key === undefined) return;
              key = String(key);
            } catch (e) { throw new Failure("threw", "key", e); }
            if (!key.isWellFormed())
              throw new Failure("threw", "key", null, "the key has half of a surrogate pair");
          }
          if (scope !== "log" && !isMine(key)) return;
          let cell = cells.get(key);
          if (cell === undefined) cells.set(key, cell = newCell());
          const where = handlers.has(type) ? `on.${type}` : "on['*']";
          doing = where;
          const state = observer === null ? cell.state : observer.begin(cell);
          let returned;
          try { returned = handler(state, event); }
          catch (e) { throw new Failure("threw", where, e); }
          if (typeof returned === "object" && returned !== null) refuseState(returned, state, where);
          cell.count++;
          lastKey = key;
          if (checks || needsBefore) judge(cell, key, event, offset + 1, checks);
          doing = where;
          if (needsBefore)
            try { handler(cell.shadow, shadows.event(i)); }
            catch (e) { throw new Failure("threw", where, e); }
        }
      """#
  }
#endif
