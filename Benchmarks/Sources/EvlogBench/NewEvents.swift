import CEvents
import Evlog

extension Load {
  /// The events of some offsets, as evlog takes them.
  func newEvents(_ offsets: Range<UInt64>) -> [NewEvent] {
    unsafe withTask { task in
      var events = unsafe bench_events()
      unsafe bench_events_fill(
        &events, task, offsets.lowerBound, offsets.upperBound - offsets.lowerBound)
      defer { unsafe bench_events_free(&events) }
      return unsafe UnsafeBufferPointer(start: events.events, count: Int(events.count)).map {
        unsafe NewEvent($0, of: variant)
      }
    }
  }

  /// All events, cut into turns.
  func turns() -> [Turn] {
    stride(from: 0, to: events, by: Int(turn)).map { first in
      Turn(newEvents(first..<min(first + turn, events)))
    }
  }

  /// The name of the n-th stream that is read at random.
  func randomStream(_ n: UInt64) -> String {
    unsafe withTask { task in
      unsafe String(unsafeUninitializedCapacity: 32) { name in
        unsafe name.withMemoryRebound(to: CChar.self) { name in
          unsafe bench_stream_name(bench_random_stream(task, n), name.baseAddress)
        }
      }
    }
  }

  /// The n-th offset that is read at random.
  func randomOffset(_ n: UInt64) -> UInt64 { unsafe withTask { unsafe bench_random_offset($0, n) } }
}

extension NewEvent {
  fileprivate init(_ event: bench_event, of variant: Variant) {
    func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
      unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
    self.init(
      stream: unsafe text(event.stream, Int(event.stream_count)),
      type: unsafe text(event.type, Int(event.type_count)),
      data: unsafe Array(UnsafeBufferPointer(start: event.data, count: Int(event.data_count))),
      contentType: variant == .bin
        ? "application/octet-stream" : RecordedEvent.jsonContentType,
      recordedAt: unsafe Timestamp(nanoseconds: event.time),
      id: unsafe event.id_count == 0 ? nil : text(event.id, Int(event.id_count)))
  }
}
