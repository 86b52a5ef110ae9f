import Evlog
import Foundation
import SystemPackage

/// A morning of the shop: nine orders, of which every third is cancelled.
public struct Morning: Sendable {
  private var events: [String: [NewEvent]] = [:]
  private var nanoseconds: Int64 = 1_772_355_600_000_000_000

  /// One order of events that can be. The defect: a cancellation both refunds the payment and releases the stock, and
  /// either may come first. In the fixed shop, the refund releases the stock.
  public init(isFixed: Bool = false) throws {
    for n in 1...9 {
      let order = "order-\(n)"
      try add(Orders.Event.placed(order: order), "orders", "place", n)
      try add(Stock.Event.held(order: order), "stock", "hold", n, because: "place")
      try add(Payments.Event.taken(order: order), "payments", "pay", n, because: "hold")
      try add(Orders.Event.confirmed(order: order), "orders", "confirm", n, because: "pay")
      guard n % 3 == 0 else { continue }
      try add(Orders.Event.cancelled(order: order), "orders", "cancel", n)
      try add(Payments.Event.refunded(order: order), "payments", "refund", n, because: "cancel")
      let cause = isFixed ? "refund" : "cancel"
      try add(Stock.Event.released(order: order), "stock", "release", n, because: cause)
    }
  }

  /// An event names its cause in another service by its id. Nothing else is known of the order between the logs.
  private mutating func add(
    _ event: some Encodable, _ log: String, _ id: String, _ n: Int, because cause: String? = nil
  ) throws {
    var new = NewEvent(try EncodedEvent(encoding: event), stream: "order-\(n)")
    new.id = "\(id)-\(n)"
    new.causation = cause.map { ["\($0)-\(n)"] } ?? []
    new.recordedAt = Timestamp(nanoseconds: nanoseconds)
    nanoseconds += 100_000_000
    events[log, default: []].append(new)
  }

  /// Records it in a new folder: a log for each service, and the group of them in the file `shop.group`.
  public func record(in folder: FilePath) async throws -> LogGroup {
    try await GroupFile(Shop().logs.map { .init($0, at: FilePath("\($0).evlog")) }).record(
      events, in: folder)
  }
}

extension GroupFile {
  /// Makes the logs with these events, and this file beside them.
  func record(_ events: [String: [NewEvent]], in folder: FilePath) async throws -> LogGroup {
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
    for entry in logs {
      let log = try EventLog.create(folder.pushing(entry.path))
      defer { log.close() }
      try await log.append(events[entry.name] ?? [])
    }
    let path = folder.appending("shop.group").string
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try open(in: folder)
  }
}
