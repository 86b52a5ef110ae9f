// Prints the events of a small shop, in NDJSON: the same ones at every run.
//
// The shop checks what is available before it reserves. One of its nodes, api-3, does so with a
// count that is a minute old: three times it reserves what is not there any more. A recount, or a
// customer who gives up, puts that right again, so that in the end everything looks well.

/// A generator whose sequence follows from its seed (SplitMix64, by Sebastiano Vigna).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z &>> 31
  }
}

struct Shop {
  private struct Reservation {
    let order: Int
    let sku: String
    let quantity: Int
  }

  private var random = SeededGenerator(state: 20_260_301)
  /// Milliseconds since 08:00 on the first of March 2026.
  private var clock = 0
  private var available: [String: Int] = [:]
  private var open: [Reservation] = []
  private var nextOrder = 1
  private(set) var count = 0
  private let skus = (1...40).map { "A-\($0)" }
  /// An article that nothing happens to, for as long as a defect is to last.
  private var untouched: String?

  private mutating func emit(_ stream: String, _ type: String, _ data: String, node: String? = nil)
  {
    clock += Int.random(in: 200...2400, using: &random)
    let node = node ?? "api-\(Int.random(in: 1...2, using: &random))"
    let (hour, rest) = (8 + clock / 3_600_000, clock % 3_600_000)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let milliseconds = rest % 1000
    let padding = String(repeating: "0", count: 3 - "\(milliseconds)".count)
    let time =
      "2026-03-01T\(two(hour)):\(two(rest / 60_000)):\(two(rest / 1000 % 60))."
      + "\(padding)\(milliseconds)Z"
    print(
      #"{"stream":"\#(stream)","type":"\#(type)","time":"\#(time)","data":\#(data),"#
        + #""metadata":{"node":"\#(node)"}}"#)
    count += 1
  }

  private mutating func recount(_ sku: String, to quantity: Int) {
    available[sku] = quantity
    emit("sku-\(sku)", "StockCounted", #"{"sku":"\#(sku)","quantity":\#(quantity)}"#)
  }

  private mutating func reserve(_ sku: String, _ quantity: Int, node: String? = nil) {
    let order = nextOrder
    nextOrder += 1
    emit("order-\(order)", "OrderPlaced", #"{"order":"order-\#(order)"}"#, node: node)
    emit(
      "order-\(order)", "StockReserved",
      #"{"sku":"\#(sku)","quantity":\#(quantity),"order":"order-\#(order)"}"#, node: node)
    available[sku, default: 0] -= quantity
    open.append(Reservation(order: order, sku: sku, quantity: quantity))
  }

  private mutating func release(_ i: Int) {
    let r = open.remove(at: i)
    available[r.sku, default: 0] += r.quantity
    emit(
      "order-\(r.order)", "ReservationReleased",
      #"{"sku":"\#(r.sku)","order":"order-\#(r.order)"}"#)
  }

  private mutating func ship(_ i: Int) {
    let r = open.remove(at: i)
    emit("order-\(r.order)", "OrderShipped", #"{"sku":"\#(r.sku)","order":"order-\#(r.order)"}"#)
  }

  /// One thing that happens in a shop that works as it should.
  private mutating func something() {
    let sku = skus.filter { $0 != untouched }.randomElement(using: &random) ?? "A-1"
    let choices = open.indices.filter { open[$0].sku != untouched }
    let some = choices.count > 30 ? choices.randomElement(using: &random) : nil
    switch (Int.random(in: 0..<100, using: &random), some) {
    case (0..<45, _):
      let quantity = Int.random(in: 1...6, using: &random)
      if available[sku, default: 0] >= quantity { reserve(sku, quantity) } else { restock(sku) }
    case (45..<75, let i?): ship(i)
    case (75..<82, let i?): release(i)
    default:
      emit(
        "session-\(Int.random(in: 1...400, using: &random))", "PageViewed", #"{"sku":"\#(sku)"}"#)
    }
  }

  private mutating func happens(until end: Int) {
    while count < end { something() }
  }

  private mutating func restock(_ sku: String) {
    recount(sku, to: Int.random(in: 60...120, using: &random))
  }

  mutating func run(events: Int) {
    for sku in skus { recount(sku, to: Int.random(in: 60...120, using: &random)) }
    happens(until: 7_775)
    // The defect, once: 40 of what is there twelve times.
    recount("A-7", to: 12)
    reserve("A-7", 40, node: "api-3")
    untouched = "A-7"
    happens(until: 7_940)
    recount("A-7", to: 75)
    untouched = nil
    // Again, and the customer gives up at once.
    happens(until: 8_000)
    reserve("A-12", available["A-12", default: 0] + 5, node: "api-3")
    release(open.count - 1)
    // And a third time, until someone counts.
    happens(until: 9_118)
    reserve("A-31", available["A-31", default: 0] + 17, node: "api-3")
    untouched = "A-31"
    happens(until: 9_376)
    recount("A-31", to: 90)
    untouched = nil
    happens(until: events - 1)
    if count < events { emit("session-1", "PageViewed", #"{"sku":"A-1"}"#) }
  }
}

var shop = Shop()
shop.run(events: 12_480)
