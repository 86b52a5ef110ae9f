/// What a person needs to know to write a machine. Lines fit a terminal of 80 columns.
enum MachineGuide {
  static let text = """
    A machine is one JavaScript file. It folds events into a state, and says
    what must hold of that state.

      machine("shop", 1, {
        initial: { stock: {} },
        on: {
          StockCounted: (s, e) => {
            s.stock[e.data.sku] = { available: e.data.qty }
          },
          StockReserved: (s, e) => {
            s.stock[e.data.sku].available -= e.data.qty
          },
        },
        ignore: ["PageViewed"],
        invariants: {
          "never oversell": every("stock", i => i.available >= 0),
          "only counted stock is reserved": step((before, e, after) =>
            e.type !== "StockReserved" || e.data.sku in before.stock),
          "counted once": history({ seen: {} }, (memory, before, e, after) => {
            if (e.type !== "StockCounted") return true
            const isNew = !memory.seen[e.data.sku]
            memory.seen[e.data.sku] = true
            return isNew
          }),
        },
      })

    machine(NAME, VERSION, {...}): raise VERSION whenever you change what the
    machine means. The parts:

      initial     the first state: an object, made of plain objects, arrays,
                  texts, numbers, BigInts, true, false and null
      on          a handler for each event type, which changes the state in
                  place; its return value is ignored. '*' takes all other types
      ignore      types that change nothing. Every other type without a
                  handler is an error
      scope       'log' (one state), 'stream' (one for each), or 'key'
      key         e => e.data.account: an event's key, which is a text, a
                  number, true or false, known by its text (1 and "1" are
                  one key), or null if the event has none. Undefined is
                  an error
      invariants  always(state => ...) must hold of every state,
                  step((before, event, after) => ...) of every event,
                  history(initial, (memory, before, event, after) => ...) of
                  the whole past. Each returns true or false; if one throws,
                  it is 'undefined' at that cut. An invariant that changes
                  what it looks at is an error. atEnd(state => ...) must hold
                  only at the end of the log or, with a state for each stream
                  or key, of each of them.
                  Of the members of an object or array of the state:
                  every("stock", item => ...), none(...),
                  unique("orders", order => order.number),
                  count("orders", order => order.open, n => n <= 9),
                  sum("accounts", a => a.cents, (n, s) => n === s.total).
                  However many members there are, they cost what an event
                  changes. "a.b" is a path; "" is the state itself.
                  Of the order of the handled events, by type or as
                  e => ...:
                  absence("Lost"), precedence("Paid", "Shipped", { by }),
                  response("Placed", "Shipped", { within: "2d", by }),
                  succession (both), mutualExclusion("Locked", "Unlocked",
                  { of, by }), and exactly(2, "Signed", { by });
                  by: e => e.data.order says what belongs together,
                  of: e => ... which lock it is. Without 'within', the
                  response must have come at the end, as what exactly counts.
                  Of a value: monotone(s => s.token) never decreases,
                  conserved(s => s.total) never changes
      parts       machines that this one is made of, by name: { initial, on,
                  ... } or use("lock.js"), the machine of another file. Each
                  has a member of the state, and does with an event what it
                  does alone; one with a 'key', or a 'scope' of "stream", has
                  a state for each key there. Their invariants, contracts,
                  regions and explore are this machine's too, beside its own;
                  its handlers see the parts, and change only what is beside
                  them. Two parts that say different things of one event type
                  are refused
      logs        instead of 'initial', 'on' and 'ignore', over a group of
                  logs: { orders: { initial, on, ignore }, payments: ... }.
                  The state has a member for each log, which only its own
                  events change, and 'inFlight', the messages sent and not
                  yet received. bisect --runs needs it. There are more
                  invariants, with a function for each of some logs:
                  never({ orders: s => ..., payments: s => ... }): these
                  conditions never hold all at once; atMost(1, {...}): no
                  more of them than so many do; sumWithin(0, 100, {...}):
                  the sum of their whole numbers lies between the first
                  two, which may be -Infinity and Infinity
      regions     { of: state => NAME, moves: { NAME: { TYPE: ... } } } for
                  evlog map: what each event type may do in each region of
                  states: ['where', 'it leads'], "ignored" or "forbidden"; '∅'
                  is the region before a stream's or key's first event
      events      what the fields of each event type may be: { StockReserved:
                  { sku: text(/^[A-Z]-\\d+$/), qty: integer(1, 1000) } }. A log
                  with this contract refuses other events; nothing else
                  changes. See evlog help contract
      explore     { events: state => [{ type, data }, ...] } for evlog explore:
                  the events that may happen in a state, the same whenever it
                  is asked. With it may come bound, state => whether to go on
                  from a state; symmetry, state => the one state that stands
                  for all that differ from it only in the names of things; and
                  in an event its stream
      upcast      { 'Placed@1': e => ({ schemaVersion: 2, data: {...} }),
                    Old: e => ({ type: 'New' }) }, by type or type@version,
                  or one function for all; it runs before anything else sees
                  the event
      refines     { abstract: state => OLD, events: { TYPE: e => [...] },
                  narrows: [TYPE] } for evlog refine: translates a state into
                  one of an older machine, and an event into those that the
                  older machine sees; names the types that this machine may
                  refuse although the older one takes them

    An event e has offset, stream, revision, type, schemaVersion, data,
    metadata, id, causation, correlation, contentType ({} is the data of one
    without any; several causes are an array of texts), and

      log                   in a group of logs, the name of its own one;
                            otherwise null
      time, timeMs, timeNs  when it was recorded: RFC 3339 with nine digits of
                            fraction, so that texts sort in the order of time;
                            milliseconds; nanoseconds (a BigInt). It is the
                            only clock
      random()              numbers from 0 to 1, derived from the event: the
                            same in every replay

    There is no Date, Math.random, Intl, eval, Promise, timer, async function,
    import(), input or output. A regular expression that repeats a group so
    often that the engine gives up is an error. A handler may take ten seconds
    of processor time (--handler-seconds), whatever else runs. Whole numbers
    beyond 2^53 - 1 arrive as BigInt, exactly. Data that is not JSON arrives as
    bytes. Keep nothing outside the state: a variable of the file would not be
    in a snapshot. Plain objects have no toString or constructor, so that data
    may have such keys.
    """
}
