#if JavaScript
  extension Sandbox {
    /// A part of a state, which takes no longer for a large one than to count its members.
    static let outlining = #"""
        // --- Outlines -------------------------------------------------------------------------
        const plainOf = (v) => isObject(v) ? bare(viewed.get(v) ?? v) : v;
        const sizeOf = (v) => isArray(v) ? v.length : isObject(v) ? keysOf(v).length : null;

        // The least of some texts that come after another, in order.
        function leastOf(texts, after, limit) {
          const least = [];
          for (const text of texts) {
            if (after !== null && text <= after) continue;
            if (least.length === limit && text >= least[limit - 1]) continue;
            let low = 0, high = least.length;
            while (low < high) {
              const middle = low + high >> 1;
              if (least[middle] < text) low = middle + 1; else high = middle;
            }
            least.splice(low, 0, text);
            if (least.length > limit) least.length = limit;
          }
          return least;
        }

        // A value of which only so much is left that the beginning of its text stays the same: `room.text` is how
        // many characters of it are wanted at most.
        const isASCII = /^[\x20-\x7e]*$/;
        function cutDown(v, room) {
          v = plainOf(v);
          room.text--;
          if (typeof v === "string") {
            if (v.length <= room.width || !v.isWellFormed()) return v;
            const text = v.slice(0, room.width);
            return text.isWellFormed() ? text : v.slice(0, room.width - 1);
          }
          if (!isObject(v)) return v;
          if (isArray(v)) {
            const copy = [];
            for (let i = 0; i < v.length && room.text > 0; i++) {
              if (i > 0) room.text -= 2;
              copy[i] = cutDown(v[i], room);
            }
            return copy;
          }
          const copy = create(null);
          // A member takes three characters at least: a colon, a space, its value.
          for (const key of leastOf(keysOf(v), null, max(room.text, 0) / 3 + 1 | 0)) {
            if (room.text <= 0) break;
            room.text -= 2 + (isASCII.test(key) ? key.length < room.width ? key.length : room.width : 0);
            copy[key] = cutDown(v[key], room);
          }
          return copy;
        }
        const cutTo = (v, width) => cutDown(v, { text: width + 2, width: 4 * width });

        // How many members a value has, the value cut down, some of its members, and whether it has others.
        function outlineOf(v, after, limit, width) {
          v = plainOf(v);
          let steps = [];
          if (isArray(v)) {
            const first = after === null ? 0 : after + 1;
            for (let i = first; i < v.length && i <= first + limit; i++) steps.push(i);
          } else if (isObject(v)) steps = leastOf(keysOf(v), after, limit + 1);
          const shown = steps.slice(0, limit).map(step =>
            [step, sizeOf(plainOf(v[step])), cutTo(v[step], width)]);
          return textOf([sizeOf(v), cutTo(v, 4 * width), shown, steps.length > limit]);
        }
        function namesOf(prefix, after, limit) {
          const names = [];
          for (const [key, cell] of cells)
            if (cell.failed === undefined && key.startsWith(prefix)) names.push(key);
          return textOf(leastOf(names, after, limit));
        }
      """#
  }
#endif
