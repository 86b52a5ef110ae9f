#if JavaScript
  extension Sandbox {
    /// Events, as they come from the host and as a machine sees them.
    static let events = #"""
        // --- Events ---------------------------------------------------------------------------
        const two = (n) => (n < 10 ? "0" : "") + n;
        const exact = (key, value, context) => {
          if (typeof value !== "number" || isSafe(value)) return value;
          const text = context.source;
          if (!/[.eE]/.test(text)) return BigInt(text);
          if (!isFinite(value)) throw new Unreadable(`the number ${text} is beyond all doubles`);
          return value;
        };
        // In what the sandbox itself wrote, E0 marks a small BigInt; see encode.
        const saved = (key, value, context) =>
          typeof value === "number" && context.source.endsWith("E0")
            ? BigInt(context.source.slice(0, -2)) : exact(key, value, context);

        class Event {
          #seconds; #nanos; #seed;
          constructor(at, data, rest) {
            this.offset = numbers[at]; this.stream = names[numbers[at + 5]];
            this.revision = numbers[at + 1];
            this.type = names[numbers[at + 6]]; this.schemaVersion = numbers[at + 2];
            this.id = rest === null ? null : rest[0];
            this.causation = rest === null ? null : rest[1];
            this.correlation = rest === null ? null : rest[2];
            this.metadata = rest === null || rest[4] === null ? null : value(rest[4], rest[5]);
            this.contentType = rest === null ? "application/json" : rest[3];
            this.data = data;
            this.#seconds = numbers[at + 3]; this.#nanos = numbers[at + 4];
          }
          /** RFC 3339 in UTC with nine digits of fraction, always: texts in the order of time. */
          get time() {
            const days = Math.floor(this.#seconds / 86400), second = this.#seconds - days * 86400;
            const z = days + 719468, era = Math.floor(z / 146097), doe = z - era * 146097;
            const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524)
              - Math.floor(doe / 146096)) / 365);
            const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
            const mp = Math.floor((5 * doy + 2) / 153), month = mp < 10 ? mp + 3 : mp - 9;
            const year = yoe + era * 400 + (month <= 2 ? 1 : 0);
            return `${String(year).padStart(4, "0")}-${two(month)}-` +
              `${two(doy - Math.floor((153 * mp + 2) / 5) + 1)}T${two(Math.floor(second / 3600))}:` +
              `${two(Math.floor(second / 60) % 60)}:${two(second % 60)}` +
              `.${String(this.#nanos).padStart(9, "0")}Z`;
          }
          /** In a group, the name of its log, with which the stream's begins; null for a log by itself. */
          get log() { return numbers[groupPlace] ? this.stream.slice(0, this.stream.indexOf("/")) : null; }
          /** Whole milliseconds since 1970. */
          get timeMs() { return this.#seconds * 1000 + Math.floor(this.#nanos / 1e6); }
          /** Nanoseconds since 1970, a BigInt. */
          get timeNs() { return BigInt(this.#seconds) * 1000000000n + BigInt(this.#nanos); }
          /** Restarts `random`, so that numbers do not depend on earlier calls. */
          static rewind(event) { event.#seed = undefined; }
          /** Numbers in [0, 1) that follow from the event: the same in every replay. */
          random() {
            if (this.#seed === undefined) {
              let h = 0x811c9dc5;
              for (const c of `${this.offset}/${this.stream}/${this.revision}/${this.timeNs}`)
                h = Math.imul(h ^ c.codePointAt(0), 0x01000193);
              this.#seed = h | 0;
            }
            this.#seed = (this.#seed + 0x6d2b79f5) | 0;
            let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
            t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
            return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
          }
        }

        // How a payload came: 0 as JSON in its place, 1 as the text of JSON with large numbers,
        // 2 as bytes, 3 not at all, because it is not the JSON that its content type says. What comes value
        // by value, 4, is not given to this.
        function value(content, form) {
          if (form === 0) return content;
          if (form === 1) return parse(content, exact);
          if (form === 2) return bytesFrom(content);
          throw new Unreadable(content);
        }
        class Unreadable { constructor(message) { this.message = message; } }
        class Failure { constructor(kind, handler, cause, message) {
          this.kind = kind; this.handler = handler; this.cause = cause; this.message = message;
        } }

        // The names of streams and types, and the texts of payloads, by the numbers that the host has
        // for them.
        let names = [], words = [];
        // What makes payloads of values, by the numbers of their shapes.
        const shapes = [];
        const countPlace = numbers.length - 2, groupPlace = numbers.length - 1;
        function appendAll(list, more) {
          for (let i = 0; i < more.length; i++) list[list.length] = more[i];
        }
        // A batch as it was parsed, from which events are taken one after the other.
        class Batch {
          #values; #rest;
          constructor(text, isFirst, forgets) {
            // Nothing here is looked up in a prototype, where a machine may have put something.
            const values = this.#values = parse(text), end = values.length;
            this.#rest = values[end - 1];
            if (!isFirst) return;
            if (forgets) { names = []; words = []; rules.clear(); }
            appendAll(names, values[end - 3]);
            appendAll(words, values[end - 2]);
          }
          get count() { return numbers[countPlace]; }
          typeOf(i) { return names[numbers[i * 10 + 6]]; }
          event(i) {
            const at = i * 10, form = numbers[at + 7], place = numbers[at + 8];
            const rest = form > 7 ? this.#rest[(form >> 3) - 1] : null;
            const data = (form & 4) !== 0
              ? shapes[numbers[at + 9]](words, slots, place, this.#values)
              : value(this.#values[place], form & 3);
            const event = new Event(at, data, rest);
            // The ids of messages, of which few events have any.
            if (rest !== null && rest.length > 6) { event.sent = rest[6]; event.received = rest[7]; }
            return upcast === null ? event : upcasted(event);
          }
        }

        function upcasted(event) {
          if (typeof upcast === "function") {
            doing = "upcast";
            apply(upcast, event, "upcast");
            return event;
          }
          for (let i = 0; i < 32; i++) {
            Event.rewind(event);
            const exactName = `${event.type}@${event.schemaVersion}`;
            const key = own(upcast, exactName) ? exactName : own(upcast, event.type) ? event.type : null;
            if (key === null) return event;
            doing = `upcast['${key}']`;
            apply(upcast[key], event, `upcast['${key}']`);
          }
          throw new Failure("threw", "upcast", null, "the upcasters do not end");
        }

        function apply(f, event, where) {
          let changed;
          try { changed = f(event); }
          catch (e) { throw new Failure("threw", where, e); }
          settle(where);
          if (changed === undefined || changed === event) return;
          if (changed === null || typeof changed !== "object")
            throw new Failure("threw", where, null, "it returned no object");
          for (const key of ["type", "schemaVersion", "data", "metadata"])
            if (own(changed, key)) event[key] = changed[key];
        }
      """#
  }
#endif
