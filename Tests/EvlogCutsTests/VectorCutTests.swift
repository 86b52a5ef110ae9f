import EvlogCuts
import EvlogStore
import Foundation
import Testing

@Suite struct VectorCutTests {
  @Test func textIsReadAndPrinted() throws {
    let cut = try VectorCut("orders=5077,payments=812")
    #expect(cut.names == ["orders", "payments"])
    #expect(cut.positions == [5077, 812])
    #expect(cut.description == "orders=5077,payments=812")
    #expect(cut["payments"] == 812)
    #expect(cut["stock"] == nil)
    #expect(cut.eventCount == 5889)
    #expect(try VectorCut("a=\(UInt64.max)")["a"] == .max)
  }

  @Test(arguments: [
    ("", "'' in the cut '' is not a name and a number, as in 'orders=12'."),
    ("a", "'a' in the cut 'a' is not a name and a number, as in 'orders=12'."),
    ("a=1,", "'' in the cut 'a=1,' is not a name and a number, as in 'orders=12'."),
    ("a=1=2", "'a=1=2' in the cut 'a=1=2' is not a name and a number, as in 'orders=12'."),
    ("a=", "'' in the cut 'a=' is not a number of events."),
    ("a=-1", "'-1' in the cut 'a=-1' is not a number of events."),
    ("a=+1", "'+1' in the cut 'a=+1' is not a number of events."),
    ("a=1,b=x", "'x' in the cut 'a=1,b=x' is not a number of events."),
    (
      "a=18446744073709551616",
      "'18446744073709551616' in the cut 'a=18446744073709551616' is not a number of events."
    ),
    ("=1", "A name is empty."), ("a=1,a=2", "The name 'a' is there twice."),
    ("a/b=1", "The name 'a/b' holds '/', which separates names in a cut."),
  ]) func wrongTextsSayWhatIsWrong(text: String, message: String) {
    let error = #expect(throws: CausalityError.self) { try VectorCut(text) }
    #expect(error?.description == message)
  }

  @Test func namesAreBroughtIntoOrder() throws {
    let cut = try VectorCut("b=2,a=1")
    #expect(try cut.arranged(as: ["a", "b"]).description == "a=1,b=2")
    let missing = #expect(throws: CausalityError.self) { try cut.arranged(as: ["a", "b", "c"]) }
    #expect(missing?.description == "The cut 'b=2,a=1' does not say where it is in 'c'.")
    let unknown = #expect(throws: CausalityError.self) { try cut.arranged(as: ["a"]) }
    #expect(unknown?.description == "The cut 'b=2,a=1' names 'b', which is not one of 'a'.")
  }

  @Test func cutsAreALattice() throws {
    let (a, b) = (try VectorCut("x=1,y=5"), try VectorCut("x=2,y=3"))
    #expect(!(a <= b) && !(b <= a) && a <= a)
    #expect(a.join(b).description == "x=2,y=5")
    #expect(a.meet(b).description == "x=1,y=3")
    #expect(a.meet(b) <= a && a <= a.join(b))
  }

  @Test func jsonIsAnObject() throws {
    let cut = try VectorCut("b=2,a=1")
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try encoder.encode(cut)
    #expect(String(decoding: json, as: UTF8.self) == #"{"a":1,"b":2}"#)
    let read = try JSONDecoder().decode(VectorCut.self, from: json)
    #expect(read.description == "a=1,b=2")
    #expect(try read.arranged(as: cut.names) == cut)
    #expect(throws: CausalityError.self) {
      try JSONDecoder().decode(VectorCut.self, from: Data(#"{"a=":1}"#.utf8))
    }
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(VectorCut.self, from: Data(#"{"a":-1}"#.utf8))
    }
  }
}
