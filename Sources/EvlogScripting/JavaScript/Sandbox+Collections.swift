#if JavaScript
  extension Sandbox {
    /// Rules over the members of a collection, which cost what an event changes of it.
    static let collections = #"""
        // --- Rules over collections -----------------------------------------------------------
        // What a rule needs to know of each member is kept beside the state, and brought up to date by what
        // handlers touch. Its verdict is the one that all members would give, looked at one by one.
        class KeptVerdict { constructor(verdict) { this.verdict = verdict; } }
        const overMembers = (kind, path, of, holds) => {
          const isPath = typeof path === "string"
            || isArray(path) && path.every(step => typeof step === "string");
          if (!isPath)
            throw new TypeError(`${kind}(path, ...) needs the place of a collection, as in ${kind}("stock", ...)`);
          const rule = {
            kind, of: needFunction(of, `${kind}(path, ...)`), isBare: false,
            path: typeof path !== "string" ? [...path] : path === "" ? [] : path.split("."),
            holds: holds === null ? null : needFunction(holds, `${kind}(path, member => ..., ...)`),
          };
          const judges = holds === null ? [of] : [of, holds];
          return new Invariant("state", { rule, judges, test: (state) => verdictFromAll(rule, state) });
        };
        global.every = (path, test) => overMembers("every", path, test, null);
        global.none = (path, test) => overMembers("none", path, test, null);
        global.unique = (path, value) => overMembers("unique", path, value, null);
        global.count = (path, test, holds) => overMembers("count", path, test, holds);
        global.sum = (path, number, holds) => overMembers("sum", path, number, holds);

        const shownPath = (rule) => rule.path.length === 0 ? "the state" : `'${rule.path.join(".")}'`;
        const collectionAt = (root, path) => {
          let v = root;
          for (const step of path) {
            if (!isObject(v) || !own(v, step)) return undefined;
            v = v[step];
          }
          return isObject(v) ? v : undefined;
        };
        const leastKey = (keys, isList) => {
          let least;
          for (const key of keys)
            if (least === undefined || (isList ? +key < +least : key < least)) least = key;
          return least;
        };

        // What is known of each member of one collection.
        class Members {
          // Why the rule cannot be judged, by member.
          unclear = new Map();
          constructor(rule, isList) { this.rule = rule; this.isList = isList; }
          // Takes note of a member, which may have been known as it was before.
          put(key, member) {
            const { rule } = this;
            const [value, reason] = outcomeOf(rule.of, rule.isBare ? member : view(member), key);
            const problem = reason ?? this.take(key, value);
            if (problem === undefined) {
              if (this.unclear.size > 0) this.unclear.delete(key);
            } else {
              this.lose(key);
              this.unclear.set(key, problem);
            }
          }
          // Brings what is known of a member up to date; it may be new, or gone.
          renew(key, all) {
            if (own(all, key)) this.put(key, all[key]);
            else {
              this.lose(key);
              this.unclear.delete(key);
            }
          }
          verdict(state) {
            if (this.isViolated) return [1];
            const { rule, isList, unclear } = this;
            if (unclear.size > 0) {
              const key = leastKey(unclear.keys(), isList);
              return [2, `${rule.path.join(".")}[${isList ? key : stringify(key)}]: ${unclear.get(key)}`];
            }
            return rule.holds === null ? [0]
              : verdictOf(rule.holds, this.number, rule.isBare ? state : view(state));
          }
          get isViolated() { return false; }
          // The members because of which the rule does not hold, as far as single ones can be named.
          get deciding() { return [...this.unclear.keys()]; }
        }

        // All members, or none of them, satisfy a condition. Of those that are well, nothing is kept.
        class EachMember extends Members {
          bad = new Set();
          take(key, value) {
            if (value instanceof KeptVerdict) return value.verdict[1];
            if (typeof value !== "boolean") return noBoolean(value);
            if (value !== (this.rule.kind === "every")) this.bad.add(key);
            else if (this.bad.size > 0) this.bad.delete(key);
          }
          lose(key) { this.bad.delete(key); }
          get isViolated() { return this.bad.size > 0; }
          get deciding() { return this.isViolated ? [...this.bad] : super.deciding; }
        }

        // So many members satisfy a condition.
        class CountedMembers extends Members {
          matching = new Set();
          take(key, value) {
            if (typeof value !== "boolean") return noBoolean(value);
            if (value) this.matching.add(key); else this.matching.delete(key);
          }
          lose(key) { this.matching.delete(key); }
          get number() { return this.matching.size; }
        }

        // The sum of a whole number of each member, exactly: a BigInt where doubles are not exact any more.
        class SummedMembers extends Members {
          values = new Map();
          total = 0;
          take(key, value) {
            if (typeof value !== "bigint" && !isSafe(value))
              return `it returned ${typeof value === "number" ? `${value}` : value === null ? "null" : typeof value}, `
                + "which is no whole number that a double holds exactly, and no BigInt";
            const known = this.values.get(key);
            if (known === value) return undefined;
            if (known !== undefined) this.#add(-known);
            this.#add(value);
            this.values.set(key, value);
          }
          lose(key) {
            const known = this.values.get(key);
            if (known === undefined) return;
            this.#add(-known);
            this.values.delete(key);
          }
          #add(value) {
            if (typeof value === "number" && typeof this.total === "number") {
              const total = this.total + value;
              if (isSafe(total)) { this.total = total; return; }
            }
            this.total = BigInt(this.total) + BigInt(value);
          }
          get number() {
            const number = Number(this.total);
            return isSafe(number) ? number : this.total;
          }
        }

        // No two members have the same value; those that have none, undefined, are left out.
        class UniqueMembers extends Members {
          texts = new Map();
          counts = new Map();
          repeated = 0;
          take(key, value) {
            let text;
            if (value !== undefined)
              try { text = textOf(value); } catch (e) { return describe(e); }
            if (this.texts.get(key) === text) return undefined;
            this.lose(key);
            if (text === undefined) return undefined;
            const count = (this.counts.get(text) ?? 0) + 1;
            if (count === 2) this.repeated++;
            this.texts.set(key, text);
            this.counts.set(text, count);
          }
          lose(key) {
            const text = this.texts.get(key);
            if (text === undefined) return;
            const count = this.counts.get(text) - 1;
            if (count === 1) this.repeated--;
            if (count === 0) this.counts.delete(text); else this.counts.set(text, count);
            this.texts.delete(key);
          }
          get isViolated() { return this.repeated > 0; }
          get deciding() {
            if (!this.isViolated) return super.deciding;
            return [...this.texts].filter(([, text]) => this.counts.get(text) > 1).map(([key]) => key);
          }
        }
        const kindsOfMembers = {
          every: EachMember, none: EachMember, count: CountedMembers, sum: SummedMembers,
          unique: UniqueMembers,
        };
        const missing = (rule) => [2, `there is no object or array at ${shownPath(rule)}`];
        const membersOf = (rule, state) => {
          const all = collectionAt(state, rule.path);
          if (all === undefined) return undefined;
          const members = new kindsOfMembers[rule.kind](rule, isArray(all)), keys = keysOf(all);
          for (let i = 0; i < keys.length; i++) members.put(keys[i], all[keys[i]]);
          members.size = keys.length;
          return members;
        };

        // Judges by all members. An observer is shown those that decide, and those that the event changed.
        function verdictFromAll(rule, state) {
          const members = membersOf(rule, plainOf(state));
          const verdict = members === undefined ? missing(rule) : members.verdict(plainOf(state));
          if (isObject(state) && state[bareOf] !== undefined) {
            const all = collectionAt(state, rule.path), keys = new Set(members?.deciding);
            for (const [path] of observer?.changed ?? []) {
              const key = keyBelow(rule.path, path);
              if (typeof key === "string") keys.add(key);
            }
            for (const key of keys) if (own(all, key)) outcomeOf(rule.of, all[key], key);
            if (rule.holds !== null && members !== undefined) outcomeOf(rule.holds, members.number, state);
          }
          return new KeptVerdict(verdict);
        }

        // Which member of the collection at `path` holds the place; true where the place holds the collection.
        const keyBelow = (path, place) => {
          for (let i = 0; i < path.length && i < place.length; i++)
            if (path[i] !== `${place[i]}`) return undefined;
          return place.length > path.length ? `${place[path.length]}` : true;
        };
      """#
  }
#endif
