#if JavaScript
  extension Sandbox {
    /// What a machine's `events` are written with, and how they become the text of a contract.
    static let contracts = #"""
        // --- Contracts ------------------------------------------------------------------------
        // Rules are texts: those of a contract, which the host reads.
        class Rule { constructor(text) { this.text = text; } }
        class Optional { constructor(rule) { this.rule = rule; } }
        class Closed { constructor(fields) { this.fields = fields; } }
        class Since { constructor(version, rule) { this.version = version; this.rule = rule; } }
        const bareRules = new Map();
        const numeral = (where, number, isWhole) => {
          if (typeof number === "bigint") return `${number}`;
          if (!isWhole && typeof number === "string" && /^-?(0|[1-9]\d*)(\.\d+)?$/.test(number))
            return number;
          if (typeof number === "number" && (isWhole ? isSafe(number) : isFinite(number)))
            return stringify(number);
          throw new TypeError(`${where} needs ${isWhole
            ? "whole numbers; those beyond 2^53 - 1 as in 9007199254740993n" : "numbers"}`);
        };
        const between = (where, from, to, isWhole, more = []) => {
          const members = more.slice();
          if (from !== undefined) members.push(`"from":${numeral(where, from, isWhole)}`);
          if (to !== undefined) members.push(`"to":${numeral(where, to, isWhole)}`);
          return members;
        };
        const named = (name, members) =>
          new Rule(members.length === 0 ? stringify(name) : `{"${name}":{${members.join(",")}}}`);
        const makers = {
          any: () => new Rule(`"any"`),
          boolean: () => new Rule(`"boolean"`),
          integer: (from, to) => named("integer", between("integer(from, to)", from, to, true)),
          number: (from, to) => named("number", between("number(from, to)", from, to, false)),
          decimal: (places, from, to) =>
            named("decimal", between("decimal(places, from, to)", from, to, false,
              places === undefined ? [] : [`"places":${numeral("decimal(places)", places, true)}`])),
          text: (...parts) => {
            const members = [];
            if (parts[0] instanceof RegExp) {
              const { source, flags } = parts.shift();
              if (flags !== "" && flags !== "u")
                throw new TypeError(`text(/${source}/${flags}): only the flag 'u' can be used`);
              members.push(`"matching":${stringify(source)}`);
            }
            return named("text", between("text(/pattern/, from, to)", parts[0], parts[1], true, members));
          },
        };
        for (const name of keysOf(makers)) {
          global[name] = makers[name];
          bareRules.set(makers[name], `"${name}"`);
        }
        global.optional = (rule) => new Optional(rule);
        global.nullable = (rule) => rule instanceof Optional
          ? new Optional(global.nullable(rule.rule)) : global.oneOf(rule, null);
        global.oneOf = (...all) =>
          new Rule(`{"oneOf":[${all.map(rule => ruleText(rule, "oneOf(...)")).join(",")}]}`);
        global.list = (rule, from, to) =>
          new Rule(`{${between("list(rule, from, to)", from, to, true,
            [`"list":${ruleText(rule ?? global.any, "list(...)")}`]).join(",")}}`);
        global.map = (rule) =>
          new Rule(`{"record":{},"others":${ruleText(rule ?? global.any, "map(...)")}}`);
        bareRules.set(global.list, `{"list":"any"}`);
        bareRules.set(global.map, `{"record":{}}`);
        global.closed = (fields) => new Closed(fields);
        global.since = (version, rule) => new Since(version, rule);

        function ruleText(rule, where) {
          if (bareRules.has(rule)) return bareRules.get(rule);
          if (rule instanceof Rule) return rule.text;
          if (rule instanceof Closed) return recordText(rule.fields, where, true);
          if (rule instanceof Optional)
            throw new TypeError(`${where}: only a field of an object can be optional`);
          if (rule === null || ["string", "boolean"].includes(typeof rule))
            return `{"value":${stringify(rule)}}`;
          if (typeof rule === "number" || typeof rule === "bigint")
            return `{"value":${numeral(where, rule, false)}}`;
          if (typeof rule === "object" && prototypeOf(rule) === plain) return recordText(rule, where, false);
          throw new TypeError(`${where} is ${isArray(rule) ? "an array: write list(...)"
            : rule instanceof RegExp ? `a regular expression: write text(${rule.source})`
            : "not a rule; there are text, integer, number, decimal, boolean, any, oneOf, nullable, "
              + "optional, list, map, closed, objects and values"}`);
        }

        function recordText(fields, where, isClosed) {
          if (typeof fields !== "object" || fields === null || prototypeOf(fields) !== plain)
            throw new TypeError(`${where}: closed(...) needs an object with a rule for each field`);
          const members = [], optional = [];
          for (const key of keysOf(fields)) {
            let rule = fields[key];
            if (rule instanceof Optional) {
              optional.push(stringify(key));
              rule = rule.rule;
            }
            members.push(`${stringify(key)}:${ruleText(rule, `${where}.${key}`)}`);
          }
          return `{"record":{${members.join(",")}}`
            + (optional.length > 0 ? `,"optional":[${optional.join(",")}]` : "")
            + (isClosed ? `,"others":"none"` : "") + "}";
        }

        // The text of the contract that `events` is.
        function contractText(events) {
          const isClosed = events instanceof Closed;
          if (isClosed) events = events.fields;
          if (typeof events !== "object" || events === null || prototypeOf(events) !== plain)
            throw new TypeError("'events' must be an object with what the fields of each event type may be");
          const types = keysOf(events).map(type => {
            const versions = (isArray(events[type]) ? events[type] : [events[type]]).map(one => {
              const { version, rule } = one instanceof Since ? one : { version: 1, rule: one };
              if (!isSafe(version) || version < 1)
                throw new TypeError(`events.${type}: since(version, ...) needs a whole number from 1`);
              return `{"since":${version},"data":${ruleText(rule, `events.${type}`)}}`;
            });
            return `${stringify(type)}:[${versions.join(",")}]`;
          });
          return `{"contract":1,"closed":${isClosed},"events":{${types.join(",")}}}`;
        }
      """#
  }
#endif
