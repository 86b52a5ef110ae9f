#if JavaScript
  extension Sandbox {
    /// How states are explored, one after the other and not along a log.
    static let exploring = #"""
        // --- Exploring ------------------------------------------------------------------------
        // A node is the text of a state or, with history invariants, of [state, [memory, ...]].
        const nodeOf = (state, memories) => {
          if (memories.length === 0) return textOf(state);
          let text = "";
          for (let i = 0; i < memories.length; i++) text += (i > 0 ? "," : "") + textOf(memories[i]);
          return `[${textOf(state)},[${text}]]`;
        };
        // Only these texts have numbers that are no doubles.
        const mayBeLarge = /E0|\d{16}/;
        const readNodes = (text) =>
          applyTo(nativeExec, mayBeLarge, [text]) === null ? parse(text) : parse(text, saved);
        // A handler gets a state and data of its own.
        function freshCopy(v) {
          if (typeof v !== "object" || v === null || isView(v)) return v;
          if (isArray(v)) {
            const copy = [];
            for (let i = 0; i < v.length; i++) copy[i] = freshCopy(v[i]);
            return copy;
          }
          const copy = {}, keys = keysOf(v);
          for (let i = 0; i < keys.length; i++) copy[keys[i]] = freshCopy(v[keys[i]]);
          return copy;
        }
        const numberFor = (map, name) => {
          let number = map.get(name);
          if (number === undefined) map.set(name, number = map.size);
          return number;
        };
        const exploredTypes = new Map(), exploredRegions = new Map();

        // The node and the event that are being tried, by their numbers.
        let trying = [0, 0];
        const said = (where, f, state) => {
          doing = where;
          let answer;
          try { answer = f(freshCopy(state)); }
          catch (e) { throw e instanceof Failure ? e : new Failure("threw", where, e); }
          settle(where);
          return answer;
        };
        // The events of a state: all of the batch or, where it has only a model of one, those that are declared.
        function offered(batch, state) {
          if (batch.isDrawn) return batch;
          const list = said("explore.events", exploration.events, state);
          if (!isArray(list)) throw new Failure("threw", "explore.events", null, "it returned no array");
          return list;
        }
        function offeredEvent(batch, list, k) {
          if (batch.isDrawn) return batch.event(k);
          const given = list[k];
          if (typeof given !== "object" || given === null || typeof given.type !== "string"
            || given.stream !== undefined && typeof given.stream !== "string")
            throw new Failure("threw", "explore.events", null,
              `element ${k} is no event: that is { type, data }, and perhaps a stream`);
          const event = new Event(0, freshCopy(given.data ?? {}), null);
          event.type = given.type;
          if (given.stream !== undefined && scope !== "stream") event.stream = given.stream;
          return event;
        }
        const drawnBatch = (text, forgets, isDrawn) => {
          const batch = new Batch(text, true, forgets);
          batch.isDrawn = isDrawn;
          return batch;
        };
        const isOfExploration = (where) =>
          where === "explore.events" || where === "explore.bound" || where === "explore.symmetry";
        const countOf = (list) => list instanceof Batch ? list.count : list.length;
        const isBeyond = (state) => {
          if (exploration === null || exploration.bound === undefined) return false;
          const isWithin = said("explore.bound", exploration.bound, state);
          if (typeof isWithin !== "boolean")
            throw new Failure("threw", "explore.bound", null, "it returned neither true nor false");
          return !isWithin;
        };

        // Executes every event in each of some nodes. The answer is a line for each thing that came of it: `s`, an
        // executed event; `a`, one that led to a node, which may be new; `v` and `w`, verdicts of steps and states;
        // `f`, a failure; `b`, a node beyond the bound; and in the end the names behind the numbers.
        function expand(text, forgets, isDrawn, nodesText, tellsAll) {
          const batch = drawnBatch(text, forgets, isDrawn), nodes = readNodes(nodesText);
          const met = new Set();
          const bySymmetry = exploration === null ? undefined : exploration.symmetry;
          let lines = "";
          const tell = (kind, i, k) => {
            for (let n = 0; n < changes.length; n++)
              lines += `${kind} ${i} ${k} ${changes[n][0]} ${changes[n][3]} ${stringify(changes[n][5])}\n`;
            changes = [];
          };
          try {
            for (let i = 0; i < nodes.length; i++) {
              const before = histories.length > 0 ? nodes[i][0] : nodes[i];
              const past = histories.length > 0 ? nodes[i][1] : [];
              trying = [i, 0];
              progress[1]++;
              if (isBeyond(before)) { lines += `b ${i}\n`; continue; }
              const from = regions === null ? 0 : numberFor(exploredRegions, regionOf(before, null));
              const list = offered(batch, before), count = countOf(list);
              for (let k = 0; k < count; k++) {
                trying[1] = k;
                progress[1]++;
                const memories = freshCopy(past), state = freshCopy(before);
                const cell = { state, shadow: before, memories, verdicts: [], count: 0 };
                for (let n = 0; n < invariants.length; n++) cell.verdicts[n] = 0;
                changes = [];
                let event = null, node, shown, to = 0;
                try {
                  event = offeredEvent(batch, list, k);
                  if (!batch.isDrawn && upcast !== null) event = upcasted(event);
                  const { handler, where, isIgnored } = ruleOf(event.type);
                  if (isIgnored) continue;
                  if (handler === undefined) throw new Failure("unknownType", null, null, event.type);
                  handle(handler, where, state, event);
                  if (judgesEvents) judge(cell, "", event, 0, true, false);
                  doing = where;
                  try { node = nodeOf(state, memories); }
                  catch (e) { throw new Failure("badState", where, null, e.message); }
                  if (bySymmetry !== undefined)
                    shown = nodeOf(said("explore.symmetry", bySymmetry, state), memories);
                  if (regions !== null) to = numberFor(exploredRegions, regionOf(state, null));
                } catch (e) {
                  if (e instanceof Failure && isOfExploration(e.handler)) throw e;
                  const type = event === null ? batch.isDrawn ? batch.typeOf(k) : "" : event.type;
                  lines += `f ${i} ${k} ${stringify([type, explain(e, numbers[0])])}\n`;
                  continue;
                }
                const step = `${i} ${k} ${numberFor(exploredTypes, event.type)} ${from} ${to}`;
                tell("v", i, k);
                if (!tellsAll && met.has(shown ?? node)) { lines += `s ${step}\n`; continue; }
                met.add(shown ?? node);
                lines += `a ${step} ${node}${shown === undefined ? "" : "\t" + shown}\n`;
                judge(cell, "", event, 0, true, true);
                tell("w", i, k);
              }
            }
          } catch (e) { return `x ${stringify({ failure: explain(e, numbers[0]), trying })}\n`; }
          return `${lines}n ${stringify([[...exploredTypes.keys()], [...exploredRegions.keys()]])}\n`;
        }

        // The events of one node, as a log has them.
        function offers(text, forgets, isDrawn, nodesText) {
          const batch = drawnBatch(text, forgets, isDrawn), [node] = readNodes(nodesText);
          const state = histories.length > 0 ? node[0] : node;
          return answered(() => {}, () => {
            const list = isBeyond(state) ? [] : offered(batch, state), events = [];
            for (let k = 0; k < countOf(list); k++) {
              const event = offeredEvent(batch, list, k);
              events[k] = [event.type, event.stream, event.data instanceof Uint8Array ? null : shownText(event.data)];
            }
            return { events };
          });
        }

        // The node of a key's state, the text that tells it from others, and the verdicts on it.
        function beginningOf(key) {
          const cell = stateOf(key) ?? newCell();
          const node = nodeOf(cell.state, cell.memories), verdicts = [];
          for (let i = 0; i < invariants.length; i++)
            if (isJudged[i] && invariants[i].kind === "state") {
              doing = invariants[i];
              const [verdict, reason] = verdictOf(invariants[i].test, seen(cell.state, i, false));
              if (verdict !== 0) verdicts[verdicts.length] = [i, verdict, reason ?? null];
            }
          return { node, verdicts, shown: exploration === null || exploration.symmetry === undefined ? null
            : nodeOf(said("explore.symmetry", exploration.symmetry, cell.state), cell.memories) };
        }
      """#
  }
#endif
