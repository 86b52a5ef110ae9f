#if JavaScript
  extension Sandbox {
    /// Rules about the order of events and about values, by the names of Dwyer, Avrunin and Corbett, "Patterns in
    /// property specifications for finite-state verification", 1999, and of DECLARE (Pesic and van der Aalst, 2006).
    static let patterns = #"""
        // --- Patterns -------------------------------------------------------------------------
        // Of these, only `monotone` and `conserved` look at states; the others remember events. `types` are
        // named in the file, and must be the machine's; `judges` are the functions of the file that are called.
        class EventRule {
          types = []; judges = [];
          constructor(name) { this.name = name; }
          event(what) {
            if (typeof what !== "string") return this.function(what, "an event type, or a function of an event");
            this.types.push(what);
            return (e) => e.type === what;
          }
          function(f, what) {
            if (!isPlain(f)) throw new TypeError(`${this.name}(...) needs ${what}`);
            this.judges.push(f);
            return f;
          }
          // Which of many instances an event belongs to, as the name of a member.
          key(by) {
            if (by === undefined) return () => "";
            const f = this.function(by, "'by' as a function: e => e.data.order");
            return (e) => {
              const key = f(e);
              if (typeof key !== "string" && typeof key !== "number")
                throw new TypeError(`'by' gave ${key === null ? "null" : typeof key}, not a text or a number`);
              return `${key}`;
            };
          }
          options(given, names) {
            if (typeof given !== "object" || given === null)
              throw new TypeError(`${this.name}(...) takes its options as an object: { ${names.join(", ")} }`);
            for (const name of keysOf(given))
              if (!names.includes(name))
                throw new TypeError(`${this.name}(...) has no option '${name}'; there are: ${names.join(", ")}`);
            return given;
          }
          step(test) { return this.#made("step", undefined, (before, e) => test(e)); }
          history(initial, test, isFinal = false) {
            return this.#made("history", initial, (memory, before, e) => test(memory, e), isFinal);
          }
          #made(kind, initial, test, isFinal = false) {
            const { types, judges } = this;
            return new Invariant(kind, { initial, test, types, judges, isFinal, seesOnlyEvents: true });
          }
        }

        const units = { ns: 1n, us: 1000n, ms: 1000000n, s: 1000000000n, m: 60000000000n, h: 3600000000000n,
          d: 86400000000000n };
        function nanoseconds(text, where) {
          const [, number, unit] = typeof text === "string" ? /^(\d{1,15})(ns|us|ms|s|m|h|d)$/.exec(text) ?? [] : [];
          if (unit === undefined)
            throw new TypeError(`${where} needs 'within' as a text such as "500ms", "90s", "15m", "2h" or "1d"`);
          return BigInt(number) * units[unit];
        }

        // No such event.
        global.absence = (what) => {
          const rule = new EventRule("absence"), isIt = rule.event(what);
          return rule.step(e => !isIt(e));
        };

        // So many such events at the end or, with 'by', of each instance that has one. One too many is a violation for
        // good, and begins with that event.
        global.exactly = (number, what, given = {}) => {
          const rule = new EventRule("exactly");
          if (!isSafe(number) || number < 0) throw new TypeError("exactly(n, ...) needs a whole number from 0");
          const isIt = rule.event(what), { by } = rule.options(given, ["by"]);
          const keyOf = rule.key(by), counts = by === undefined ? { "": 0 } : {};
          return rule.history({ counts, wrong: by === undefined && number > 0 ? 1 : 0 }, (memory, e) => {
            if (isIt(e)) {
              const key = keyOf(e), before = own(memory.counts, key) ? memory.counts[key] : undefined;
              const now = memory.counts[key] = (before ?? 0) + 1;
              if (before !== undefined && before !== number) memory.wrong--;
              if (now !== number) memory.wrong++;
            }
            return memory.wrong === 0;
          }, true);
        };

        // `second` never comes before `first`.
        global.precedence = (first, second, given = {}) => precedence(new EventRule("precedence"), first, second, given);
        const precedence = (rule, first, second, given) => {
          const isFirst = rule.event(first), isSecond = rule.event(second);
          const keyOf = rule.key(rule.options(given, rule.name === "precedence" ? ["by"] : ["by", "within"]).by);
          return rule.history({}, (seen, e) => {
            const isDue = isFirst(e);
            if (!isDue && !isSecond(e)) return true;
            const key = keyOf(e);
            if (isDue) seen[key] = true;
            return isDue || own(seen, key);
          });
        };

        // After `cause` comes `effect`, no later than `within`: then it is violated from the first event behind the
        // deadline on, until the effect comes. Without a deadline, the effect must have come at the end.
        global.response = (cause, effect, given = {}) => {
          const rule = new EventRule("response");
          return isObject(given) && given.within === undefined ? responseAtEnd(rule, cause, effect, given)
            : response(rule, cause, effect, given);
        };
        const responseAtEnd = (rule, cause, effect, given) => {
          const isCause = rule.event(cause), isEffect = rule.event(effect);
          const keyOf = rule.key(rule.options(given, ["by", "within"]).by);
          return rule.history({ waiting: {}, count: 0 }, (memory, e) => {
            const causes = isCause(e);
            if (!causes && !isEffect(e)) return memory.count === 0;
            const key = keyOf(e), waits = own(memory.waiting, key);
            if (isEffect(e) && waits) { delete memory.waiting[key]; memory.count--; }
            if (causes && !own(memory.waiting, key)) { memory.waiting[key] = true; memory.count++; }
            return memory.count === 0;
          }, true);
        };
        const response = (rule, cause, effect, given) => {
          const isCause = rule.event(cause), isEffect = rule.event(effect);
          const { by, within } = rule.options(given ?? {}, ["by", "within"]);
          const keyOf = rule.key(by), time = nanoseconds(within, `${rule.name}(...)`);
          // Of each instance that waits, its deadline; and all deadlines in the order in which they were set.
          return rule.history({ waiting: {}, queue: [], late: {}, lateCount: 0 }, (memory, e) => {
            const { waiting, queue, late } = memory, now = e.timeNs;
            while (queue.length > 0 && queue[0][0] < now) {
              const [deadline, key] = queue.shift();
              if (own(waiting, key) && waiting[key] === deadline && !own(late, key)) {
                late[key] = true;
                memory.lateCount++;
              }
            }
            const holds = memory.lateCount === 0;
            if (isEffect(e)) {
              const key = keyOf(e);
              if (own(late, key)) { memory.lateCount--; delete late[key]; }
              delete waiting[key];
            }
            if (isCause(e)) {
              const key = keyOf(e);
              // Of several causes, the first one's deadline counts.
              if (!own(waiting, key)) queue.push([waiting[key] = now + time, key]);
            }
            return holds;
          });
        };

        // Each `first` is followed by a `second`, and each `second` follows a `first`.
        global.succession = (first, second, given) => {
          const rule = new EventRule("succession");
          const order = precedence(rule, first, second, given ?? {}), answer = response(rule, first, second, given);
          return rule.history({ order: order.initial, answer: answer.initial }, (memory, e) => {
            const isInOrder = order.test(memory.order, null, e);
            return answer.test(memory.answer, null, e) && isInOrder;
          });
        };

        // No two hold one resource: it is violated as long as they do. `of` says which resource, `by` who.
        global.mutualExclusion = (acquire, release, given = {}) => {
          const rule = new EventRule("mutualExclusion");
          const isAcquire = rule.event(acquire), isRelease = rule.event(release);
          const { of, by } = rule.options(given, ["of", "by"]);
          const resourceOf = rule.key(of), ownerOf = rule.key(by);
          return rule.history({ holders: {}, crowded: 0 }, (memory, e) => {
            const acquires = isAcquire(e);
            if (!acquires && !isRelease(e)) return memory.crowded === 0;
            const resource = resourceOf(e), owner = ownerOf(e);
            const held = own(memory.holders, resource) ? memory.holders[resource] : [];
            const place = held.indexOf(owner);
            // Without `by`, each acquisition is another owner's.
            if (acquires) {
              if (place < 0 || by === undefined) held.push(owner);
              if (held.length === 2 && (place < 0 || by === undefined)) memory.crowded++;
              memory.holders[resource] = held;
            } else if (place >= 0) {
              held.splice(place, 1);
              if (held.length === 1) memory.crowded--;
              if (held.length === 0) delete memory.holders[resource];
            }
            return memory.crowded === 0;
          });
        };

        // A value of the state never decreases.
        global.monotone = (value) => {
          needFunction(value, "monotone(...)");
          return new Invariant("step", { judges: [value], test: (before, e, after) => {
            const [old, now] = [value(before), value(after)];
            if (old === undefined || old === null) return true;
            if (typeof old !== typeof now && [old, now].some(v => typeof v !== "number" && typeof v !== "bigint"))
              throw new TypeError(`the value was a ${typeof old} and is ${now === null ? "null" : `a ${typeof now}`}`);
            return now >= old;
          } });
        };

        // A value of the state stays as it is.
        global.conserved = (value) => {
          needFunction(value, "conserved(...)");
          return new Invariant("step", { judges: [value],
            test: (before, e, after) => textOf(value(before)) === textOf(value(after)) });
        };
      """#
  }
#endif
