#if JavaScript
  extension Sandbox {
    /// A machine over several logs, made of a machine for each.
    static let groups = #"""
        // --- Groups ---------------------------------------------------------------------------
        // The state has a member for each log, which only the events of that log change, and the messages in
        // flight. So the state at any cut of the group can be put together.
        global.never = (parts) => {
          needParts("never", parts);
          return new Invariant("state", {
            parts, combination: { kind: "never" },
            test: (state) => !keysOf(parts).every(log => holdsIn(parts[log](state[log]), log)),
          });
        };
        global.atMost = (most, parts) => {
          needParts("atMost", parts);
          if (!isSafe(most) || most < 0 || most >= keysOf(parts).length)
            throw new TypeError(
              "atMost(n, ...) needs a whole number that is less than the number of its conditions");
          return new Invariant("state", {
            parts, combination: { kind: "atMost", most },
            test: (state) =>
              keysOf(parts).filter(log => holdsIn(parts[log](state[log]), log)).length <= most,
          });
        };
        global.sumWithin = (least, most, parts) => {
          needParts("sumWithin", parts);
          if (typeof least !== "number" || typeof most !== "number" || !(least <= most)
            || [least, most].some(n => !isSafe(n) && n !== Infinity && n !== -Infinity))
            throw new TypeError(
              "sumWithin(least, most, ...) needs whole numbers, -Infinity or Infinity, the lesser one first");
          return new Invariant("state", {
            parts, combination: {
              kind: "sumWithin", least: isSafe(least) ? least : null, most: isSafe(most) ? most : null,
            },
            test: (state) => {
              let sum = 0n;
              for (const log of keysOf(parts)) sum += numberIn(parts[log](state[log]), log);
              return least <= sum && sum <= most;
            },
          });
        };
        function needParts(name, parts) {
          if (typeof parts !== "object" || parts === null || keysOf(parts).length === 0)
            throw new TypeError(`${name}(...) needs a function for each of some logs`);
          for (const log of keysOf(parts)) needFunction(parts[log], `${name}({ ${log}: ... })`);
        }
        const numberIn = (result, log) => {
          if (typeof result !== "bigint" && !isSafe(result))
            throw new TypeError(`the value of '${log}' is no whole number`);
          return BigInt(result);
        };
        const holdsIn = (result, log) => {
          if (typeof result !== "boolean")
            throw new TypeError(`the condition on '${log}' returned no true or false`);
          return result;
        };

        // The parts of the machine that `logs` stands for.
        function grouped(spec, wrong) {
          if (typeof spec.logs !== "object" || spec.logs === null || keysOf(spec.logs).length === 0) {
            wrong.push("'logs' must be an object with a machine for each log: { initial, on, ignore }");
            return spec;
          }
          for (const key of ["initial", "on", "ignore", "scope", "key", "upcast", "events"])
            if (own(spec, key)) wrong.push(`a machine with 'logs' has no '${key}' of its own`);
          const initial = { inFlight: {} }, locals = new Map();
          for (const log of keysOf(spec.logs)) {
            const { initial: first, on, ignore = [], ...more } = spec.logs[log] ?? {};
            for (const key of keysOf(more))
              wrong.push(`'logs.${log}.${key}' is not a part of a log's machine; there are: initial, on, ignore`);
            if (log === "inFlight") wrong.push("no log can be called 'inFlight'");
            checkReducer(`logs.${log}.`, { initial: first, on, ignore }, wrong);
            initial[log] = first;
            locals.set(log, { on, ignore });
          }
          return { ...spec, initial, on: { "*": (state, event) => { reduceLocally(locals, state, event); } } };
        }

        function reduceLocally(locals, state, event) {
          const { log, type } = event, local = locals.get(log);
          if (local === undefined)
            throw new Failure("threw", null, null, log === null
              ? "the machine is for a group of logs, and this is one log"
              : `the machine has nothing for the log '${log}' of the group`);
          for (const id of event.received ?? []) delete state.inFlight[id];
          for (const id of event.sent ?? [])
            state.inFlight[id] = { log, type, data: parse(encode(event.data, "data", false), saved) };
          const name = own(local.on, type) ? type : "*";
          if (!own(local.on, name)) {
            if (local.ignore.includes(type)) return;
            throw new Failure("unknownType", null, null, type);
          }
          const where = doing = `logs.${log}.on.${type}`;
          let returned;
          try { returned = local.on[name](state[log], event); }
          catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
          if (typeof returned === "object" && returned !== null) refuseState(returned, state[log], where);
        }

        // The verdict of an invariant on a state that is given; with a log, whether the condition on that one
        // holds, or its number.
        function verdictOn(i, log, text) {
          const invariant = invariants[i];
          doing = invariant;
          const part = log === "" ? null : invariant.parts[log];
          let value;
          const test = part === null ? invariant.test
            : invariant.combination.kind !== "sumWithin" ? (state) => !holdsIn(part(state), log)
            : (state) => {
              value = `${numberIn(part(state), log)}`;
              return true;
            };
          try {
            const [verdict, reason] = verdictOf(test, view(parse(text, saved)));
            return stringify({ verdict, reason, value });
          } catch (e) { return stringify({ failure: explain(e, null) }); }
        }
      """#
  }
#endif
