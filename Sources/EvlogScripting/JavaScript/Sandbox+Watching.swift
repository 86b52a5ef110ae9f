#if JavaScript
  extension Sandbox {
    /// A state that is watched while a handler or an invariant has it.
    static let watching = #"""
        // --- Watching -------------------------------------------------------------------------
        // Who is watched gets the state through proxies. An object keeps what its slots held before
        // they were written: so the state before can still be read, and nothing is copied for it.
        //
        // A state is a tree. One in which an object is held twice cannot be followed like that: a write
        // at one place is one at the other too. From then on, states are compared as wholes.
        const { ownKeys, defineProperty, deleteProperty, preventExtensions, setPrototypeOf } = Reflect;
        const setSlot = Reflect.set, same = Object.is, freeze = Object.freeze;
        const bareOf = Symbol(), absent = Symbol();
        const isObject = (v) => typeof v === "object" && v !== null;
        const bare = (v) => isObject(v) ? v[bareOf] ?? v : v;
        const isIndex = (key) => /^(0|[1-9]\d{0,15})$/.test(key);

        // What became of the states since they were made: whether a handler had them unwatched, and what
        // was stored in them while they were watched.
        let wasUnwatched = false, isShared = false, known = new WeakSet();
        function forget() { wasUnwatched = isShared = false; known = new WeakSet(); }
        // What a handler keeps for itself of the states that it had unwatched must be known again.
        function recognise() {
          wasUnwatched = false;
          const meet = (v) => {
            if (isFrozen(v)) { if (!isDeeplyFrozen(v)) isShared = true; return; }
            if (known.has(v)) isShared = true;
            known.add(v);
          };
          known = new WeakSet();
          for (const cell of cells.values()) textWith(cell.state, null, meet);
        }
        const isDeeplyFrozen = (v) => !isObject(v)
          || v[bareOf] === undefined && isFrozen(v) && keysOf(v).every(key => isDeeplyFrozen(v[key]));
        // Frozen, without proxies in it.
        const withoutProxies = (v) => {
          const copy = isArray(v) ? [] : create(prototypeOf(v));
          for (const key of keysOf(v)) {
            const item = bare(v[key]);
            copy[key] = isObject(item) && isFrozen(item) ? withoutProxies(item) : item;
          }
          return freeze(copy);
        };

        // An object on the way from the root to a place; the traps of its proxy.
        class Way {
          constructor(watch, target, parent, key) {
            this.watch = watch; this.target = target; this.parent = parent; this.key = key;
            this.olds = null;
            // Whether it was in the state before the event.
            this.isOld = parent === null || parent.isOld && !parent.isWritten(key);
          }
          isWritten(key) { return this.olds !== null && this.olds.has(key); }
          step(key) { return isArray(this.target) && isIndex(key) ? +key : key; }
          get path() { return this.parent === null ? [] : this.parent.place(this.key); }
          place(key) { return [...this.path, this.step(key)]; }
          // An array that became shorter was written as a whole; so was one that got holes.
          get isTorn() {
            if (!isArray(this.target) || !this.isWritten("length")) return false;
            let count = this.olds.get("length");
            while (count < this.target.length && this.olds.has(`${count}`)) count++;
            return count !== this.target.length;
          }
          // Whether nothing that holds it was written: then it is where it was.
          get isInPlace() {
            const { parent } = this;
            return parent === null
              || !parent.isWritten(this.key) && !parent.isTorn && parent.isInPlace;
          }
          #keep(key) {
            if (this.olds === null) {
              this.olds = new Map();
              this.watch.written.push(this);
            }
            if (!this.olds.has(key))
              this.olds.set(key, own(this.target, key) ? this.target[key] : absent);
          }
          // Before a slot is written, or an array's length.
          #prepare(key, value) {
            const { target } = this, isLength = isArray(target) && key === "length";
            if (isLength)
              for (let i = value; i < target.length; i++) this.#keep(`${i}`);
            else if (isArray(target) && isIndex(key) && +key >= target.length) this.#keep("length");
            if (typeof key !== "symbol") this.#keep(key);
          }
          #write(key) {
            if (this.watch.isOnlyLooking) refuse();
            // From an event that is over: what it holds may be anywhere by now.
            if (this.watch.isOver) observer?.watch?.lose();
            if (this.watch.writes !== null && typeof key !== "symbol"
              && !(isArray(this.target) && key === "length"))
              this.watch.wrote(this.place(key));
          }
          #look(key) { if (this.watch.reads !== null) this.watch.looked(this.place(key)); }
          #lookAtAll() { if (this.watch.reads !== null) this.watch.looked(this.path); }
          get(target, key) {
            if (key === bareOf) return target;
            const value = target[key];
            if (typeof key === "symbol" || typeof value === "function") return value;
            if (isArray(target) && key === "length") { this.#lookAtAll(); return value; }
            this.#look(key);
            if (this.watch.isLost && descriptorOf(target, key)?.configurable === false) return value;
            return this.watch.wrap(value, this, key);
          }
          has(target, key) {
            if (typeof key !== "symbol") this.#look(key);
            return key in target;
          }
          ownKeys(target) { this.#lookAtAll(); return ownKeys(target); }
          getOwnPropertyDescriptor(target, key) {
            const d = descriptorOf(target, key);
            if (typeof key !== "symbol") this.#look(key);
            return d === undefined || !d.configurable ? d
              : { ...d, value: this.watch.wrap(d.value, this, key) };
          }
          set(target, key, value) {
            this.#write(key);
            value = bare(value);
            if (same(target[key], value) && own(target, key)) return true;
            this.#prepare(key, value);
            return setSlot(target, key, value);
          }
          defineProperty(target, key, d) {
            this.#write(key);
            this.#prepare(key, d.value);
            const isPlainSlot = own(d, "value") && [d.writable, d.configurable, d.enumerable]
              .every(flag => flag ?? own(target, key));
            if (!isPlainSlot) this.watch.lose();
            return defineProperty(target, key, own(d, "value") ? { ...d, value: bare(d.value) } : d);
          }
          deleteProperty(target, key) {
            this.#write(key);
            if (own(target, key)) this.#prepare(key);
            return deleteProperty(target, key);
          }
          setPrototypeOf(target, prototype) {
            if (this.watch.isOnlyLooking) refuse();
            this.watch.lose();
            return setPrototypeOf(target, prototype);
          }
          preventExtensions(target) {
            if (this.watch.isOnlyLooking) refuse();
            this.watch.lose();
            return preventExtensions(target);
          }
        }

        // One look at a state, from its root on.
        class Watch {
          ways = new Map();
          written = [];
          isOver = false;
          // The place that was looked at last, as long as nothing was done since; and those that were looked
          // at and not written at once, as `s.n++` does it.
          #last = null;
          used = null;
          // Its text before, where it has to be compared as a whole.
          #whole;
          constructor(root, isOnlyLooking, reads = null, writes = null) {
            this.root = root; this.isOnlyLooking = isOnlyLooking;
            this.reads = reads; this.writes = writes;
            if (reads !== null) this.used = new Places();
            if (!isOnlyLooking && isShared) this.lose();
          }
          get isLost() { return this.#whole !== undefined; }
          get state() { return this.wrap(this.root, null, ""); }
          wrap(v, parent, key) {
            if (typeof v !== "object" || v === null) return v;
            let way = this.ways.get(v);
            if (way === undefined) {
              if (v[bareOf] !== undefined) return v;
              if (isFrozen(v)) return this.isOnlyLooking ? view(v) : v;
              this.ways.set(v, way = new Way(this, v, parent, key));
              way.proxy = new Proxy(v, way);
            }
            return way.proxy;
          }
          looked(path) {
            this.reads.add(path);
            this.#use();
            this.#last = path;
          }
          wrote(path) {
            this.writes.add(path);
            if (this.#last !== null && stringify(this.#last) === stringify(path)) this.#last = null;
            else this.#use();
          }
          #use() {
            if (this.#last !== null) this.used.add(this.#last);
            this.#last = null;
          }
          // Something happens that cannot be followed place by place.
          lose() {
            isShared = true;
            this.#whole ??= textWith(this.root, this.ways, null);
          }
          // What was changed: places, none of which is in another, with the texts of the values before
          // and after; null for what is not there.
          end() {
            this.isOver = true;
            this.#use();
            const changed = [], left = new Set(), met = new Set();
            const leave = (v) => left.add(v);
            for (const way of this.written) {
              if (!way.isInPlace) continue;
              if (way.isTorn) {
                const parent = way.parent ?? { target: { "": this.root } };
                changed.push([parent.target, way.key, way.path, textWith(way.target, this.ways, leave)]);
                continue;
              }
              for (const [key, old] of way.olds)
                if (key !== "length" || !isArray(way.target))
                  changed.push([way.target, key, way.place(key),
                    old === absent ? null : textWith(old, this.ways, leave)]);
            }
            for (const [holder, key] of changed) this.#admit(holder, key, left, met);
            if (this.isLost) {
              const now = textOf(this.root);
              return now === this.#whole ? [] : [[[], this.#whole, now]];
            }
            const writes = [];
            for (const [holder, key, path, old] of changed) {
              const now = own(holder, key) ? textOf(holder[key]) : null;
              if (now !== old) writes.push([path, old, now]);
            }
            return writes;
          }
          // Takes what was stored into the state as it is, without proxies, and looks whether it is there
          // once: what was there before must have left its place.
          #admit(holder, key, left, met) {
            let v = holder[key];
            if (!isObject(v)) return;
            if (v[bareOf] !== undefined) holder[key] = v = v[bareOf];
            if (isFrozen(v)) {
              if (isDeeplyFrozen(v)) return;
              holder[key] = v = withoutProxies(v);
              isShared = true;
              return;
            }
            if (met.has(v) || (known.has(v) || this.ways.get(v)?.isOld) && !left.has(v)) {
              isShared = true;
              if (met.has(v)) return;
            }
            met.add(v);
            known.add(v);
            for (const inner of keysOf(v)) this.#admit(v, inner, left, met);
          }
        }
      """#
  }
#endif
