import EvlogSources
import EvlogStore
import Testing

@Suite struct XESTests {
  private func events(_ text: String) throws -> [String] {
    try Input(text).events { XESSource($0) }.map(line)
  }

  @Test func theFixture() throws {
    #expect(
      try Input.fixture("loans.xes").events { XESSource($0) }.map(line) == [
        #"12 loan-1 submitted/complete {"amount":1200.5,"concept:name":"submitted","lifecycle:transition":"complete","time:timestamp":"2026-01-01T09:00:00.000+01:00"} @2026-01-01T08:00:00.000000000Z metadata={"trace":{"branch":"Zürich & Bern"}}"#,
        #"27 loan-2 submitted {"concept:name":"submitted","items":[{"sku":"A"},{"sku":"B"}],"time:timestamp":"2026-01-01T08:30:00Z"} @2026-01-01T08:30:00.000000000Z"#,
        #"34 loan-2 checked {"concept:name":"checked","time:timestamp":"2026-01-01T08:20:00Z"} @2026-01-01T08:20:00.000000000Z"#,
        #"18 loan-1 "checked" {"concept:name":"\"checked\"","ok":true,"org:resource":{"role":"clerk","value":"Ann"},"time:timestamp":"2026-01-01T09:00:00Z"} @2026-01-01T09:00:00.000000000Z metadata={"trace":{"branch":"Zürich & Bern"}}"#,
      ])
  }

  @Test(arguments: [
    ("", "line 1: a log in XES begins with <log>."),
    ("<log>\n<trace>", "line 2: the text ends inside of <trace>."),
    ("<log><trace>\n<event/></trace></log>", "line 2: the event has no concept:name."),
    ("<log><trace><event>\n<string key='a'/></event></trace></log>", "line 2: 'a' has no value."),
    (
      "<log><trace><event><int key='a' value='x'/></event></trace></log>",
      "line 1: 'a' is not a number: 'x'."
    ),
    (
      "<log><trace><event><boolean key='a' value='1'/></event></trace></log>",
      "line 1: 'a' must be true or false."
    ),
    ("<log></trace></log>", "line 1: </trace> closes nothing."),
    ("<log>text</log>", "line 1: there is text outside of tags."),
    ("<!DOCTYPE log><log/>", "line 1: document types and CDATA sections are not supported."),
    ("<log><trace><string key='a' value='&x;'/></trace></log>", "line 1: &x; is not a character."),
    ("<log/><log/>", "line 1: there is something after the log."),
    ("<log><!-- ", "line 1: a comment has no end."),
  ]) func whatIsNoLogIsNamed(text: String, expected: String) throws {
    #expect(try Input(text).error { XESSource($0) } == "input, \(expected)")
  }

  @Test func tracesWithoutANameAreNumbered() throws {
    #expect(
      try events(
        "<log><trace><event><string key=\"concept:name\" value=\"&lt;a&gt;&#10;&#x41;\"/></event></trace></log>"
      )
        == [#"1 trace-1 <a>"# + "\nA" + #" {"concept:name":"<a>\nA"}"#])
  }
}
