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
        let registered = null, problem = null;
        class Invariant { constructor(kind, body) { this.kind = kind; Object.assign(this, body); } }
        const functions = prototypeOf(function () {});
        const isPlain = (f) => typeof f === "function" && prototypeOf(f) === functions;
        const needFunction = (f, where) => {
          if (!isPlain(f)) throw new TypeError(where + " needs a function, not one that yields");
          return f;
        };
        global.always = (test) => new Invariant("state", { test: needFunction(test, "always(...)") });
        global.step = (test) => new Invariant("step", { test: needFunction(test, "step(...)") });
        global.history = (initial, test) =>
          new Invariant("history", { initial, test: needFunction(test, "history(initial, ...)") });
        global.machine = (name, version, spec) => {
          if (registered) throw new Error("a file declares one machine, this one declares two");
          registered = { name, version, spec };
        };

        let name, scope, keyOf, handlers, anyHandler, ignored, invariants, upcast, initialText;
        let needsBefore, judgesEvents, isJudged, histories, regions, exploration;

        function check() {
          const wrong = broken === null ? [] : [broken.message];
          broken = null;
          if (!registered) return { wrong: ["the file does not call machine(name, version, {...})"] };
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
            "refines", "events", "explore"];
          for (const key of keysOf(spec))
            if (!known.includes(key))
              wrong.push(`'${key}' is not a part of a machine; there are: ${known.join(", ")}`);
          const logs = spec.logs === undefined ? [] : keysOf(spec.logs ?? {});
          if (spec.logs !== undefined) spec = grouped(spec, wrong);
          if (typeof spec.initial !== "object" || spec.initial === null)
            wrong.push("'initial' must be an object or an array");
          else {
            try { initialText = encode(spec.initial, "initial", false); }
            catch (e) { wrong.push(e.message); }
          }
          scope = spec.scope ?? (spec.key ? "key" : "log");
          if (!["log", "stream", "key"].includes(scope))
            wrong.push(`'scope' must be "log", "stream" or "key"`);
          if (scope === "key" && !isPlain(spec.key))
            wrong.push("scope \"key\" needs a function 'key': e => e.data.account");
          keyOf = spec.key;
          handlers = new Map();
          if (typeof spec.on !== "object" || spec.on === null)
            wrong.push("'on' must be an object with a handler for each event type");
          else
            for (const type of keysOf(spec.on)) {
              if (!isPlain(spec.on[type]))
                wrong.push(`on.${type} must be a function: (state, event) => {...}`);
              else handlers.set(type, spec.on[type]);
            }
          anyHandler = handlers.get("*");
          const ignore = spec.ignore ?? [];
          if (!isArray(ignore) || ignore.some(t => typeof t !== "string"))
            wrong.push("'ignore' must be an array of event types");
          ignored = new Set(isArray(ignore) ? ignore : []);
          for (const type of ignored)
            if (handlers.has(type)) wrong.push(`'${type}' is both handled and ignored`);
          for (const type of \#(controlTypes)) if (!handlers.has(type)) ignored.add(type);
          invariants = [];
          const declared = spec.invariants ?? {};
          if (typeof declared !== "object") wrong.push("'invariants' must be an object");
          else
            for (const key of keysOf(declared)) {
              const invariant = declared[key];
              if (!(invariant instanceof Invariant))
                wrong.push(`the invariant '${key}' must be made by a function such as always, step, history, every or response`);
              else {
                // They are named on command lines, where two spellings of "é" look the same.
                if (invariants.some(i => i.name.normalize() === key.normalize()))
                  wrong.push(`there are two invariants '${key}', in two spellings`);
                invariants.push({ name: key, ...invariant });
                const { rule, types = [] } = invariant;
                for (const type of types)
                  if (ignored.has(type) || !handlers.has(type) && anyHandler === undefined)
                    wrong.push(`the invariant '${key}' is about '${type}', which has no handler: no invariant sees `
                      + `such events. A handler that changes nothing is ${type}: () => {}`);
                if (rule !== undefined && collectionAt(spec.initial, rule.path) === undefined)
                  wrong.push(`the invariant '${key}' is over ${shownPath(rule)}, where 'initial' has no object or array`);
                if (invariant.kind === "history")
                  try { encode(invariant.initial, `the memory of '${key}'`, false); }
                  catch (e) { wrong.push(e.message); }
              }
            }
          upcast = spec.upcast ?? null;
          if (upcast !== null && !isPlain(upcast)) {
            if (typeof upcast !== "object") wrong.push("'upcast' must be a function or an object");
            else
              for (const type of keysOf(upcast))
                if (!isPlain(upcast[type]))
                  wrong.push(`upcast['${type}'] must be a function: event => ({type, data, ...})`);
          }
          regions = spec.regions ?? null;
          if (regions !== null) checkRegions(wrong);
          refines = spec.refines ?? null;
          if (refines !== null) checkRefines(wrong);
          let contract = null;
          if (spec.events !== undefined)
            try { contract = contractText(spec.events); } catch (e) { wrong.push(e.message); }
          exploration = registered.spec.explore ?? null;
          if (exploration !== null) checkExploration(wrong);
          if (wrong.length > 0) return { wrong };
          update();
          return {
            wrong, name, version, scope, types: [...handlers.keys()], ignored: [...ignore],
            upcasts: upcast !== null, regions, logs, refines: mapping(), contract,
              explores: exploration !== null, hasSymmetry: exploration?.symmetry !== undefined,
            invariants: invariants.map(i =>
              ({
                name: i.name, kind: i.kind, parts: i.parts === undefined ? null : keysOf(i.parts),
                combination: i.combination ?? null,
              })),
          };
        }

        function checkRegions(wrong) {
          if (typeof regions !== "object" || !isPlain(regions.of)) {
            wrong.push("'regions' needs a function 'of': state => the name of its region");
            return;
          }
          for (const key of keysOf(regions))
            if (!["of", "names", "moves"].includes(key))
              wrong.push(`'regions.${key}' is not a part of regions; there are: of, names, moves`);
          const isNames = (list) => isArray(list) && list.every(n => typeof n === "string");
          if (!isNames(regions.names ?? [])) wrong.push("'regions.names' must be an array of texts");
          regions.moves ??= {};
          if (typeof regions.moves !== "object") {
            wrong.push("'regions.moves' must be an object of objects");
            return;
          }
          for (const region of keysOf(regions.moves)) {
            const moves = regions.moves[region];
            if (typeof moves !== "object" || moves === null) {
              wrong.push(`regions.moves['${region}'] must be an object: event type → what it does`);
              continue;
            }
            for (const type of keysOf(moves))
              if (!isNames(moves[type]) && moves[type] !== "ignored" && moves[type] !== "forbidden")
                wrong.push(`regions.moves['${region}']['${type}'] must be an array of regions, `
                  + `"ignored" or "forbidden"`);
          }
        }

        function checkExploration(wrong) {
          if (typeof exploration !== "object" || !isPlain(exploration.events)) {
            wrong.push("'explore' needs a function 'events': state => [{ type, data }, ...]");
            return;
          }
          for (const key of keysOf(exploration))
            if (!["events", "bound", "symmetry"].includes(key))
              wrong.push(`'explore.${key}' is not a part of it; there are: events, bound, symmetry`);
            else if (!isPlain(exploration[key])) wrong.push(`'explore.${key}' must be a function of a state`);
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
