#if JavaScript
  extension Sandbox {
    /// How a machine stands for an older one: `refines: { abstract, events, narrows }`.
    static let refining = #"""
        // --- Refining -------------------------------------------------------------------------
        let refines = null;

        function checkRefines(wrong) {
          const parts = ["abstract", "events", "narrows"];
          if (typeof refines !== "object") {
            wrong.push(`'refines' must be an object with some of: ${parts.join(", ")}`);
            return;
          }
          for (const key of keysOf(refines))
            if (!parts.includes(key))
              wrong.push(`'refines.${key}' is not a part of a mapping; there are: ${parts.join(", ")}`);
          const { abstract, events = {}, narrows = [] } = refines;
          if (abstract !== undefined && !isPlain(abstract))
            wrong.push("'refines.abstract' must be a function: state => the state of the older machine");
          if (typeof events !== "object" || events === null)
            wrong.push("'refines.events' must be an object with a function for each event type");
          else
            for (const type of keysOf(events))
              if (!isPlain(events[type]))
                wrong.push(`refines.events['${type}'] must be a function: event => [{ type, data }, ...]`);
          if (!isArray(narrows) || narrows.some(type => typeof type !== "string"))
            wrong.push("'refines.narrows' must be an array of event types");
        }

        const mapping = () => refines === null ? null : {
          abstracts: refines.abstract !== undefined, types: keysOf(refines.events ?? {}),
          narrows: refines.narrows ?? [],
        };

        /** The text of the state of the older machine that a state shows. */
        function abstracted(text) {
          doing = "refines.abstract";
          const seen = refines.abstract(parse(text, saved));
          settle(doing);
          if (typeof seen !== "object" || seen === null)
            throw new TypeError("refines.abstract returned no object");
          return encode(seen, "what refines.abstract returned", false);
        }

        /** The events that the older machine sees in the place of the batch's one. */
        function mapped(text, forgets) {
          const event = new Batch(text, true, forgets).event(0), { type, stream } = event;
          doing = `refines.events.${type}`;
          const events = refines.events[type](event);
          settle(doing);
          if (!isArray(events))
            throw new TypeError(`${doing} returned no array of events: [{ type, data }, ...]`);
          return `[${events.map((e, i) => {
            if (e === event) return `{"same":true}`;
            const where = `event ${i} of ${doing}`;
            if (typeof e !== "object" || e === null || typeof e.type !== "string")
              throw new TypeError(`${where} is not { type, data }`);
            return encode(
              { type: e.type, data: e.data ?? {}, stream: e.stream ?? stream }, where, false);
          }).join(",")}]`;
        }
      """#
  }
#endif
