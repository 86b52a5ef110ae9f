import EvlogCore
import Foundation
import Testing

/// Offsets, cuts and revisions: what leads from one to another, and what is not possible.
@Suite struct OrdinalTests {
  @Test func anEventLiesBetweenTwoCuts() {
    let offset: Offset = 7
    #expect(offset.cutBefore == 7 && offset.cutAfter == 8)
    #expect(offset.cutAfter.offsetBefore == offset && offset.cutBefore.offsetAfter == offset)
    #expect((0 as Cut).offsetBefore == nil)
    #expect((3..<5 as Range<Cut>).offsets == 3..<5)
    #expect((3..<5 as Range<Offset>).cutBefore == 3 && (3..<5 as Range<Offset>).cutAfter == 5)
    #expect((7 as Revision).next == 8)
  }

  @Test func theyAreCounted() {
    var cut: Cut = 7
    #expect(cut + 3 == 10 && cut - 7 == 0 && (10 as Cut) - cut == 3 as UInt64)
    cut += 1
    cut -= 8
    #expect(cut == 0 && UInt64(cut + 5) == 5 && Int(cut + 5) == 5)
    #expect(Array(2..<5 as Range<Offset>) == [2, 3, 4] && (2..<5 as Range<Offset>).count == 3)
    #expect(Offset("12") == 12 && Offset("-1") == nil && "\(Offset(12))" == "12")
  }

  @Test func whatIsNoPositionTraps() async {
    await #expect(processExitsWith: .failure) { print((0 as Offset) - 1) }
    await #expect(processExitsWith: .failure) { print(Offset.max + 1) }
    await #expect(processExitsWith: .failure) { print(Offset.max.cutAfter) }
    await #expect(processExitsWith: .failure) { print(Revision.max.next) }
    await #expect(processExitsWith: .failure) { print((1 as Cut) - (2 as Cut)) }
    await #expect(processExitsWith: .failure) { print(Cut(CommandLine.arguments.isEmpty ? 1 : -1)) }
  }

  @Test func inJSONTheyArePlainNumbers() throws {
    struct Event: Codable, Equatable {
      var offset: Offset
      var cuts: [Cut]
      var revision: Revision?
    }
    let event = Event(offset: .max, cuts: [0, 7], revision: 3)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(event)
    #expect(
      String(decoding: json, as: UTF8.self)
        == #"{"cuts":[0,7],"offset":18446744073709551615,"revision":3}"#)
    #expect(try JSONDecoder().decode(Event.self, from: json) == event)
  }
}
