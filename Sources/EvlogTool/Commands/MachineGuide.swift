/// What a person needs to know to write a machine.
enum MachineGuide {
  static let text = """
    A machine is one JavaScript file. It folds events into a state, and says what must hold.

      machine("shop", 1, {
        initial: { stock: {} },
        on: {
          StockCounted:  (s, e) => { s.stock[e.data.sku] = { available: e.data.qty } },
          StockReserved: (s, e) => { s.stock[e.data.sku].available -= e.data.qty },
        },
        ignore: ["PageViewed"],
        invariants: {
          "never oversell": always(s => Object.values(s.stock).every(i => i.available >= 0)),
          "a reservation takes what it says": step((before, e, after) =>
            e.type !== "StockReserved" ||
            before.stock[e.data.sku].available - e.data.qty === after.stock[e.data.sku].available),
          "counted once": history({ seen: {} }, (memory, before, e, after) => {
            if (e.type !== "StockCounted") return true
            const isNew = !memory.seen[e.data.sku]
            memory.seen[e.data.sku] = true
            return isNew
          }),
        },
      })

    machine(NAME, VERSION, {...})   raise VERSION when the machine means something else
      initial      the first state: plain objects, arrays, texts, numbers, BigInts, booleans, null
      on           a handler per event type; it changes the state in place. '*' takes all others
      ignore       types that change nothing; every other type without a handler is an error
      scope        'log' (one state), 'stream' (a state for each), or 'key' with a function
      key          e => e.data.account: the key of an event; null where it has none
      invariants   always(state => ...) on every state, step((before, event, after) => ...) on every
                   event, history(initial, (memory, before, event, after) => ...) on all the past.
                   Each returns true or false; one that throws is 'undefined' at that cut
      upcast       { 'Placed@1': e => ({ schemaVersion: 2, data: {...} }), Old: e => ({type: 'New'}) },
                   or one function for all events; run before anything else sees the event

    An event e has: offset, stream, revision, type, schemaVersion, data, metadata, id, causation,
    correlation, contentType, and
      time, timeMs, timeNs   when it was recorded: RFC 3339, milliseconds, nanoseconds (a BigInt).
                             It is the only clock: there is no Date
      random()               numbers from 0 to 1 that follow from the event, the same in every
                             replay. There is no Math.random, Intl, eval, timer, or input and output

    Whole numbers beyond 2^53 - 1 arrive as BigInt, exactly. Data that is not JSON arrives as bytes.
    Keep nothing outside of the state: a variable of the file would not be in a snapshot.
    """
}
