#if JavaScript
  extension Sandbox {
    /// What handlers touch of the collections that rules are about.
    static let tracking = #"""
        // --- What handlers touch --------------------------------------------------------------
        // Collections of no more members are looked at as wholes.
        const fewMembers = 32;
        // The collections of the rules that are judged, as a tree of the members on the way to them. One that
        // lies in another one is always looked at as a whole.
        let tracked = null;
        const trackedRules = () => {
          if (tracked !== null) return tracked;
          const newNode = () => ({ children: new Map(), place: -1 });
          const root = newNode(), paths = [], places = invariants.map(() => -1);
          const rules = invariants.map((_, i) => i).filter(i => isJudged[i] && invariants[i].rule !== undefined)
            .sort((a, b) => invariants[a].rule.path.length - invariants[b].rule.path.length);
          for (const i of rules) {
            let node = root;
            const { path } = invariants[i].rule;
            for (const step of path) {
              if (node.place >= 0) break;
              if (!node.children.has(step)) node.children.set(step, newNode());
              node = node.children.get(step);
            }
            if (node.place < 0) node.place = paths.push(path) - 1;
            if (paths[node.place].length === path.length) places[i] = node.place;
          }
          return tracked = { root, paths, places };
        };

        // What is done to an object that is rarely done, and not followed; of both kinds of proxies.
        class Traps {
          constructor(tracker) { this.tracker = tracker; }
          defineProperty(target, key, d) {
            this.tracker.giveUp();
            this.tracker.store(target, key, false);
            return defineProperty(target, key, own(d, "value") ? { ...d, value: bare(d.value) } : d);
          }
          setPrototypeOf(target, prototype) { this.tracker.giveUp(); return setPrototypeOf(target, prototype); }
          preventExtensions(target) { this.tracker.giveUp(); return preventExtensions(target); }
        }

        // An object on the way to a collection, or beside it; the traps of its proxy.
        class Passage extends Traps {
          constructor(tracker, node) { super(tracker); this.node = node; }
          get(target, key) {
            if (key === bareOf) return target;
            if (key === isBeside) return this.node === beside;
            this.tracker.work++;
            const v = target[key];
            return typeof v !== "object" || v === null ? v : this.tracker.lend(v, this.node.children.get(key));
          }
          getOwnPropertyDescriptor(target, key) {
            const d = descriptorOf(target, key);
            if (d === undefined || !isObject(d.value)) return d;
            if (!d.configurable) { this.tracker.giveUp(); return d; }
            return { ...d, value: this.get(target, key) };
          }
          set(target, key, value) {
            const { tracker } = this, child = this.node.children.get(key), stored = bare(value);
            if (child !== undefined) tracker.replace(child, stored !== value);
            else if (stored !== value && !value[isBeside]) tracker.giveUp();
            const isStored = setSlot(target, key, stored);
            if (child === undefined && isObject(stored)) tracker.store(target, key, stored === value);
            return isStored;
          }
          deleteProperty(target, key) {
            const child = this.node.children.get(key);
            if (child !== undefined) this.tracker.replace(child, false);
            return deleteProperty(target, key);
          }
        }
        const beside = { children: new Map(), place: -1 }, isBeside = Symbol();

        // A collection, which lends its members as they are; the traps of its proxy.
        class Collection extends Traps {
          constructor(tracker, place) { super(tracker); this.place = place; }
          get(target, key) {
            if (key === bareOf) return target;
            const v = target[key];
            if (typeof v === "object" && v !== null) this.tracker.touch(this.place, key);
            return v;
          }
          getOwnPropertyDescriptor(target, key) {
            const d = descriptorOf(target, key);
            if (isObject(d?.value)) this.tracker.touch(this.place, key);
            return d;
          }
          set(target, key, value) {
            const stored = bare(value);
            if (stored !== value) this.tracker.giveUp();
            if (key === "length" && isArray(target))
              for (let i = stored; i < target.length; i++) this.tracker.touch(this.place, `${i}`);
            else this.tracker.touch(this.place, key);
            return setSlot(target, key, stored);
          }
          deleteProperty(target, key) {
            this.tracker.touch(this.place, key);
            return deleteProperty(target, key);
          }
        }

        // What is known of the collections of a state while events go over it.
        //
        // A handler gets the state through a proxy. Members of collections are lent as they are, so that what
        // is done with them costs nothing; one that was lent may have been changed. All this holds as long as
        // no object of a member is held elsewhere too: where an event may have led to that, it is looked for
        // (`#admit`), and if it is so, collections are looked at as wholes from then on.
        class Tracker {
          stored = [];
          isOpen = false;
          hasGivenUp = false;
          // How often a proxy was asked, which must stay below what looking at all members would cost.
          work = 0;
          // By rule: what is known of the members, and which of them may have changed; null for all.
          #members = []; #changed = [];
          // By collection: the keys that the event touched, and the proxy of the object that is there.
          #touched; #lent;
          #touchedCount = 0; #replaced = []; #fresh = new Set(); #eventCount = 0;
          // The proxies of objects beside collections; whether one was lent, or a second collection.
          #proxies = new WeakMap(); #hasLentOthers = false; #lastLent = -1;
          constructor(cell, size) {
            this.root = cell.state;
            this.size = size;
            this.places = trackedRules().places;
            this.#touched = tracked.paths.map(() => []);
            this.#lent = tracked.paths.map(() => ({ target: null, proxy: null }));
            this.proxy = this.lend(this.root, tracked.root);
          }
          begin() {
            this.isOpen = true;
            this.#touchedCount = 0;
            this.#hasLentOthers = false;
            this.#lastLent = -1;
            return this.proxy;
          }
          lend(v, node = beside) {
            if (node.place >= 0) {
              if (this.#lastLent >= 0 && this.#lastLent !== node.place) this.#hasLentOthers = true;
              this.#lastLent = node.place;
              const lent = this.#lent[node.place];
              if (lent.target !== v) {
                lent.target = v;
                lent.proxy = new Proxy(v, new Collection(this, node.place));
              }
              return lent.proxy;
            }
            if (node === beside) {
              // What the handler has stored itself, it knows without a proxy.
              if (this.#fresh.has(v)) return v;
              this.#hasLentOthers = true;
            }
            if (isFrozen(v)) {
              if (!isDeeplyFrozen(v)) this.giveUp();
              return v;
            }
            let proxy = this.#proxies.get(v);
            if (proxy === undefined) this.#proxies.set(v, proxy = new Proxy(v, new Passage(this, node)));
            return proxy;
          }
          touch(place, key) {
            this.work++;
            if (typeof key === "symbol") return;
            const touched = this.#touched[place];
            if (touched.length > 0 && touched[touched.length - 1] === key) return;
            touched.push(key);
            this.#touchedCount++;
          }
          store(holder, key, isFresh) {
            this.stored.push([holder, key]);
            if (isFresh) this.#fresh.add(holder[key]);
          }
          // Another object takes the place of a collection, or of an object that holds some.
          replace(node, isKnown) {
            if (node.place < 0 || isKnown) this.giveUp();
            else {
              this.#replaced.push(node.place);
              this.#forget(node.place);
            }
          }
          giveUp() { this.hasGivenUp = true; }
          #forget(place) {
            for (let i = 0; i < this.places.length; i++) if (this.places[i] === place) this.#changed[i] = null;
          }
          #note(place, key) {
            for (let i = 0; i < this.places.length; i++)
              if (this.places[i] === place) this.#changed[i]?.push(key);
          }
          end() {
            this.isOpen = false;
            if (this.#touchedCount > 1 || this.stored.length > 0 || this.#replaced.length > 0 || this.hasGivenUp
              || this.#hasLentOthers && this.#touchedCount > 0) this.#admit();
            for (let place = 0; place < this.#touched.length; place++) {
              const touched = this.#touched[place];
              for (let n = 0; n < touched.length; n++) this.#note(place, touched[n]);
              touched.length = 0;
            }
            if (this.stored.length > 0) {
              this.stored.length = 0;
              this.#fresh.clear();
            }
            if (++this.#eventCount === 64) {
              if (this.work > this.size * 16) this.giveUp();
              this.#eventCount = this.work = 0;
            }
          }
          // Looks whether an object of a member that was lent is now held elsewhere, and takes what was stored
          // as it is, without proxies.
          #admit() {
            const met = new Map();
            let owner = 0;
            const admit = (holder, key) => {
              const v = holder[key];
              if (!isObject(v)) return;
              if (v[bareOf] !== undefined) {
                this.giveUp();
                holder[key] = v[bareOf];
              } else if (isFrozen(v)) {
                if (isDeeplyFrozen(v)) return;
                this.giveUp();
                holder[key] = withoutProxies(v);
              } else if (met.has(v)) {
                if (met.get(v) !== owner) this.giveUp();
              } else {
                met.set(v, owner);
                for (const inner of keysOf(v)) admit(v, inner);
              }
            };
            tracked.paths.forEach((path, place) => {
              const all = collectionAt(this.root, path);
              if (all === undefined) return;
              const keys = this.#replaced.includes(place) ? keysOf(all) : new Set(this.#touched[place]);
              for (const key of keys) {
                owner++;
                if (own(all, key)) admit(all, key);
              }
            });
            this.#replaced.length = 0;
            owner = -1;
            for (const [holder, key] of this.stored) admit(holder, key);
          }
          // Takes over what an observer saw an event change.
          observed(changed) {
            if (isShared) this.giveUp();
            tracked.paths.forEach((path, place) => {
              for (const [changedPath] of changed) {
                const key = keyBelow(path, changedPath);
                if (key === true) this.#forget(place);
                else if (key !== undefined) this.#note(place, key);
              }
            });
          }
          verdict(i, rule) {
            const changed = this.#changed[i];
            if (changed === null || changed === undefined) {
              this.#members[i] = membersOf(rule, this.root);
              this.#changed[i] = [];
            } else if (changed.length > 0) {
              const all = collectionAt(this.root, rule.path), members = this.#members[i];
              if (changed.length === 1) members.renew(changed[0], all);
              else for (const key of new Set(changed)) members.renew(key, all);
              changed.length = 0;
            }
            return this.#members[i]?.verdict(this.root) ?? missing(rule);
          }
        }

        // The verdict of a rule on the state of a cell.
        function verdictOver(i, cell) {
          const { rule } = invariants[i];
          if (cell.tracker?.isOpen) cell.tracker = undefined;
          if (cell.tracker?.hasGivenUp) cell.tracker = null;
          const { tracker } = cell;
          if (tracker !== undefined && tracker !== null && tracker.places[i] >= 0) return tracker.verdict(i, rule);
          const members = membersOf(rule, cell.state);
          if (members === undefined) return missing(rule);
          if (tracker === undefined && members.size > fewMembers) cell.tracker = new Tracker(cell, members.size);
          return members.verdict(cell.state);
        }
      """#
  }
#endif
