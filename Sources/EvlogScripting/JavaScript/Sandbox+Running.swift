#if JavaScript
  extension Sandbox {
    /// The run of events.
    static let running = #"""
        // --- Running --------------------------------------------------------------------------
        let cells = new Map();
        // How many of them were put aside, and how many events concerned none of them.
        let failedCount = 0, unconcernedCount = 0;
        const newCell = () => ({
          state: parse(initialText, saved), shadow: needsBefore ? parse(initialText, saved) : null,
          memories: histories.map(h => parse(h.initialText, saved)),
          verdicts: invariants.map(() => scope === "log" ? -1 : 0), count: 0, tracker: undefined,
        });
        function reset() {
          forget();
          cells = new Map();
          failedCount = unconcernedCount = 0;
          if (scope === "log") cells.set("", newCell());
        }

        let part = null, onlyKey = undefined;
        const encoder = (key) => {
          // FNV-1a over UTF-8, the halves of it put together, as the host does it.
          let hash = 0xcbf29ce484222325n;
          for (const c of utf8(key)) hash = BigInt.asUintN(64, (hash ^ BigInt(c)) * 0x100000001b3n);
          return Number((hash >> 32n ^ hash) & 0xffffffffn) % part[1] === part[0];
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
          if (onlyKey !== undefined) return key === onlyKey;
          if (part === null) return true;
          let mine = inPart.get(key);
          if (mine === undefined) inPart.set(key, mine = encoder(key));
          return mine;
        }

        let changes = [];
        // What is running: told by the host where it had to be stopped.
        let doing = null;
        function note(cell, key, i, verdict, cut, reason) {
          // Each event that violates a step is told, though the one before did so too.
          if (cell.verdicts[i] === verdict && (verdict !== 1 || invariants[i].kind !== "step")) return;
          cell.verdicts[i] = verdict;
          changes.push([i, scope === "log" ? null : key, cut, verdict,
            scope === "log" ? cut : cell.count, reason ?? null]);
        }

        function describe(e) {
          if (!(e instanceof Error)) return `threw ${typeof e === "string" ? stringify(e) : typeof e}`;
          try { return `${e.name}: ${e.message}`.toWellFormed(); } catch { return "threw an Error"; }
        }

        // Reduces the events of a batch, and calls `look` after each. `offset` is the one that it is at.
        let offset = null;
        function each(text, forgets, checks, look) {
          offset = null;
          const batch = new Batch(text, true, forgets);
          const shadows = needsBefore ? new Batch(text, false) : null;
          for (let i = 0; i < batch.count; i++) {
            offset = numbers[i * 10];
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
                && shownText(item[step[0]]) === step[1]);
            } else {
              if (isArray(v) !== (typeof step === "number") || !own(v, step)) return undefined;
              v = v[step];
            }
          }
          return v;
        }
        // What is followed is compared by its text, where it is not compared at a glance.
        const isLike = (a, b) => a === b && (typeof a !== "object" || a === null) && a !== 0;

        function follow(text, forgets, pathsText, key) {
          const paths = parse(pathsText), values = [];
          return answered(() => {
            const cell = stateOf(key);
            const now = paths.map(path => valueAt(cell?.state, path)), known = now.map(textOf);
            let count = cell?.count ?? 0;
            each(text, forgets, false, () => {
              const cell = stateOf(key);
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
            try { region = regions.of(regionIsBare ? state : view(state)); }
            catch (e) { throw e instanceof Failure ? e : new Failure("threw", "regions.of", e); }
            settle("regions.of");
            if (typeof region !== "string" || !region.isWellFormed())
              throw new Failure("threw", "regions.of", null, "it returned no text");
            return region;
          }
          const v = valueAt(state, path);
          return v === undefined ? "(nothing)" : typeof v === "string" ? v : shownText(v);
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
          let ignoredCount = 0, unconcerned = 0, afterFailure = 0;
          return answered(() => {
            const log = scope === "log" ? cells.get("") : undefined;
            if (log !== undefined && log.region === undefined)
              enter(log, regionOf(log.state, path));
            each(text, forgets, false, () => {
              if (wasPutAside) { afterFailure++; return; }
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
          }, () => ({ moves, ignored: ignoredCount, unconcerned, afterFailure,
            regions: [...names.keys()], types: [...types.keys()] }));
        }

        // The file and the line, unless they are the sandbox's.
        function placeOf(e) {
          if (!(e instanceof Error)) return null;
          try {
            const { line, sourceURL } = e;
            return typeof line === "number" && typeof sourceURL === "string" && sourceURL !== "evlog"
              ? { file: sourceURL, line } : null;
          } catch { return null; }
        }

        // A key at which the machine failed is put aside, where that is wanted, and the others go on.
        let isolates = false, concerned = null;
        class PutAside { constructor(failed) { this.failed = failed; } }
        function putAside(e, count, checks) {
          wasPutAside = true;
          if (!isMine(concerned)) return;
          let cell = cells.get(concerned);
          if (cell === undefined) cells.set(concerned, cell = newCell());
          if (cell.failed !== undefined) { cell.count++; return; }
          cell.count = count + 1;
          cell.failed = { key: concerned, ...explain(e, offset) };
          cell.state = cell.shadow = null;
          cell.memories = [];
          failedCount++;
          lastKey = null;
          if (checks)
            for (let i = 0; i < invariants.length; i++)
              if (isJudged[i])
                note(cell, concerned, i, 2, offset + 1, cell.failed.kind === "unknownType"
                  ? `The event type '${cell.failed.message}' is neither handled nor ignored`
                  : cell.failed.message);
        }
        function reduce(batch, shadows, i, checks) {
          if (!isolates || scope === "log") return reduceOne(batch, shadows, i, checks);
          concerned = scope === "stream" ? names[numbers[i * 10 + 5]] : null;
          try { reduceOne(batch, shadows, i, checks); }
          catch (e) {
            if (concerned === null) throw e;
            putAside(e, countBefore, checks);
          }
        }
        let countBefore = 0;
        const stateOf = (key) => {
          const cell = cells.get(key);
          if (cell?.failed !== undefined) throw new PutAside(cell.failed);
          return cell;
        };
        const failed = () => failedCount === 0 ? [] : [...cells.values()].filter(cell => cell.failed !== undefined)
          .map(cell => cell.failed);

        function explain(e, offset) {
          broken = null;
          if (e instanceof PutAside) return e.failed;
          const failure = e instanceof Failure ? e : new Failure("threw", null, e);
          const cause = failure.cause;
          if (cause instanceof Unreadable)
            return { kind: "undecodable", offset, handler: null, message: cause.message };
          return {
            kind: failure.kind, offset, handler: failure.handler,
            message: failure.message ?? describe(cause),
            place: placeOf(cause),
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

        // What is done with the events of a type.
        const rules = new Map();
        function ruleOf(type) {
          let rule = rules.get(type);
          if (rule === undefined) rules.set(type, rule = {
            isIgnored: ignored.has(type), handler: handlers.get(type) ?? anyHandler,
            where: handlers.has(type) ? `on.${type}` : "on['*']",
          });
          return rule;
        }

        // Whose state an event concerns; null where it concerns none. A key that is nothing is an error: it may
        // be misspelt, and then nothing would ever be judged.
        let keyIsBare = false, regionIsBare = false;
        function keyFor(event) {
          if (scope === "log") return "";
          return scope === "stream" ? event.stream : keyBy(keyOf, keyIsBare, event, "key");
        }
        function keyBy(keyOf, isBare, event, where) {
          doing = where;
          let key;
          try { key = keyOf(isBare ? event : viewOfEvent(event)); }
          catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
          settle(where);
          Event.rewind(event);
          if (key === null) return null;
          switch (typeof key) {
            case "string":
              if (key.isWellFormed()) return key;
              throw new Failure("threw", where, null, "the key has half of a surrogate pair");
            case "number":
              if (isFinite(key)) return `${key}`;
              break;
            case "boolean": case "bigint": return `${key}`;
          }
          throw new Failure("threw", where, null, `it returned ${typeof key === "number" ? key
            : typeof key === "object" ? "an object" : typeof key}, which is no key: that is a text, a number, true `
            + "or false, or null for an event that concerns no key");
        }

        // Has a handler change a state.
        function handle(handler, where, state, event) {
          doing = where;
          let returned;
          try { returned = handler(state, event); }
          catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
          settle(where);
          if (typeof returned === "object" && returned !== null) refuseState(returned, state, where);
        }

        let lastKey = null, lastType = null, wasPutAside = false;
        function reduceOne(batch, shadows, i, checks) {
          lastKey = lastType = null;
          wasPutAside = false;
          countBefore = cells.get(concerned)?.count ?? 0;
          let rule = ruleOf(names[numbers[i * 10 + 6]]), event;
          // An ignored type is not even read, unless an upcaster may rename it.
          if (upcast !== null || !rule.isIgnored) {
            event = batch.event(i);
            if (upcast !== null) rule = ruleOf(event.type);
          }
          if (rule.isIgnored) {
            if (checks && scope === "log") judgeIgnored(cells.get(""), offset + 1);
            return;
          }
          const { handler, where } = rule, type = lastType = event.type;
          if (handler === undefined) {
            if (isolates && scope === "key")
              // Whom it concerns can be said, if its key can.
              try {
                const key = keyFor(event);
                if (key !== null) {
                  concerned = key;
                  countBefore = cells.get(key)?.count ?? 0;
                }
              } catch {}
            throw new Failure("unknownType", null, null, type);
          }
          const key = keyFor(event);
          if (key === null) { unconcernedCount++; return; }
          // Of streams, the host knows it.
          if (scope === "key" && !isMine(key)) return;
          let cell = cells.get(key);
          if (cell === undefined) cells.set(key, cell = newCell());
          if (scope === "key") { concerned = key; countBefore = cell.count; }
          if (cell.failed !== undefined) { wasPutAside = true; cell.count++; return; }
          let { state, tracker } = cell;
          if (observer !== null) state = observer.begin(cell);
          else {
            wasUnwatched = true;
            if (!checks) tracker = cell.tracker = undefined;
            else if (tracker) state = tracker.begin();
          }
          handle(handler, where, state, event);
          if (observer !== null) {
            observer.end(cell, key);
            tracker?.observed(observer.changed);
          } else if (tracker) tracker.end();
          cell.count++;
          lastKey = key;
          if (checks || judgesEvents) judge(cell, key, event, offset + 1, checks);
          doing = where;
          if (needsBefore)
            try { handler(cell.shadow, shadows.event(i)); }
            catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
          settle(where);
        }
      """#
  }
#endif
