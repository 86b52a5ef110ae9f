#if JavaScript
  extension Sandbox {
    /// Invariants, which only look.
    static let judging = #"""
        // --- Judging --------------------------------------------------------------------------
        // What an invariant looks at, it must leave as it is. One of which the host has proven that it only
        // looks (`isBare`) gets the state and the event themselves; any other gets views, which refuse every
        // change.
        const views = new WeakMap(), viewed = new WeakMap();
        const refuse = () => {
          const isJudging = typeof doing === "object" && doing !== null;
          throw broken = new Failure("threw", isJudging ? `the invariant '${doing.name}'` : doing, null,
            "it changes what it looks at");
        };
        const view = (v) => {
          if (typeof v !== "object" || v === null) return v;
          let seen = views.get(v);
          if (seen === undefined) {
            // Bytes have no views, and a view of what is frozen would have to be as frozen as that.
            if (isView(v)) seen = applyTo(copyOfView, v, []);
            else seen = new Proxy(isFrozen(v) ? thawed(v) : v, onlyLooking);
            views.set(v, seen);
            viewed.set(seen, v);
          }
          return seen;
        };
        const thawed = (v) => {
          const copy = isArray(v) ? [] : create(prototypeOf(v));
          for (const key of keysOf(v)) copy[key] = v[key];
          return copy;
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
        const onlyLookingAtEvent = {
          ...onlyLooking,
          get: (target, key) =>
            key === "random" ? () => target.random() : view(target[key]),
        };
        const viewOfEvent = (event) => new Proxy(event, onlyLookingAtEvent);
        let observer = null;
        const seen = (state, i, isBefore) =>
          observer !== null && observer.invariant === i ? observer.look(state, isBefore)
            : invariants[i].isBare ? state : view(state);

        function verdictOf(test, ...given) {
          try {
            const result = test(...given);
            if (broken !== null) throw broken;
            if (result === true) return [0];
            if (result === false) return [1];
            if (result instanceof KeptVerdict) return result.verdict;
            return [2, noBoolean(result)];
          } catch (e) { return [2, reasonOf(e)]; }
        }
        // What a function gives that only looks, or why it gives nothing.
        function outcomeOf(look, ...given) {
          try {
            const value = look(...given);
            if (broken !== null) throw broken;
            return [value];
          } catch (e) { return [undefined, reasonOf(e)]; }
        }
        function reasonOf(e) {
          // Not even a test that catches it has seen nothing.
          if (broken !== null) e = broken;
          broken = null;
          if (e instanceof Failure) throw e;
          return describe(e);
        }
        const noBoolean = (value) => `it returned ${value === null ? "null" : typeof value}, not true or false`;

        // With `onlyStates`, either only state invariants are judged, or only the others.
        function judge(cell, key, event, cut, checks, onlyStates) {
          let memory = 0, shownEvent = null;
          for (let i = 0; i < invariants.length; i++) {
            const invariant = invariants[i];
            if (!isJudged[i]
              || onlyStates !== undefined && onlyStates !== (invariant.kind === "state")) {
              if (invariant.kind === "history") memory++;
              continue;
            }
            doing = invariant;
            Event.rewind(event);
            const given = invariant.isBare || invariant.kind === "state" ? event
              : shownEvent ??= viewOfEvent(event);
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
              }, holder.memory, seen(cell.shadow, i, true), given, seen(cell.state, i, false));
              cell.memories[memory++] = holder.memory;
            } else if (checks)
              verdict = invariant.rule !== undefined && observer?.invariant !== i ? verdictOver(i, cell)
                : invariant.kind === "state" ? verdictOf(invariant.test, seen(cell.state, i, false))
                : verdictOf(
                  invariant.test, seen(cell.shadow, i, true), given, seen(cell.state, i, false));
            if (checks) note(cell, key, i, verdict[0], cut, verdict[1]);
          }
        }

        // A step in which nothing happens violates no step, and all else is as it was.
        function judgeIgnored(cell, cut) {
          for (let i = 0; i < invariants.length; i++)
            if (isJudged[i] && invariants[i].kind === "step") note(cell, "", i, 0, cut);
        }
      """#
  }
#endif
