#if JavaScript
  extension Sandbox {
    /// How states are shown, saved and restored, and what the host sees of it all.
    static let states = #"""
        // --- States ---------------------------------------------------------------------------
        // A small BigInt is written as 5E0 and a large double as 1e+21, so that both come back as
        // they were; for everyone else they are the numbers 5 and 10^21.
        function encode(root, rootPath, forSaving, seen = new Set()) {
          let needsHints = false;
          const inside = new Set();
          const fail = (path, what) => { throw new TypeError(`${path} is ${what}`); };
          const walk = (v, path) => {
            switch (typeof v) {
              case "string":
                if (!v.isWellFormed()) fail(path(), "a text with half of a surrogate pair");
                return;
              case "boolean": return;
              case "number":
                if (!isFinite(v)) fail(path(), `${v}, which JSON does not have`);
                if (Number.isInteger(v) && !isSafe(v) || Object.is(v, -0)) needsHints = true;
                return;
              case "bigint": needsHints = true; return;
              case "object": break;
              default: fail(path(), `${typeof v}, which JSON does not have: use null, or delete it`);
            }
            if (v === null) return;
            v = viewed.get(v) ?? v;  // A history may remember what it was shown.
            if (inside.has(v)) fail(path(), "an object that is inside of itself");
            if (inside.size >= 500) fail(path(), "nested deeper than 500");
            if (forSaving && seen.has(v) && !isFrozen(v))
              throw new NotSavable(`${path()} is an object that the state holds twice`);
            seen.add(v);
            inside.add(v);
            if (isArray(v)) {
              if (keysOf(v).length !== v.length) fail(path(), "an array with holes or names");
              for (let i = 0; i < v.length; i++) walk(v[i], () => `${path()}[${i}]`);
            } else {
              const proto = prototypeOf(v);
              if (proto !== plain && proto !== null)
                fail(path(), `a ${v instanceof NativeRegExp ? "RegExp"
                  : proto.constructor?.name ?? "object of a class"}: use plain objects and arrays`);
              for (const key of keysOf(v)) {
                if (!key.isWellFormed())
                  fail(`a key of ${path()}`, "a text with half of a surrogate pair");
                walk(v[key], () => `${path()}${/^[A-Za-z_$][\w$]*$/.test(key) ? "." + key : `[${stringify(key)}]`}`);
              }
            }
            inside.delete(v);
          };
          walk(root, () => rootPath);
          if (!needsHints) return stringify(root);
          return stringify(root, (key, v) => {
            if (typeof v === "bigint")
              return rawJSON(v >= -9007199254740991n && v <= 9007199254740991n ? `${v}E0` : `${v}`);
            if (typeof v === "number" && Number.isInteger(v) && !isSafe(v))
              return rawJSON(v.toExponential());
            return Object.is(v, -0) ? rawJSON("-0") : v;
          });
        }

        // The text of a value, the same for the same value, in whatever order its members came about.
        // With `ways`, as it was before these were written; `meet` is told every object in it.
        const textOf = (v) => textWith(v, null, null);
        const textWith = (v, ways, meet, numberText = savedNumber) => {
          if (v === undefined) return null;
          try { return canonical(v, ways, meet, numberText, 0); }
          // What is wrong is said by the one that says where.
          catch (e) {
            if (e !== wrong) throw e;
            encode(v, "the state", false);
            throw new TypeError("the state before is nothing that JSON has");
          }
        };
        const wrong = {};
        // A number that JavaScript would not read back as it was, as a saved state has it.
        const savedNumber = (v) =>
          typeof v === "number" ? same(v, -0) ? "-0" : v.toExponential()
            : v >= -9007199254740991n && v <= 9007199254740991n ? `${v}E0` : `${v}`;
        // The same number as the host writes it: with all its digits, up to 400 of them.
        const shownNumber = (v) => {
          const [, sign, first, rest] = typeof v === "number"
            ? /^(-?)(\d)\.?(\d*)/.exec(v === 0 ? "0" : v.toExponential())
            : /^(-?)(\d)(\d*)$/.exec(`${v}`);
          const power = typeof v === "bigint" ? rest.length
            : v === 0 ? 0 : +/\d+$/.exec(v.toExponential())[0];
          if (power < 400) return `${sign}${first}${rest.padEnd(power, "0")}`;
          const digits = rest.replace(/0+$/, "");
          return `${sign}${first}${digits && "."}${digits}e${power}`;
        };
        const shownText = (v) => textWith(v, null, null, shownNumber);
        function canonical(v, ways, meet, numberText, depth) {
          switch (typeof v) {
            case "string":
              if (!v.isWellFormed()) throw wrong;
              return stringify(v);
            case "boolean": return v ? "true" : "false";
            case "bigint": return numberText(v);
            case "number":
              if (isSafe(v)) return same(v, -0) ? numberText(v) : `${v}`;
              if (!isFinite(v)) throw wrong;
              return Number.isInteger(v) ? numberText(v) : `${v}`;
            case "object": break;
            default: throw wrong;
          }
          if (v === null) return "null";
          v = bare(viewed.get(v) ?? v);
          if (depth >= 500) throw wrong;
          meet?.(v);
          const olds = ways === null ? null : ways.get(v)?.olds ?? null;
          const slot = olds === null ? (key) => v[key]
            : (key) => olds.has(`${key}`) ? olds.get(`${key}`) : v[key];
          let text = "";
          if (isArray(v)) {
            const count = olds === null || !olds.has("length") ? v.length : olds.get("length");
            if (olds === null && keysOf(v).length !== count) throw wrong;
            for (let i = 0; i < count; i++) {
              if (i > 0) text += ",";
              text += canonical(slot(i), ways, meet, numberText, depth + 1);
            }
            return `[${text}]`;
          }
          const proto = prototypeOf(v);
          if (proto !== plain && proto !== null) throw wrong;
          const keys = olds === null ? keysOf(v) : keysBefore(v, olds);
          if (keys.length > 1) keys.sort();
          for (const key of keys) {
            if (!key.isWellFormed()) throw wrong;
            if (text !== "") text += ",";
            text += `${stringify(key)}:${canonical(slot(key), ways, meet, numberText, depth + 1)}`;
          }
          return `{${text}}`;
        }
        function keysBefore(v, olds) {
          const keys = keysOf(v).filter(key => olds.get(key) !== absent);
          for (const [key, old] of olds) if (old !== absent && !own(v, key)) keys.push(key);
          return keys;
        }

        class NotSavable { constructor(message) { this.message = message; } }

        const guarded = (f) => (...given) => {
          try { return stringify({ value: f(...given) }); }
          catch (e) {
            if (e instanceof PutAside) return stringify({ failure: e.failed });
            return stringify(e instanceof NotSavable ? { notSavable: e.message }
              : { wrong: e instanceof TypeError ? e.message.toWellFormed() : describe(e) });
          }
        };

        const sourceTextOf = (f) => applyTo(functionText, f, []);
        // The functions of the file that an invariant judges with.
        const judgesIn = ({ test, judges = [test] }) => judges;
        const hasMemoryIn = ({ kind, judges, hasMemory = kind === "history" && judges === undefined }) => hasMemory;

        // Nothing may be left in these for a later handler to find.
        for (const c of [Object, Array, String, Number, Boolean, BigInt, Map, Set, RegExp, Math, JSON])
          Object.preventExtensions(c.prototype ?? c);

        return {
          check: () => stringify(check()),
          // The source texts of what judges, for the host to see whether it only looks; and what it saw.
          judges: () => stringify({
            invariants: invariants.map(i =>
              ({ texts: judgesIn(i).map(sourceTextOf), hasMemory: hasMemoryIn(i) })),
            key: scope === "key" ? sourceTextOf(keyOf) : null,
            partKeys: keyedParts.map(part => sourceTextOf(part.keyOf)),
            regions: regions === null ? [] : (composedFrom.get(regions.of) ?? [regions.of]).map(sourceTextOf),
          }),
          onlyLook: (text) => {
            const bare = parse(text);
            invariants.forEach((invariant, i) => {
              invariant.isBare = bare.invariants[i];
              if (invariant.rule !== undefined) invariant.rule.isBare = invariant.isBare;
            });
            keyIsBare = bare.key;
            keyedParts.forEach((part, i) => { part.isKeyBare = bare.partKeys[i]; });
            regionIsBare = bare.region;
          },
          guardExpressions,
          // A file that `use` may name: its code as a function, and what it uses itself; or why it cannot be used.
          addFile: (name, make, linksText) => {
            files.set(name, { make, links: parse(linksText), spec: null, isOpen: false, problem: null });
          },
          addProblem: (name, problem) => { files.set(name, { problem }); },
          link: (linksText) => { global.use = usesOf(parse(linksText)); },
          expression: ({ name, test }) => { invariants.push({ name, kind: "state", test }); update(); },
          abstracted: guarded(abstracted), mapped: guarded(mapped),
          verdictOn, expand, offers, beginning: guarded(beginningOf),
          reset, run, follow, tally, observe, trace, audit, attempt, lastKey: () => stringify(lastKey),
          value: guarded((pathText, key) => textOf(valueAt(stateOf(key)?.state, parse(pathText)))),
          outline: guarded((pathText, key, after, limit, width) => {
            const v = valueAt(stateOf(key)?.state, parse(pathText));
            return v === undefined ? null : outlineOf(v, parse(after), limit, width);
          }),
          names: guarded((prefix, after, limit) => namesOf(prefix, parse(after), limit)),
          stopped: () => stringify({ changes, looks, reduced, trying, doing: typeof doing !== "object" ? doing
            : doing === null ? null : `the invariant '${doing.name}'` }),
          setPart: (index, count, only) => {
            part = count > 1 ? [index, count] : null;
            [onlyKey] = parse(only);
            inPart.clear();
          },
          addShapes: (makers) => { appendAll(shapes, makers); },
          isolate: (on) => { isolates = on; },
          failures: () => stringify(failed()),
          counts: () => stringify([cells.size, failedCount, unconcernedCount]),
          judgeOnly: (text) => {
            const wanted = parse(text);
            isJudged = invariants.map((_, i) => wanted.includes(i));
            tracked = null;
            for (const cell of cells.values()) cell.tracker = undefined;
            checkBefore();
            if (!needsBefore) for (const cell of cells.values()) cell.shadow = null;
          },
          verdict: (i, key) => {
            const cell = cells.get(key);
            if (cell === undefined) return stringify({ verdict: 0 });
            if (cell.failed !== undefined) return stringify({ verdict: 2 });
            doing = invariants[i];
            try {
              const [verdict, reason] = verdictOf(invariants[i].test, seen(cell.state, i, false));
              return stringify({ verdict, reason });
            } catch (e) { return stringify({ failure: explain(e, null) }); }
          },
          count: (key) => cells.get(key)?.count ?? 0,
          states: guarded(() => {
            const texts = [];
            for (const [key, cell] of cells) if (cell.failed === undefined)
              texts.push(`${stringify(key)}:${encode(cell.state, "the state", false)}`);
            return `{${texts.join(",")}}`;
          }),
          state: guarded((key) => {
            const cell = stateOf(key);
            return cell === undefined ? null : encode(cell.state, "the state", false);
          }),
          assume: (text) => {
            for (const [key, i, verdict] of parse(text)) {
              const cell = cells.get(key);
              if (cell !== undefined) cell.verdicts[i] = verdict;
            }
          },
          save: guarded(() => {
            // Objects that two of these hold would be two objects after restoring.
            const texts = [], seen = new Set();
            if (unconcernedCount > 0) texts.push(`[null,${unconcernedCount}]`);
            for (const [key, cell] of cells) {
              if (cell.failed !== undefined) {
                texts.push(`[${stringify(key)},${cell.count},null,[],${stringify(cell.failed)}]`);
                continue;
              }
              const state = encode(cell.state, "the state", true, seen);
              if (histories.length > 0) encode(cell.shadow, "the state before", true, seen);
              const memories = cell.memories.map(m => encode(m, "a history's memory", true, seen));
              texts.push(`[${stringify(key)},${cell.count},${state},[${memories.join(",")}]]`);
            }
            return `[${texts.join(",\n")}]`;
          }),
          restore: guarded((text) => {
            const restored = new Map();
            // The second reading gives the shadow objects of its own.
            const first = parse(text, saved), second = needsBefore ? parse(text, saved) : null;
            let failures = 0, unconcerned = 0;
            first.forEach(([key, count, state, memories, failed], i) => {
              // Each of several workers has counted all of them.
              if (key === null) { unconcerned = max(unconcerned, count); return; }
              if (failed !== undefined) {
                if (!isMine(key)) return;
                failures++;
                restored.set(key, { state: null, shadow: null, memories: [], failed, count,
                  verdicts: invariants.map(() => 0) });
                return;
              }
              if (memories.length !== histories.length) throw new TypeError("other invariants");
              if (scope !== "log" && !isMine(key)) return;
              restored.set(key, { state, shadow: needsBefore ? second[i][2] : null, memories,
                verdicts: invariants.map(() => scope === "log" ? -1 : 0), count });
            });
            if (scope === "log" && !restored.has("")) throw new TypeError("no state of the log");
            forget();
            cells = restored;
            failedCount = failures;
            unconcernedCount = unconcerned;
            return true;
          }),
        };
      })
      """#
  }
#endif
