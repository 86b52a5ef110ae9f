#if JavaScript
  import EvlogJSON
  import EvlogMachine
  import EvlogCore

  extension Sandbox {
    /// The types that no machine reduces, as a list in JavaScript.
    private static let controlTypes = JSONValue.array(
      ControlEvents.types.sorted().map { .string($0.string) }
    ).canonicalText

    /// What is taken away, and how a machine is declared and checked.
    static let declaring = #"""
      (function (progress, numbers, slots, byteLimit) {
        "use strict";
        const global = globalThis;
        const parse = JSON.parse, stringify = JSON.stringify, rawJSON = JSON.rawJSON;
        const isArray = Array.isArray, keysOf = Object.keys, own = Object.hasOwn;
        const prototypeOf = Object.getPrototypeOf, isFrozen = Object.isFrozen;
        const create = Object.create, functionText = Function.prototype.toString;
        const descriptorOf = Object.getOwnPropertyDescriptor;
        const isSafe = Number.isSafeInteger, isFinite = Number.isFinite;
        const plain = Object.prototype;

        // --- What a pure function cannot have -------------------------------------------------
        for (const name of ["Date", "Intl", "WeakRef", "FinalizationRegistry", "WebAssembly",
          "Atomics", "SharedArrayBuffer", "Promise", "console", "eval", "Function", "queueMicrotask",
          "setTimeout", "setInterval", "performance", "Temporal", "ShadowRealm", "AsyncDisposableStack",
          "AsyncIterator"]) delete global[name];
        delete Math.random;
        for (const c of [Object, Array, Number, String, BigInt, Boolean])
          delete c.prototype.toLocaleString;
        for (const name of ["localeCompare", "toLocaleUpperCase", "toLocaleLowerCase"])
          delete String.prototype[name];
        for (const c of [Int8Array, Float64Array])
          delete prototypeOf(c.prototype).toLocaleString;
        // A state whose keys are data must be able to hold the key "__proto__".
        delete Object.prototype.__proto__;
        for (const f of [function () {}, function* () {}, async function () {},
          async function* () {}]) delete prototypeOf(f).constructor;
        // What is awaited would run when the event is over. A file with async functions is refused; these
        // are for what the sandbox may have overlooked.
        const promises = prototypeOf((async () => {})());
        for (const name of ["constructor", "then", "catch", "finally"]) delete promises[name];
        delete Array.fromAsync;
        // Neither may a key that is data find what every object inherits. (What is left is called
        // by name, and is not a word of data.)
        for (const name of ["constructor", "toString", "valueOf", "__defineGetter__",
          "__defineSetter__", "__lookupGetter__", "__lookupSetter__"]) delete plain[name];
        Error.stackTraceLimit = 1;

        // --- The machine ----------------------------------------------------------------------
        class Invariant { constructor(kind, body) { this.kind = kind; Object.assign(this, body); } }
        const functions = prototypeOf(function () {});
        const isPlain = (f) => typeof f === "function" && prototypeOf(f) === functions;
        const needFunction = (f, where) => {
          if (!isPlain(f)) throw new TypeError(where + " needs a function, not one that yields");
          return f;
        };
        global.always = (test) => new Invariant("state", { test: needFunction(test, "always(...)") });
        // Must hold at the end; 'finally' is a word of the language.
        global.atEnd = (test) =>
          new Invariant("state", { test: needFunction(test, "atEnd(...)"), isFinal: true });
        global.step = (test) => new Invariant("step", { test: needFunction(test, "step(...)") });
        global.history = (initial, test) =>
          new Invariant("history", { initial, test: needFunction(test, "history(initial, ...)") });
        // What one file calls, and what it has declared.
        const declaring = () => {
          const made = { isMade: false };
          return { made, machine: (name, version, spec) => {
            if (made.isMade) throw new Error("a file declares one machine, this one declares two");
            Object.assign(made, { name, version, spec, isMade: true });
          } };
        };
        const { machine: register, made: registered } = declaring();
        global.machine = register;

        let name, scope, keyOf, handlers, anyHandler, ignored, invariants, upcast, initialText;
        let needsBefore, judgesEvents, isJudged, histories, regions, exploration;

        function check() {
          const wrong = broken === null ? [] : [broken.message];
          broken = null;
          if (!registered.isMade) return { wrong: ["the file does not call machine(name, version, {...})"] };
          const { version } = registered;
          let { spec } = registered;
          name = registered.name;
          if (typeof name !== "string" || name === "") wrong.push("the name must be a text");
          if (!isSafe(version) || version < 1)
            wrong.push("the version must be a whole number from 1");
          if (typeof spec !== "object" || spec === null) {
            wrong.push("the third argument must be an object");
            return { wrong };
          }
          const known = ["initial", "on", "ignore", "invariants", "scope", "key", "upcast", "regions", "logs",
            "parts", "refines", "events", "explore"];
          for (const key of keysOf(spec))
            if (!known.includes(key))
              wrong.push(`'${key}' is not a part of a machine; there are: ${known.join(", ")}`);
          const logs = spec.logs === undefined ? [] : keysOf(spec.logs ?? {});
          if (spec.logs !== undefined) {
            if (spec.parts !== undefined) wrong.push("a machine has 'logs' or 'parts', not both");
            spec = grouped(spec, wrong);
          } else if (spec.parts !== undefined) {
            spec = composed(spec, "", wrong);
            if (wrong.length > 0) return { wrong };
          }
          checkReducer("", spec, wrong);
          if (isObject(spec.initial))
            try { initialText = encode(spec.initial, "initial", false); }
            catch (e) { wrong.push(e.message); }
          scope = spec.scope ?? (spec.key ? "key" : "log");
          if (!["log", "stream", "key"].includes(scope))
            wrong.push(`'scope' must be "log", "stream" or "key"`);
          if (scope === "key" && !isPlain(spec.key))
            wrong.push("scope \"key\" needs a function 'key': e => e.data.account");
          keyOf = spec.key;
          handlers = new Map(Object.entries(spec.on ?? {}));
          anyHandler = handlers.get("*");
          const ignore = isArray(spec.ignore) ? spec.ignore : [];
          ignored = new Set(ignore);
          for (const type of \#(controlTypes)) if (!handlers.has(type)) ignored.add(type);
          invariants = checkInvariants("", spec, wrong);
          upcast = spec.upcast ?? null;
          checkUpcast(upcast, "", wrong);
          regions = spec.regions ?? null;
          if (regions !== null) {
            checkRegions(regions, "", wrong);
            regions = { moves: {}, ...regions };
          }
          refines = spec.refines ?? null;
          if (refines !== null) checkRefines(wrong);
          let contract = null;
          if (spec.events !== undefined)
            try { contract = contractText(spec.events); } catch (e) { wrong.push(e.message); }
          exploration = spec.explore ?? null;
          if (exploration !== null) checkExploration(exploration, "", wrong);
          if (wrong.length > 0) return { wrong };
          update();
          return {
            wrong, name, version, scope, types: [...handlers.keys()], ignored: [...ignore],
            upcasts: upcast !== null, regions, logs, refines: mapping(), contract,
              explores: exploration !== null, hasSymmetry: exploration?.symmetry !== undefined,
            invariants: invariants.map(i =>
              ({
                name: i.name, kind: i.kind, parts: i.parts === undefined ? null : keysOf(i.parts),
                combination: i.combination ?? null, isFinal: i.isFinal === true,
              })),
          };
        }

        // What a machine, or a part of one, reduces with. `prefix` is where it stands.
        function checkReducer(prefix, { initial, on, ignore = [] }, wrong) {
          if (typeof initial !== "object" || initial === null)
            wrong.push(`'${prefix}initial' must be an object or an array`);
          if (typeof on !== "object" || on === null)
            wrong.push(`'${prefix}on' must be an object with a handler for each event type`);
          else
            for (const type of keysOf(on))
              if (!isPlain(on[type])) wrong.push(`${prefix}on.${type} must be a function: (state, event) => {...}`);
          if (!isArray(ignore) || ignore.some(t => typeof t !== "string"))
            wrong.push(`'${prefix}ignore' must be an array of event types`);
          else
            for (const type of new Set(ignore))
              if (isObject(on) && own(on, type)) wrong.push(`'${type}' is both handled and ignored`);
        }

        function checkInvariants(prefix, { initial, on, ignore, invariants: declared = {} }, wrong) {
          const all = [];
          if (typeof declared !== "object" || declared === null) {
            wrong.push(`'${prefix}invariants' must be an object`);
            return all;
          }
          for (const key of keysOf(declared)) {
            const invariant = declared[key], named = prefix === "" ? `'${key}'` : `'${key}' of '${prefix.slice(0, -1)}'`;
            if (!(invariant instanceof Invariant))
              wrong.push(`the invariant ${named} must be made by a function such as always, step, history, atEnd, every or response`);
            else {
              // They are named on command lines, where two spellings of "é" look the same.
              if (all.some(i => i.name.normalize() === key.normalize()))
                wrong.push(`there are two invariants ${named}, in two spellings`);
              all.push({ name: key, ...invariant });
              const { rule, types = [] } = invariant;
              for (const type of types)
                if (isArray(ignore) && ignore.includes(type) || isObject(on) && !own(on, type) && !own(on, "*"))
                  wrong.push(`the invariant ${named} is about '${type}', which has no handler: no invariant sees `
                    + `such events. A handler that changes nothing is ${type}: () => {}`);
              if (rule !== undefined && collectionAt(initial, rule.path) === undefined)
                wrong.push(`the invariant ${named} is over ${shownPath(rule)}, where '${prefix}initial' has no object or array`);
              if (invariant.kind === "history")
                try { encode(invariant.initial, `the memory of ${named}`, false); }
                catch (e) { wrong.push(e.message); }
            }
          }
          return all;
        }

        function checkUpcast(upcast, prefix, wrong) {
          if (upcast === null || isPlain(upcast)) return;
          if (typeof upcast !== "object") { wrong.push(`'${prefix}upcast' must be a function or an object`); return; }
          for (const type of keysOf(upcast))
            if (!isPlain(upcast[type]))
              wrong.push(`${prefix}upcast['${type}'] must be a function: event => ({type, data, ...})`);
        }

        function checkRegions(regions, prefix, wrong) {
          if (typeof regions !== "object" || !isPlain(regions.of)) {
            wrong.push(`'${prefix}regions' needs a function 'of': state => the name of its region`);
            return;
          }
          for (const key of keysOf(regions))
            if (!["of", "names", "moves"].includes(key))
              wrong.push(`'${prefix}regions.${key}' is not a part of regions; there are: of, names, moves`);
          const isNames = (list) => isArray(list) && list.every(n => typeof n === "string");
          if (!isNames(regions.names ?? [])) wrong.push(`'${prefix}regions.names' must be an array of texts`);
          const { moves = {} } = regions;
          if (typeof moves !== "object" || moves === null) {
            wrong.push(`'${prefix}regions.moves' must be an object of objects`);
            return;
          }
          for (const region of keysOf(moves)) {
            const row = moves[region];
            if (typeof row !== "object" || row === null) {
              wrong.push(`${prefix}regions.moves['${region}'] must be an object: event type → what it does`);
              continue;
            }
            for (const type of keysOf(row))
              if (!isNames(row[type]) && row[type] !== "ignored" && row[type] !== "forbidden")
                wrong.push(`${prefix}regions.moves['${region}']['${type}'] must be an array of regions, `
                  + `"ignored" or "forbidden"`);
          }
        }

        function checkExploration(exploration, prefix, wrong) {
          if (typeof exploration !== "object" || exploration === null || !isPlain(exploration.events)) {
            wrong.push(`'${prefix}explore' needs a function 'events': state => [{ type, data }, ...]`);
            return;
          }
          for (const key of keysOf(exploration))
            if (!["events", "bound", "symmetry"].includes(key))
              wrong.push(`'${prefix}explore.${key}' is not a part of it; there are: events, bound, symmetry`);
            else if (!isPlain(exploration[key]))
              wrong.push(`'${prefix}explore.${key}' must be a function of a state`);
        }

        function update() {
          isJudged = invariants.map(() => true);
          tracked = null;
          histories = invariants.filter(i => i.kind === "history");
          checkBefore();
          for (const h of histories) h.initialText ??= encode(h.initial, "its memory", false);
        }
        // Whether what is judged looks at events, and whether at the state before them.
        function checkBefore() {
          const ofEvents = invariants.filter((invariant, i) => isJudged[i] && invariant.kind !== "state");
          judgesEvents = ofEvents.length > 0;
          needsBefore = ofEvents.some(invariant => !invariant.seesOnlyEvents);
        }
      """#
  }
#endif
