#if JavaScript
  extension Sandbox {
    /// A machine that is made of others, whose states are members of its own.
    static let composing = #"""
        // --- Composition ----------------------------------------------------------------------
        // The machines of other files, by the names of these. `make` runs the file's code.
        const files = new Map();
        const usesOf = (links) => (path) => {
          if (typeof path !== "string" || !own(links, path))
            throw new Error(`use(...) needs the name of a file, as a text that stands in the call: use("lock.js")`);
          const file = files.get(links[path]);
          if (file.problem !== null) throw new Error(`use("${path}"): ${file.problem}`);
          if (file.isOpen) throw new Error(`use("${path}"): the file uses itself`);
          if (file.spec === null) {
            file.isOpen = true;
            const { machine, made } = declaring();
            file.make(machine, usesOf(file.links));
            if (!made.isMade) throw new Error(`use("${path}"): the file declares no machine`);
            file.spec = made.spec;
            file.isOpen = false;
          }
          return file.spec;
        };

        const partMembers = ["initial", "on", "ignore", "invariants", "scope", "key", "upcast", "regions", "events",
          "explore", "refines", "parts"];
        const keyedParts = [];

        // One part of a machine: its reducer, and what it says, seen from the whole.
        class Part {
          isKeyBare = false;
          constructor(name, spec, prefix) {
            Object.assign(this, { name, spec, prefix });
            const { on, ignore = [], scope, key } = spec;
            this.on = on;
            this.ignored = new Set(ignore);
            this.keyOf = scope === "stream" ? (event) => event.stream : scope === "log" ? undefined : key;
            if (this.isKeyed && scope !== "stream") keyedParts.push(this);
            this.initialText = encode(spec.initial, `${prefix}initial`, false);
          }
          get isKeyed() { return this.keyOf !== undefined; }
          handles(type) { return own(this.on, type) || own(this.on, "*") && !this.ignored.has(type); }
          concerns(event) { return this.handles(event.type); }
          key(event) {
            return this.spec.scope === "stream" ? event.stream
              : keyBy(this.keyOf, this.isKeyBare, event, `${this.prefix}key`);
          }
          begin() { return parse(this.initialText, saved); }
          reduce(state, event) {
            let target = state[this.name];
            if (this.isKeyed) {
              const key = this.key(event);
              if (key === null) return;
              if (!own(target, key)) target[key] = this.begin();
              target = target[key];
            }
            const type = own(this.on, event.type) ? event.type : "*";
            handle(this.on[type], `${this.prefix}on.${event.type}`, target, event);
          }

          // An invariant of this machine, as one of the whole. What does not concern the machine changes no verdict.
          lifted(invariant) {
            const { kind, test, types, seesOnlyEvents, rule, isFinal } = invariant;
            const rest = { types, seesOnlyEvents, isFinal, judges: judgesIn(invariant), hasMemory: hasMemoryIn(invariant) };
            if (kind === "state") {
              if (this.isKeyed)
                return { ...overMembers("every", [this.name], eachTest(invariant), null), ...rest };
              if (rule === undefined) return { kind, ...rest, test: (s) => test(s[this.name]) };
              const { holds, path } = rule;
              return { ...overMembers(rule.kind, [this.name, ...path], rule.of,
                holds === null ? null : (number, s) => holds(number, s[this.name])), ...rest };
            }
            const at = (state, key) => state === null || state === undefined ? state
              : key === null ? state[this.name] : state[this.name][key] ?? this.begin();
            const judged = (memory, before, event, after, key) =>
              memory === null ? test(at(before, key), event, at(after, key))
                : test(memory, at(before, key), event, at(after, key));
            const keyOf = (event) => {
              if (!this.isKeyed) return null;
              const key = this.key(event);
              Event.rewind(event);
              return key ?? undefined;
            };
            if (kind === "step")
              return { kind, ...rest, test: (before, event, after) => {
                const key = this.concerns(event) ? keyOf(event) : undefined;
                return key === undefined || judged(null, before, event, after, key);
              } };
            // By key, or for the whole by the name "": what the invariant remembers, and what it said.
            const first = encode(invariant.initial, "its memory", false);
            const begun = () => ({ memory: parse(first, saved), verdict: true });
            const initial = { of: this.isKeyed ? {} : { "": begun() }, violated: 0, unclear: 0 };
            return { kind, ...rest, initial, test: (memory, before, event, after) => {
              const key = this.concerns(event) ? keyOf(event) : undefined;
              if (key !== undefined) {
                const name = key ?? "";
                const known = own(memory.of, name) ? memory.of[name] : memory.of[name] = begun();
                if (known.verdict === false) memory.violated--;
                if (known.verdict === null) memory.unclear--;
                let said = null;
                try {
                  said = judged(known.memory, before, event, after, key);
                  if (isArray(said) && said.length === 2) [known.memory, said] = said;
                } catch (e) {
                  known.verdict = null;
                  memory.unclear++;
                  throw e;
                }
                known.verdict = typeof said === "boolean" ? said : null;
                if (said === false) memory.violated++;
                if (known.verdict === null) {
                  memory.unclear++;
                  return said;
                }
              }
              return memory.violated > 0 ? false : memory.unclear === 0
                || new KeptVerdict([2, "it has been undecided since an earlier event"]);
            } };
          }
        }
        // A state invariant of one key's machine, for a rule over all keys.
        const eachTest = ({ test, rule }) => rule === undefined ? (state) => test(state) : (state) => {
          const [verdict, reason] = membersOf(rule, plainOf(state))?.verdict(plainOf(state)) ?? missing(rule);
          return verdict === 2 ? new KeptVerdict([2, reason]) : verdict === 0;
        };

        // The machine that `parts` and what is beside them make.
        function composed(spec, prefix, wrong) {
          if (typeof spec.parts !== "object" || spec.parts === null || keysOf(spec.parts).length === 0) {
            wrong.push(`'${prefix}parts' must be an object with a machine for each name: { initial, on, ... }, or use("lock.js")`);
            return spec;
          }
          const parts = [], { initial = {}, on = {}, ignore = [] } = spec;
          checkReducer(prefix, { initial, on, ignore }, wrong);
          for (const name of keysOf(spec.parts)) {
            const part = checkedPart(spec.parts[name], `${prefix}parts.${name}.`, wrong);
            if (part === null) continue;
            if (own(initial, name)) wrong.push(`'${name}' is a part, and a member of '${prefix}initial'`);
            try { parts.push(new Part(name, part, `${prefix}parts.${name}.`)); } catch (e) { wrong.push(e.message); }
          }
          if (wrong.length > 0) return spec;
          const states = { ...initial };
          for (const part of parts) states[part.name] = part.isKeyed ? {} : part.begin();
          const { parts: _, ...rest } = spec;
          return {
            ...rest, initial: states, on: composedHandlers(parts, on, ignore, prefix),
            ignore: [...new Set([...ignore, ...parts.flatMap(p => [...p.ignored])])]
              .filter(type => !own(on, type) && !parts.some(p => p.handles(type))),
            invariants: {
              ...Object.fromEntries(parts.flatMap(p => keysOf(p.spec.invariants ?? {}).map(name =>
                [`${p.name}: ${name}`, new Invariant("", p.lifted(p.spec.invariants[name]))]))),
              ...spec.invariants,
            },
            upcast: composedUpcasters(parts, spec.upcast, prefix, wrong),
            events: composedContract(parts, spec.events, prefix, wrong),
            regions: spec.regions
              ?? composedRegions(parts, spec.key !== undefined || spec.scope === "stream", prefix, wrong),
            explore: composedExploration(parts, spec.explore),
          };
        }

        // A part whose every member is as it should be; null if it is not.
        function checkedPart(part, prefix, wrong) {
          const count = wrong.length, where = prefix.slice(0, -1);
          if (typeof part !== "object" || part === null) {
            wrong.push(`'${where}' must be a machine: { initial, on, ... }, or use("lock.js")`);
            return null;
          }
          for (const key of keysOf(part))
            if (!partMembers.includes(key))
              wrong.push(`'${prefix}${key}' is not a part of a machine in another one; there are: `
                + partMembers.join(", "));
          if (part.parts !== undefined) part = composed(part, prefix, wrong);
          if (wrong.length > count) return null;
          const { scope = "log", key, regions = null } = part;
          if (!["log", "stream", "key"].includes(scope))
            wrong.push(`'${prefix}scope' must be "log", "stream" or "key"`);
          if (key === undefined ? scope === "key" : !isPlain(key))
            wrong.push(`'${prefix}key' must be a function: e => e.data.account`);
          checkReducer(prefix, part, wrong);
          if (wrong.length > count) return null;
          checkInvariants(prefix, part, wrong);
          if (regions !== null) checkRegions(regions, prefix, wrong);
          if (part.explore !== undefined) checkExploration(part.explore, prefix, wrong);
          checkUpcast(part.upcast ?? null, prefix, wrong);
          return wrong.length > count ? null : part;
        }

        function composedHandlers(parts, on, ignore, prefix) {
          const made = {}, seen = new Set(parts.flatMap(p => keysOf(p.on)).concat(keysOf(on)));
          const reducing = (concerned, handler) => (state, event) => {
            const isShared = concerned.length + (handler === undefined ? 0 : 1) > 1;
            // Each gets the event as it was recorded, whatever those before it did to it.
            const { type } = event, data = isShared ? freshCopy(event.data) : null;
            const metadata = isShared ? freshCopy(event.metadata) : null;
            const renew = () => {
              if (!isShared) return;
              event.type = type;
              event.data = freshCopy(data);
              event.metadata = freshCopy(metadata);
              Event.rewind(event);
            };
            for (let i = 0; i < concerned.length; i++) {
              concerned[i].reduce(state, event);
              renew();
            }
            if (handler === undefined) return;
            reduceBeside(parts, handler, `${prefix}on.${type}`, state, event);
            renew();
          };
          for (const type of seen) {
            if (type === "*") continue;
            const handler = own(on, type) ? on[type] : ignore.includes(type) ? undefined : on["*"];
            made[type] = reducing(parts.filter(p => p.handles(type)), handler);
          }
          if (seen.has("*"))
            made["*"] = (state, event) => {
              reducing(parts.filter(p => p.handles(event.type)), ignore.includes(event.type) ? undefined : on["*"])(
                state, event);
            };
          return made;
        }

        // The whole's own handler sees its parts, and changes what is beside them.
        function reduceBeside(parts, handler, where, state, event) {
          const mine = {};
          for (const key of keysOf(state)) mine[key] = state[key];
          for (const part of parts) mine[part.name] = view(state[part.name]);
          handle(handler, where, mine, event);
          for (const { name } of parts)
            if (!own(mine, name) || plainOf(mine[name]) !== plainOf(state[name]))
              throw new Failure("threw", where, null, `it changes '${name}', a part, which only the part's handlers do`);
          for (const key of keysOf(state)) if (!own(mine, key)) delete state[key];
          for (const key of keysOf(mine))
            if (!parts.some(part => part.name === key) && plainOf(state[key]) !== plainOf(mine[key]))
              state[key] = mine[key];
        }

        // Events are converted before any part sees them, so no two parts may see one differently.
        function composedUpcasters(parts, whole, prefix, wrong) {
          const converting = parts.filter(p => (p.spec.upcast ?? null) !== null);
          if (converting.length === 0) return whole;
          const all = {};
          for (const part of converting) {
            const { upcast } = part.spec;
            if (typeof upcast === "function" || whole !== undefined) {
              wrong.push(`'${part.prefix}upcast' ${typeof upcast === "function" ? "may convert any event"
                : "is beside one of the whole"}, and other parts see the same events: `
                + `write all conversions into '${prefix}upcast'`);
              continue;
            }
            for (const key of keysOf(upcast)) {
              const type = key.replace(/@\d+$/, "");
              const other = parts.find(p => p !== part && (p.handles(type)
                || keysOf(p.spec.upcast ?? {}).some(k => k.replace(/@\d+$/, "") === type)));
              if (other !== undefined)
                wrong.push(`'${part.prefix}upcast' converts '${type}', which '${other.prefix.slice(0, -1)}' sees too: `
                  + `write the conversion into '${prefix}upcast', for both`);
              all[key] = upcast[key];
            }
          }
          return all;
        }

        // What all parts say of events. Two may say of one type only the same.
        function composedContract(parts, whole, prefix, wrong) {
          const claims = [...parts.map(p => [`${p.prefix}events`, p.spec.events]), [`${prefix}events`, whole]]
            .filter(([, events]) => events !== undefined);
          if (claims.length === 0) return undefined;
          const all = {}, from = {};
          for (const [where, given] of claims) {
            const events = given instanceof Closed ? given.fields : given;
            try { contractText(given); } catch (e) { wrong.push(`${where}: ${e.message}`); continue; }
            for (const type of keysOf(events)) {
              if (!own(all, type)) { all[type] = events[type]; from[type] = where; continue; }
              const [one, other] = [all[type], events[type]].map(rule => contractText({ [type]: rule }));
              if (one !== other)
                wrong.push(`'${from[type]}' and '${where}' claim '${type}' with different contracts: ${shownClaim(one)}`
                  + ` and ${shownClaim(other)}`);
            }
          }
          const closed = claims.filter(([, events]) => events instanceof Closed).length;
          if (closed > 0 && (closed < claims.length || parts.some(p => p.spec.events === undefined)))
            wrong.push(`'${claims.find(([, e]) => e instanceof Closed)[0]}' allows no other event types, and not all `
              + "parts say which they have: close all of them, or none");
          return closed > 0 ? new Closed(all) : all;
        }
        const shownClaim = (text) => text.slice(text.indexOf("[") + 1, text.lastIndexOf("]"));

        // --- Regions of parts
        const regionLimit = 500;
        // The regions of the whole are those of its parts, one beside the other. Before the first event of a key, each
        // part is where it begins.
        function composedRegions(parts, hasKeys, prefix, wrong) {
          const known = parts.filter(p => !p.isKeyed && (p.spec.regions ?? null) !== null);
          if (known.length === 0) return undefined;
          const named = known.map(p => namesIn(p.spec.regions));
          if (named.reduce((product, names) => product * Math.max(names.length, 1), 1) > regionLimit) {
            wrong.push(`the parts have more than ${regionLimit} regions beside each other: give the whole machine `
              + `'${prefix}regions' of its own`);
            return undefined;
          }
          const types = new Set(parts.flatMap(p => keysOf(p.on)).filter(type => type !== "*"));
          let places = [[]];
          for (const names of named) places = places.flatMap(place => names.map(name => [...place, name]));
          const moves = {};
          const row = (place, stays) => Object.fromEntries([...types].flatMap(type => {
            const move = composedMove(parts, known, place, stays, type);
            return move === undefined ? [] : [[type, move]];
          }));
          for (const place of places) moves[placeName(place)] = row(place, place);
          if (hasKeys) {
            const begun = known.map(p => p.spec.regions.of(p.begin()));
            moves["∅"] = row(known.map((p, i) => own(p.spec.regions.moves ?? {}, "∅") ? "∅" : begun[i]), begun);
          }
          const of = (state) => placeName(known.map(p => p.spec.regions.of(state[p.name])));
          composedFrom.set(of, known.flatMap(p => composedFrom.get(p.spec.regions.of) ?? [p.spec.regions.of]));
          return { of, names: places.map(placeName), moves };
        }
        // The functions of files that a function made here calls.
        const composedFrom = new WeakMap();
        const placeName = (place) => place.join(", ");
        const namesIn = ({ names = [], moves = {} }) => {
          const all = new Set([...names, ...keysOf(moves)]);
          for (const row of Object.values(moves))
            for (const move of Object.values(row)) if (isArray(move)) move.forEach(name => all.add(name));
          all.delete("∅");
          return [...all];
        };
        // What an event does where the parts are; undefined if one of them does not say. `stays` is where those are
        // afterwards that it does not move.
        function composedMove(parts, known, place, stays, type) {
          const concerned = parts.filter(p => p.handles(type));
          let targets = [[]], changes = concerned.some(p => !known.includes(p)), isForbidden = false;
          for (let i = 0; i < known.length; i++) {
            let next = [stays[i]];
            if (known[i].handles(type)) {
              const row = (known[i].spec.regions.moves ?? {})[place[i]] ?? {};
              if (!own(row, type)) return undefined;
              isForbidden ||= row[type] === "forbidden";
              if (isArray(row[type])) { next = row[type]; changes = true; }
            }
            targets = targets.flatMap(target => next.map(name => [...target, name]));
          }
          return isForbidden ? "forbidden" : concerned.length > 0 && !changes ? "ignored" : targets.map(placeName);
        }

        // --- Exploration of parts
        // The events of the whole are those of its parts; one of two parts comes once.
        function composedExploration(parts, whole) {
          const exploring = parts.filter(p => (p.spec.explore ?? null) !== null);
          if (exploring.length === 0) return whole;
          const statesOf = (part, state) => part.isKeyed
            ? [...Object.values(state[part.name]), part.begin()] : [state[part.name]];
          const bounded = exploring.filter(p => p.spec.explore.bound !== undefined);
          const made = {
            events: (state) => {
              const events = [], known = new Set();
              for (const part of exploring)
                for (const one of statesOf(part, state)) {
                  const given = part.spec.explore.events(one);
                  if (!isArray(given))
                    throw new Failure("threw", "explore.events", null, `${part.prefix}explore.events returned no array`);
                  for (const event of given) {
                    const text = shownText(event);
                    if (!known.has(text)) { known.add(text); events.push(event); }
                  }
                }
              return events;
            },
          };
          if (bounded.length > 0)
            made.bound = (state) =>
              bounded.every(p => statesOf(p, state).every(one => p.spec.explore.bound(one) === true));
          // A symmetry of one part is none of the whole if another one knows the same names.
          return { ...made, ...whole };
        }
      """#
  }
#endif
